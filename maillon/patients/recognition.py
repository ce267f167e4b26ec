"""Matching against the base: one statement when the matricule is known, two otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import QuerySet

from maillon.formats.document import PatientTraits
from maillon.kernel import sql
from maillon.kernel.key import Access, PatientId
from maillon.patients import dates, ins, matching, names
from maillon.patients.matching import Claim, Known, Match, Matricule
from maillon.patients.models import Patient
from maillon.patients.reading import PatientLine, lines
from maillon.patients.reason import Reason

# Whoever was merged is followed to the living identity.
_FOLLOWED: Final = """
  UNION
  SELECT m.merged_into_id FROM hit JOIN patients_patient m ON m.id = hit.id WHERE m.merged_into_id IS NOT NULL
)
SELECT p.id, p.ins, p.ins_oid, p.norm_family, p.norm_used, p.first_birth_given_name, p.norm_given, p.used_given_name,
       p.birth_date, p.sex, p.birth_place_code, p.is_homonym, p.is_doubtful OR p.is_fictitious,
       ARRAY(SELECT ARRAY[i.root, i.extension] FROM patients_local_identifier i WHERE i.patient_id = p.id)
  FROM hit JOIN patients_patient p ON p.id = hit.id WHERE p.merged_into_id IS NULL
"""
_BY_MATRICULE: Final = f"""
WITH RECURSIVE hit(id) AS (
  (SELECT id FROM patients_patient WHERE ins = %(matricule)s AND ins_oid = %(oid)s
   UNION
   SELECT patient_id FROM patients_local_identifier WHERE root = %(oid)s AND extension = %(matricule)s)
{_FOLLOWED}"""  # noqa: S608 (constant names of columns)
_BY_TRAITS: Final = f"""
WITH RECURSIVE hit(id) AS (
  (SELECT id FROM patients_patient WHERE birth_date = ANY(%(dates)s)
   UNION
   SELECT id FROM patients_patient
    WHERE norm_family = %(family)s AND norm_given ~>=~ %(given)s AND norm_given ~<~ %(given_end)s
   UNION
   SELECT id FROM patients_patient
    WHERE norm_used = %(family)s AND norm_used <> '' AND norm_given ~>=~ %(given)s AND norm_given ~<~ %(given_end)s
   UNION
   SELECT i.patient_id FROM patients_local_identifier i
     JOIN unnest(%(roots)s::text[], %(extensions)s::text[]) AS asked(root, extension)
       ON i.root = asked.root AND i.extension = asked.extension)
{_FOLLOWED}"""  # noqa: S608 (constant names of columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    line: PatientLine
    reasons: tuple[Reason, ...]


def match(traits: PatientTraits) -> Match:
    """Found, new, or doubt with its reasons. Writes nothing."""
    asked = matching.claim(traits)
    if asked.matricule and not ins.is_accepted(asked.matricule.oid):
        return _of_another_environment(asked)
    if asked.matricule:
        decided = matching.decide_on_matricule(asked, bearers_of(asked.matricule, asked))
        if decided is not None:
            return decided
    return matching.decide_on_traits(asked, _candidates(asked))


def possible_duplicates(access: Access, *, within: QuerySet[Patient]) -> list[Duplicate]:
    """Patients who may be the same person. `within`: whom the reader may see; the others leave no trace."""
    patient = Patient.objects.get(pk=access.patient_id)
    asked = matching.claim(_traits_of(patient))
    compared = (matching.compare(asked, each) for each in _candidates(asked) if each.id != access.patient_id)
    alike = {each.known.id: each for each in compared if matching.is_possible(asked, each)}
    visible = set(within.filter(pk__in=alike).values_list("pk", flat=True))
    shown = lines(PatientId(each) for each in visible)
    return [
        Duplicate(line=shown[each], reasons=(matching.ALIKE if alike[each].contradicts else matching.SEVERAL,))
        for each in sorted(shown)
    ]


def bearers_of(matricule: Matricule, asked: Claim | None = None) -> list[Known]:
    """Living patients who bear the matricule with this OID, verified or received."""
    found = sql.rows(_BY_MATRICULE, {"matricule": matricule.value, "oid": matricule.oid})
    return [_known(row, asked.local_ids if asked else frozenset()) for row in found]


def _of_another_environment(asked: Claim) -> Match:
    """A test document never meets a real person, nor the converse; a person may look at who resembles it."""
    resembling = matching.decide_on_traits(replace(asked, matricule=None), _candidates(asked))
    candidates = resembling.candidates or ((resembling.patient_id,) if resembling.patient_id is not None else ())
    return Match(verdict="doubt", candidates=candidates, reasons=(ins.OTHER_ENVIRONMENT,))


def _candidates(asked: Claim) -> Iterable[Known]:
    given = (asked.given.first or asked.given.all).split(" ")[0]
    local_ids = sorted(asked.local_ids)
    found = sql.rows(
        _BY_TRAITS,
        {
            "dates": _dates_to_try(asked),
            "family": asked.family or None,
            "given": given or None,
            "given_end": f"{given}\U0010ffff",
            "roots": [root for root, _ in local_ids],
            "extensions": [extension for _, extension in local_ids],
        },
    )
    return [_known(row, asked.local_ids) for row in found]


def _dates_to_try(asked: Claim) -> list[dt.date]:
    if asked.birth_date is None:
        return []
    day = asked.birth_date.completed()
    inverted = dates.swapped(day)
    return [day] if inverted is None or inverted == day else [day, inverted]


def _known(row: tuple[Any, ...], local_ids: frozenset[tuple[str, str]]) -> Known:
    (
        pk,
        matricule,
        oid,
        family,
        used_family,
        first_given,
        given_names,
        used_given,
        birth_date,
        sex,
        place,
        is_homonym,
        is_suspect,
        identifiers,
    ) = row
    borne = {(root, extension) for root, extension in identifiers}
    return Known(
        id=PatientId(pk),
        matricule=Matricule(matricule, oid) if matricule else None,
        received=frozenset(Matricule(extension, root) for root, extension in borne if root in ins.OIDS),
        family=family,
        used_family=used_family,
        given=names.Given(first=names.fold(first_given), all=given_names),
        used_given=names.fold(used_given),
        birth_date=birth_date,
        sex=sex,
        place=place,
        is_homonym=is_homonym,
        is_suspect=is_suspect,
        shares_local_id=not local_ids.isdisjoint(borne),
    )


def _traits_of(patient: Patient) -> PatientTraits:
    return PatientTraits(
        birth_family_name=patient.birth_family_name,
        used_family_name=patient.used_family_name,
        birth_given_names=patient.birth_given_names,
        first_birth_given_name=patient.first_birth_given_name,
        used_given_name=patient.used_given_name,
        birth_date=patient.birth_date.isoformat(),
        sex="F" if patient.sex == "F" else "M" if patient.sex == "M" else "UN",
        birth_place_code=patient.birth_place_code,
    )
