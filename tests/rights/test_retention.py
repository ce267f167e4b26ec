"""What is over its time is told, and nothing is deleted."""

from __future__ import annotations

import datetime as dt

import pytest

from maillon.access.models import JournalEntry
from maillon.cli import main
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.patients.models import Patient
from maillon.record.models import TimelineEntry
from maillon.rights.retention import Overdue, overdue


def of(name: str) -> Overdue:
    return next(each for each in overdue() if each.duration.nom == name)


def last_act(access: Access, years: int) -> None:
    moment = clock.now() - dt.timedelta(days=366 * years)
    TimelineEntry.objects.filter(patient_id=access.patient_id).update(at=moment)
    Patient.objects.filter(pk=access.patient_id).update(created_at=moment)


def test_nothing_is_over_in_a_living_record(followed: Access) -> None:
    assert {each.duration.nom for each in overdue() if each.number} == set()


def test_a_record_leaves_the_active_base_five_years_after_its_last_act(followed: Access) -> None:
    last_act(followed, 6)
    assert of("dossier_base_active").number == 1
    assert of("dossier_archive").number == 0
    last_act(followed, 21)
    assert of("dossier_archive").number == 1


def test_the_record_of_a_young_person_waits(followed: Access) -> None:
    last_act(followed, 21)
    Patient.objects.filter(pk=followed.patient_id).update(birth_date=clock.today() - dt.timedelta(days=365 * 27))
    assert of("dossier_archive").number == 0


def test_the_report_counts_and_deletes_nothing(followed: Access, capsys: pytest.CaptureFixture[str]) -> None:
    JournalEntry.objects.create(
        at=clock.now() - dt.timedelta(days=1200), actor_kind="machine", actor_label="ancien", patient_id=None,
        action="read", resource_type="record", purpose="soin", decision="allow", rule="machine",
    )  # fmt: skip
    before = JournalEntry.objects.count()
    assert main(["rgpd", "echeances"]) == 0
    said = capsys.readouterr().out
    assert "Journal des accès aux dossiers, 3 ans (durée à vérifier) : 1 échu, le plus ancien" in said
    assert "Dossier partagé, en base active, 5 ans : rien d’échu" in said
    assert JournalEntry.objects.count() == before
