"""What we export, in somebody else's software: LHC-Forms (National Library of Medicine), served from node_modules."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from maillon.forms import carrying
from maillon.forms.definition import definitions
from tests.browser.conftest import PATIENCE, ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LHC = ROOT / "node_modules" / "lforms" / "dist" / "lforms"
HOME = "https://lhc.essai.test/"
SCRIPTS = (
    "webcomponent/assets/lib/zone.min.js", "webcomponent/runtime.js", "webcomponent/polyfills.js",
    "webcomponent/main.js", "fhir/R4/lformsFHIR.min.js",
)  # fmt: skip


def _page() -> str:
    loaded = "".join(f'<script src="/{each}"></script>' for each in SCRIPTS)
    style = '<link rel="stylesheet" href="/webcomponent/styles.css">'
    head = f'<!DOCTYPE html><html lang="fr"><meta charset="utf-8">{style}'
    return f'{head}<body><div id="ici"></div>{loaded}</body></html>'


def _serve(route: Route) -> None:
    """From this machine alone: anything else is refused."""
    name = route.request.url.removeprefix(HOME).split("?")[0]
    path = (LHC / name).resolve()
    if not name:
        route.fulfill(body=_page(), content_type="text/html")
    elif LHC in path.parents and path.is_file():
        route.fulfill(path=str(path))
    else:
        route.abort()


@pytest.fixture
def lhc(browser: Browser) -> Iterator[Page]:
    if not LHC.exists():
        pytest.skip("node_modules/lforms is absent (npm ci): the rendering by LHC-Forms was not tried")
    context = browser.new_context(viewport={"width": 1024, "height": 900}, locale="fr-FR")
    context.route("**/*", _serve)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(HOME)
    yield page
    context.close()


def render(page: Page, code: str) -> None:
    resource, _ = carrying.as_fhir(definitions()[code])
    page.evaluate(
        "([asked]) => LForms.Util.addFormToPage(asked, 'ici', {fhirVersion: 'R4'})",
        [json.loads(carrying.as_json(resource))],
    )


@pytest.mark.parametrize("code", sorted(definitions()))
def test_every_questionnaire_renders_with_all_its_questions(lhc: Page, code: str) -> None:
    asked = definitions()[code]
    render(lhc, code)
    shown = lhc.locator("#ici")
    expect(shown).to_contain_text(asked.titre)
    first = next(question for group in asked.groupes for question in group.questions if not group.visible_si)
    expect(shown).to_contain_text(first.texte)
    held = lhc.evaluate("LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4').resourceType")
    assert held == "QuestionnaireResponse"
    for group in asked.groupes:
        for question in group.questions:
            if not (group.visible_si or question.visible_si):
                expect(shown).to_contain_text(question.texte)


def test_what_is_answered_there_is_read_here_and_conditions_hold(lhc: Page) -> None:
    render(lhc, "CHUTE")
    shown = lhc.locator("#ici")
    expect(shown).not_to_contain_text("Nombre de chutes en douze mois")
    shown.get_by_text("Oui", exact=True).or_(shown.get_by_text("Yes", exact=True)).first.click()
    expect(shown).to_contain_text("Nombre de chutes en douze mois")
    lhc.locator("input[id^='nombre']").fill("3")
    lhc.keyboard.press("Tab")
    answered = lhc.evaluate("LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4')")
    answered["questionnaire"] = "urn:maillon:questionnaire:CHUTE|1"
    assert carrying.read_response(definitions()["CHUTE"], answered) == {"chute": ["oui"], "nombre": ["3"]}
