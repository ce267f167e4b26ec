"""The whole story of a protocol, in real browsers and by real mail: a coordinator copies a model, changes a delay and
gets four signatures; a nurse includes a patient from the record in two clicks; the laboratory writes; the doctor finds
the alert in Ma journée."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from maillon.exchange import api as exchange
from maillon.exchange.models import Message
from maillon.kernel import clock
from maillon.pathways.editing import raw
from maillon.pathways.models import Alert, Plan, ProtocolVersion
from maillon.tasks.models import Task
from simulators.laboratory import laboratory_report
from simulators.making import Occasion
from simulators.messages import messages
from simulators.outgoing import OutgoingDocument
from tests.browser.test_protocols import Enter, enter, saved, team
from tests.conftest import Cast
from tests.exchange.conftest import desk_at
from tests.mailservers.account import Endpoint
from tests.mailservers.operator import OperatorProcess
from tests.pathways import team as plans
from tests.pathways.writers import Team, adapted
from tests.web import world

__all__ = ["enter", "team"]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLAIRE, LABORATORY = "claire.morel@msp-tilleuls.mssante.test", "resultats@bio-vallee.mssante.test"
TWO_WEEKS = dt.timedelta(days=14)


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[OperatorProcess]:
    process = OperatorProcess(tmp_path / "operateur", {CLAIRE: "secret-claire", LABORATORY: "secret-labo"}).start()
    yield process
    process.stop()


def test_from_a_copied_model_to_the_alert_in_the_doctor_s_day(
    cast: Cast, team: Team, enter: Enter, operator: OperatorProcess
) -> None:
    desk_at(cast, operator.endpoint(CLAIRE))
    record = world.follow(world.register("diabete"), cast, treating=team.claire)
    plans.says(record.patient_id, "problem", "E11.9", "Diabète de type 2", plans.ICD10)

    version = written_and_signed(team, enter)
    nurse = enter(team.nadia, width=390)
    nurse.goto(f"/dossier/{record.patient_uuid}/chronologie")
    clicks = counted(nurse)
    clicks(lambda: nurse.get_by_role("link", name="Plans").first.click())
    clicks(lambda: nurse.get_by_role("button", name=re.compile("inclure")).click())
    nurse.wait_for_url("**/plan/**")
    expect(nurse.locator("main [role=status]").first).to_contain_text("Le patient est inclus")
    assert clicks.made <= 2
    plan = Plan.objects.get(patient_id=record.patient_id)
    assert (plan.is_running, plan.version_id) == (True, version.pk)
    target_chosen(enter(team.claire), record.patient_uuid, plan)

    the_laboratory_writes(operator.endpoint(LABORATORY), {"hba1c": 8.3})
    exchange.Worker(interval=0).drain()
    (received,) = Message.objects.all()
    assert (received.state, received.sender) == ("done", LABORATORY)
    alert = Alert.objects.get(plan=plan)
    task = Task.objects.get(uuid=alert.uuid)
    assert task.professional_id == team.claire.professional_id
    raised, due = (clock.in_paris(each).replace(tzinfo=None) for each in (alert.raised_at, task.due_at))
    assert abs(due - raised - TWO_WEEKS) < dt.timedelta(minutes=1)  # by the clock on the wall, also when it changes

    doctor = enter(team.claire)
    doctor.goto("/journee")
    alerts = doctor.get_by_role("region", name=re.compile("Alertes"))
    expect(alerts).to_contain_text("HbA1c à un point ou plus au-dessus de la cible")
    expect(alerts).to_contain_text("LAMBERT")
    doctor.get_by_role("link", name=re.compile("HbA1c à un point")).first.click()
    expect(doctor.locator("main")).to_contain_text("8,3")


class counted:  # noqa: N801 (used as a verb)
    """The clicks that somebody makes."""

    def __init__(self, page: Page) -> None:
        self.page, self.made = page, 0

    def __call__(self, click: Callable[[], Any]) -> None:
        click()
        self.made += 1


def written_and_signed(team: Team, enter: Enter) -> ProtocolVersion:
    """All of it in the pages: the coordinator brings the text that the team agreed on, then changes one delay."""
    page = enter(team.agnes)
    page.goto("/protocoles")
    page.get_by_role("button", name="Copier et adapter DIAB-01").click()
    page.wait_for_url("**/protocoles/*?fait=copie")
    version = ProtocolVersion.objects.get()
    here = f"/protocoles/{version.uuid}"
    page.goto(f"{here}/texte")
    page.get_by_label("Texte", exact=True).fill(agreed(version.text))
    page.get_by_role("button", name="Enregistrer le texte").click()
    expect(page.locator("main [role=status]").first).to_contain_text("Le texte est enregistré")
    page.goto(f"{here}/ecrire/alertes")
    page.get_by_role("link", name="HBA1C").click()
    page.get_by_label("Délai", exact=True).fill("14 jours")
    saved(page)
    page.get_by_role("link", name="Lire", exact=True).click()
    page.get_by_role("link", name="Ce qui change").click()
    expect(page.get_by_text("Délai de l’alerte HBA1C")).to_be_visible()
    page.get_by_role("link", name="Lire la version 1").click()
    page.get_by_role("button", name="Soumettre à la relecture").click()
    page.get_by_role("button", name="Soumettre aux signatures").click()
    for signer in team.signers:
        own = enter(signer)
        own.goto(here)
        own.get_by_label("J’ai lu ce protocole.").check()
        own.get_by_role("button", name="Signer en tant que").click()
        own.wait_for_url("**?fait=signature#signatures")
    page.reload()
    expect(page.get_by_text("4 sur 4")).to_be_visible()
    version.refresh_from_db()
    assert version.state == "en_vigueur"
    return version


def agreed(text: str) -> str:
    said = raw.values(text)
    adapted(said)
    return raw.text_of(said)


def target_chosen(page: Page, record: object, plan: Plan) -> None:
    """By the doctor, whose decision it is."""
    page.goto(f"/dossier/{record}/plan/{plan.uuid}")
    targets = page.get_by_role("region", name="Cibles et dates")
    targets.get_by_text("Changer", exact=True).click()
    targets.get_by_label("Cible d’HbA1c").select_option("7.0")
    targets.get_by_role("button", name="Enregistrer").click()
    expect(targets).to_contain_text("cas général")


def the_laboratory_writes(account: Endpoint, values: dict[str, float | str]) -> None:
    """Its own software: a structured report in an XDM archive, sent by SMTP inside TLS."""
    territory, patient = world.territory(), world.person("diabete")
    occasion = Occasion(
        territory=territory, patient=patient, author=territory.professional("delmas"), at=clock.now(), key="histoire",
        recipients=(territory.professional("morel"),),
    )  # fmt: skip
    doctor = territory.professional("morel")
    report = laboratory_report(occasion, prescriber=doctor, sampler=doctor, values=values, former={})
    (message,) = messages(
        territory,
        [
            OutgoingDocument(
                document=report, sender=LABORATORY, sender_name=occasion.house.name, recipients=(CLAIRE,),
                patient=patient.key, sent_at=occasion.at, story="diabete",
            )
        ],
    )  # fmt: skip
    account.send([CLAIRE], message.data)
