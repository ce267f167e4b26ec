"""What the pages of the territory have to show: Claire steers it, Nadia reads her own structure, Paul is outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Page

from maillon.access.models import Account
from maillon.access.sessions import actor_of_account
from maillon.territory import api as territory
from tests.conftest import Cast
from tests.territory.stand import stand

Visit = tuple[str, str | None, Callable[[Page], Any]]


def visits(cast: Cast) -> Iterator[Visit]:
    def at(address: str) -> Callable[[Page], Any]:
        return lambda page: page.goto(address)

    yield "territoire-1-absent", "paul", at("/territoire")
    claire = actor_of_account(Account.objects.get(identifier="claire@demo").pk)
    stood = stand(cast, claire, claire)
    yield "territoire", "claire", at("/territoire")
    yield "territoire-1-provisoire", "claire", at(f"/territoire?mois={territory.measuring.months()[0].first:%Y-%m}")
    yield "territoire-2-profession", "claire", at("/territoire?profession=G15_10")
    yield "territoire-mesure", "claire", at("/territoire/indicateur/alimentation")
    yield "territoire-mesure-1-vide", "claire", at("/territoire/indicateur/boites?bassin=erlon")
    yield "territoire-structures", "claire", at("/territoire/structures?q=port")
    yield "territoire-structures-1-vide", "claire", at("/territoire/structures?etape=regulier&bassin=erlon&q=zzzz")
    yield "territoire-structure", "claire", at(f"/territoire/structures/{stood.uuids[3]}")
    yield "territoire-structure-1-la-mienne", "nadia", at("/territoire")
    yield "territoire-visites", "claire", at("/territoire/visites")
    yield "territoire-visite-1", "claire", at(f"/territoire/visites/{stood.visit}")
    yield "territoire-formations", "claire", at("/territoire/formations")
    yield "territoire-formations-1-membre", "nadia", at("/territoire/formations")
    yield "territoire-seance", "claire", at(f"/territoire/formations/{stood.coming}?q=benali")
    yield "territoire-seance-1-tenue", "claire", at(f"/territoire/formations/{stood.ended}")
    yield "territoire-modules", "claire", at("/territoire/modules")
    yield "territoire-tickets", "claire", at("/territoire/tickets")
    yield "territoire-tickets-1-vide", "paul", at("/territoire/tickets")
    yield "territoire-ticket-1", "claire", at(f"/territoire/tickets/{stood.ticket}")
    yield "territoire-ticket-2-nouveau", "nadia", at("/territoire/tickets/nouveau")
    yield "territoire-diagnostic", "nadia", _diagnose
    yield "territoire-public", "claire", at("/territoire/public")
    yield "territoire-public-1-refuse", "claire", at("/territoire/public?bassin=erlon")


def _diagnose(page: Page) -> None:
    page.goto("/territoire/diagnostic")
    page.locator("[data-diagnostic] .check").nth(6).wait_for()  # the browser's own checks have ended
    assert "[bon] Horloge" in page.input_value("#diagnostic")
