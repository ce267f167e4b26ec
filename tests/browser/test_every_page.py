"""Every page, with something to show, with nothing to show and with an error, at three widths: axe finds nothing.

MAILLON_CAPTURES=1 also renews the pictures of docs/captures.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from maillon.prescribing.models import Activation
from tests.browser import errands, grids, rubbing, software, territory_pages
from tests.browser.conftest import AXE, CAPTURES, ROOT, WIDTHS, Site
from tests.documents.conftest import _nobody_is_remembered
from tests.prescribing import told
from tests.web.test_scan import code_of

__all__ = ["_nobody_is_remembered"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CAPTURING = bool(os.environ.get("MAILLON_CAPTURES"))
NARROWEST = min(WIDTHS)
Visit = tuple[str, str | None, Callable[[Page], Any]]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def visits(site: Site) -> Iterator[Visit]:
    """(name of the picture, who, how to get there). Names without a digit go into docs/captures."""

    def at(address: str) -> Callable[[Page], Any]:
        return lambda page: page.goto(address)

    yield "connexion", None, at("/connexion")
    yield "connexion-1-refusee", None, _wrong_sign_in
    yield "ma-journee", "claire", at("/journee")
    yield "ma-journee-1-vide", "karim", at("/journee")
    yield "recherche", "claire", lambda page: _search(page, "dubois jean")
    yield "recherche-1-vide", "claire", at("/patients")
    yield "recherche-2-sans-resultat", "claire", lambda page: _search(page, "zzzzz")
    yield "chronologie", "claire", at(site.tab("chronologie"))
    yield "chronologie-1-vide", "claire", at(site.tab("chronologie", site.empty))
    yield "resultats", "claire", at(site.tab("resultats"))
    yield "resultats-1-vide", "claire", at(site.tab("resultats", site.empty))
    yield "courbe", "claire", lambda page: _first_trend(page, site)
    yield "synthese", "claire", at(site.tab("synthese"))
    yield "synthese-1-vide", "claire", at(site.tab("synthese", site.empty))
    yield "documents", "claire", lambda page: _search_documents(page, site)
    yield "documents-1-vide", "claire", at(site.tab("documents", site.empty))
    yield "qui-peut-voir", "claire", at(site.tab("qui-peut-voir"))
    yield "qui-peut-voir-1-membre", "claire", at(site.tab("qui-peut-voir") + "/membre?q=etranger")
    yield "qui-peut-voir-2-consentement", "claire", at(site.tab("qui-peut-voir") + "/souhait?sorte=consentement&q=etra")
    yield "qui-peut-voir-3-opposition", "claire", at(site.tab("qui-peut-voir") + "/souhait?sorte=opposition_personne")
    yield "visibilite-1", "claire", at(f"/document/{site.documents[-1].uuid}/visibilite")
    yield "mon-espace-sante", "claire", at(site.tab("dmp"))
    yield "mon-espace-sante-1-vide", "claire", at(site.tab("dmp", site.empty))
    yield "mon-espace-sante-2-depot", "claire", at(f"/document/{site.documents[-1].uuid}/dmp")
    yield "identite", "claire", at(site.tab("identite"))
    yield "equipe-1", "claire", at("/equipe")
    yield "document-biologie", "claire", lambda page: _last_result_document(page, site)
    yield "document-lettre", "claire", lambda page: _letter(page, site)
    yield "document-autre-identite", "claire", at(f"/document/{site.foreign.uuid}")
    yield "a-regler", "sylvie", at("/a-regler")
    yield "a-regler-1-vide", "paul", at("/a-regler")
    for rank, case in enumerate(site.cases):
        yield f"a-regler-cas{f'-{rank}' if rank else ''}", "sylvie", at(f"/a-regler/{case}")
    yield "messages-refuses", "claire", at("/a-regler/refuses")
    yield "demandes-de-droits", "sylvie", at("/droits")
    yield "droits-et-copies", "sylvie", at(site.tab("droits"))
    yield "emporter", "claire", at(site.tab("emporter"))
    yield "departs", "claire", at("/departs")
    yield "departs-1-sans-charge", "sylvie", at("/departs")
    yield "arrivees", "claire", at("/arrivees")
    yield "envois", "claire", at("/envois")
    yield "envois-1-structure", "claire", at("/envois?vue=tous")
    yield "envois-2-vide", "paul", at("/envois")
    yield "envoi", "claire", at(site.tab(f"envoi/{site.sent}"))
    yield "envois-3-du-dossier", "claire", at(site.tab("envois"))
    yield "annuaire", "claire", at("/annuaire?q=valenciennes")
    yield "annuaire-1-vide", "claire", at("/annuaire?q=zzzz")
    yield "delegations-1", "claire", at("/reglages/delegations")
    yield "reglages", "claire", at("/reglages")
    yield "raccourcis-1", "claire", at("/raccourcis")
    yield "urgence", "paul", at("/urgence")
    yield "referent", "claire", at("/referent")
    yield "habilitations", "claire", at("/referent/habilitations")
    yield "voir-comme", "claire", at("/referent/voir-comme")
    yield "logiciels-partenaires", "claire", at("/referent/logiciels")
    yield "logiciels-1-autoriser", "claire", lambda page: _lend_eyes(page, site)
    yield "regles", "claire", at("/regles")
    yield "synthese-2-a-jour", "claire", at(site.tab("synthese") + "?a-jour")
    yield "ecrire-1", "claire", at(site.tab("ecrire"))
    yield "courrier", "karim", lambda page: _begin_letter(page, site)
    yield "courrier-1-a-completer", "karim", lambda page: page.goto(page.url + "?verifier")
    yield "courrier-apercu-1-incomplet", "karim", lambda page: page.goto(page.url.split("?")[0] + "/apercu")
    yield "courrier-apercu", "karim", lambda page: _preview_letter(page, site)
    yield "courrier-et-maintenant-1", "karim", _sign_letter
    yield "demande-imagerie-1", "karim", lambda page: _imaging(page, site)
    yield "demande-imagerie-apercu-1", "karim", _preview_imaging
    yield "brouillons-1", "karim", at("/brouillons")
    yield "scan-ins-1", "claire", at("/patients/scan")
    yield "scan-ins-2-compare", "claire", lambda page: _scan(page, "diabete", birth_family_name="LAMBERTI")
    yield "scan-ins-3-nouveau", "claire", lambda page: _scan(page, "homonyme-grenoble", ins="148023800600211")
    yield "aide-a-la-prescription-1-eteinte", "karim", at("/aide-a-la-prescription")
    yield "ordonnance", "claire", lambda page: _prescribe(page, site)
    yield "ordonnance-1-motif", "claire", _give_a_reason
    yield "ordonnance-apercu-1", "claire", lambda page: page.goto(page.url.split("#")[0] + "/apercu")
    yield "aide-a-la-prescription", "claire", at("/aide-a-la-prescription")
    yield "synthese-3-traitements", "claire", at(site.tab("synthese"))
    yield "charte-1-vide", "claire", at("/charte")
    yield "charte-2-brouillon", "claire", _write_charter
    yield "charte", "claire", _propose_charter
    yield "journee-chargee", "claire", lambda page: _fill_the_day(page, site)
    yield "journee-chargee-1-reportees", "claire", at("/journee?vue=remises")
    yield "journee-chargee-2-vide", "nadia", at("/journee?vue=alertes")
    yield "taches", "claire", at(site.tab("taches"))
    yield "taches-1-vide", "claire", at(site.tab("taches", site.empty))
    yield "tache-alerte", "claire", _first_alert
    yield "tache-1-refusee", "claire", _leave_without_a_word
    yield "passation", "claire", _hand_over
    yield "passation-1-vide", "nadia", at("/journee/passation")
    yield from grids.visits(site.evaluations)
    yield from rubbing.visits(rubbing.stand(site.cast))
    yield from territory_pages.visits(site.cast)
    yield "introuvable", "claire", at("/dossier/00000000-0000-4000-8000-000000000000/chronologie")


@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing(site: Site, opened: Callable[..., Page]) -> None:
    pages: dict[str | None, Page] = {}
    faults: list[str] = []
    for name, who, go in visits(site):
        page = pages.get(who) or pages.setdefault(who, opened(who, width=NARROWEST, is_touched=False))
        go(page)
        faults += look(page, name)
    assert not faults, "\n".join(faults)


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page where one is, at each width. One comes there at the narrowest, where most is in the
    way, and the page is loaded once: what it does depends on its width by its style alone."""
    # A picture waits for the count in the bar; axe has all that it reads once the page is loaded.
    page.wait_for_load_state("networkidle" if CAPTURING else "load")
    faults = []
    for width, height in sorted(WIDTHS.items(), reverse=True):
        page.set_viewport_size({"width": width, "height": height})
        _keep(page, name, width)
        faults += [f"{name}, {width}: {fault}" for fault in (*_axe(page), *_layout(page))]
    return faults


def _axe(page: Page) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, iframes: false,
                                       resultTypes: ['violations']})""",
        RULES,
    )
    return [
        f"{fault['id']} {node['target']} {node['failureSummary'][:300]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def _layout(page: Page) -> list[str]:
    """Nothing sticks out sideways; on a phone, what is pressed is 44 pixels high, links inside a sentence apart."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    faults = [f"{wide} px too wide"] if wide > 0 else []
    if page.viewport_size and page.viewport_size["width"] < 500:
        faults += page.evaluate(
            """() => [...document.querySelectorAll(
                    "button, .button, .topnav a, .tabs a, .input, .line-title, .chip > span")]
                .filter(e => e.offsetParent && !e.closest("dialog") && !e.closest("[hidden]"))
                .map(e => [e, (e.matches(".line-title") ? e.closest(".line") : e).getBoundingClientRect()])
                .filter(([e, box]) => box.height > 0 && box.height < 43.5)
                .map(([e, box]) => `small target ${e.className || e.tagName} ${Math.round(box.height)} `
                    + e.textContent.trim().slice(0, 30))"""
        )
        faults += page.evaluate(
            """() => [...document.querySelectorAll(".line > .line-main")]
                .filter(e => e.offsetParent && e.offsetWidth < 0.5 * e.parentElement.offsetWidth)
                .map(e => "words squeezed " + e.offsetWidth + " " + e.textContent.trim().slice(0, 30))"""
        )
    return faults


def _keep(page: Page, name: str, width: int) -> None:
    if CAPTURING:
        is_shown = not any(letter.isdigit() for letter in name)
        folder = CAPTURES if is_shown else ROOT / "build" / "captures"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=False)


def _lend_eyes(page: Page, site: Site) -> None:
    """A software asks for one record: the person looks for it, and is about to authorise."""
    page.goto(software.address(software.software(site.structure_id), scope="patient/*.read"))
    page.fill("#q", "dubois")
    page.get_by_role("button", name="Chercher").click()


def _fill_the_day(page: Page, site: Site) -> None:
    if not site.errands:  # once, whatever the width
        site.errands.append(errands.fill(site.record, site.cast))
        errands.leave(site.cast)
    page.goto("/journee")


def _first_alert(page: Page) -> None:
    page.goto("/journee?vue=alertes")
    page.locator(".line-title").first.click()
    page.wait_for_url("**/tache/**")


def _leave_without_a_word(page: Page) -> None:
    _first_alert(page)
    page.fill("#commentaire", "x")
    page.get_by_role("button", name="Classer sans suite").click()
    page.wait_for_selector("[role=alert]")


def _hand_over(page: Page) -> None:
    page.goto("/journee")
    page.get_by_role("link", name="Fiche de passation").first.click()
    page.wait_for_url("**/passation")


def _scan(page: Page, key: str, **changed: str) -> None:
    page.goto("/patients/scan")
    page.fill("#lu-douchette", code_of(key, **changed).replace("\x1d", ""))
    page.keyboard.press("Enter")
    page.wait_for_selector(".compare")


def _begin_letter(page: Page, site: Site) -> None:
    page.goto(site.tab("ecrire"))
    page.get_by_role("button", name="Lettre d’adressage").click()
    page.wait_for_url("**/brouillon/**")


def _imaging(page: Page, site: Site) -> None:
    page.goto(site.tab("ecrire"))
    page.get_by_role("button", name="Demande d’imagerie").click()
    page.wait_for_url("**/brouillon/**")
    page.select_option("#texte-modalite", "MED-1126")
    page.select_option("#texte-region", "361292008")
    page.select_option("#texte-cote", "24028007")
    page.select_option("#texte-informe", "oui")
    page.fill("#texte-justification", "Entorse, critères d’Ottawa positifs : fracture ?")
    page.fill("#texte-chirurgicaux", "Aucun antécédent chirurgical.")


def _preview_imaging(page: Page) -> None:
    page.locator("#redaction button.is-main").click()
    page.wait_for_url("**/apercu")


def _preview_letter(page: Page, site: Site) -> None:
    _begin_letter(page, site)
    page.fill("#texte-motif", "Merci de votre avis sur une dyspnée d’effort apparue depuis trois semaines.")
    page.locator("#destinataires input[type=checkbox]").first.check()
    page.locator("#redaction button.is-main").click()
    page.wait_for_url("**/apercu")


def _sign_letter(page: Page) -> None:
    page.get_by_role("button", name="Signer et classer").click()
    page.wait_for_url("**/suite?signe")


def _prescribe(page: Page, site: Site) -> None:
    Activation.objects.create(structure_id=site.structure_id, started_by="Dr Claire Morel")
    told.state(site.record, results=[told.filtration("38")], medications=["Warfarine 5 mg"])
    page.goto(site.tab("ecrire"))
    page.get_by_role("button", name="Ordonnance", exact=True).click()
    page.wait_for_url("**/brouillon/**")
    lines = ("Amoxicilline 1 g, 1 comprimé trois fois par jour, 6 jours", "Miconazole gel buccal, 4 par jour, 7 jours",
             "Metformine 1 g, matin et soir, 3 mois", "Zolvadrine 20 mg, 1 par jour, 1 mois")  # fmt: skip
    page.fill("#texte-medicaments", "\n".join(lines))
    page.wait_for_selector("#aide .aid-card")


def _give_a_reason(page: Page) -> None:
    page.locator("#aide .passing summary").first.click()


def _write_charter(page: Page) -> None:
    page.goto("/charte")
    page.get_by_role("button", name="Écrire une nouvelle version").click()
    page.get_by_text("Modifier la clause Objet").click()


def _propose_charter(page: Page) -> None:
    page.goto("/charte/1")
    page.get_by_role("button", name="Proposer à la signature").click()
    page.get_by_text("Commenter cette clause").first.click()


def _wrong_sign_in(page: Page) -> None:
    page.goto("/connexion")
    page.fill("#identifiant", "personne@demo")
    page.fill("#mot-de-passe", "rien de bon")
    page.click("button[type=submit]")


def _search(page: Page, text: str) -> None:
    page.goto("/patients")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.fill("#q", text)
    page.wait_for_timeout(150)


def _search_documents(page: Page, site: Site) -> None:
    page.goto(site.tab("documents"))
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.fill("#q", "glycemie")
    page.wait_for_timeout(150)


def _first_trend(page: Page, site: Site) -> None:
    page.goto(site.tab("resultats"))
    page.locator(".results th a", has_text="Hémoglobine glyquée").first.click()
    page.wait_for_selector(".trend")


def _last_result_document(page: Page, site: Site) -> None:
    page.goto(site.document("biolog"))


def _letter(page: Page, site: Site) -> None:
    titles = [each for each in site.documents if "biolog" not in each.title.lower()]
    page.goto(f"/document/{titles[-1].uuid}")
