"""A coordinator writes a protocol in a real browser; the pages are looked at by axe at three widths.

The whole way, from a copied model to the alert in the doctor's day, is in test_story.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from maillon.kernel.key import Actor
from maillon.pathways.authoring import door as authoring
from maillon.pathways.editing import places, raw
from maillon.pathways.models import ProtocolVersion
from maillon.web import assets
from tests.browser import test_every_page as every_page
from tests.browser.conftest import PATIENCE, WIDTHS
from tests.browser.test_every_page import NARROWEST
from tests.conftest import Cast
from tests.pathways.writers import Team, at_signatures, copied, rewrite, sign, team_of
from tests.web import world

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
Enter = Callable[..., Page]


@pytest.fixture
def team(cast: Cast) -> Team:
    return team_of(cast)


@pytest.fixture
def enter(browser: Browser, live_server: Any, team: Team) -> Iterator[Enter]:
    assets.assets.cache_clear()
    contexts: list[BrowserContext] = []

    def open_page(actor: Actor, *, width: int = 1440) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)}, locale="fr-FR", base_url=live_server.url,
        )  # fmt: skip
        contexts.append(context)
        context.add_cookies([{"name": "maillon", "value": world.open_session(actor), "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    yield open_page
    for context in contexts:
        context.close()


def value(uuid: UUID, place: str) -> object:
    return places.find(raw.values(ProtocolVersion.objects.get(uuid=uuid).text), place).value


def saved(page: Page) -> None:
    expect(page.locator("[data-saving]")).to_contain_text("Enregistré à")


# ------------------------------------------------------------------------------------------------ writing


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


def test_axe_finds_nothing_on_the_pages_of_a_protocol(team: Team, enter: Enter) -> None:
    faults: list[str] = []
    page = enter(team.agnes, width=NARROWEST)
    reader = enter(team.claire, width=NARROWEST)
    uuid = copied(team)
    authoring.saving.save(
        team.agnes, uuid, [authoring.saving.Typed(place="alertes/HBA1C/delai", value="")], revision=1
    )

    def look(name: str, there: Page, address: str) -> None:
        there.goto(address)
        faults.extend(every_page.look(there, f"{name}-1"))  # none of the pictures of docs/captures

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
