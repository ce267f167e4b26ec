"""The day's work without a mouse, and the reading without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import errands
from tests.browser.conftest import Site
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_whole_day_with_the_keyboard_alone(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=1440)

    # The skip link is the first stop and leads past the bar.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"

    # Arrows go down the list, « l » marks the line in focus as read, and the change is said aloud.
    page.locator(".line-title").first.focus()
    page.keyboard.press("ArrowDown")
    before = page.locator("#journee .line").count()
    page.keyboard.press("l")
    expect(page.locator("#journee .line")).to_have_count(before - 1)
    expect(page.locator("#annonce")).to_have_text("Marqué comme lu.")

    # « / » reaches the search, arrows its results, Entrée opens the record.
    page.keyboard.press("/")
    page.keyboard.type("12041957")
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients")
    page.locator("#q").focus()
    page.keyboard.press("ArrowDown")
    assert "LAMBERT" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chronologie")

    # « ? » lists the keys, Échap closes the list.
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_alerts_and_tasks_with_the_keyboard_alone(site: Site, opened: Callable[..., Page], cast: Cast) -> None:
    """« j », « k », Entrée, « p », « f », « g »; the focus stays in the list, on what comes next."""
    errands.fill(site.record, cast)
    page = opened("claire", width=1440)
    page.goto("/journee?vue=alertes")
    focused = "document.activeElement.closest('.line').textContent"
    page.keyboard.press("j")
    assert "INR à 6,4" in page.evaluate(focused), "the red one first"
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert "INR à 6,4" in page.evaluate(focused)
    page.keyboard.press("p")
    expect(page.locator("#annonce")).to_have_text("Vous vous en occupez.")
    expect(page.locator(".line-title").first).to_be_focused()
    assert "Vous vous en occupez" in page.evaluate(focused)
    before = page.locator("#journee .line").count()
    page.keyboard.press("f")
    expect(page.locator("#journee .line")).to_have_count(before - 1)
    expect(page.locator(".line-title").first).to_be_focused()
    assert "INR à 6,4" not in page.evaluate(focused)
    page.keyboard.press("g")
    page.wait_for_url("**/tache/**")
    page.locator("#motif").fill("Contrôle déjà prescrit")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/journee")
    page.goto("/journee?vue=remises")
    expect(page.locator("#journee .line")).to_have_count(2)


def test_single_keys_can_be_switched_off(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=1440)
    page.keyboard.press("?")
    page.locator("dialog [data-single-keys]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 0


def test_a_result_typed_is_found_while_typing(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=390)
    page.goto("/patients")
    page.locator("#q").press_sequentially("lamb", delay=20)
    page.wait_for_selector("#resultats .line-title")
    expect(page.locator("#annonce")).to_contain_text("1")  # told a moment after it is shown
    assert page.url.endswith("/patients")


def test_a_filter_keeps_the_focus_and_changes_the_list(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=1440)
    page.goto(site.tab("chronologie"))
    of_this_kind = page.locator(".line [title='Dispensation']").count()
    assert 0 < of_this_kind < page.locator(".line").count()
    page.locator("input[name=type][value='43']").check()
    expect(page.locator(".line")).to_have_count(of_this_kind)
    assert page.evaluate("document.activeElement.value") == "43"
    assert "type=43" in page.url


def test_a_lost_connection_is_told(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=1440)
    page.context.set_offline(True)
    page.locator("form[data-key=l] button").first.click()
    page.wait_for_selector("#annonce.is-error:not(:empty)")
    expect(page.locator("#annonce")).to_contain_text("rien n’a été enregistré")


def test_nothing_is_refused_by_the_page_s_own_policy(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=1440)
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    for address in ("/journee", site.tab("chronologie"), site.tab("resultats"), f"/document/{site.documents[-1].uuid}"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert refused == []


def test_the_banner_stays_on_the_screen(site: Site, opened: Callable[..., Page]) -> None:
    for width in (390, 1440):
        page = opened("claire", width=width)
        page.goto(site.tab("chronologie"))
        page.evaluate("window.scrollTo(0, 2000)")
        page.wait_for_timeout(100)
        box = page.locator(".banner-name").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 120


def test_everything_reads_without_javascript(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=1024, javascript=False)
    page.fill(".finder input", "lambert")
    page.press(".finder input", "Enter")
    page.click("text=LAMBERT GERARD")
    page.wait_for_url("**/chronologie")
    assert page.locator(".line").count() > 10
    page.click(".filters .button")
    page.click("nav[aria-label='Dossier du patient'] >> text=Résultats")
    page.locator(".results a").first.click()
    expect(page.locator("svg.trend").first).to_be_visible()
    page.goto("/journee")
    before = page.locator("#journee .line").count()
    page.locator("form[data-key=l] button").first.click()
    expect(page.locator("#journee .line")).to_have_count(before - 1)


def test_the_identity_stands_on_every_printed_page(site: Site, opened: Callable[..., Page]) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    page = opened("claire", width=1440)
    page.goto(site.tab("chronologie"))
    printed = PdfReader(BytesIO(page.pdf(format="A4")))
    assert len(printed.pages) > 1
    for sheet in printed.pages:
        text = sheet.extract_text()
        assert "LAMBERT GERARD" in text
        assert "12/04/1957" in text
        assert "Ma journée" not in text
