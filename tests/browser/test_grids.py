"""Answering alone on a phone, and the campaign on A4."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from maillon.evaluations.models import Participant
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_sixteen_answers_on_a_phone_take_two_taps_each(site: Site, opened: Callable[..., Page]) -> None:
    """From Ma journée to handed in. Reading is what takes time: 1,352 words, 7 minutes at 200 words a minute."""
    page = opened("claire", width=390)
    page.get_by_role("link", name=re.compile("Répondre seul")).tap()
    page.wait_for_url("**/repondre/A2")  # A1 was answered before, and is kept
    for _ in range(15):
        page.get_by_role("radio", name=re.compile("^2 ·")).tap()
        with page.expect_navigation():
            page.get_by_role("button", name="Enregistrer et continuer").tap()
    page.get_by_role("button", name="Remettre mes réponses").tap()
    expect(page.get_by_text("Vos réponses sont remises.")).to_be_visible()
    claire = Participant.objects.get(professional__given_name="Claire", campaign__number=site.evaluations.opened)
    assert claire.handed_in_at is not None
    assert claire.answers.count() == 16


def test_a_campaign_prints_on_a4(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", width=1440)
    page.goto(f"/maturite/{site.evaluations.second}")
    page.emulate_media(media="print")
    assert not page.locator(".topbar").is_visible()
    assert not page.locator("form").first.is_visible()
    assert page.locator("svg.radar").first.is_visible()
    # Nothing is wider than the sheet between its margins.
    page.set_viewport_size({"width": 688, "height": 972})
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
