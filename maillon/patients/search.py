"""Finding a patient from what was typed: matricule, else birth date and first letters, else words of the name.

Whom the reader may see is applied in SQL, as a set, before the limit: the others change neither the lines nor how many
there are.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from django.db.models import QuerySet

from maillon.kernel import sql
from maillon.patients import dates, ins, names
from maillon.patients.models import Patient
from maillon.patients.name_search import by_names
from maillon.patients.reading import LINE_COLUMNS, PatientLine, line_of
from maillon.patients.typed_words import UNLIKE, letters_cost
from maillon.patients.visible_set import VisibleSet, visible_set

_MATRICULE: Final = re.compile(r"[1-478]\d{5}[\dAB]\d{6}(\d\d)?", re.ASCII)
MOST_OF_ONE_DAY: Final = 500

_BY_MATRICULE: Final = f"""
SELECT {LINE_COLUMNS} FROM patients_patient p
 WHERE p.id IN (SELECT id FROM patients_patient WHERE ins BETWEEN %s AND %s
                UNION
                SELECT patient_id FROM patients_local_identifier WHERE root = ANY(%s) AND extension BETWEEN %s AND %s)
   AND p.id IN ({{visible}})
 ORDER BY p.birth_family_name, p.first_birth_given_name, p.id LIMIT %s
"""  # noqa: S608 (constant names of columns)
# The whole day, since a day holds few patients: the letters are compared in Python, with their typing errors.
_BY_BIRTH_DATE: Final = f"""
SELECT {LINE_COLUMNS}, p.norm_family, p.norm_used, p.norm_given, p.used_given_name
  FROM patients_patient p
 WHERE p.birth_date = ANY(%s) AND p.id IN ({{visible}})
 ORDER BY p.birth_family_name, p.first_birth_given_name, p.birth_date, p.id LIMIT %s
"""  # noqa: S608 (constant names of columns)


def search(text: str, *, within: QuerySet[Patient], limit: int = 10) -> list[PatientLine]:
    """At most `limit` lines, likeliest first."""
    visible = visible_set(within)
    if visible is None:
        return []
    matricule = ins.squeezed(text)
    if _MATRICULE.fullmatch(matricule):
        return _by_matricule(matricule, visible, limit=limit)
    dated = dates.searched(text)
    if dated is not None:
        return _by_birth_date(*dated, visible, limit=limit)
    return by_names(text, visible, limit=limit)


def _by_matricule(matricule: str, visible: VisibleSet, *, limit: int) -> list[PatientLine]:
    """13 characters mean any key. A matricule « reçu, non vérifié » finds its patient too."""
    least, most = (matricule, matricule) if len(matricule) == 15 else (f"{matricule}00", f"{matricule}99")
    asked = [least, most, list(ins.OIDS), least, most]
    return [line_of(row) for row in visible.rows(_BY_MATRICULE, asked, limit=limit)]


def _by_birth_date(days: list[dt.date], letters: str, visible: VisibleSet, *, limit: int) -> list[PatientLine]:
    """Whoever was born then and whose names begin with the letters; if nobody's do, whoever was born then."""
    rows = visible.rows(_BY_BIRTH_DATE, [days], limit=MOST_OF_ONE_DAY)
    typed = names.fold(letters).split()
    ranked = sorted((_distance(typed, row), place) for place, row in enumerate(rows))
    best = [place for distance, place in ranked if distance < UNLIKE] or [place for _, place in ranked]
    return [line_of(rows[place]) for place in best[:limit]]


def _distance(typed: list[str], row: sql.Row) -> int:
    """0: each word typed begins a word of the name; UNLIKE or more: at least one is foreign to it."""
    borne = {word for name in row[-4:] for word in names.fold(name).split()}
    return sum(min((letters_cost(word, each) for each in borne), default=UNLIKE) for word in typed)
