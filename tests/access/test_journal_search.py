"""The referent reads the journal of their structures' patients, and leaves their own trace."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, Purpose
from maillon.patients.models import Patient
from tests.conftest import Cast
from tests.documents import making

Asked = access_room.journal.Asked


@pytest.fixture
def referent(cast: Cast) -> Actor:
    return dataclasses.replace(cast.karim, is_referent=True)


def opened(actor: Actor, patient: PatientId, action: str = "read") -> None:
    with access_room.reading(actor, patient, purpose=Purpose.CARE, action=action):
        pass


def found(referent: Actor, **asked: object) -> list[tuple[str, bool]]:
    lines = access_room.journal.search(referent, Asked(**asked)).lines  # type: ignore[arg-type]
    return [(line.actor, line.is_denied) for line in lines if not line.is_program]


def elsewhere(cast: Cast) -> PatientId:
    """A patient of the other house, opened there."""
    patient = making.patient(family="AILLEURS")
    making.link(patient, cast.paul, access_room.Basis.TREATING)
    opened(cast.paul, patient)
    return patient


def test_only_the_referent_reads_the_journal(cast: Cast, referent: Actor) -> None:
    weak = dataclasses.replace(referent, assurance=1)
    administrator = dataclasses.replace(cast.claire, is_administrator=True)
    for actor in (cast.claire, administrator, weak, access_room.machine("essai")):
        for verb in (access_room.journal.search, access_room.journal.export):
            with pytest.raises(access_room.AccessDenied):
                verb(actor, Asked())
        with pytest.raises(access_room.AccessDenied):
            access_room.journal.people(actor)
        with pytest.raises(access_room.AccessDenied):
            access_room.journal.odd_accesses(actor)
        assert access_room.journal.waiting(actor) == 0
    assert not JournalEntry.objects.filter(action="control").exists()


def test_the_referent_sees_what_was_refused(cast: Cast, referent: Actor, jeanne: PatientId) -> None:
    opened(cast.nadia, jeanne)
    closed = making.file(jeanne, making.filing(type_code="68599-0"))
    with pytest.raises(access_room.AccessDenied):
        documents.patient_of(cast.nadia, closed.uuid)
    assert found(referent) == [("Nadia Lefèvre", True), ("Nadia Lefèvre", False)]
    assert found(referent, decision="deny") == [("Nadia Lefèvre", True)]


def test_the_referent_sees_nothing_of_another_house(cast: Cast, referent: Actor, jeanne: PatientId) -> None:
    elsewhere(cast)
    assert found(referent) == []
    assert access_room.journal.search(referent, Asked(patient="AILLEURS")).is_unknown
    with pytest.raises(access_room.AccessDenied):
        opened(cast.paul, jeanne)  # a stranger who tries a patient of theirs is seen
    assert found(referent) == [("Dr Paul Étranger", True)]


def test_each_filter_keeps_what_it_says(cast: Cast, referent: Actor, jeanne: PatientId) -> None:
    other = making.patient(family="AUTRE")
    making.link(other, cast.claire, access_room.Basis.TREATING)
    opened(cast.nadia, jeanne)
    opened(cast.claire, other, action="print")
    name = Patient.objects.get(pk=jeanne).birth_family_name
    today, day = clock.today(), dt.timedelta(days=1)
    assert found(referent, patient=name) == [("Nadia Lefèvre", False)]
    assert found(referent, professional_id=cast.claire.professional_id) == [("Dr Claire Morel", False)]
    assert found(referent, action="print") == [("Dr Claire Morel", False)]
    assert len(found(referent, since=today, until=today)) == 2
    assert found(referent, since=today + day) == []
    assert found(referent, until=today - day) == []


def test_reading_the_journal_leaves_its_own_rows(cast: Cast, referent: Actor, jeanne: PatientId) -> None:
    opened(cast.nadia, jeanne)
    assert len(found(referent)) == 1
    rows = JournalEntry.objects.filter(action="control").order_by("id")
    assert [(row.patient_id, row.purpose, row.rule) for row in rows] == [
        (None, "qualite", "referent"), (jeanne, "qualite", "referent"),
    ]  # fmt: skip
    assert len(found(referent)) == 1  # and does not hide what it reads
    assert found(referent, action="control") != []
    access = access_room.open_record(cast.claire, jeanne, purpose=Purpose.CARE)
    told = [line.action for line in access_room.journal.who_opened(access) if line.actor == referent.label]
    assert told == ["a contrôlé le journal des accès"] * 3


def test_fifty_lines_a_page(cast: Cast, referent: Actor, jeanne: PatientId) -> None:
    for _ in range(53):
        opened(cast.nadia, jeanne)
    first = access_room.journal.search(referent, Asked(professional_id=cast.nadia.professional_id))
    second = access_room.journal.search(referent, Asked(professional_id=cast.nadia.professional_id, page=2))
    assert (len(first.lines), first.has_more, len(second.lines), second.has_more) == (50, True, 3, False)
    assert first.lines[-1].id > second.lines[0].id
    assert set(first.names) == {jeanne}
    assert len(access_room.journal.export(referent, Asked(professional_id=cast.nadia.professional_id)).lines) == 53


def test_the_people_are_those_of_the_structure(cast: Cast, referent: Actor) -> None:
    names = [name for _, name in access_room.journal.people(referent)]
    assert "Morel Claire" in names
    assert not any("Étranger" in name for name in names)
