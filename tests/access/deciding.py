"""Who decides of a record, in the tests: professionals by their usual purpose, the patient and who represents them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from maillon.access import api as access_room
from maillon.access.models import Delegation, Visitor
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.patients.models import Patient
from tests.conftest import Cast
from tests.documents import making

INFORMATION, CONSENT = "information-2026-01", "consentement-2026-01"


def key(actor: Actor, patient: PatientId) -> Access:
    return access_room.open_record(actor, patient, purpose=access_room.rule.usual_purpose(actor))


def opens(actor: Actor, patient: PatientId) -> bool:
    try:
        return bool(key(actor, patient))
    except access_room.AccessDenied:
        return False


def oneself(patient: PatientId) -> Actor:
    visitor = _visitor(patient=patient)
    return Actor(kind="patient", label="Le patient", assurance=2, visitor_id=visitor.pk, patient_id=patient)


def representative(patient: PatientId, kind: str = Delegation.Kind.PARENT) -> Actor:
    visitor = _visitor(patient=None)
    Delegation.objects.create(
        patient_id=patient, visitor=visitor, kind=kind, start=clock.today() - dt.timedelta(days=10),
        recorded_by="essai",
    )  # fmt: skip
    return Actor(kind="representative", label="Un proche", assurance=2, visitor_id=visitor.pk, patient_id=patient)


def minor(cast: Cast, years: int) -> PatientId:
    """Followed by the Tilleuls; of that age for some days."""
    patient = making.patient("GARNIER", given="LÉA")
    birthday = clock.today() - dt.timedelta(days=1)
    born = birthday.replace(year=birthday.year - years, day=min(birthday.day, 28))
    Patient.objects.filter(pk=patient).update(birth_date=born)
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    return patient


def refused_with(code: str, attempt: Callable[[], object]) -> str:
    with pytest.raises(UserMessage) as refusal:
        attempt()
    assert refusal.value.code == code
    return refusal.value.message


def denied(attempt: Callable[[], object]) -> None:
    with pytest.raises(access_room.AccessDenied):
        attempt()


def paris(day: dt.date, hour: int = 12, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=clock.PARIS)


def _visitor(patient: PatientId | None) -> Visitor:
    number = Visitor.objects.count()
    known = Visitor.objects.filter(patient_id=patient).first() if patient is not None else None
    return known or Visitor.objects.create(
        patient_id=patient, family_name="DURAND", given_name="Anne", birth_date=dt.date(1980, 1, 1),
        email=f"personne{number}@exemple.test",
    )  # fmt: skip
