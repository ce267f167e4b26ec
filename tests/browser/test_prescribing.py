"""Prescribing in a real browser: cards come as one writes, a reason lets one sign. How it looks, from a phone to
a desk, is in test_every_page.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from playwright.sync_api import Page, expect

from maillon.documents.models import Document
from maillon.prescribing.models import Activation, Answer
from tests.browser.conftest import Site
from tests.documents.conftest import _nobody_is_remembered
from tests.prescribing import told

__all__ = ["_nobody_is_remembered"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LINES = (
    "Amoxicilline 1 g, 1 comprimé trois fois par jour, 6 jours\n"
    "Metformine 1 g, 1 comprimé matin et soir, 3 mois\n"
    "Zolvadrine 20 mg, 1 par jour, 1 mois"
)


@pytest.fixture(autouse=True)
def _within_the_year_of_the_base() -> Iterator[None]:
    with time_machine.travel(told.A_DAY_OF_THE_BASE):
        yield


@pytest.fixture
def prescribing(site: Site) -> Site:
    """The aid is on at the Tilleuls, and a recent report gives a filtration rate."""
    Activation.objects.create(structure_id=site.structure_id, started_by="Dr Claire Morel")
    told.state(site.record, results=[told.filtration("38")])
    return site


def begin(page: Page, site: Site) -> None:
    page.goto(site.tab("ecrire"))
    page.get_by_role("button", name="Ordonnance", exact=True).click()
    page.wait_for_url("**/brouillon/**")


def complete(page: Page) -> None:
    page.fill("#texte-duree", "6 jours")
    page.fill("#texte-renouvellements", "0")
    page.select_option("#texte-ald", "non")
    page.select_option("#texte-substitution", "permise")


def test_cards_come_as_lines_are_written_and_a_reason_lets_one_sign(
    prescribing: Site, opened: Callable[..., Page]
) -> None:
    page = opened("claire", width=390)
    begin(page, prescribing)
    aid = page.locator("#aide")
    expect(aid).to_contain_text("Aucune ligne à contrôler.")
    page.fill("#texte-medicaments", LINES)
    expect(aid).to_contain_text("allergie au dossier")  # saved at the pause of the hand, and checked
    expect(aid).to_contain_text("2 lignes reconnues sur 3")
    expect(page.locator("#aide-compte")).to_contain_text("sans réponse")
    expect(aid.locator("tr.is-here")).to_contain_text("de 30 à moins de 45")
    assert "aucune interaction" not in aid.inner_text().casefold()

    complete(page)
    card = aid.locator("li", has_text="allergie au dossier")
    card.get_by_text("Passer outre avec un motif").click()
    card.get_by_label("Motif").select_option("avis")
    card.get_by_label("Précision").fill("Bilan d’allergie négatif")
    card.get_by_role("button", name="Garder ce motif").click()
    expect(aid).to_contain_text("Passé outre à")
    expect(page.locator("#aide-compte")).not_to_contain_text("sans réponse")
    expect(page.locator("#texte-duree")).to_have_value("6 jours")  # nothing typed was lost

    page.get_by_role("button", name="Aperçu avant signature").click()
    page.wait_for_url("**/apercu")
    page.get_by_role("button", name="Signer et classer").click()
    expect(page.locator("h1")).to_have_text("C’est signé")
    assert Answer.objects.get().comment == "Bilan d’allergie négatif"
    assert Document.objects.filter(source="redaction").count() == 1


def test_a_reason_that_is_being_written_is_not_swept_away_by_the_next_saving(
    prescribing: Site, opened: Callable[..., Page]
) -> None:
    page = opened("claire")
    begin(page, prescribing)
    page.fill("#texte-medicaments", LINES)
    aid = page.locator("#aide")
    aid.get_by_text("Passer outre avec un motif").first.click()
    aid.get_by_label("Précision").first.fill("Bilan")
    page.fill("#texte-duree", "6 jours")
    expect(page.locator("[data-saving]")).to_contain_text("Enregistré à")
    page.wait_for_timeout(300)
    expect(aid.get_by_label("Précision").first).to_have_value("Bilan")


def test_without_a_script_the_same_is_done(prescribing: Site, opened: Callable[..., Page]) -> None:
    page = opened("claire", javascript=False)
    begin(page, prescribing)
    page.fill("#texte-medicaments", LINES.split("\n")[0])
    complete(page)
    page.get_by_role("button", name="Aperçu avant signature").click()
    page.get_by_role("button", name="Signer et classer").click()
    expect(page.get_by_role("alert").first).to_contain_text("E-LAP-02")
    card = page.locator("#aide li", has_text="allergie au dossier")
    card.get_by_text("Passer outre avec un motif").click()
    card.get_by_label("Motif").select_option("deja_tolere")
    card.get_by_role("button", name="Garder ce motif").click()
    page.get_by_role("button", name="Signer et classer").click()
    expect(page.locator("h1")).to_have_text("C’est signé")
