"""What the tests of the rooms below the mail are made of: patients, keys, documents and their filing."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from maillon.access import api as access_room
from maillon.access.models import CareTeamMembership
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.formats.cda.read import open_cda
from maillon.formats.document import Result, Statement
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId, StructureId
from maillon.patients import api as patients
from maillon.patients.models import Patient
from maillon.tasks.api import Reader
from tests.conftest import LONG_AGO

MACHINE = access_room.machine("réception d’essai")
LOINC = "2.16.840.1.113883.6.1"
FAMILIES = ("MARTIN", "ROUSSEAU", "LEGRAND", "GARNIER", "PERRIN", "MARCHAND", "COLIN", "BRUNET", "CARPENTIER")
_numbers = itertools.count(1)


def patient(family: str | None = None, *, given: str = "JEANNE", born: dt.date = dt.date(1952, 2, 1)) -> PatientId:
    """A provisional identity that looks like no other of the same test, born some days after, in the same year."""
    number = next(_numbers)
    return patients.register(
        patients.Registration(
            traits=patients.StrictTraits(
                birth_family_name=family or FAMILIES[number % len(FAMILIES)],
                birth_given_names=given,
                first_birth_given_name=given,
                birth_date=born + dt.timedelta(days=number % 250),
                sex="F",
            )
        ),
        actor_label="essai",
    )


def uuid_of(patient_id: PatientId) -> Any:
    return Patient.objects.values_list("uuid", flat=True).get(pk=patient_id)


def link(
    patient_id: PatientId,
    member: Actor | int,
    basis: str = access_room.Basis.PATIENT,
    *,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> int:
    """A care-team link of a person, or of a structure given by its number."""
    person = member.professional_id if isinstance(member, Actor) else None
    structure = None if isinstance(member, Actor) else member
    row = CareTeamMembership.objects.create(
        patient_id=patient_id, professional_id=person, structure_id=structure, basis=basis, end=end,
        start=start or min(LONG_AGO, end or LONG_AGO),
    )  # fmt: skip
    return row.pk


def key(patient_id: PatientId, actor: Actor = MACHINE) -> Access:
    return access_room.open_record(actor, patient_id, purpose=access_room.rule.usual_purpose(actor))


def reader(actor: Actor) -> Reader:
    assert actor.structure_id is not None
    return Reader(professional_id=actor.professional_id, structure_id=actor.structure_id)


def role(structure_id: int, code: str) -> Reader:
    return Reader(structure_id=StructureId(structure_id), role_code=code)


def filing(**changed: Any) -> documents.Filing:
    number = next(_numbers)
    given: dict[str, Any] = {
        "data": f"document {number}".encode(),
        "media_type": "text/plain",
        "unique_id": f"1.2.250.1.999.7.{number}",
        "type_code": "11488-4",
        "title": "Lettre de consultation",
        "written_at": "2026-03-02T10:00:00+01:00",
        "statements": {},
        "text": "",
    }
    return documents.Filing(**(given | changed))


def file(
    patient_id: PatientId, what: documents.Filing, *readers: Reader, received_at: dt.datetime | None = None
) -> documents.Filed:
    return documents.file(key(patient_id), what, readers=readers, received_at=received_at or clock.now())


def file_cda(patient_id: PatientId, data: bytes, *readers: Reader) -> documents.Filed:
    return file(patient_id, documents.from_cda(open_cda(data).for_filing(), data), *readers)


def result(**changed: Any) -> Result:
    given: dict[str, Any] = {
        "code": "2823-3",
        "system": LOINC,
        "label": "Potassium",
        "value": "4.1",
        "unit": "mmol/L",
        "at": "2026-03-01T08:00:00+01:00",
    }
    return Result(**(given | changed))


def stated(kind: str, *said: Statement, **changed: Any) -> documents.Filing:
    return filing(statements={kind: said}, **changed)


def status_of(filed: documents.Filed) -> str:
    return str(Document.objects.values_list("status", flat=True).get(pk=filed.id))


def person(actor: Actor) -> ProfessionalId:
    assert actor.professional_id is not None
    return actor.professional_id
