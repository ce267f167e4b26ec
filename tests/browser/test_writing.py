"""Writing a letter in a real browser: few keys, no connection for a while, a correction."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from maillon.documents.models import Document
from maillon.formats import datamatrix
from maillon.formats.pdf_pages import page_pictures
from maillon.writing.models import Draft
from tests.browser.conftest import Site
from tests.documents.conftest import _nobody_is_remembered
from tests.web.test_scan import code_of

__all__ = ["_nobody_is_remembered"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

MOTIVE = "Merci de votre avis sur une dyspnée d’effort récente."


def begin(page: Page, site: Site) -> None:
    """From the record to the first field of the letter: two keys."""
    page.goto(site.tab("chronologie"))
    page.keyboard.press("e")
    page.wait_for_url("**/ecrire")
    page.keyboard.press("1")
    page.wait_for_url("**/brouillon/**")


def test_a_letter_is_written_and_signed_in_under_a_dozen_keys_of_navigation(
    site: Site, opened: Callable[..., Page]
) -> None:
    page = opened("karim")  # Claire is the médecin traitant: she is proposed
    pressed: list[str] = []

    def press(key: str) -> None:
        pressed.append(key)
        page.keyboard.press(key)

    page.goto(site.tab("chronologie"))
    press("e")
    page.wait_for_url("**/ecrire")
    press("1")
    page.wait_for_url("**/brouillon/**")
    expect(page.locator("#texte-motif")).to_be_focused()
    press("Control+a")
    page.keyboard.type(MOTIVE)
    for _ in range(3):  # search button, its field, the last person of the list
        press("Shift+Tab")
    press("Space")
    press("Control+Enter")
    page.wait_for_url("**/apercu")
    expect(page.locator(".page-picture").first).to_be_visible()
    expect(page.get_by_role("button", name="Signer et classer")).to_be_focused()
    press("Enter")
    page.wait_for_url("**/suite?signe")
    assert len(pressed) < 12, pressed
    expect(page.locator("h1")).to_have_text("C’est signé")
    document = Document.objects.get(source="redaction")
    assert document.author_national_id == "899000000029"
    assert Draft.objects.get().content["texts"]["motif"] == MOTIVE


def test_without_a_connection_nothing_typed_is_lost(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    begin(page, site)
    page.fill("#texte-motif", "Avant la coupure.")
    expect(page.locator("[data-saving]")).to_contain_text("Enregistré à")
    page.wait_for_function("document.querySelector('[data-saving] span').textContent.startsWith('Enregistré')")
    page.context.set_offline(True)
    page.fill("#texte-motif", "Écrit pendant la coupure.")
    expect(page.locator("[data-saving]")).to_contain_text("Pas de connexion")
    page.keyboard.press("Control+Enter")  # whoever insists keeps the page
    page.wait_for_timeout(300)
    expect(page.locator("#texte-motif")).to_have_value("Écrit pendant la coupure.")
    assert Draft.objects.get().content["texts"]["motif"] == "Avant la coupure."
    page.context.set_offline(False)
    expect(page.locator("[data-saving]")).to_contain_text("Enregistré à")
    assert Draft.objects.get().content["texts"]["motif"] == "Écrit pendant la coupure."

    other = opened("claire", width=390)  # and it is resumed on the telephone
    other.goto("/brouillons")
    other.locator(".line-title").first.click()
    expect(other.locator("#texte-motif")).to_have_value("Écrit pendant la coupure.")


def test_a_locked_session_keeps_the_text_and_sends_it_after(site: Site, opened: Callable[..., Page]) -> None:
    from maillon.access.models import Session
    from tests.conftest import PASSWORD

    page = opened("claire")
    begin(page, site)
    page.wait_for_load_state("networkidle")
    Session.objects.update(locked_at="2026-01-01T00:00:00Z")
    page.fill("#texte-motif", "Écrit juste avant le verrou.")
    expect(page.locator("[data-saving]")).to_contain_text("Session verrouillée")
    page.evaluate("htmx.ajax('GET', '/a-regler/nombre', '.topnav .count')")
    page.fill("#preuve", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#texte-motif")).to_have_value("Écrit juste avant le verrou.")
    expect(page.locator("[data-saving]")).to_contain_text("Enregistré à")
    assert Draft.objects.get().content["texts"]["motif"] == "Écrit juste avant le verrou."


def test_a_fact_is_inserted_where_one_writes(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    begin(page, site)
    page.fill("#texte-motif", "Suivi")
    fact = page.locator("[data-inserts]").first
    text = fact.get_attribute("data-inserts")
    fact.click()
    expect(page.locator("#texte-motif")).to_have_value(f"Suivi\n{text}")
    expect(page.locator("#texte-motif")).to_be_focused()


def test_a_recipient_is_searched_without_leaving_the_letter(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    begin(page, site)
    page.fill("#texte-motif", "Texte gardé.")
    page.fill("#chercher", "etranger")
    page.keyboard.press("Enter")
    found = page.get_by_label("Dr Paul Étranger")
    expect(found).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#texte-motif")).to_have_value("Texte gardé.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/apercu")
    expect(page.locator("dl.facts").first).to_contain_text("Paul Étranger")


def test_a_signed_letter_is_corrected(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("karim")
    begin(page, site)
    page.fill("#texte-motif", MOTIVE)
    page.locator("#destinataires input[type=checkbox]").first.check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/apercu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/suite?signe")
    page.get_by_role("button", name="Corriger").click()
    page.wait_for_url("**/brouillon/**")
    expect(page.locator("#texte-motif")).to_have_value(MOTIVE)
    page.fill("#texte-motif", "Version corrigée.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/apercu")
    page.keyboard.press("Enter")
    page.wait_for_url("**/suite?signe")
    assert sorted(Document.objects.filter(source="redaction").values_list("version_number", "status")) == [
        (1, "replaced"), (2, "current"),
    ]  # fmt: skip


def test_a_letter_is_written_without_javascript(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("karim", javascript=False)
    page.goto(site.tab("ecrire"))
    page.get_by_role("button", name="Lettre d’adressage").click()
    page.fill("#texte-motif", MOTIVE)
    page.locator("#destinataires input[type=checkbox]").first.check()
    page.get_by_role("button", name="Aperçu avant signature").click()
    page.get_by_role("button", name="Signer et classer").click()
    expect(page.locator("h1")).to_have_text("C’est signé")


def test_a_reader_typed_in_the_bar_opens_the_record(site: Site, opened: Callable[..., Page]) -> None:
    """A keyboard reader types fast, swallows the separators, and ends with « Entrée »."""
    page = opened("claire")
    page.keyboard.press("/")
    page.keyboard.type(code_of("diabete").replace("\x1d", ""))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{site.tab('chronologie')}")

    page.goto("/patients")  # where each key is searched at once
    page.locator("#q").press_sequentially(code_of("diabete").replace("\x1d", ""))
    page.wait_for_url(f"**{site.tab('chronologie')}")


def test_a_photograph_from_a_telephone_opens_the_record(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=390)
    page.goto("/patients/scan")
    picture = datamatrix.png(datamatrix.modules(code_of("diabete")))
    page.set_input_files("#photo", {"name": "photo.png", "mimeType": "image/png", "buffer": picture})
    page.wait_for_url(f"**{site.tab('chronologie')}")


def test_the_printed_record_bears_a_symbol_that_scanners_read(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire")
    page.goto(site.tab("synthese"))
    assert not page.locator(".ins-symbol").is_visible()
    printed = page_pictures(page.pdf(format="A4"), width=1600)
    assert datamatrix.read_picture(printed[0]).birth_family_name == "LAMBERT"
