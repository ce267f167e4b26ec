from __future__ import annotations

import pytest

from maillon.formats.cda.values import ABSENT_SYSTEM
from maillon.formats.document import Statement
from maillon.kernel.key import Access, PatientId
from maillon.record import api as record
from tests.conftest import Cast
from tests.documents import making

PENICILLIN = Statement(code="7980", system="1.2.3", label="Pénicilline", status="active")
NONE_KNOWN = Statement(label="Aucune allergie connue", absent=True)
NOT_TOLD = Statement(code="no-allergy-info", system=ABSENT_SYSTEM, label="Pas d’information", absent=True)


def say(patient: PatientId, day: int, kind: str, *said: Statement, **changed: object) -> None:
    making.file(patient, making.stated(kind, *said, act_at=f"2026-01-{day:02d}T09:00:00+01:00", **changed))


@pytest.fixture
def access(cast: Cast, jeanne: PatientId) -> Access:
    return making.key(jeanne, cast.claire)


def test_the_same_statement_of_several_documents_is_given_once_by_the_latest(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "problem", Statement(label="Asthme", status="active"), title="Ancien")
    say(jeanne, 9, "problem", Statement(label="ASTHME", status="completed"), title="Récent", author="Dr Dupont")
    (line,) = record.statements(access)
    assert (line.label, line.status, line.source) == ("ASTHME", "completed", "Récent · Dr Dupont")


def test_a_denied_statement_is_not_the_same_as_the_statement(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "problem", Statement(label="Infarctus", negated=True))
    say(jeanne, 9, "problem", Statement(label="Infarctus"))
    assert [(line.label, line.negated) for line in record.statements(access)] == [
        ("Infarctus", False), ("Infarctus", True),
    ]  # fmt: skip


def test_two_codes_with_one_label_are_two_statements(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "problem", Statement(label="Diabète", code="E11"), Statement(label="Diabète", code="E10"))
    assert len(record.statements(access)) == 2


@pytest.mark.parametrize("kind", ["vaccination", "procedure", "plan"])
def test_what_was_done_several_times_is_told_each_time(jeanne: PatientId, access: Access, kind: str) -> None:
    doses = [Statement(label="Vaccin contre la grippe", start=f"{year}-10-20") for year in (2023, 2024, 2025)]
    say(jeanne, 2, kind, *doses[:2])
    say(jeanne, 9, kind, *doses)
    assert sorted(line.start[:4] for line in record.statements(access, kind)) == ["2023", "2024", "2025"]


def test_statements_are_asked_for_by_kind(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "problem", Statement(label="Asthme"))
    dosage = {"dose": "2", "posology": "2 bouffées matin et soir"}
    say(jeanne, 3, "medication", Statement(label="Salbutamol", reactions=("toux",), **dosage))
    (line,) = record.statements(access, "medication")
    assert (line.kind, line.label) == ("medication", "Salbutamol")
    assert line.details == dosage | {"reactions": ["toux"]}
    assert {line.kind for line in record.statements(access)} == {"problem", "medication"}


def test_a_statement_leads_to_the_document_that_made_it(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.stated("problem", Statement(label="Asthme")))
    (line,) = record.statements(making.key(jeanne, cast.claire))
    assert line.document_uuid == filed.uuid


def test_a_statement_of_a_replaced_version_is_no_longer_said(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "problem", Statement(label="Erreur"), unique_id="v1")
    say(jeanne, 2, "problem", Statement(label="Asthme"), unique_id="v2", replaces="v1")
    assert [line.label for line in record.statements(access)] == ["Asthme"]


def test_nothing_said_about_allergies_is_not_the_absence_of_allergy(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "problem", Statement(label="Asthme"))
    assert record.allergy_summary(access).state == "not_recorded"


def test_no_known_allergy_is_said_by_a_statement(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "allergy", NONE_KNOWN)
    assert record.allergy_summary(access) == record.AllergySummary(state="none_known")


def test_a_known_allergy_is_named_once(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "allergy", PENICILLIN)
    say(jeanne, 9, "allergy", PENICILLIN, Statement(label="Latex"))
    assert record.allergy_summary(access) == record.AllergySummary(state="known", labels=("Pénicilline", "Latex"))


def test_a_later_no_known_allergy_does_not_erase_a_known_one(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "allergy", PENICILLIN)
    say(jeanne, 9, "allergy", NONE_KNOWN)
    assert record.allergy_summary(access).labels == ("Pénicilline",)


@pytest.mark.parametrize("status", ["completed", "aborted"])
def test_an_allergy_that_is_over_is_no_longer_named(jeanne: PatientId, access: Access, status: str) -> None:
    say(jeanne, 2, "allergy", Statement(label="Œuf", status=status))
    assert record.allergy_summary(access).state == "not_recorded"


def test_the_negation_of_one_allergy_is_not_the_absence_of_all(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "allergy", Statement(label="Pénicilline", negated=True))
    assert record.allergy_summary(access).state == "not_recorded"


def test_no_information_is_not_no_known_allergy(jeanne: PatientId, access: Access) -> None:
    say(jeanne, 2, "allergy", NOT_TOLD)
    assert record.allergy_summary(access).state == "not_recorded"


def test_an_allergy_withdrawn_with_its_document_is_no_longer_named(cast: Cast, jeanne: PatientId) -> None:
    from maillon.documents import api as documents

    filed = making.file(jeanne, making.stated("allergy", PENICILLIN))
    access = making.key(jeanne, cast.claire)
    documents.withdraw(access, filed.uuid, reason="erreur de patient")
    assert record.allergy_summary(access).state == "not_recorded"
