"""Saying what rubs: one key, one window, a few seconds; nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from maillon.irritants.models import Irritant
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TEXT = "La courbe met longtemps à s’afficher."
PER_KEY = 0.18  # seconds: forty words a minute, a person who types with two fingers
PER_CHOICE = 1.5  # seconds to see, reach and press one of a few buttons
COUNTED = """() => {
  window.gestures = { keys: 0, choices: 0 };
  const on = (kind, what) => window.addEventListener(kind, what, true);
  const isTyped = (event) => event.target.matches("textarea");
  on("keydown", (event) => { if (event.key.length > 1 || !isTyped(event)) window.gestures.keys += 1; });
  on("input", (event) => { if (isTyped(event)) window.gestures.keys += 1; });
  on("change", (event) => { if (event.target.matches("[type=radio]")) window.gestures.choices += 1; });
}"""


def test_one_key_reports_over_a_record_in_less_than_twenty_seconds(site: Site, opened: Callable[..., Page]) -> None:
    """The seconds of the person, of the gestures that the page saw: those of the machine are no property of it."""
    page = opened("claire", width=1440)
    page.goto(site.tab("resultats"))
    before = Irritant.objects.count()
    page.evaluate(COUNTED)
    page.keyboard.press("!")
    window = page.locator("#irritant")
    expect(window.get_by_text("Résultats du dossier")).to_be_visible()
    expect(page.locator("#texte")).to_be_focused()
    page.keyboard.type(TEXT)
    for name in ("Gêne", "5"):
        window.get_by_role("radio", name=name, exact=True).check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("vous aurez une réponse")).to_be_visible()
    seen = page.evaluate("window.gestures")
    assert seen["keys"] >= len(TEXT), "it counts"
    assert PER_KEY * seen["keys"] + PER_CHOICE * seen["choices"] < 20, seen
    expect(window).not_to_be_visible()
    assert page.url.endswith("/resultats"), "the page where one was is as it was"
    kept = Irritant.objects.order_by("-id")[0]
    assert Irritant.objects.count() == before + 1
    assert (kept.text, kept.minutes_lost, kept.severity, kept.code) == (TEXT, 5, 1, "AUTRE")
    assert str(site.record.patient_uuid) not in " ".join(map(str, vars(kept).values()))


def test_what_was_typed_outlives_the_window_and_the_network(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=390)
    page.get_by_role("link", name="Signaler un irritant").first.tap()
    page.fill("#texte", TEXT)
    page.keyboard.press("Escape")
    expect(page.locator("#irritant")).not_to_be_visible()
    page.get_by_role("link", name="Signaler un irritant").first.tap()
    expect(page.locator("#texte")).to_have_value(TEXT)
    page.get_by_role("radio", name="Blocage").check()
    before = Irritant.objects.count()
    page.context.set_offline(True)
    page.get_by_role("button", name="Signaler", exact=True).tap()
    expect(page.get_by_text("Votre texte reste ici")).to_be_visible()
    expect(page.locator("#texte")).to_have_value(TEXT)
    page.context.set_offline(False)
    page.get_by_role("button", name="Signaler", exact=True).tap()
    expect(page.locator("#irritant")).not_to_be_visible()
    assert Irritant.objects.count() == before + 1


def test_without_a_script_it_is_a_page(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("nadia", width=1024, javascript=False)
    with page.context.expect_page() as caught:
        page.get_by_role("link", name="Signaler un irritant").first.click()
    form = caught.value
    form.wait_for_url(re.compile("/irritants/signaler"))
    form.fill("#texte", TEXT)
    form.get_by_role("radio", name="Gêne").check()
    form.get_by_role("button", name="Signaler", exact=True).click()
    expect(form.get_by_text("vous aurez une réponse")).to_be_visible()
