"""A delegated act on a phone, and the cooperation of a structure: nothing for axe to find, and pictures to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.pathways.cooperation import incidents, suspending
from maillon.pathways.cooperation_states import EventNature, Severity, SuspensionMotive
from maillon.pathways.models import ProtocolVersion
from tests.browser import test_every_page as every_page
from tests.browser.conftest import Site
from tests.browser.test_every_page import NARROWEST
from tests.conftest import Cast
from tests.documents import making
from tests.documents.conftest import _nobody_is_remembered
from tests.pathways import delegating, team
from tests.pathways.delegating import BEGINNING, MILD, NO_FLAG, NO_OTTAWA

__all__ = ["_nobody_is_remembered"]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hugo(cast: Cast) -> Actor:
    return delegating.physiotherapist(cast)


@pytest.fixture
def ready(cast: Cast, site: Site, hugo: Actor) -> ProtocolVersion:
    version = delegating.declared(cast, hugo)
    delegating.reachable(cast, version, hours=4)
    return version


def tick(page: Page, said: dict[str, str]) -> None:
    for code, text in said.items():
        box = page.locator(f"[name='r-{code}']")
        if box.first.get_attribute("type") == "radio":
            page.locator(f"[name='r-{code}'][value='{text}']").check()
        else:
            box.fill(text)
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_load_state("load")


def test_a_physiotherapist_conducts_an_act(
    site: Site, cast: Cast, hugo: Actor, ready: ProtocolVersion, opened: Callable[..., Page]
) -> None:
    patient = delegating.limping(cast)
    page, faults = opened("hugo", width=NARROWEST, is_touched=False), []

    def look(name: str) -> None:
        faults.extend(every_page.look(page, name))

    page.goto(f"/dossier/{making.uuid_of(patient)}/plans")
    look("acte-delegue-1-offre")
    page.get_by_role("button", name="Ouvrir un acte délégué").click()
    look("acte-delegue-2-consentement")
    page.get_by_label("Où se trouve l’accord écrit").fill("classeur du cabinet")
    page.get_by_role("button", name="informé et d’accord").click()
    look("acte-delegue-3-debut")
    tick(page, dict(BEGINNING))
    look("acte-delegue-4-drapeaux")
    tick(page, dict(NO_FLAG))
    tick(page, {"risque_te": "inconnu"})
    look("acte-delegue-5-appel")
    page.get_by_label("Le délégué poursuit").check()
    page.get_by_label("Sa décision, en quelques mots").fill("Aucun facteur retrouvé : poursuivre")
    page.get_by_role("button", name="Enregistrer l’appel").click()
    tick(page, dict(NO_OTTAWA))
    tick(page, dict(MILD))
    look("acte-delegue")
    page.get_by_role("button", name="Prendre en charge").click()
    look("acte-delegue-6-refus")
    assert not faults, "\n".join(faults)


def test_axe_finds_nothing_in_cooperation(
    site: Site, cast: Cast, hugo: Actor, ready: ProtocolVersion, opened: Callable[..., Page]
) -> None:
    access = team.key(delegating.limping(cast), hugo)
    act = delegating.cared(access, ready)
    incidents.declare(
        access, act.uuid, severity=Severity.SERIOUS, nature=EventNature.DIAGNOSIS, happened_on=clock.today(),
        text="Fracture vue trois jours plus tard sur un second cliché",
    )  # fmt: skip
    page, faults = opened("claire", width=NARROWEST, is_touched=False), []

    def look(name: str, address: str) -> None:
        page.goto(address)
        faults.extend(every_page.look(page, name))

    look("cooperation-1-liste", "/cooperation")
    look("cooperation", f"/cooperation/{ready.uuid}")
    suspending.suspend(cast.claire, ready, motive=SuspensionMotive.SERIOUS_EVENT, reason="le temps de l’analyse")
    look("cooperation-2-suspendue", f"/cooperation/{ready.uuid}")
    look("acte-delegue-7-suites", f"/dossier/{access.patient_uuid}/acte/{act.uuid}")
    assert not faults, "\n".join(faults)
