"""Writing a letter in Maillon as its author does: chosen, filled, looked at, signed, then sent to whom it concerns."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from lxml import html

from maillon.journeys import variants
from maillon.journeys.finding import documents_titled, first_channel
from maillon.journeys.playing import Done, Made, Playing, Step, norm
from maillon.scenarios.api import report
from simulators.journeys.browser import Browser, Page, PageError

_DOCUMENT: Final = re.compile(r"/document/([0-9a-f-]{36})")
_NOTHING_KNOWN: Final = "rien de connu"
_FAILED, _TO_PATIENT = "en échec", "le patient"  # as the page of a document tells its sendings


def write(playing: Playing, step: Step) -> Done:
    """Signed once: a run that goes on after an interruption finds its letter, and sends what has not left."""
    assert step.document is not None
    browser = playing.browser(step.acteur)
    known = documents_titled(playing, step.document.titre, browser)
    uuid = known[0] if known else _signed(playing, step, browser)
    made = Made(id="", type=step.document.type, title=step.document.titre, uuid=uuid)
    return Done(made=[made], sent=_sent(playing, step, browser, uuid))


def _signed(playing: Playing, step: Step, browser: Browser) -> str:
    assert step.document is not None
    page = browser.open(f"{playing.record}/ecrire")
    begun = [str(link.get("href")) for link in page.tree.xpath('//a[contains(@href, "/brouillon/")]')
             if norm(step.document.titre) in norm(link.text_content())]  # fmt: skip
    page = browser.open(begun[0]) if begun else browser.send(page, "/ecrire", {"courrier": step.document.courrier})
    place = urlsplit(page.address).path
    values: dict[str, str | list[str]] = {"titre": step.document.titre}
    for key, said in step.avec.items():
        values |= _field(page.form(place), key, playing.dated(said))
    if page.tree.xpath('//fieldset[@id="destinataires"]//*[@class="must"]'):
        page, people = _addressed(playing, step, browser, page, place, values)
        values["destinataire"] = people
    page = browser.send(page, place, values)
    if not page.has_form("/signer"):
        faults = page.tree.xpath('//section[@aria-labelledby="a-completer"]//li')
        lacking = [" ".join(each.text_content().split()) for each in faults]
        raise PageError("la lettre ne peut pas être signée\u202f: " + ("; ".join(lacking) or page.refusal))
    page = browser.send(page, "/signer")
    found = _DOCUMENT.search(page.address)
    if found is None:
        raise PageError(page.refusal or "la lettre n’a pas été signée")
    return found[1]


def _addressed(
    playing: Playing, step: Step, browser: Browser, page: Page, place: str, values: dict[str, str | list[str]]
) -> tuple[Page, list[str]]:
    """To whom the letter is written: looked for by name where it is not among those proposed."""
    found: list[str] = []
    for actor in (each for each in step.a if each in playing.scenario.acteurs):
        name = playing.world.professional(playing.scenario.acteurs[actor].personne).family_name
        value = _ticked(page, name)
        if not value:
            asked = values | {"destinataire": found, "chercher": name, "geste": "chercher"}
            page = browser.post(page, place, place, asked)
            value = _ticked(page, name)
        found += [value] if value else []
    return page, found


def _ticked(page: Page, name: str) -> str:
    boxes = page.tree.xpath('//fieldset[@id="destinataires"]//label[.//input[@name="destinataire"]]')
    found = [str(each.xpath(".//input/@value")[0]) for each in boxes if norm(name) in norm(each.text_content())]
    return found[0] if found else ""


def _field(form: html.FormElement, key: str, said: str) -> dict[str, str | list[str]]:
    """One part of the letter, as its form lets it be said."""
    name = f"texte-{key}"
    fields = form.xpath(f'.//*[@name="{name}"]')
    if not fields:
        raise PageError(f"la lettre n’a pas de rubrique « {key} »")
    if said.startswith("Aucun") and (stances := form.xpath(f'.//input[@name="position-{key}"]')):
        value = next(
            (each.get("value") for each in stances if _NOTHING_KNOWN in norm(each.getparent().text_content())), None
        )
        if value:
            return {f"position-{key}": str(value)}
    if fields[0].tag == "select":
        return {name: _option(fields[0], said)}
    if fields[0].get("type") == "checkbox":
        values = [str(each.get("value")) for each in fields]
        return {name: values if said == "*" else [each for each in values if norm(each) in norm(said)]}
    return {name: said}


def _option(select: html.HtmlElement, said: str) -> str:
    options = [(str(each.get("value")), norm(each.text_content())) for each in select.xpath(".//option")]
    exact = [value for value, text in options if value and said in (value, text) or text == norm(said)]
    begin = [value for value, text in options if value and text.startswith(norm(said))]
    if exact or begin:
        return (exact or begin)[0]
    raise PageError(f"« {said} » n’est pas un des choix offerts")


def _sent(playing: Playing, step: Step, browser: Browser, uuid: str) -> list[tuple[str, str, str]]:
    """Each recipient once: a step that is played again sends only to whom the page of the document does not tell as
    reached, and again to whom it tells as failed."""
    place = f"/document/{uuid}/suite"
    page = browser.open(place)
    sent = [norm(each.text_content()) for each in page.tree.xpath('//ul[@aria-label="Envois de ce document"]/li')]
    fails_on_purpose = bool(sent) and variants.is_at(playing, step, "IR3")
    left = " ".join(each for each in sent if fails_on_purpose or _FAILED not in each)
    people = [] if fails_on_purpose else [each for each in step.a if each in playing.scenario.acteurs]
    lacking = [each for each in people if norm(playing.name_of(each)) not in left]
    to_patient = "mes" in step.a and _TO_PATIENT not in left
    if lacking or to_patient:
        addresses = [playing.address(each) for each in lacking]
        if variants.is_at(playing, step, "IR3"):
            addresses = [variants.NOBODY, *addresses[1:]]
        values: dict[str, str | list[str]] = {"adresse": [], "autre_adresse": " ".join(addresses)}
        is_held = variants.is_holding(playing, step)
        if to_patient and (page.tree.xpath('//input[@name="au_patient"]') or not is_held):
            if not page.tree.xpath('//input[@name="au_patient"]'):
                raise PageError("l’envoi au patient n’est pas offert\u202f: identité non qualifiée, ou opposition")
            values["au_patient"] = "oui"
        if addresses or "au_patient" in values:
            page = browser.send(page, "/suite/envoyer", values)
            if page.refusal:
                raise PageError(page.refusal)
    if "dmp" in step.a:
        _feed(browser, uuid, may_be_closed=variants.is_holding(playing, step))
    return [(each, {"dmp": "DMP", "mes": "Mon espace santé"}.get(each, "MSSanté"), "promis") for each in step.a]


def hand_over(playing: Playing, step: Step) -> list[report.Check]:
    """On paper, and written down, where Mon espace santé does not take it: nothing that was for the patient is lost."""
    made = playing.made.get(step.code)
    if made is None or step.fait != "ecrire" or not variants.is_holding(playing, step):
        return []
    browser = playing.browser(step.acteur)
    page = browser.open(f"/document/{made.uuid}/suite")
    is_noted = page.has_form("/papier/remis") and "remis" in browser.send(page, "/papier/remis").address
    if "mes" not in step.a:
        return []
    said = "oui" if is_noted else "non"
    return [report.Check(what="Remis sur papier, et noté", expected="oui", observed=said, holds=is_noted)]


def _feed(browser: Browser, uuid: str, *, may_be_closed: bool) -> None:
    page = browser.open(f"/document/{uuid}/suite")
    if page.tree.xpath('//section[@aria-labelledby="mes"]//ul[@class="statements"]/li'):
        return  # asked already: what becomes of it is shown there
    if not page.has_form(f"/document/{uuid}/dmp"):
        if may_be_closed:
            return
        raise PageError("la page n’offre pas de déposer dans Mon espace santé")
    browser.send(page, f"/document/{uuid}/dmp", {"acte": "deposer"} | first_channel(page, f"/document/{uuid}/dmp"))
