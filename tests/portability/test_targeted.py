"""A professional leaves: asked by one, agreed by another, written by the worker, taken away by the professional."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from uuid import UUID

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.models import Account, JournalEntry
from maillon.documents.models import Document
from maillon.kernel import clock, config, outbox
from maillon.kernel.key import ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.models import Job
from maillon.portability import api as portability
from maillon.portability import producing
from maillon.portability.models import Departure, DepartureArchive
from tests.portability import altering, territory
from tests.portability.conftest import Installations
from tests.seep import worlds

pytestmark = pytest.mark.django_db
MOTIVE = "Départ du cabinet le mois prochain, reprise de la patientèle ailleurs."


@pytest.fixture
def place(at_home: Installations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installations:
    monkeypatch.setattr(config, "data_dir", lambda: tmp_path / "donnees")
    return at_home


def professional(place: Installations, key: str) -> ProfessionalId:
    number = place.world.world.people[key].professional_id
    assert number is not None
    return ProfessionalId(number)


def asked(place: Installations, by: str = "regis", of: str = "karim") -> UUID:
    return portability.departures.ask_for_professional(
        territory.actor(f"{by}@demo"), professional(place, of), motive=MOTIVE
    )


def work_done() -> None:
    while outbox.run_due():
        pass


def test_it_is_asked_agreed_written_and_taken_away(place: Installations, tmp_path: Path) -> None:
    number = asked(place)
    portability.departures.decide(territory.actor("adrien@demo"), number, agrees=True)
    work_done()
    karim = territory.actor("karim@demo")
    (line,) = [each for each in portability.departures.followed(karim) if each.uuid == number]
    assert (line.state, line.status, line.may_take) == ("pret", "COMPLETE", True)
    assert (line.percent, line.number) == (100, len(portability.departures.records_of(karim)))
    (theirs,) = [each for each in portability.departures.followed(territory.actor("regis@demo")) if each.uuid == number]
    assert (theirs.number, theirs.size, theirs.may_take) == (0, 0, False)  # nobody counts what they may not see
    folder = portability.departures.taken_away(karim, number)
    assert portability.check(folder).findings == []
    assert JournalEntry.objects.filter(resource_type="departure", resource_id=str(number)).count() == 1


def test_it_holds_what_the_professional_reads(place: Installations) -> None:
    number = asked(place)
    portability.departures.decide(territory.actor("adrien@demo"), number, agrees=True)
    work_done()
    folder = portability.departures.taken_away(territory.actor("karim@demo"), number)
    held = {
        line["unique_id"]
        for each in altering.manifest_of(folder).archives
        for line in _rows(folder, each.code, "documents_document")
    }
    karim = territory.actor("karim@demo")
    theirs = portability.departures.records_of(karim)
    visible = access_room.rule.VisibleTo(karim, document="id")
    reads = set(Document.objects.filter(visible, patient_id__in=theirs).values_list("unique_id", flat=True))
    assert held == reads
    assert held < set(Document.objects.values_list("unique_id", flat=True))
    assert not _rows(folder, "TRANSV", "access_account")
    second = altering.code_of(folder, place.world.world.patients["second"].uuid)
    drafts = [each["content"] for each in _rows(folder, second, "writing_draft")]
    assert {"texte": "brouillon de karim"} in drafts
    assert {"texte": "brouillon de claire"} not in drafts
    assert not _rows(folder, second, "exchange_sending")
    assert _rows(folder, "TRANSV", "professionals_professional")
    lines = JournalEntry.objects.filter(action="export", resource_id=str(number), patient_id__isnull=False)
    assert lines.count() == len(theirs)
    assert all("demandé par Dr Régis Amaury, accordé par" in each.actor_label for each in lines)


def test_nobody_agrees_with_oneself_nor_without_a_charge(place: Installations) -> None:
    number = asked(place)
    with pytest.raises(UserMessage) as refusal:
        portability.departures.decide(territory.actor("regis@demo"), number, agrees=True)
    assert refusal.value.code == "E-POR-12"
    for other in ("claire@demo", "paul@demo"):
        with pytest.raises(access_room.AccessDenied):
            portability.departures.decide(territory.actor(other), number, agrees=True)
    assert not DepartureArchive.objects.filter(departure__uuid=number).exists()


def test_only_the_professional_takes_it_away(place: Installations) -> None:
    number = asked(place)
    portability.departures.decide(territory.actor("adrien@demo"), number, agrees=True)
    work_done()
    for other in ("regis@demo", "adrien@demo", "claire@demo", "paul@demo"):
        with pytest.raises(access_room.AccessDenied):
            portability.departures.taken_away(territory.actor(other), number)


@pytest.mark.parametrize("is_begun", [False, True])
def test_an_account_that_was_closed_meanwhile_ends_it_and_it_is_said(place: Installations, is_begun: bool) -> None:
    """It was tried again for ever, and stayed « en cours » on the page."""
    number = asked(place)
    portability.departures.decide(territory.actor("adrien@demo"), number, agrees=True)
    row = Departure.objects.get(uuid=number)
    if is_begun:
        portability.begin(row, producing.default_folder(row))
        assert portability.write_next(row)
    Account.objects.filter(identifier="karim@demo").update(is_active=False)
    work_done()
    row.refresh_from_db()
    assert (row.state, row.trouble) == ("echu", producing.NOBODY_TO_READ)
    assert not producing.default_folder(row).exists()
    assert not Job.objects.filter(kind="portability.produce").exists()
    (line,) = [each for each in portability.departures.followed(territory.actor("regis@demo")) if each.uuid == number]
    assert line.trouble == producing.NOBODY_TO_READ


def test_a_colleague_asks_for_nobody_else_and_everybody_for_oneself(place: Installations) -> None:
    with pytest.raises(access_room.AccessDenied):
        asked(place, by="claire", of="karim")
    assert asked(place, by="karim", of="karim")
    with pytest.raises(access_room.AccessDenied):
        portability.departures.ask_for_everything(territory.actor("claire@demo"), motive=MOTIVE)


def test_who_governs_another_house_decides_nothing_of_one_where_they_only_work(place: Installations) -> None:
    """Decision 212: a referent is one where they were named. A day of replacement gives neither the sight of the
    exports of the house, nor a word on them."""
    number, structures = asked(place), place.world.world.structures
    paul = dataclasses.replace(
        territory.actor("paul@demo"), is_referent=True,
        structure_ids=(StructureId(structures["port"]), StructureId(structures["tilleuls"])),
    )  # fmt: skip
    assert portability.departures.followed(paul) == []
    with pytest.raises(access_room.AccessDenied):
        portability.departures.decide(paul, number, agrees=True)
    with pytest.raises(access_room.AccessDenied):
        portability.departures.ask_for_professional(paul, professional(place, "claire"), motive=MOTIVE)
    gone = dataclasses.replace(territory.actor("regis@demo"), structure_ids=())
    assert not portability.departures.is_in_charge(gone)
    claire = professional(place, "claire")
    assert claire not in portability.departures.askable(paul)
    assert {claire} < portability.departures.askable(territory.actor("regis@demo"))


@pytest.mark.parametrize(("motive", "code"), [("", "E-POR-10"), ("trop court", "E-POR-10")])
def test_a_motive_is_asked_for(place: Installations, motive: str, code: str) -> None:
    with pytest.raises(UserMessage) as refusal:
        portability.departures.ask_for_everything(territory.actor("regis@demo"), motive=motive)
    assert refusal.value.code == code


def test_the_same_is_not_asked_twice(place: Installations) -> None:
    asked(place)
    with pytest.raises(UserMessage) as refusal:
        asked(place, by="adrien")
    assert refusal.value.code == "E-POR-15"


def test_a_refusal_ends_it(place: Installations) -> None:
    number = asked(place)
    portability.departures.decide(territory.actor("adrien@demo"), number, agrees=False)
    work_done()
    assert Departure.objects.get(uuid=number).state == "refuse"
    with pytest.raises(UserMessage) as refusal:
        portability.departures.agreed(number, "CIBLE")
    assert refusal.value.code == "E-POR-16"


def test_an_old_agreement_opens_nothing(place: Installations) -> None:
    referent, administrator = place.world.in_charge()
    number = portability.departures.ask_for_everything(referent, motive=MOTIVE)
    portability.departures.decide(administrator, number, agrees=True)
    with time_machine.travel(clock.now() + dt.timedelta(days=31), tick=False), pytest.raises(UserMessage) as refusal:
        portability.departures.agreed(number, "MASSIF")
    assert refusal.value.code == "E-POR-14"


def test_it_is_there_for_a_week(place: Installations) -> None:
    number = asked(place)
    portability.departures.decide(territory.actor("adrien@demo"), number, agrees=True)
    work_done()
    karim = territory.actor("karim@demo")
    folder = portability.departures.taken_away(karim, number)
    with time_machine.travel(clock.now() + dt.timedelta(days=8), tick=False):
        work_done()
        assert not folder.exists()
        with pytest.raises(access_room.AccessDenied):
            portability.departures.taken_away(karim, number)


def test_an_opposition_meanwhile_closes_the_record_and_is_said(place: Installations) -> None:
    """Between the agreement and the writing, a patient opposes: that record does not leave."""
    number = asked(place)
    portability.departures.decide(territory.actor("adrien@demo"), number, agrees=True)
    row = Departure.objects.get(uuid=number)
    portability.begin(row, config.data_dir() / "export")
    worlds.wish(place.world.world, "second", kind="opposition_tous")
    while portability.write_next(row):
        pass
    manifest = portability.finish(row)
    assert manifest.export_status == "PARTIAL"
    assert place.world.world.patients["second"].uuid not in {each.patient for each in manifest.archives}
    assert portability.check(config.data_dir() / "export").findings == []


def _rows(folder: Path, code: str, table: str) -> list[dict[str, object]]:
    held = altering.members(folder, code).get(f"DONNEES/{table}.jsonl", b"")
    return [json.loads(line) for line in held.splitlines()]
