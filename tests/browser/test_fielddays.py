"""A step said on a phone: two taps, without a line too; and the facilitator's page that advances by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from maillon.fielddays.models import DayStep, FieldDay, Saying
from maillon.irritants.models import Irritant
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_guest_says_a_step_in_two_taps_and_the_facilitator_sees_it(site: Site, opened: Callable[..., Page]) -> None:
    leader, guest = opened("claire", width=1440), opened(None, width=390)
    shown = site.evaluations
    leader.goto(f"/journees/{shown.day_open}")
    guest.goto(f"/terrain/{shown.guest}")
    guest.get_by_role("button", name="Je commence").first.tap()
    expect(guest.locator("[data-stopwatch]").first).to_contain_text("s")
    guest.get_by_role("button", name="Fait", exact=True).first.tap()
    expect(guest.locator(".step-card.is-fait").first).to_be_attached()
    expect(leader.locator("tr.is-fait").filter(has_text="Pharmacie du Centre").first).to_be_visible()


def test_what_is_said_without_a_line_is_kept_and_sent_later(site: Site, opened: Callable[..., Page]) -> None:
    page = opened(None, width=390)
    page.goto(f"/terrain/{site.evaluations.guest}")
    step = page.locator(".step-card[open]")
    code = step.get_attribute("data-terrain-step") or ""
    page.context.set_offline(True)
    step.get_by_role("button", name="Ça frotte", exact=True).tap()
    step.locator("textarea").fill("L’ordonnance ne se lit pas.")
    step.get_by_role("radio", name="Blocage").check()
    step.get_by_role("radio", name="10", exact=True).check()
    step.get_by_role("button", name="Envoyer").tap()
    expect(page.get_by_text("Une réponse attend la ligne")).to_be_visible()
    before, irritants = Saying.objects.count(), Irritant.objects.count()
    page.wait_for_timeout(5500)  # it tries again, and again in vain
    assert Saying.objects.count() == before
    page.context.set_offline(False)
    expect(page.get_by_text("Une réponse attend la ligne")).not_to_be_visible()
    assert Saying.objects.count() == before + 1
    assert Irritant.objects.count() == irritants + 1
    kept = DayStep.objects.get(day__uuid=site.evaluations.day_open, code=code)
    assert (kept.outcome, kept.note) == ("frotte", "L’ordonnance ne se lit pas.")


def test_what_comes_back_after_the_closing_is_shown_and_not_lost(site: Site, opened: Callable[..., Page]) -> None:
    page = opened(None, width=390)
    page.goto(f"/terrain/{site.evaluations.guest}")
    step = page.locator(".step-card[open]")
    page.route("**/terrain/**", lambda route: route.abort())
    step.locator("textarea").fill("Le lecteur de carte est en panne.")
    step.get_by_role("button", name="Pas fait", exact=True).tap()
    expect(page.get_by_text("Une réponse attend la ligne")).to_be_visible()
    FieldDay.objects.filter(uuid=site.evaluations.day_open).update(state="close")
    try:
        page.unroute("**/terrain/**")
        page.reload()
        expect(page.get_by_text("Votre mot")).to_contain_text("Le lecteur de carte est en panne.")
    finally:
        FieldDay.objects.filter(uuid=site.evaluations.day_open).update(state="ouverte")


def test_a_refusal_gives_back_what_was_typed(site: Site, opened: Callable[..., Page]) -> None:
    page = opened(None, width=390)
    page.goto(f"/terrain/{site.evaluations.guest}")
    step = page.locator(".step-card[open]")
    step.locator("textarea").fill("Patiente née le 3 mars")
    step.get_by_role("button", name="Pas fait", exact=True).tap()
    expect(step.get_by_text("désigner un patient")).to_be_visible()
    expect(step.locator("textarea")).to_have_value("Patiente née le 3 mars")


def test_a_comparison_prints_on_a4(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=1440)
    page.goto("/journees/parcours/entorse_cheville")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 972})
    assert page.evaluate("document.documentElement.scrollWidth") <= 688


def test_what_is_typed_while_an_answer_is_on_its_way_stays(site: Site, opened: Callable[..., Page]) -> None:
    page = opened(None, width=390)
    page.goto(f"/terrain/{site.evaluations.guest}")
    code = page.locator(".step-card[open]").get_attribute("data-terrain-step")
    step = page.locator(f'[data-terrain-step="{code}"]')
    page.context.set_offline(True)
    if step.get_by_role("button", name="Je commence").count():
        step.get_by_role("button", name="Je commence").tap()
    step.get_by_role("button", name="Ça frotte", exact=True).tap()
    step.locator("textarea").fill("L’ordonnance ne se lit pas.")
    step.get_by_role("radio", name="Blocage").check()
    step.get_by_role("radio", name="10", exact=True).check()
    step.locator("select").select_option("IR10")
    page.context.set_offline(False)
    expect(page.get_by_text("Une réponse attend la ligne")).not_to_be_visible()
    expect(step.locator("[data-stopwatch]")).to_be_visible()
    expect(step.get_by_role("radio", name="Blocage")).to_be_checked()
    expect(step.get_by_role("radio", name="10", exact=True)).to_be_checked()
    expect(step.locator("select")).to_have_value("IR10")
    expect(step.locator("[data-rub]")).to_be_visible()
    page.context.set_offline(True)
    step.locator("textarea").fill("")
    step.get_by_role("button", name="Fait", exact=True).tap()
    step.locator("textarea").fill("En fait non\u202f: des lignes manquaient.")
    page.context.set_offline(False)
    expect(step.get_by_text("Corriger")).to_be_visible()
    expect(step.locator("textarea")).to_have_value("En fait non\u202f: des lignes manquaient.")
    expect(step.locator("textarea")).to_be_visible()


def test_enter_on_a_choice_sends_what_rubs(site: Site, opened: Callable[..., Page]) -> None:
    page, before = opened("claire"), Irritant.objects.count()
    waiting = DayStep.objects.filter(day__uuid=site.evaluations.day_open, outcome="a_venir").order_by("rank").last()
    assert waiting is not None
    page.goto(f"/journees/{site.evaluations.day_open}/etape/{waiting.code}")
    page.get_by_role("button", name="Ça frotte", exact=True).click()
    page.locator("textarea").first.fill("Perdu un quart d’heure.")
    page.get_by_role("radio", name="Blocage").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/journees/*")
    waiting.refresh_from_db()
    assert (waiting.outcome, Irritant.objects.count()) == ("frotte", before + 1)
