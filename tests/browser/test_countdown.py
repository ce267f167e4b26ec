"""The countdown of an emergency opening: it goes down by itself; at its end nothing of the record stays on screen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from maillon.access.models import BreakGlass
from maillon.kernel import clock
from maillon.patients.models import Patient
from tests.access.test_emergency import TEXT
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _break(page: Page, site: Site) -> None:
    patient = Patient.objects.get(pk=site.record.patient_id)
    page.goto("/urgence")
    page.fill("#naissance", f"{patient.birth_date:%d%m%Y}")
    page.fill("#nom", patient.birth_family_name)
    page.fill("#prenom", patient.first_birth_given_name)
    page.check("input[name=motif] >> nth=1")
    page.fill("#texte", TEXT)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/chronologie")


@pytest.mark.django_db(transaction=True)
def test_it_counts_down_says_the_last_minutes_and_leaves_the_record(site: Site, opened: Callable[..., Page]) -> None:
    page = opened("paul")
    page.clock.install()
    _break(page, site)
    left: Any = page.locator("[data-countdown]")
    expect(left).to_have_text("(4\u202fh\u202f00 restantes)")
    BreakGlass.objects.update(until=clock.now() + dt.timedelta(minutes=11, seconds=30))
    page.reload()
    expect(left).to_have_text("(12\u202fmin restantes)")
    page.clock.fast_forward("00:01:40")
    expect(left).to_have_text("(10\u202fmin restantes)")
    expect(page.locator("#annonce")).to_have_text("Accès en urgence\u202f: 10\u202fmin restantes.")
    BreakGlass.objects.update(until=clock.now())
    page.clock.fast_forward("00:10:05")
    page.wait_for_url("**/urgence?terminee")
    assert "LAMBERT" not in page.content()


@pytest.mark.django_db(transaction=True)
def test_without_script_the_hour_is_there_and_the_record_is_closed_from_the_keyboard(
    site: Site, opened: Callable[..., Page]
) -> None:
    page = opened("paul", javascript=False)
    _break(page, site)
    glass = page.get_by_role("region", name="Accès en urgence")
    expect(glass).to_contain_text("fin à")
    glass.get_by_role("button", name="Fermer maintenant").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/urgence?terminee")
    assert page.goto(site.tab("chronologie")).status == 404  # type: ignore[union-attr]
