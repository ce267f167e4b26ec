"""A questionnaire in a real browser: on a phone with the keyboard alone, cut from the network, and by the patient."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maillon.access import api as access_room
from maillon.forms import api as forms
from maillon.forms.models import Response
from maillon.patients import api as patients
from tests.access.visiting import MAIL, PHONE, Telephone, key, telephone
from tests.browser import test_every_page as every_page
from tests.browser.conftest import WIDTHS, Site
from tests.browser.test_door import enter
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered

__all__ = ["_nobody_is_remembered", "telephone"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PICTURES = os.environ.get("MAILLON_VUES", "")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def begin(page: Page, site: Site, title: str) -> None:
    page.goto(site.tab("questionnaires"))
    page.get_by_role("button", name=title).click()
    page.wait_for_url("**/questionnaire/**")


def saved(page: Page) -> None:
    expect(page.locator("[data-saving] span")).to_have_text(re.compile("^Enregistré à"))


def no_fault(page: Page) -> None:
    assert every_page._axe(page) == []


def test_on_a_phone_by_the_keyboard_alone(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("nadia", width=390)
    begin(page, site, "Risque de chute")
    no_fault(page)
    picture(page, "saisie-390")
    expect(page.get_by_role("group", name="Mesures")).to_be_hidden()
    page.get_by_role("radio", name="Oui").first.focus()
    page.keyboard.press("Space")  # fallen: yes
    expect(page.get_by_label("Nombre de chutes en douze mois")).to_be_visible()
    expect(page.get_by_role("group", name="Mesures")).to_be_visible()
    for _ in range(2):  # afraid, unsteady: no
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.type("75")
    expect(page.locator("[data-calculated=gravite]")).to_contain_text("Oui")
    page.get_by_label("Se lever, marcher 3 m").focus()
    page.keyboard.type("22,5")
    expect(page.locator("[data-calculated=tug_anormal]")).to_contain_text("Oui")
    expect(page.locator("[data-calculated=hypotension]")).to_contain_text("non concluable")
    saved(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, width
    picture(page, "remplie-390")
    page.get_by_role("button", name="Signer").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**signe")
    expect(page.get_by_role("status").first).to_contain_text("Réponses signées")
    no_fault(page)
    picture(page, "signee-390")
    assert Response.objects.get().answers["tug"] == ["22,5"]


def test_what_is_missing_is_announced_and_a_link_goes_to_its_field(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("nadia", width=1024)
    begin(page, site, "Suivi d’une plaie chronique")
    page.get_by_label("Plus grande longueur").fill("beaucoup")
    page.get_by_role("button", name="Signer").click()
    expect(page.locator("#a-corriger")).to_be_focused()
    no_fault(page)
    picture(page, "refusee-1024")
    page.get_by_role("link", name="Plus grande longueur").click()
    expect(page.locator("#r-longueur")).to_be_focused()
    expect(page.locator("#r-longueur")).to_have_value("beaucoup")
    page.get_by_role("link", name="Exsudat").click()
    expect(page.locator("#r-exsudat input").first).to_be_focused()


def test_without_a_connection_nothing_typed_is_lost(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("nadia")
    begin(page, site, "Suivi d’une plaie chronique")
    page.get_by_label("Siège").fill("Talon")
    saved(page)
    page.context.set_offline(True)
    page.get_by_label("Siège").fill("Talon droit")
    expect(page.locator("[data-saving]")).to_contain_text("Pas de connexion")
    page.context.set_offline(False)
    expect(page.locator("[data-saving]")).to_contain_text("Enregistré à")
    assert Response.objects.get().answers["siege"] == ["Talon droit"]
    other = opened("nadia", width=390)  # and it is resumed on the telephone
    other.goto(site.tab("questionnaires"))
    other.locator(".line-title").first.click()
    expect(other.get_by_label("Siège")).to_have_value("Talon droit")


def test_without_scripts_the_conditions_follow_at_each_saving(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("nadia", javascript=False)
    begin(page, site, "Risque de chute")
    page.get_by_role("radio", name="Oui").first.check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_label("Nombre de chutes en douze mois")).to_be_visible()


def test_the_list_holds_at_every_width(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=390, is_touched=False)
    page.goto(site.tab("questionnaires"))
    holds(page, "liste")
    begin(page, site, "Score de Saint-Antoine")
    holds(page, "saint-antoine")


def holds(page: Page, name: str) -> None:
    for width, height in sorted(WIDTHS.items(), reverse=True):
        page.set_viewport_size({"width": width, "height": height})
        no_fault(page)
        picture(page, f"{name}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_patient_answers_on_a_phone(
    site: Site, cast: Cast, opened: Callable[..., Page], telephone: Telephone
) -> None:
    access_room.visitors.invite(
        key(cast.sylvie, site.record.patient_id), email=MAIL, phone=PHONE, identity_proof="carte d’identité"
    )
    page = opened(None, width=390)
    enter(page, telephone, patients.identity(site.record).line.birth_date)
    asked = forms.asked_of_patients.ask(key(cast.claire, site.record.patient_id), "OBSERVANCE")
    page.reload()
    page.get_by_role("link", name="Prise des médicaments").click()
    page.wait_for_url("**/questionnaire/**")
    for question in page.locator("fieldset.options").all():
        question.get_by_role("radio", name="Non").check()
    expect(page.locator("[data-calculated=oui]")).to_contain_text("bonne prise")
    no_fault(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(page, "patient-390")
    page.get_by_role("button", name="Envoyer mes réponses").click()
    expect(page.get_by_role("status").first).to_contain_text("Vos réponses sont parties")
    no_fault(page)
    picture(page, "patient-parti-390")
    assert Response.objects.get(uuid=asked).signed_at is not None


def test_the_library_holds_at_every_width(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=390, is_touched=False)
    for address, name in (("/questionnaires", "bibliotheque"), ("/questionnaires/PADSS", "modele")):
        page.goto(address)
        holds(page, name)
