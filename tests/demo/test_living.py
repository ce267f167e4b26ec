"""The maison de santé of the demonstration at work: told through the rooms' own verbs, once."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from maillon.access import api as access_room
from maillon.access.models import JournalEntry, Replacement
from maillon.demo import living
from maillon.demo.house import House
from maillon.demo.loading import Loader
from maillon.demo.patient_doors import open_doors
from maillon.documents import api as documents
from maillon.evaluations.models import Campaign
from maillon.formats.cda.read import open_cda
from maillon.formats.document import Statement
from maillon.forms.models import Response
from maillon.kernel import clock
from maillon.kernel.key import Purpose
from maillon.pathways import protocols
from maillon.pathways.models import Alert, Plan, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState
from maillon.tasks import api as tasks
from simulators.laboratory import laboratory_report
from simulators.making import Occasion
from simulators.outgoing import OutgoingDocument, address_book, render
from simulators.synthesis import syntheses
from simulators.territory import build_territory
from simulators.today import reports_of_today
from tests.documents import making
from tests.documents.conftest import _nobody_is_remembered
from tests.pathways import team

__all__ = ["_nobody_is_remembered"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """The territory with what the practices and the laboratory have sent of these patients."""
    monkeypatch.setenv("MAILLON_DEMO", "1")
    until = clock.today()
    loader = Loader(build_territory(until=until, patients=32))
    loader.load()
    open_doors(loader.territory)
    found = House.of(loader, until=until)
    for each in syntheses(loader.territory, until=until):
        file(found, each)
    dispensed = Statement(code="B01AA03", system=team.ATC, label="warfarine")
    at = found.moment(40).isoformat()
    making.file(found.patient("avk"), making.stated("medication", dispensed, type_code="60593-1", act_at=at))
    for ago in (30, 8):
        file(found, inr(found, ago))
    return found


def inr(house: House, ago: int) -> OutgoingDocument:
    patient, doctor = house.territory.patient("avk"), house.territory.professional("morel")
    occasion = Occasion(
        territory=house.territory, patient=patient, author=house.territory.professional("delmas"),
        at=house.moment(ago, 9), key=f"inr-{ago}", recipients=(doctor,),
    )  # fmt: skip
    report = laboratory_report(occasion, prescriber=doctor, sampler=doctor, values={"inr": 2.4}, former={})
    return OutgoingDocument(
        document=report, sender="", sender_name="", recipients=(), patient="avk", sent_at=occasion.at, story="essai"
    )


def file(house: House, sent: OutgoingDocument) -> None:
    data = render(sent.document, contacts=address_book(house.territory)).cda
    access = access_room.open_record(
        access_room.machine("essai"), house.patient(sent.patient), purpose=Purpose.INTAKE
    )
    documents.file(access, documents.from_cda(open_cda(data).for_filing(), data), readers=[], received_at=sent.sent_at)


def test_a_newcomer_finds_a_living_team(house: House) -> None:
    before = clock.now()
    living.settle_in(house)
    signed = ProtocolVersion.objects.filter(state="en_vigueur")
    assert {each.code for each in signed} == {
        "DIAB-01", "AVK-01", "CHUTE-01", "PLAIE-01", "TORSION-CHEVILLE", "IC-TLS",
    }  # fmt: skip
    assert {each.code: each.signatures.count() for each in signed} == {
        each.code: len(protocols.protocol_of(each).professions) for each in signed
    }
    states = Counter(Plan.objects.values_list("version__code", "state"))
    assert states["TORSION-CHEVILLE", "suivi"] == states["IC-TLS", "active"] == states["AVK-01", "inclus"] == 1
    assert states["DIAB-01", "inclus"] >= 2
    assert PlanStep.objects.filter(state=StepState.DONE).count() >= 20
    assert PlanStep.objects.filter(state=StepState.ASKED, late_at__lt=clock.now()).exists()
    assert Response.objects.filter(signed_at__isnull=False).count() >= 6
    assert Response.objects.filter(is_for_patient=True, signed_at__isnull=True).count() == 1
    assert (Replacement.objects.count(), Campaign.objects.get().state) == (1, "ouverte")
    assert not JournalEntry.objects.filter(at__lt=before - dt.timedelta(hours=1)).exists()  # nothing moves its clock
    for who in ("morel", "lefevre", "girard", "roche", "marchand"):
        day = tasks.my_day(house.actor(who))
        assert day.alerts or day.to_do, who


def test_what_the_laboratory_sends_today_alerts_orange_and_red(house: House) -> None:
    living.settle_in(house)
    for each in reports_of_today(house.territory, until=house.until):
        file(house, each)
    team.work()
    levels = dict(Alert.objects.filter(answered_at__isnull=True).values_list("alert", "level"))
    assert (levels["INR-6"], levels["HBA1C"]) == ("rouge", "orange")
    first = tasks.my_day(house.actor("morel")).alerts[0]
    assert (first.level, first.patient_id) == ("rouge", house.patient("avk"))


def test_told_again_it_changes_nothing(house: House) -> None:
    living.settle_in(house)
    known = (Plan.objects.count(), PlanStep.objects.count(), ProtocolVersion.objects.count(), Campaign.objects.count())
    living.settle_in(house)
    again = (Plan.objects.count(), PlanStep.objects.count(), ProtocolVersion.objects.count(), Campaign.objects.count())
    assert known == again


def test_the_clock_is_moved_by_the_demonstration_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILLON_DEMO", raising=False)
    with pytest.raises(RuntimeError), clock.at(clock.now()):
        pass
