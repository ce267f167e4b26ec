"""The verbs of a journey, each done through the face that the person really has. Done twice, each is done once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from maillon.formats import datamatrix
from maillon.journeys import finding, letters, screens, software, variants
from maillon.journeys.playing import Done, Made, Playing, Step
from maillon.scenarios.api import definition
from simulators.journeys.browser import Page, PageError
from simulators.journeys.orders import Order
from simulators.making import traits

_LONGEST_WAIT: Final = 30.0
NOT_THERE: Final = "ce qui devait arriver n’est ni au dossier, ni dans « À régler »"


def do(playing: Playing, step: Step) -> Done:
    """Raises PageError, Down, Refusal, UserMessage: whatever the face said."""
    return _VERBS[step.fait](playing, step)


def demand(playing: Playing, step: Step) -> Done:
    """The citizen writes from Mon espace santé; the answers travel as a document of theirs."""
    assert step.document is not None
    if variants.is_on_paper(playing, step):
        return Done()  # they telephone: nothing is written before somebody takes it down
    said = playing.ask(step.acteur, Order(
        what="publier", person=playing.as_json(), at=playing.moment(step.quand).isoformat(),
        key=playing.key_of(step.code), type=step.document.type, title=step.document.titre, texts=_texts(step),
        readers=(playing.scenario.acteurs[playing.reading_actor].personne,), mailbox=playing.address(step.acteur),
        addresses=tuple(playing.address(each) for each in step.a),
    ))  # fmt: skip
    return _published(step, said)


def publish(playing: Playing, step: Step) -> Done:
    """A house outside writes in its own software, and sends by its own lines. What it was asked, it read first."""
    order_id = _take_in(playing, step) if step.lit and not variants.is_on_paper(playing, step) else ""
    order = replace(_order(playing, step, order_id), **variants.order_changes(playing, step))
    said = playing.ask(step.acteur, order)
    if variants.is_at(playing, step, "IR5"):  # sent twice, then corrected
        playing.ask(step.acteur, replace(order, again="bis", to_dmp=False))
        if not playing.uuids:  # of a step that is played again, the former one may be replaced already
            playing.uuids |= set(_titled(playing, order.title, besides=set()))
            playing.remember()
        said = playing.ask(step.acteur, replace(order, version=2))
        _titled(playing, order.title, besides=playing.uuids)  # the former one is not taken for the correction
    if variants.is_at(playing, step, "IR6"):
        _attach(playing, order.title)
    return _published(step, said, to_dmp=order.to_dmp)


def deposit(playing: Playing, step: Step) -> Done:
    """From their practice software, which files it by FHIR, reads it again, and feeds the national record itself."""
    assert step.document is not None
    software.equip(playing.world, playing.scenario.acteurs[step.acteur])
    order = replace(_order(playing, step, ""), what="deposer", **variants.order_changes(playing, step))
    said = playing.world.ask(software.WHO, order)
    if not said["place"]:
        raise PageError("le document déposé par FHIR attend que quelqu’un confirme à qui il appartient")
    if not said["reads_again"]:
        raise PageError("le logiciel ne relit pas par FHIR ce qu’il a déposé")
    made = Made(id=str(said["id"]), type=step.document.type, title=str(said["title"]), uuid=str(said["place"]))
    fed = ((each, "DMP", _fed(order.to_dmp)) for each in step.a)
    return Done(made=[made], sent=[("", "FHIR", "classé, relu"), *fed])


def _titled(playing: Playing, title: str, *, besides: set[str]) -> list[str]:
    def found() -> list[str]:
        return [each for each in finding.documents_titled(playing, title) if each not in besides]

    return finding.eventually(found, patience=_LONGEST_WAIT)


def _order(playing: Playing, step: Step, order_id: str) -> Order:
    assert step.document is not None
    actors = playing.scenario.acteurs
    people = [each for each in step.a if each in actors and actors[each].profession != "patient"]
    addresses = [playing.address(each) for each in people]
    if "mes" in step.a:
        addresses.append(playing.world.citizen_mailbox(playing.person))
    moment = playing.moment(step.quand)
    sent_at = playing.moment(variants.begins_at(playing, step))
    return Order(
        what="publier", person=playing.as_json(), at=sent_at.isoformat(), ended=moment.isoformat(),
        author=actors[step.acteur].personne, key=playing.key_of(step.code), type=step.document.type,
        title=step.document.titre, level=step.document.niveau, texts=_texts(step),
        readers=tuple(actors[each].personne for each in people), addresses=tuple(addresses), to_dmp="dmp" in step.a,
        encounter=step.avec.get("@sejour", "AMB"), order_id=order_id,
    )  # fmt: skip


def _attach(playing: Playing, title: str) -> None:
    """Nothing is filed by itself: the secretary sets the two identities side by side, and says whose it is and why.
    Nothing to do when she had done it before the run stopped."""
    actor = next(key for key, each in playing.scenario.acteurs.items() if each.profession == "331")
    browser = playing.browser(actor)

    def case_or_document() -> str:
        return finding.case_of(playing, actor) or next(iter(finding.documents_titled(playing, title)), "")

    found = finding.eventually(case_or_document, patience=_LONGEST_WAIT)
    if not found:
        raise PageError(NOT_THERE)
    if not finding.CASE.fullmatch(found):
        return
    screens.show(playing, actor, found, "« À régler »\u202f: deux identités côte à côte")
    page = browser.open(found)
    playing.settling.add(actor)
    playing.remember()
    browser.send(page, f"{found}/rattacher", {"motif": "Date mal saisie, vérifiée par téléphone avec l’émetteur"})


def receive(playing: Playing, step: Step) -> Done:
    """Somebody outside opens their box and finds what was sent to them."""
    _take_in(playing, step)
    return Done()


def welcome(playing: Playing, step: Step) -> Done:
    """From what arrived and waits to be settled, or from the card that is read at the desk."""
    browser, has_written = playing.browser(step.acteur), step.lit in playing.made
    if not playing.look_for_record():
        if has_written:
            _settle(playing, step)
        else:
            code = datamatrix.message(
                traits(playing.person, house=playing.world.territory.structure("msp")),
                identity_status=datamatrix.QUALIFIED,
            )
            page = browser.send(browser.open("/patients/scan"), "/patients/scan", {"lu": code})
            browser.send(page, "/patients/scan/creer")
    return Done(made=[playing.made[step.lit]] if has_written else [])


def identify(playing: Playing, step: Step) -> Done:
    """INSi by the traits, its answer taken over; then the identity document that was shown."""
    browser, place = playing.browser(step.acteur), f"{playing.record}/identite"
    page = browser.open(place)
    if finding.identity_said(page) != "qualifiee":
        if page.has_form("/identite/insi") and "Matricule INS" in page.tree.text_content():
            page = browser.send(page, "/identite/insi")
        decision = next((each for each in page.tree.forms if "/identite/insi/" in (each.action or "")), None)
        if decision is not None:
            page = browser.send(page, urlsplit(decision.action or "").path, {"decision": "repris"})
        shown = step.avec.get("piece", "")
        if shown and not variants.is_at(playing, step, "IR1"):
            page = browser.open(place)
            if page.has_form("/identite/piece"):
                browser.send(page, "/identite/piece", {"piece": shown})
    return Done()


def fill(playing: Playing, step: Step) -> Done:
    """A questionnaire of the team, filled and signed."""
    assert step.document is not None
    browser, place = playing.browser(step.acteur), f"{playing.record}/questionnaires"
    page = browser.open(place)
    already = finding.questionnaire_titled(page, step.document.titre)
    if already:
        page = browser.open(already)
    else:
        page = browser.send(page, "/questionnaires", {"questionnaire": step.document.questionnaire})
    place = urlsplit(page.address).path
    if page.has_form(place):
        values = {f"r-{key}": playing.dated(value) for key, value in step.avec.items()}
        page = browser.post(page, place, f"{place}/signer", values)
        if "signe" not in urlsplit(page.address).query:
            faults = [" ".join(each.text_content().split()) for each in page.tree.xpath('//*[@role="alert"]//li')]
            raise PageError(f"{page.refusal} {' ; '.join(faults)}".strip() or "le questionnaire n’a pas été signé")
    return Done()


def read(playing: Playing, step: Step) -> Done:
    if not acknowledge(playing, step.acteur, step.lit):
        raise PageError(f"« {playing.made[step.lit].title} » n’attend pas d’être lu par cette personne")
    return Done()


def acknowledge(playing: Playing, actor: str, of_step: str) -> bool:
    """Opened where it waits, as soon as it has come, and marked as read. False when it is not theirs to read. A step
    that is played again may have read it before: its page then says so."""
    made = playing.made[of_step]
    if not made.uuid:
        return False
    browser = playing.browser(actor)

    def task_or_reading() -> tuple[Page, str] | None:
        page = browser.open(f"/document/{made.uuid}")
        task = finding.reading_asked(page)
        was_read = playing.is_again and finding.is_read_by(page, playing.name_of(actor))
        return (page, task) if task or was_read else None

    found = finding.eventually(task_or_reading, patience=_LONGEST_WAIT)
    if found is not None and found[1]:
        browser.send(*found)
    return found is not None


def consult(playing: Playing, step: Step) -> Done:
    page = playing.browser(step.acteur).open(f"{playing.record}/chronologie")
    if page.status != 200:
        raise PageError(f"le dossier ne s’ouvre pas ({page.status})")
    return Done()


def _settle(playing: Playing, step: Step) -> None:
    """What a qualified identity brings opens the record by itself, as soon as it is there; anything else waits."""
    found = finding.eventually(
        lambda: playing.look_for_record() or finding.case_of(playing, step.acteur), patience=_LONGEST_WAIT
    )
    if not found:
        raise PageError(NOT_THERE)
    if finding.CASE.fullmatch(found):
        screens.show(playing, step.acteur, found, "« À régler »\u202f: ce qui est arrivé, et de qui")
        browser = playing.browser(step.acteur)
        browser.send(browser.open(found), f"{found}/creer")


def _take_in(playing: Playing, step: Step) -> str:
    """The document of another step, found in the box of this actor by their own software. Raises PageError."""
    wanted = playing.made[step.lit]
    said = playing.ask(step.acteur, Order(
        what="relever", person=playing.as_json(), mailbox=playing.address(step.acteur), wanted=(wanted.id,),
        patience=_LONGEST_WAIT,
    ))  # fmt: skip
    found = said.get("found")
    if not isinstance(found, dict) or wanted.id not in found:
        raise PageError(f"« {wanted.title} » n’est pas arrivé dans la boîte de cet acteur")
    if not found[wanted.id]["conforms"]:
        raise PageError(f"« {wanted.title} » est arrivé, mais ne se lit pas entièrement")
    return f"1.2.250.1.999.1.1^{wanted.id}"


def _published(step: Step, said: dict[str, object], *, to_dmp: bool = True) -> Done:
    assert step.document is not None
    made = Made(id=str(said["id"]), type=step.document.type, title=str(said["title"]))
    state = "accepté par l’opérateur" if said["taken"] else "refusé par l’opérateur"
    fed = _fed(to_dmp)
    sent = [(each, "DMP" if each == "dmp" else "MSSanté", fed if each == "dmp" else state) for each in step.a]
    return Done(made=[made], sent=sent)


def _fed(to_dmp: bool) -> str:
    return "déposé" if to_dmp else "non déposé"


def _texts(step: Step) -> dict[str, str]:
    return {key: value for key, value in step.avec.items() if not key.startswith("@")}


_VERBS: Final[dict[definition.Verb, Callable[[Playing, Step], Done]]] = {
    "demander": demand,
    "accueillir": welcome,
    "identifier": identify,
    "ecrire": letters.write,
    "remplir": fill,
    "publier": publish,
    "dispenser": publish,
    "lire": read,
    "consulter": consult,
    "recevoir": receive,
    "deposer": deposit,
}
