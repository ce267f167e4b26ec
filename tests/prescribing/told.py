"""Records that say something of medicines, for the tests of this room and of the faces."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from maillon.documents import api as documents
from maillon.formats.document import Result, Statement
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.prescribing.models import Activation
from tests.conftest import Cast

# The shipped knowledge speaks for a year: these tests are held within it.
A_DAY_OF_THE_BASE = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
LOINC = "2.16.840.1.113883.6.1"
_numbers = itertools.count(1)


def turned_on(cast: Cast) -> None:
    Activation.objects.create(structure_id=cast.tilleuls_id, started_by="essai", started_at=clock.now())


def state(
    access: Access,
    *,
    allergies: Sequence[Statement | str] = (),
    medications: Sequence[Statement | str] = (),
    problems: Sequence[Statement | str] = (),
    results: Sequence[Result] = (),
    **filing: Any,
) -> Any:
    """A document that states all this, filed by a machine."""
    number = next(_numbers)
    said = {
        kind: [each if isinstance(each, Statement) else Statement(label=each) for each in group]
        for kind, group in (("allergy", allergies), ("medication", medications), ("problem", problems))
    }
    made = documents.Filing(
        **{
            "data": f"document {number} de {access.patient_id}".encode(), "media_type": "text/plain",
            "unique_id": f"1.2.250.1.999.7.{access.patient_id}.{number}", "type_code": "SYNTH", "title": "Synthèse",
            "written_at": "2026-10-11T10:00:00+01:00", "statements": said, "results": tuple(results),
            "author": "Dr Karim Benali", "author_profession_code": "G15_10", "text": "x",
        }
        | filing
    )  # fmt: skip
    return documents.file(access, made, readers=[], received_at=clock.now())


def filtration(value: str, at: str = "2026-11-02T08:00:00+01:00") -> Result:
    return Result(
        code="62238-1", system=LOINC, label="DFG estimé (CKD-EPI)", value=value, unit="mL/min/{1.73_m2}", at=at
    )
