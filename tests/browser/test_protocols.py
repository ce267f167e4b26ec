"""A coordinator writes a protocol in a real browser; the pages are looked at by axe at three widths.

What comes of it for a patient (inclusion from the record, the report that arrives, the alert in Ma journée) belongs to
the tests of plans.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from maillon.kernel.key import Actor
from maillon.pathways import moving
from maillon.pathways.authoring import door as authoring
from maillon.pathways.editing import places, raw
from maillon.pathways.models import Alert, Plan, ProtocolVersion
from maillon.tasks.models import Task
from maillon.web import assets
from tests.browser.conftest import ROOT, WIDTHS
from tests.browser.test_every_page import _axe, _layout
from tests.conftest import Cast
from tests.pathways import team as plans
from tests.pathways.writers import Team, adapted, at_signatures, copied, rewrite, sign, team_of
from tests.web import world

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # a pause of the hand, then the whole text is read again
CAPTURING = bool(os.environ.get("MAILLON_CAPTURES"))
Enter = Callable[..., Page]


@pytest.fixture
def team(cast: Cast) -> Team:
    return team_of(cast)


@pytest.fixture
def enter(browser: Browser, live_server: Any, team: Team) -> Iterator[Enter]:
    assets.assets.cache_clear()
    contexts: list[BrowserContext] = []

    def open_page(actor: Actor, *, width: int = 1440, javascript: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)}, locale="fr-FR", base_url=live_server.url,
            has_touch=width < 500, java_script_enabled=javascript,
        )  # fmt: skip
        contexts.append(context)
        context.add_cookies([{"name": "maillon", "value": world.open_session(actor), "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(15000)
        return page

    yield open_page
    for context in contexts:
        context.close()


def value(uuid: UUID, place: str) -> object:
    return places.find(raw.values(ProtocolVersion.objects.get(uuid=uuid).text), place).value


def saved(page: Page) -> None:
    expect(page.locator("[data-saving]")).to_contain_text("Enregistré à")


# ------------------------------------------------------------------------------------------------ the story


def test_a_coordinator_copies_a_model_changes_a_delay_and_gets_four_signatures(team: Team, enter: Enter) -> None:
    page = enter(team.agnes)
    page.goto("/protocoles")
    page.get_by_role("button", name="Copier et adapter DIAB-01").click()
    page.wait_for_url("**/protocoles/*?fait=copie")
    uuid = ProtocolVersion.objects.get().uuid
    rewrite(uuid, adapted)  # the four professions of this team; the rest is done in the pages
    page.goto(f"/protocoles/{uuid}/ecrire/alertes")
    page.get_by_role("link", name="HBA1C").click()
    page.get_by_label("Délai", exact=True).fill("14 jours")
    saved(page)
    assert value(uuid, "alertes/HBA1C/delai") == "14 jours"
    page.get_by_role("link", name="Lire", exact=True).click()
    page.get_by_role("link", name="Ce qui change").click()
    expect(page.get_by_text("Délai de l’alerte HBA1C")).to_be_visible()
    page.get_by_role("link", name="Lire la version 1").click()
    page.get_by_role("button", name="Soumettre à la relecture").click()
    page.get_by_role("button", name="Soumettre aux signatures").click()
    for signer in team.signers:
        own = enter(signer)
        own.goto(f"/protocoles/{uuid}")
        own.get_by_label("J’ai lu ce protocole.").check()
        own.get_by_role("button", name="Signer en tant que").click()
        own.wait_for_url("**?fait=signature#signatures")
    page.reload()
    expect(page.get_by_text("4 sur 4")).to_be_visible()
    assert ProtocolVersion.objects.get(uuid=uuid).state == "en_vigueur"


def test_a_condition_is_checked_while_it_is_typed(team: Team, enter: Enter) -> None:
    uuid = copied(team)
    page = enter(team.agnes)
    page.goto(f"/protocoles/{uuid}/ecrire/population")
    field = page.locator('[data-place="population/inclusion/0.2/si"]')
    note = page.locator('[data-note="population/inclusion/0.2/si"]')
    expect(note).to_contain_text("âge ≥ 18")
    field.fill("âge >=")
    expect(note).to_contain_text("la question s’arrête trop tôt")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#reste")).to_contain_text("la question s’arrête trop tôt")
    field.fill('âge >= 16 et diagnostic("E11*")')
    expect(note).to_contain_text("(âge ≥ 16) et (diagnostic E11*)")
    expect(page.locator("#reste")).to_contain_text("Rien à régler")


def test_rows_are_added_moved_and_removed_without_losing_what_is_typed(team: Team, enter: Enter) -> None:
    uuid = copied(team)
    page = enter(team.agnes)
    page.goto(f"/protocoles/{uuid}/ecrire/etapes")
    page.get_by_role("link", name="M2").click()
    page.locator('[data-place="etapes/M2/quoi"]').fill("Consultation de suivi, patient et infirmière")
    page.get_by_role("button", name="Ajouter une étape").click()
    expect(page.locator('[data-place="etapes/S1/quoi"]')).to_be_visible()
    assert value(uuid, "etapes/M2/quoi") == "Consultation de suivi, patient et infirmière"
    page.locator('[data-place="etapes/S1/quoi"]').fill("Marche encadrée")
    page.locator('[data-place="etapes/S1/qui"]').get_by_label("Masseur-kinésithérapeute").check()
    saved(page)
    page.get_by_role("button", name=re.compile("Monter S1")).click()
    expect(page.get_by_role("button", name=re.compile("Descendre S1"))).to_be_visible()
    steps = [step["id"] for step in raw.values(ProtocolVersion.objects.get(uuid=uuid).text)["etapes"]]
    assert steps[-2] == "S1"
    assert value(uuid, "etapes/S1/qui") == ["G15_70"]
    page.get_by_role("button", name=re.compile("Retirer S1")).click()
    expect(page.locator('[data-place="etapes/S1/quoi"]')).to_have_count(0)


def test_a_pause_after_a_word_is_no_conflict(team: Team, enter: Enter) -> None:
    uuid = copied(team)
    page = enter(team.agnes)
    page.goto(f"/protocoles/{uuid}/ecrire/identite")
    field = page.locator('[data-place="justification"]')
    field.fill("Soixante patients, ")
    saved(page)
    field.press_sequentially("un tiers sans examen")
    expect(page.locator("[data-saving]")).to_contain_text("Saisie en cours")
    saved(page)
    assert value(uuid, "justification") == "Soixante patients, un tiers sans examen"
    expect(page.locator('[data-note="justification"]')).not_to_contain_text("Quelqu’un d’autre")


def test_two_people_in_one_field_choose(team: Team, enter: Enter) -> None:
    uuid, place = copied(team), "alertes/HBA1C/delai"
    page = enter(team.agnes)
    page.goto(f"/protocoles/{uuid}/ecrire/alertes?ouvrir=alertes/HBA1C")
    page.wait_for_load_state("networkidle")
    typed = authoring.saving.Typed(place=place, value="21 jours", before="28 jours")
    authoring.saving.save(team.nadia, uuid, [typed], revision=1)
    page.locator(f'[data-place="{place}"]').fill("7 jours")
    both = page.locator(f'[data-note="{place}"]')
    expect(both).to_contain_text("21 jours")
    expect(both).to_contain_text("7 jours")
    assert value(uuid, place) == "21 jours"
    both.get_by_role("button", name="Mettre le mien").click()
    saved(page)
    assert value(uuid, place) == "7 jours"


# ------------------------------------------------------------------------------------------------ the pages


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_on_the_pages_of_a_protocol(width: int, team: Team, enter: Enter) -> None:
    faults: list[str] = []
    page = enter(team.agnes, width=width)
    reader = enter(team.claire, width=width)
    uuid = copied(team)
    authoring.saving.save(
        team.agnes, uuid, [authoring.saving.Typed(place="alertes/HBA1C/delai", value="")], revision=1
    )

    def look(name: str, there: Page, address: str) -> None:
        there.goto(address)
        there.wait_for_load_state("networkidle" if CAPTURING else "load")
        if CAPTURING:
            folder = ROOT / "build" / "captures"
            folder.mkdir(parents=True, exist_ok=True)
            there.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
        faults.extend(f"{name}: {fault}" for fault in (*_axe(there), *_layout(there)))

    here = f"/protocoles/{uuid}"
    look("protocoles", page, "/protocoles")
    look("protocole-modele", page, "/protocoles/modele/DIAB-01")
    for slug in authoring.sections.SECTIONS:
        look(f"protocole-ecrire-{slug}", page, f"{here}/ecrire/{slug}")
    look("protocole-ecrire-etape", page, f"{here}/ecrire/etapes?ouvrir=etapes/M2")
    look("protocole-ecrire-alerte", page, f"{here}/ecrire/alertes?ouvrir=alertes/HBA1C")
    look("protocole-texte", page, f"{here}/texte")
    look("protocole-changements", page, f"{here}/comparer")
    look("protocole-calendrier", page, f"{here}/calendrier")
    rewrite(uuid, lambda said: next(each for each in said["alertes"] if each["id"] == "HBA1C").update(delai="14 jours"))
    authoring.remarks.comment(team.nadia, uuid, text="Le délai ?", place="alertes/HBA1C", is_blocking=True)
    look("protocole-remarque", page, here)
    ProtocolVersion.objects.filter(uuid=uuid).update(code="DIAB-00")
    signed = at_signatures(team)
    sign(team.nadia, signed)
    look("protocole-signer", reader, f"/protocoles/{signed}")
    assert not faults, "\n".join(faults)


def test_a_protocol_that_was_written_here_includes_a_patient_and_warns_the_doctor(
    cast: Cast, team: Team, enter: Enter
) -> None:
    """Two clicks from the record for the nurse; the report is filed as the worker files it, and the doctor finds the
    alert, with the delay that the team wrote, in Ma journée."""
    uuid = copied(team)
    typed = authoring.saving.Typed(place="alertes/HBA1C/delai", value="14 jours")
    authoring.saving.save(team.agnes, uuid, [typed], revision=1)
    authoring.versions.move(team.agnes, uuid, "review")
    authoring.versions.move(team.agnes, uuid, "approve")
    for signer in team.signers:
        sign(signer, uuid)
    patient = plans.diabetic(cast, treating=team.claire)
    record = plans.key(patient, team.nadia).patient_uuid
    nurse = enter(team.nadia)
    nurse.goto(f"/dossier/{record}/chronologie")
    nurse.get_by_role("link", name="Plans").first.click()
    nurse.get_by_role("button", name=re.compile("inclure")).click()
    nurse.wait_for_url("**/plan/**")
    plan = Plan.objects.get(patient_id=patient)
    moving.choose(plans.key(patient, team.claire), plan.uuid, {"hba1c": "7"})  # the doctor, whose decision it is
    plans.work()
    plans.report(patient, "4548-4", "8.3", label="HbA1c")
    plans.work()
    (task,) = Task.objects.filter(patient_id=patient, kind="alerte")
    assert task.professional_id == team.claire.professional_id
    delay = task.due_at - Alert.objects.get().raised_at
    assert abs(delay - dt.timedelta(days=14)) < dt.timedelta(minutes=1)
    doctor = enter(team.claire)
    doctor.goto("/journee")
    expect(doctor.get_by_text("HbA1c à un point ou plus au-dessus de la cible").first).to_be_visible()

