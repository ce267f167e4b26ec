"""The patient's door in a real browser: who opened yesterday, an opposition that holds at the next click; axe on every
page of the door, at three widths."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.patients import api as patients
from tests.access.visiting import MAIL, PHONE, Telephone, key, telephone
from tests.browser import plans
from tests.browser import test_every_page as every_page
from tests.browser.conftest import Site
from tests.conftest import Cast

pytestmark = [pytest.mark.browser, pytest.mark.slow]
__all__ = ["telephone"]


@pytest.fixture
def birth_date(site: Site, cast: Cast, telephone: Telephone) -> dt.date:
    """Of the patient of the record, whose door the secretary has opened."""
    access_room.visitors.invite(
        key(cast.sylvie, site.record.patient_id), email=MAIL, phone=PHONE, identity_proof="carte d’identité"
    )
    return patients.identity(site.record).line.birth_date


def enter(page: Page, telephone: Telephone, birth_date: dt.date) -> None:
    page.goto("/mon-espace")
    page.get_by_label("Votre courriel ou votre téléphone portable").fill(MAIL)
    page.get_by_label("Votre date de naissance").fill(f"{birth_date:%d%m%Y}")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez vos messages")
    page.goto(f"/mon-espace/entrer/{telephone.link()}")
    page.get_by_role("button", name="Entrer dans mon espace").click()
    page.get_by_label("Le code à six chiffres").wait_for()
    page.get_by_label("Le code à six chiffres").fill(telephone.code())
    page.get_by_role("button", name="Entrer").click()
    page.wait_for_url("**/mon-espace")


@pytest.mark.django_db(transaction=True)
def test_who_opened_yesterday_is_found_opposed_and_sees_nothing_at_the_next_click(
    site: Site, cast: Cast, opened: Callable[..., Page], telephone: Telephone, birth_date: dt.date
) -> None:
    yesterday = clock.now() - dt.timedelta(days=1)
    with time_machine.travel(yesterday, tick=False):
        key(cast.nadia, site.record.patient_id)

    nadia = opened("nadia")
    nadia.goto(site.tab("chronologie"))
    expect(nadia.get_by_role("navigation", name="Dossier du patient")).to_be_visible()

    jeanne = opened(None, width=390)
    enter(jeanne, telephone, birth_date)
    jeanne.get_by_role("link", name="Qui a ouvert le dossier", exact=True).click()
    day = clock.in_paris(yesterday)
    lines = jeanne.locator(f"h2:text-is('{day:%d/%m/%Y}') + ul > li").filter(has_text="Nadia Lefèvre")
    expect(lines.first).to_contain_text("infirmier")
    expect(lines.first).to_contain_text("Pourquoi")
    lines.first.get_by_role("link", name="M’opposer").click()
    expect(jeanne.get_by_role("heading", level=1)).to_have_text("S’opposer à Nadia Lefèvre")
    jeanne.get_by_role("button", name="Je m’oppose à cette personne").click()
    expect(jeanne.get_by_role("status").first).to_contain_text("ne voit plus votre dossier")

    nadia.get_by_role("navigation", name="Dossier du patient").get_by_role("link", name="Résultats").click()
    expect(nadia.get_by_role("heading", level=1)).to_have_text("Page introuvable")
    family = patients.identity(site.record).line.birth_family_name
    assert family not in nadia.content()
    nadia.goto(f"/document/{site.documents[0].uuid}")
    expect(nadia.get_by_role("heading", level=1)).to_have_text("Page introuvable")
    with nadia.expect_response(lambda answer: answer.request.method == "POST"):
        nadia.goto("/patients")
        nadia.fill("#q", family)
    nadia.wait_for_timeout(150)
    assert site.record.patient_uuid.hex not in nadia.content().replace("-", "")

    claire = opened("claire")
    claire.goto(site.tab("resultats"))
    expect(claire.locator("h1")).not_to_have_text("Page introuvable")


def visits(site: Site) -> Iterator[tuple[str, Callable[[Page], Any]]]:
    def at(address: str) -> Callable[[Page], Any]:
        return lambda page: page.goto(f"/mon-espace{address}")

    def sends(address: str, button: str) -> Callable[[Page], Any]:
        """What is left empty on purpose: the browser lets it go, the server answers."""

        def send(page: Page) -> None:
            page.goto(f"/mon-espace{address}")
            page.evaluate("document.querySelectorAll('form').forEach(form => { form.noValidate = true; })")
            page.get_by_role("button", name=button, exact=True).click()
            page.get_by_role("alert").first.wait_for()

        return send

    yield "espace-accueil", at("")
    yield "espace-documents", at("/documents")
    yield "espace-document", at(f"/documents/{site.documents[-1].uuid}")
    yield "espace-plans", at("/plans")
    yield "espace-acces", at("/acces")
    yield "espace-signaler-1", at("/signaler")
    yield "espace-signaler-2-refuse", sends("/signaler", "Envoyer")
    yield "espace-acces-1-tout", at("/acces?tout")
    yield "espace-equipe", at("/equipe")
    yield "espace-equipe-1-refus", sends("/equipe", "Chercher")
    yield "espace-opposition", at("/equipe/opposition")
    yield "espace-opposition-1-refus", sends("/equipe/opposition", "Je m’oppose à tout partage")
    yield "espace-messages", at("/messages")
    yield "espace-messages-1-refus", sends("/messages", "Envoyer")
    yield "espace-deposer", at("/deposer")
    yield "espace-deposer-1-refus", sends("/deposer", "Envoyer")
    yield "espace-proches", at("/proches")
    yield "espace-proches-1-refus", sends("/proches", "Laisser entrer cette personne")
    yield "espace-dossiers-1", at("/dossiers")
    yield "espace-absent-1", at("/documents/00000000-0000-4000-8000-000000000000")


@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing_behind_the_door(
    site: Site, cast: Cast, opened: Callable[..., Page], telephone: Telephone, birth_date: dt.date
) -> None:
    _things_to_show(site, cast)
    page = opened(None, width=every_page.NARROWEST, is_touched=False)
    faults = []
    page.goto("/mon-espace/connexion")
    faults += every_page.look(page, "espace-entree")
    page.get_by_label("Votre courriel ou votre téléphone portable").fill(PHONE)
    page.get_by_label("Votre date de naissance").fill(f"{birth_date:%d/%m/%Y}")
    page.get_by_role("button", name="Continuer").click()
    faults += every_page.look(page, "espace-code")
    page.get_by_label("Le code à six chiffres").fill(telephone.code())
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Entrer", exact=True).wait_for()
    faults += every_page.look(page, "espace-second")
    page.get_by_label("Le code à six chiffres").fill(telephone.code())
    page.get_by_role("button", name="Entrer", exact=True).click()
    page.wait_for_url("**/mon-espace")
    page.goto("/mon-espace/messages")
    page.get_by_label("Votre message").fill("Bonjour, puis-je reprendre la marche ?")
    page.get_by_role("button", name="Envoyer", exact=True).click()
    page.get_by_role("status").first.wait_for()
    for name, go in visits(site):
        go(page)
        faults += every_page.look(page, name)
    team = opened("claire", width=every_page.NARROWEST, is_touched=False)
    for name in ("echanges", "espace-patient"):
        team.goto(site.tab(name))
        faults += every_page.look(team, name)
    assert not faults, "\n".join(faults)


def _things_to_show(site: Site, cast: Cast) -> None:
    """Openings by three people, a choice, and a plan."""
    plans.stand(cast, site.record)
    for actor in (cast.nadia, cast.claire, cast.karim):
        key(actor, site.record.patient_id)
    access_room.consents.refuse_emergency(key(cast.claire, site.record.patient_id), channel="oral")
