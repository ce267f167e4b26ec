"""Nothing seeps through the other face: partners’ software, alone or for somebody; leaks planted there are found."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from maillon.documents.api import serving
from maillon.documents.models import Document
from maillon.fhir_api import papers, publish
from tests.seep import mutations
from tests.seep.test_planted_leaks import _forget, _take_the_wall_down
from tests.seep.twins import Comparison, Twins
from tests.seep.worlds import PEOPLE, SOFTWARE, World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

PAIRS = int(os.environ.get("MAILLON_SEEP_FHIR_PAIRS", "400"))
ASKING = (*(key for key in PEOPLE if key != "hector"), SOFTWARE, SOFTWARE, SOFTWARE)
Patch = pytest.MonkeyPatch


def found(world: World, change: mutations.Mutation, *, path: str, pairs: int = 300) -> Comparison:
    """The software alone is asked for what the leak is about."""
    return Twins(world, seed=11, only=[change], path=path).compare(pairs, people=[SOFTWARE], most_seeps=1)


def test_twins_answer_software_alike(world: World) -> None:
    seen = Twins(world, seed=20260331, path="fhir").compare(PAIRS, people=ASKING)
    print(f"\n{seen.pairs} pairs, {len(seen.seeps)} differences, statuses {dict(seen.statuses)}")
    assert not seen.seeps, "\n".join(map(str, seen.seeps))
    assert not seen.faults, "\n".join(seen.faults[:20])
    assert seen.statuses[200]
    assert seen.statuses[404]


def test_twins_give_the_same_cards(world: World) -> None:
    seen = Twins(world, seed=20261201, path="cds-services").compare(PAIRS // 4, people=ASKING)
    assert not seen.seeps, "\n".join(map(str, seen.seeps))
    assert not seen.faults, "\n".join(seen.faults[:20])
    assert seen.statuses[200]
    assert seen.statuses[404]


@pytest.fixture
def patch(monkeypatch: Patch) -> Iterator[Patch]:
    _forget()
    yield monkeypatch
    monkeypatch.undo()
    _forget()


def test_a_total_that_counts_what_is_hidden(world: World, patch: Patch) -> None:
    """The oldest leak of FHIR servers: Bundle.total."""
    patch.setattr(serving, "count", lambda access, asked: Document.objects.filter(patient_id=access.patient_id).count())
    _take_the_wall_down(patch)
    assert found(world, mutations.masked, path="fhir/DocumentReference").seeps


def test_a_card_drawn_from_what_is_hidden(world: World, patch: Patch) -> None:
    """Decision support that reads the whole record, whoever asks."""
    from maillon.record import reading
    from maillon.record.models import Statement

    patch.setattr(
        reading, "_visible_statements",
        lambda access: Statement.objects.filter(patient_id=access.patient_id, is_current=True).order_by("-at", "id"),
    )  # fmt: skip
    _take_the_wall_down(patch)
    assert found(world, mutations.a_new_title, path="cds-services", pairs=200).seeps


def test_an_answer_that_says_why_it_was_not_filed(world: World, patch: Patch) -> None:
    """« This patient exists, and you do not follow them »."""
    from maillon.patients.models import Patient

    ours = publish._subject

    def subject(caller: Any, patient: Any) -> Any:
        if patient is not None and Patient.objects.filter(uuid=patient).exists():
            return Patient.objects.get(uuid=patient).pk
        return ours(caller, patient)

    patch.setattr(publish, "_subject", subject)
    assert found(world, mutations.a_namesake, path="fhir/DocumentReference").seeps


def test_a_version_that_changes_with_what_is_hidden(world: World, patch: Patch) -> None:
    """An ETag made of the whole record."""
    ours = papers.etag_of

    def etag_of(sheet: Any) -> str:
        return f'{ours(sheet)[:-1]}-{Document.objects.count()}"'

    patch.setattr(papers, "etag_of", etag_of)
    _take_the_wall_down(patch)
    assert found(world, mutations.in_a_closed_record, path="fhir/DocumentReference/").seeps
