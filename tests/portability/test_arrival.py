"""Arriving where somebody lives already: once, without changing anything, and nothing of what contradicts is lost."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.models import CareTeamMembership, JournalEntry, Visitor
from maillon.documents.models import Document
from maillon.kernel import clock, config, sql
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.patients.models import Patient
from maillon.portability import api as portability
from maillon.portability import arriving
from maillon.portability.models import Arrival, ArrivalArchive
from tests.portability import bases, sight, territory
from tests.portability.conftest import Installations
from tests.seep import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "data_dir", lambda: tmp_path / "donnees")


@pytest.fixture
def settled_in(empty: Installations) -> Installations:
    """An installation where a namesake of a patient of the export lives already, and is not that person."""
    worlds.add_patient(*NAMESAKE)
    return empty


NAMESAKE = ("MARTINEAU", "JEANNE", dt.date(1952, 2, 1))


def rows_here() -> dict[str, list[str]]:
    return sight.every_row()


def in_charge() -> Actor:
    """The accounts arrive without rights: one is given anew, as two people of the place would."""
    return dataclasses.replace(territory.actor("regis@demo"), is_referent=True)


def test_a_second_taking_over_changes_nothing(arrived: Installations) -> None:
    before = rows_here()
    with pytest.raises(UserMessage) as refusal:
        portability.take_over(arrived.folder)
    assert refusal.value.code == "E-POR-30"
    portability.take_over(arrived.folder, into_occupied=True)
    assert rows_here() == before


@pytest.fixture
def later(left: Installations, tmp_path: Path) -> Path:
    """The installation that was left lived on, and exports everything again."""
    bases.create(left.other, template=left.left)
    with bases.using(left.other), time_machine.travel(worlds.NOON, tick=False):
        worlds.file(left.world.world, "named", "later", type_code="11488-4", title="Courrier d’après", age=0)
        territory.export_everything(left.world, tmp_path / "second")
    return tmp_path / "second"


def test_a_later_export_of_the_same_place_adds_what_is_new_only(later: Path, arrived: Installations) -> None:
    """The same rows in other archives, under another number: each is recognised, and the new document is added."""
    before = rows_here()
    report = portability.take_over(later, into_occupied=True)
    assert report.counts["ajoutées"]["documents_document"] == 1
    of_a_document = {
        "documents_document", "documents_content", "record_timeline", "record_statement", "tasks_task",
        "tasks_escalation", "noticed_notice",
    }  # fmt: skip
    assert report.counts["ajoutées"].keys() <= of_a_document | {"access_journal", "access_journal_head"}
    after = rows_here()
    assert {table for table, rows in before.items() if after[table] != rows} == of_a_document


def test_a_taking_over_that_was_stopped_goes_on(empty: Installations) -> None:
    class Stopped(Exception):
        pass

    landed = 0

    def stop(*_: object) -> None:
        nonlocal landed
        landed += 1
        if landed == 5:
            raise Stopped

    with pytest.raises(Stopped):
        portability.take_over(empty.folder, progress=stop)
    assert Arrival.objects.get().ended_at is None
    portability.take_over(empty.folder)
    assert rows_here() == empty.rows


def test_a_namesake_waits_and_nothing_is_lost(settled_in: Installations) -> None:
    report = portability.take_over(settled_in.folder, into_occupied=True)
    assert report.to_settle == 1
    row = ArrivalArchive.objects.get(state="a_regler")
    assert row.refusal_code == "E-POR-21"
    assert row.traits["birth_family_name"] == "MARTINEAU"
    assert Patient.objects.filter(birth_family_name="MARTINEAU", first_birth_given_name="JEANNE").count() == 1
    assert not Document.objects.filter(unique_id="1.2.250.1.999.500.3").exists()


def taken_over(place: Installations) -> None:
    """The structure that arrives follows the namesake too: who is in charge there may open both."""
    portability.take_over(place.folder, into_occupied=True)
    (structure,) = sql.row("SELECT id FROM professionals_structure WHERE name LIKE 'Maison de santé%%'") or (None,)
    namesake = Patient.objects.get(birth_family_name="MARTINEAU", first_birth_given_name="JEANNE")
    CareTeamMembership.objects.create(
        patient=namesake, structure_id=structure, basis="equipe_structure", start=clock.today()
    )


def test_a_namesake_whom_one_may_not_open_is_not_shown(settled_in: Installations) -> None:
    portability.take_over(settled_in.folder, into_occupied=True)
    (waiting,) = portability.settling.waiting(in_charge())
    assert waiting.candidates == ()
    namesake = Patient.objects.get(birth_family_name="MARTINEAU", first_birth_given_name="JEANNE")
    with pytest.raises(UserMessage) as refusal:
        portability.settling.settle(in_charge(), waiting.uuid, patient=namesake.uuid, reason="Une raison assez longue")
    assert refusal.value.code == "E-POR-34"


def test_it_is_another_person(settled_in: Installations) -> None:
    taken_over(settled_in)
    (waiting,) = portability.settling.waiting(in_charge())
    assert [each.first_birth_given_name for each in waiting.candidates] == ["JEANNE"]
    portability.settling.settle(in_charge(), waiting.uuid, patient=None, reason="Dates et adresses comparées.")
    assert Patient.objects.filter(birth_family_name="MARTINEAU", first_birth_given_name="JEANNE").count() == 2
    assert Document.objects.filter(unique_id="1.2.250.1.999.500.3").exists()
    assert portability.settling.waiting(in_charge()) == []
    assert JournalEntry.objects.filter(action="settle", resource_id=str(waiting.uuid)).exists()


def test_it_is_the_same_person(settled_in: Installations) -> None:
    taken_over(settled_in)
    (waiting,) = portability.settling.waiting(in_charge())
    here = waiting.candidates[0]
    portability.settling.settle(in_charge(), waiting.uuid, patient=here.uuid, reason="Pièce d’identité vérifiée.")
    assert Patient.objects.filter(birth_family_name="MARTINEAU", first_birth_given_name="JEANNE").count() == 1
    assert Document.objects.get(unique_id="1.2.250.1.999.500.3").patient_id == here.id
    assert CareTeamMembership.objects.filter(patient_id=here.id).exists()
    portability.take_over(settled_in.folder, into_occupied=True)  # what was waiting for that record arrives
    (conflicts,) = sql.row("SELECT count(*) FROM portability_arrival_archive WHERE state = 'a_regler'") or (None,)
    assert conflicts == 0


def test_it_is_set_aside_with_a_reason_and_its_archive_stays(settled_in: Installations) -> None:
    portability.take_over(settled_in.folder, into_occupied=True)
    (waiting,) = portability.settling.waiting(in_charge())
    with pytest.raises(UserMessage) as refusal:
        portability.settling.discard(in_charge(), waiting.uuid, reason="non")
    assert refusal.value.code == "E-POR-32"
    portability.settling.discard(in_charge(), waiting.uuid, reason="Le patient est suivi ailleurs.")
    row = ArrivalArchive.objects.get(uuid=waiting.uuid)
    kept = config.data_dir() / "arrivees" / str(row.arrival.export_id) / "ARCHIVES" / f"{row.code}.ZIP"
    assert row.state == "ecarte"
    assert kept.read_bytes() == (settled_in.folder / "ARCHIVES" / f"{row.code}.ZIP").read_bytes()


def test_who_is_not_in_charge_sees_nothing_of_it(settled_in: Installations) -> None:
    portability.take_over(settled_in.folder, into_occupied=True)
    uuid = ArrivalArchive.objects.get(state="a_regler").uuid
    for person in ("claire@demo", "paul@demo", "regis@demo"):  # nobody has arrived with rights over others
        assert portability.settling.number(territory.actor(person)) == 0
        with pytest.raises(access_room.AccessDenied):
            portability.settling.waiting(territory.actor(person))
        with pytest.raises(access_room.AccessDenied):
            portability.settling.settle(territory.actor(person), uuid, patient=None, reason="Une raison assez longue")


def test_only_who_is_proposed_may_be_chosen(settled_in: Installations) -> None:
    other = worlds.add_patient("AUTRE", "PERSONNE", NAMESAKE[2])
    portability.take_over(settled_in.folder, into_occupied=True)
    (waiting,) = portability.settling.waiting(in_charge())
    with pytest.raises(UserMessage) as refusal:
        portability.settling.settle(in_charge(), waiting.uuid, patient=other.uuid, reason="Une raison longue")
    assert refusal.value.code == "E-POR-34"


def test_a_document_that_is_another_one_here_stops_its_record_alone(arrived: Installations) -> None:
    sql.rows("UPDATE documents_document SET sha256 = %s WHERE unique_id = %s", (bytes(32), "1.2.250.1.999.500.3"))
    sql.rows("UPDATE portability_arrival_archive SET sha256 = %s", (bytes(32),))  # as if it came anew
    report = portability.take_over(arrived.folder, into_occupied=True)
    assert report.archives["a_regler"] == 1
    row = ArrivalArchive.objects.get(state="a_regler")
    assert row.refusal_code == "E-POR-22"
    assert "identifiant" in row.reasons[0]


def test_the_people_who_arrive_have_neither_password_nor_charge(arrived: Installations) -> None:
    from maillon.access.models import Account

    assert Account.objects.filter(identifier="claire@demo").exists()
    assert not any(account.has_usable_password() for account in Account.objects.all())
    assert not Account.objects.filter(is_administrator=True).exists()
    assert not Account.objects.filter(is_referent=True).exists()


def test_the_search_finds_those_who_arrived(arrived: Installations) -> None:
    from maillon.patients.api import search
    from maillon.patients.models import Patient as Everybody

    found = search("durandeau", within=Everybody.objects.all(), limit=5)
    assert [each.birth_family_name for each in found] == ["DURANDEAU"]


def test_two_do_not_take_over_at_once(empty: Installations) -> None:
    with bases.somebody_else(empty.empty) as link:
        link.execute("SELECT pg_advisory_lock(%s)", (arriving.LOCK,))
        with pytest.raises(UserMessage) as refusal:
            portability.take_over(empty.folder)
        link.execute("SELECT pg_advisory_unlock(%s)", (arriving.LOCK,))
    assert refusal.value.code == "E-POR-36"
    assert portability.take_over(empty.folder).to_settle == 0


def test_a_copy_cut_short_is_made_again(settled_in: Installations) -> None:
    """What the refusal asks for is what mends it."""
    taken_over(settled_in)
    (waiting,) = portability.settling.waiting(in_charge())
    kept = arriving.kept_folder(Arrival.objects.get().export_id) / "ARCHIVES"
    for name in (f"{waiting.code}.ZIP", "TRANSV.ZIP"):
        (kept / name).write_bytes((kept / name).read_bytes()[:100])
    with pytest.raises(UserMessage) as refusal:
        portability.settling.settle(in_charge(), waiting.uuid, patient=None, reason="Dates et adresses comparées.")
    assert refusal.value.code == "E-POR-35"
    portability.take_over(settled_in.folder, into_occupied=True)
    portability.settling.settle(in_charge(), waiting.uuid, patient=None, reason="Dates et adresses comparées.")
    assert portability.settling.waiting(in_charge()) == []


def test_who_represents_somebody_is_linked_to_the_record_that_was_settled(empty: Installations) -> None:
    """The child's archive landed before its mother's, which a person gave to the record that was here."""
    here = worlds.add_patient("BARBIER", "ELISE", dt.date(1985, 9, 9))
    portability.take_over(empty.folder, into_occupied=True)
    (structure,) = sql.row("SELECT id FROM professionals_structure WHERE name LIKE 'Maison de santé%%'") or (None,)
    CareTeamMembership.objects.create(
        patient_id=here.id, structure_id=structure, basis="equipe_structure", start=clock.today()
    )
    (waiting,) = portability.settling.waiting(in_charge())
    assert Visitor.objects.get(family_name="BARBIER").patient_id is None
    portability.settling.settle(in_charge(), waiting.uuid, patient=here.uuid, reason="Pièce d’identité vérifiée.")
    assert Visitor.objects.get(family_name="BARBIER").patient_id == here.id


@pytest.mark.parametrize("act", [functools.partial(portability.settling.settle, patient=None),
                                 portability.settling.discard], ids=["settle", "discard"])  # fmt: skip
def test_nothing_is_settled_while_an_export_is_being_taken_over(
    settled_in: Installations, act: Callable[..., object]
) -> None:
    """The one who takes over would write over the decision."""
    taken_over(settled_in)
    (waiting,) = portability.settling.waiting(in_charge())
    with bases.somebody_else(settled_in.empty) as link:
        link.execute("SELECT pg_advisory_lock(%s)", (arriving.LOCK,))
        with pytest.raises(UserMessage) as refusal:
            act(in_charge(), waiting.uuid, reason="Le patient est suivi ailleurs.")
    assert refusal.value.code == "E-POR-36"
    assert ArrivalArchive.objects.get(uuid=waiting.uuid).state == "a_regler"
