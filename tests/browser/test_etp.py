"""Therapeutic education in a real browser: attendance under a thumb, nothing for axe to find, pictures to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from maillon.pathways.models import Attendance
from tests.browser import programmes
from tests.browser.conftest import Site
from tests.browser.test_every_page import NARROWEST, look
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered

__all__ = ["_nobody_is_remembered"]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_facilitator_notes_who_is_there_on_a_phone(site: Site, cast: Cast, opened: Callable[..., Page]) -> None:
    shown = programmes.stand(cast, site.record, site.empty, site.homonym)
    page = opened("nadia", width=390)
    page.goto(f"/protocoles/etp/seance/{shown.today}")
    page.get_by_label("Ce qui a été appris").first.fill("Les trois signes d’une crise")
    page.get_by_role("button", name="Présent").first.click()
    page.wait_for_url("**fait=presence**")
    page.get_by_role("button", name="La séance a eu lieu").click()
    page.wait_for_url("**fait=tenir**")
    assert Attendance.objects.filter(session__uuid=shown.today, state="present").get().learned.startswith("Les trois")


def test_axe_finds_nothing_in_education(site: Site, cast: Cast, opened: Callable[..., Page]) -> None:
    shown = programmes.stand(cast, site.record, site.empty, site.homonym)
    programme, faults = f"/protocoles/etp/{shown.version}", []
    page = opened("claire", width=NARROWEST, is_touched=False)
    for name, address in (
        ("etp-programme", programme),
        ("etp-preparer-2-modele", f"{programme}/seance?modele=S2"),
        ("etp-preparer-1-autre", f"{programme}/seance"),
        ("etp-seance", f"/protocoles/etp/seance/{shown.today}"),
        ("etp-seance-1-tenue", f"/protocoles/etp/seance/{shown.held}"),
        ("etp-rapport-1-an", f"{programme}/rapport/annuel/2026"),
        ("etp-rapport-4-ans", f"{programme}/rapport/quadriennal/2026"),
        ("etp-patient", site.tab(f"plan/{shown.plan}/etp")),
        ("etp-patient-1-debut", site.tab(f"plan/{shown.fresh_plan}/etp", site.homonym)),
    ):
        page.goto(address)
        faults += look(page, name)
    assert not faults, "\n".join(faults)
