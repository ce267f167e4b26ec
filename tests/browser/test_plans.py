"""The pages of plans in a real browser: two clicks to include, nothing for axe to find, and pictures to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from maillon.pathways.models import Plan
from tests.browser import plans
from tests.browser.conftest import Site
from tests.browser.test_every_page import NARROWEST, _keep, look
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered
from tests.pathways import team

__all__ = ["_nobody_is_remembered"]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_nurse_includes_in_two_clicks(site: Site, cast: Cast, opened: Callable[..., Page]) -> None:
    team.in_force(cast, "DIAB-01")
    team.says(site.record.patient_id, "problem", "E11.9", "Diabète de type 2", team.ICD10)
    page = opened("nadia", width=390)
    page.goto(site.tab("chronologie"))
    page.get_by_role("link", name="Plans").click()
    page.get_by_role("button", name="inclure").click()
    page.wait_for_url("**/plan/**")
    assert "Le patient est inclus" in page.inner_text("[role=status]")
    assert Plan.objects.get().is_running


def test_axe_finds_nothing_in_plans(site: Site, cast: Cast, opened: Callable[..., Page]) -> None:
    version, plan = plans.stand(cast, site.record)
    page, faults = opened("claire", width=NARROWEST, is_touched=False), []
    for name, address in (
        ("plans", site.tab("plans")),
        ("plans-1-vide", site.tab("plans", site.empty)),
        ("plan", site.tab(f"plan/{plan}")),
        ("protocoles-suivi-1", "/protocoles/suivi"),
        ("protocole-suivi", f"/protocoles/suivi/{version}"),
    ):
        page.goto(address)
        faults += look(page, name)
    assert not faults, "\n".join(faults)


def test_a_plan_prints_on_a4_without_what_is_to_be_pressed(
    site: Site, cast: Cast, opened: Callable[..., Page]
) -> None:
    _, plan = plans.stand(cast, site.record)
    page = opened("claire", width=1024)
    page.goto(site.tab(f"plan/{plan}"))
    page.emulate_media(media="print")
    _keep(page, "plan-1-imprime", 1024)
    shown = page.inner_text("main")
    assert "Pouvoir jardiner" in shown
    assert "Électrocardiogramme de repos" in shown
    assert "Vingt minutes" in shown or "vingt minutes" in shown
    assert not page.locator("button:visible").count()
    assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")
