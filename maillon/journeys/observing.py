"""What is seen of a step from outside, against what was expected: each thing by the face of who would see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from maillon.formats.cda import checks
from maillon.formats.cda.read import read_cda
from maillon.formats.refusal import Refused
from maillon.journeys import finding, official, variants
from maillon.journeys.playing import Done, Made, Playing, Step, norm
from maillon.scenarios.api import definition, report
from simulators.journeys.browser import PageError
from simulators.journeys.orders import Order

PATIENCE: Final = 25.0  # seconds, for what the worker and the national record still do
OURS: Final = frozenset({"K-13", "K-14", "K-15", "K-16"})  # asked only of what we write
_SAID = {"provisoire": "provisoire", "recuperee": "récupérée", "qualifiee": "qualifiée", "validee": "validée", "": "—"}


@dataclass(slots=True)
class Observed:
    checks: list[report.Check] = field(default_factory=list)
    documents: list[report.Produced] = field(default_factory=list)
    messages: list[report.Exchanged] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)  # actors who have it, by mail

    @property
    def holds(self) -> bool:
        return all(each.holds for each in self.checks)


def observe(playing: Playing, step: Step, done: Done) -> Observed:
    seen = Observed()
    for made in _located(playing, step, done):
        playing.made[step.code] = made
        if made.uuid:
            seen.documents.append(_produced(playing, step, made))
    known = playing.made.get(step.code)
    if known is not None and known.id == "" and seen.documents:
        playing.made[step.code] = known = replace(known, id=seen.documents[-1].id)
    for look in _looks(playing, step, done, known, seen):
        seen.checks.append(look)
    seen.checks.extend(conformity(each) for each in seen.documents)
    seen.messages.extend(_messages(playing, step, done, seen))
    seen.documents = [_arrived(each, step, seen.checks) for each in seen.documents]
    return seen


def in_time(playing: Playing, step: Step) -> Iterator[report.Check]:
    """Within the delay that the step is given from what it answers, or else from the last of what it comes after."""
    before = [each for each in ([step.lit] if step.lit else step.apres) if each in playing.done_at]
    if step.delai is None or not before or variants.takes_its_time(playing, step):
        return
    since = max(before, key=lambda code: playing.done_at[code])
    minutes = int((playing.done_at[step.code] - playing.done_at[since]).total_seconds() // 60)
    yield report.Check(
        what=f"Délai depuis {since}", expected=f"au plus {step.delai}", observed=report.said_duration(minutes),
        holds=minutes <= step.delai.minutes,
    )  # fmt: skip


def _located(playing: Playing, step: Step, done: Done) -> Iterator[Made]:
    """Where what was made stands in the record; what came by mail is waited for."""
    for made in done.made:
        if made.uuid or step.attendu.documents is None:
            yield made
            continue
        found = finding.eventually(lambda: finding.documents_titled(playing, made.title), patience=PATIENCE)  # noqa: B023
        yield replace(made, uuid=found[0] if found else "")


# ------------------------------------------------------------------------------------------------ looks


def _looks(playing: Playing, step: Step, done: Done, made: Made | None, seen: Observed) -> Iterator[report.Check]:
    expected = step.attendu
    if expected.documents is not None:
        titles = [each.title for each in done.made]
        yield _counted("Documents au dossier, en vigueur", expected.documents, lambda: sum(
            len(finding.documents_titled(playing, each)) for each in titles
        ))  # fmt: skip
    for actor in expected.a_lire:
        what = f"À lire dans la journée\u202f: {_role(playing, actor)}"
        yield _true(what, partial(_is_to_read, playing, actor, made))
    if expected.mss is not None:
        yield _counted("Remis par MSSanté", expected.mss, lambda: _delivered(playing, step, made, seen))
    if expected.mes is not None:
        yield _counted("Arrivés dans Mon espace santé", expected.mes, lambda: _with_the_patient(playing, made))
    if expected.dmp is not None:
        yield _counted("Visibles au DMP, en vigueur", expected.dmp, lambda: _in_national_record(playing, made))
    if expected.identite is not None:
        said = finding.identity_said(playing.browser(_identity_reader(playing)).open(f"{playing.record}/identite"))
        yield report.Check(what="Identité", expected=_SAID[expected.identite], observed=_SAID[said],
                           holds=said == expected.identite)  # fmt: skip
    for code in expected.resultats:
        yield _true(f"Résultat structuré {code}", partial(_holds_result, playing, made, code))
    if expected.lu is not None:
        yield _true("Lu, et plus dans la journée", partial(_is_read, playing, step.acteur, playing.made[step.lit]))
    yield from _visibility(playing, step, made)


def _visibility(playing: Playing, step: Step, made: Made | None) -> Iterator[report.Check]:
    """The document itself, or the record where the step made none."""
    if not (step.attendu.voit or step.attendu.ne_voit_pas):
        return  # the record may not be there yet
    path = f"/document/{made.uuid}" if made is not None and made.uuid else f"{playing.record}/chronologie"
    for actor in step.attendu.voit:
        status = playing.browser(actor).status(path)
        yield report.Check(what=f"Peut ouvrir\u202f: {_role(playing, actor)}", expected="oui",
                           observed="oui" if status == 200 else "non", holds=status == 200)  # fmt: skip
    for actor in step.attendu.ne_voit_pas:
        status = playing.browser(actor).status(path)
        yield report.Check(what=f"Ne peut pas ouvrir\u202f: {_role(playing, actor)}", expected="non",
                           observed="oui" if status == 200 else "non", holds=status == 404)  # fmt: skip


def _counted(what: str, expected: int, look: Callable[[], int]) -> report.Check:
    """Something is seen as soon as it is there; nothing, once what was promised has been done."""
    count = 0
    if not expected:
        finding.until_nothing_is_due(patience=PATIENCE)

    def is_there() -> bool:
        nonlocal count
        count = look()
        return count >= expected

    finding.eventually(is_there, patience=PATIENCE)
    return report.Check(what=what, expected=str(expected), observed=str(count), holds=count == expected)


def _true(what: str, look: Callable[[], bool]) -> report.Check:
    found = finding.eventually(look, patience=PATIENCE)
    return report.Check(what=what, expected="oui", observed="oui" if found else "non", holds=found)


def _is_to_read(playing: Playing, actor: str, made: Made | None) -> bool:
    return made is not None and finding.is_in_day(playing.browser(actor), made.uuid)


def _is_read(playing: Playing, actor: str, made: Made) -> bool:
    if not made.uuid or finding.is_in_day(playing.browser(actor), made.uuid):
        return False
    return finding.is_read_by(playing.browser(actor).open(f"/document/{made.uuid}"), playing.name_of(actor))


def _delivered(playing: Playing, step: Step, made: Made | None, seen: Observed) -> int:
    """To people outside, by what their own box holds; to those here, by what Maillon asks of them."""
    actors = playing.scenario.acteurs
    if made is not None:
        wanted = [each for each in step.a if each in actors and each not in seen.reached]
        seen.reached += [each for each in wanted if _has_reached(playing, each, made)]
    return len(seen.reached)


def _has_reached(playing: Playing, actor: str, made: Made) -> bool:
    said = playing.scenario.acteurs[actor]
    if said.dehors is not None:
        return _is_in_box(playing, actor, made)
    if not made.uuid:  # what opens a record, of itself or once somebody has settled whose it is
        is_filed = playing.look_for_record() and finding.documents_titled(playing, made.title)
        return bool(is_filed or finding.case_of(playing, actor))
    if not said.is_at_work:  # nothing is seen through their eyes: it was written to nobody else here
        return playing.reader.status(f"/document/{made.uuid}") == 200
    page = playing.browser(actor).open(f"/document/{made.uuid}")
    return bool(finding.reading_asked(page)) or finding.is_read_by(page, playing.name_of(actor))


def _is_in_box(playing: Playing, actor: str, made: Made) -> bool:
    said = playing.ask(actor, Order(
        what="relever", person=playing.as_json(), mailbox=playing.address(actor), wanted=(made.id,), patience=0.0,
    ))  # fmt: skip
    found = said.get("found")
    return isinstance(found, dict) and made.id in found


def _with_the_patient(playing: Playing, made: Made | None) -> int:
    """As the citizen sees it: their own box, opened by their own program."""
    citizen = playing.citizen
    return int(made is not None and citizen is not None and _is_in_box(playing, citizen, made))


def _in_national_record(playing: Playing, made: Made | None) -> int:
    """As the physician reads it there, after having noted that the patient lets them; by the line of somebody outside
    while Maillon has nothing to ask by (identity not qualified, record closed)."""
    if made is None:
        return 0
    browser, place = playing.reader, f"{playing.record}/dmp"
    page = browser.open(place)
    try:
        page = browser.send(page, "/dmp/actualiser")
    except PageError:  # not opened to them yet: the page now asks how the patient consented
        page = browser.open(place)
        if not page.has_form("/dmp/autorisation"):
            return _seen_from_outside(playing, made)
        page = browser.send(page, "/dmp/autorisation", finding.first_channel(page, "/dmp/autorisation"))
        page = browser.send(page, "/dmp/actualiser")
    lines = page.tree.xpath('//li[starts-with(@id, "entree-")]')
    titles = [norm(each.xpath('.//*[@class="line-title"]')[0].text_content()) for each in lines]
    shown = [each for each, title in zip(lines, titles, strict=True) if title == norm(made.title)]
    return sum("remplacé" not in norm(each.text_content()) for each in shown)


def _seen_from_outside(playing: Playing, made: Made) -> int:
    actor = next(key for key, each in playing.scenario.acteurs.items() if each.dehors and each.profession != "patient")
    said = playing.ask(actor, Order(
        what="consulter", person=playing.as_json(), author=playing.scenario.acteurs[actor].personne,
    ))  # fmt: skip
    titles = said["titles"]
    assert isinstance(titles, list)
    return sum(norm(each) == norm(made.title) for each in titles)


def in_national_record(playing: Playing, made: Made) -> report.Check:
    """What waited for the identity: in the record, once."""
    return _counted(f"Parti une fois\u202f: {made.title}", 1, lambda: _in_national_record(playing, made))


def _holds_result(playing: Playing, made: Made | None, code: str) -> bool:
    if made is None or not made.uuid:
        return False
    page = playing.reader.open(f"{playing.record}/resultats")
    return any(code in str(each) for each in page.tree.xpath("//@href | //@id | //@data-code"))


def _identity_reader(playing: Playing) -> str:
    return playing.reading_actor


# ------------------------------------------------------------------------------------------------ documents


def conformity(document: report.Produced) -> report.Check:
    """To our own checks, and to the official kit where there is one. What nobody could read does not conform."""
    is_so = document.conforms is True and not document.kit_errors
    said = document.remarks[0] if document.remarks else document.level or "illisible"
    return report.Check(what="Conforme", expected="oui", observed="oui" if is_so else f"non\u202f: {said}", holds=is_so)


def _produced(playing: Playing, step: Step, made: Made) -> report.Produced:
    """The document as it is filed, read again byte for byte, and checked: by us, and by the official kit if there is
    one."""
    data = playing.reader.download(f"/document/{made.uuid}/original") or playing.browser(
        _inside(playing, step)
    ).download(f"/document/{made.uuid}/original")
    people = [key for key, each in playing.scenario.acteurs.items() if each.is_at_work]
    sees = {each: playing.browser(each).status(f"/document/{made.uuid}") == 200 for each in people}
    found = report.Produced(
        type=made.type, title=made.title, uuid=made.uuid, id=made.id,
        seen_by=tuple(_role(playing, each) for each in people if sees[each]),
        hidden_from=tuple(_role(playing, each) for each in people if not sees[each]),
    )  # fmt: skip
    if data is None:
        return found
    try:
        document = read_cda(data)
        remarks = [f"{one.message} ({one.code})" for one in checks.check(data) if one.code not in OURS]
    except Refused:
        return replace(found, level="PDF seul", conforms=None)
    found = replace(
        found, id=(document.version.id or "").upper(), level="structuré (N3)" if document.level == 3 else "PDF (N1)",
        conforms=not remarks, remarks=tuple(remarks[:5]), ins_qualified=document.patient.ins is not None,
    )  # fmt: skip
    with playing.off_the_watch():
        return official.judged(found, data)


def _inside(playing: Playing, step: Step) -> str:
    return step.acteur if playing.scenario.acteurs[step.acteur].dehors is None else playing.reading_actor


def _arrived(document: report.Produced, step: Step, looks: list[report.Check]) -> report.Produced:
    """Where it went, by what was observed."""
    seen = {each.what: each.observed for each in looks}
    return replace(
        document, to_dmp=seen.get("Visibles au DMP, en vigueur", "0") != "0",
        to_patient=seen.get("Arrivés dans Mon espace santé", "0") != "0",
    )  # fmt: skip


def _messages(playing: Playing, step: Step, done: Done, seen: Observed) -> Iterator[report.Exchanged]:
    there = {each.what for each in seen.checks if each.holds and each.observed != "0"}
    arrived = {"DMP": "visible", "Mon espace santé": "arrivé"}
    named = {"DMP": "Visibles au DMP, en vigueur", "Mon espace santé": "Arrivés dans Mon espace santé"}
    for to, by, state in done.sent:
        if by == "FHIR":
            who = _role(playing, step.acteur)
            yield report.Exchanged(sender=f"{who}, par son logiciel", to="Maillon", by=by, state=state)
            continue
        channel = "Mon espace santé" if to == "mes" else by
        yield report.Exchanged(
            sender=_role(playing, step.acteur), to=definition.CHANNELS.get(to) or _role(playing, to), by=channel,  # type: ignore[call-overload]
            state="remis" if to in seen.reached else arrived[channel] if named.get(channel) in there else state,
        )  # fmt: skip


def _role(playing: Playing, actor: str) -> str:
    return playing.scenario.acteurs[actor].role


def reason_of(seen: Observed) -> str:
    """What did not hold, in one sentence."""
    failed = [each for each in seen.checks if not each.holds]
    return " ; ".join(f"{each.what}\u202f: attendu {each.expected}, observé {each.observed}" for each in failed)


__all__ = ["Observed", "PageError", "observe", "reason_of"]
