from __future__ import annotations

import re

from django.test import Client

from maillon.access.models import JournalEntry
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.web.conftest import Record


def lines(page: str) -> list[str]:
    return re.findall(r'<li class="line.*?</li>', page, re.S)


def test_what_is_late_and_abnormal_comes_first(claire: Client, record: Record) -> None:
    page = claire.get("/journee").content.decode()
    found = lines(page)
    assert len(found) == 3
    assert "En retard" in found[0]
    assert "LAMBERT" in found[0]
    assert "69 ans" in found[0].replace("\u202f", " ") or "ans" in found[0]


def test_one_click_opens_the_document(claire: Client, record: Record) -> None:
    page = claire.get("/journee").content.decode()
    for document in record.documents[-3:]:
        assert f'href="/document/{document.uuid}"' in page


def test_marking_as_read_closes_the_task_and_brings_the_list_back(claire: Client, record: Record) -> None:
    task = Task.objects.filter(done_at__isnull=True).latest("id")
    address = f"/dossier/{record.uuid}/tache/{task.uuid}"
    answer = claire.post(address, {"suite": "lu", "commentaire": "Vu"}, headers={"HX-Request": "true"})
    task.refresh_from_db()
    assert (task.outcome, task.comment) == ("lu", "Vu")
    page = answer.content.decode()
    assert len(lines(page)) == 2
    assert "Marqué comme lu." in page


def test_the_list_that_comes_back_holds_the_other_patients_too(claire: Client, record: Record, cast: Cast) -> None:
    """The answer is given within one record: the day is drawn beside its wall."""
    other = making.patient()
    making.link(other, cast.claire)
    making.file(other, making.filing(title="Lettre pour un autre patient"), making.reader(cast.claire))
    task = Task.objects.filter(done_at__isnull=True).exclude(patient_id=other).latest("id")
    answer = claire.post(f"/dossier/{record.uuid}/tache/{task.uuid}", headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert len(lines(page)) == 3
    assert "Lettre pour un autre patient" in page


def test_without_javascript_one_comes_back_to_the_day(claire: Client, record: Record) -> None:
    task = Task.objects.filter(done_at__isnull=True).latest("id")
    assert claire.post(f"/dossier/{record.uuid}/tache/{task.uuid}").headers["Location"] == "/journee"


def test_somebody_outside_sees_an_empty_day_and_closes_nothing(paul: Client, record: Record) -> None:
    page = paul.get("/journee").content.decode()
    assert "Tout est lu" in page
    assert "LAMBERT" not in page
    task = Task.objects.filter(done_at__isnull=True).latest("id")
    assert paul.post(f"/dossier/{record.uuid}/tache/{task.uuid}").status_code == 404
    task.refresh_from_db()
    assert task.done_at is None


def test_the_names_shown_are_journalled(claire: Client, record: Record, cast: Cast) -> None:
    claire.get("/journee")
    shown = JournalEntry.objects.filter(action="list", actor_professional_id=cast.claire.professional_id)
    assert set(shown.values_list("patient_id", flat=True)) == {record.access.patient_id}
