"""What goes wrong in a variant: each of the eleven irritants, made to happen from outside, as it does in the field."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final

from lxml import html

from maillon.journeys import finding
from maillon.journeys.playing import UNFILED, Playing, Step, norm
from maillon.noticed import api as noticed
from maillon.scenarios.api import definition, report
from simulators.journeys.cast import CLOSED_FROM, POOL

PATIENCE: Final = 40.0  # seconds: what is noticed is told by a worker
_TOLD: Final = {
    "lecteur": "qui le lit", "auteur": "son auteur", "referent": "référent numérique", "coordination": "coordination",
    "secretariat": "secrétariat", "identitovigilance": "identitovigilance",
}  # fmt: skip
# Told by what there is to do, not by its fact.
_BY_A_TASK: Final = {
    "identite_non_qualifiee": "pièce d’identité", "sans_adresse_mssante": "Un document envoyé n’est pas arrivé",
}  # fmt: skip
NOBODY: Final = "boite.absente@pharmacie-pont.mssante.test"


def pool(variant: definition.Variant | None) -> range:
    """Whom a run may be about, by rank: for the irritant of a closed Mon espace santé, those who closed theirs."""
    if variant is not None and variant.code == "IR2":
        return range(CLOSED_FROM, POOL + 1)
    return range(1, CLOSED_FROM)


def is_at(playing: Playing, step: Step, *codes: str) -> bool:
    variant = playing.variant
    return variant is not None and variant.code in codes and variant.etape == step.code


def expected(playing: Playing, step: Step) -> definition.Expected:
    """What the step must show in this run: what the variant says of its step; and while its cause lasts, nothing in
    Mon espace santé nor in the national record."""
    variant, said = playing.variant, step.attendu
    if variant is None:
        return said
    if variant.etape == step.code and variant.remplace is not None:
        return variant.remplace
    if not _lasts(playing, step):
        return said
    if _was_told_by_telephone(playing, step):
        return replace(said, documents=None)  # nothing was sent that could be filed
    if is_holding(playing, step):
        return replace(said, dmp=0 if said.dmp is not None else None, mes=0 if said.mes is not None else None)
    return said


def recipients(playing: Playing, step: Step) -> tuple[str, ...]:
    """To whom the step sends in this run."""
    variant = playing.variant
    return variant.a if variant is not None and variant.a and variant.etape == step.code else step.a


def begins_at(playing: Playing, step: Step) -> definition.Moment:
    """Later than written: what is sent late (IR8); the record of somebody who telephoned, which is opened at the desk
    when their card is read (IR2)."""
    variant = playing.variant
    if variant is None or variant.quand is None:
        return step.quand
    is_late = is_at(playing, step, "IR8") or _was_told_by_telephone(playing, step)
    return variant.quand if is_late else step.quand


def _was_told_by_telephone(playing: Playing, step: Step) -> bool:
    variant = playing.variant
    return variant is not None and bool(step.lit) and step.lit == variant.papier and step.fait == "accueillir"


def is_holding(playing: Playing, step: Step) -> bool:
    """Whether this step sends nothing: a house outside has qualified the identity by itself (IR1)."""
    variant = playing.variant
    return variant is not None and _lasts(playing, step) and (variant.code == "IR2" or step.fait == "ecrire")


def _lasts(playing: Playing, step: Step) -> bool:
    """Between the step where it goes wrong and the one before which it is mended; to the end when it never is."""
    variant = playing.variant
    if variant is None or variant.code not in ("IR1", "IR2"):
        return False
    codes = [each.code for each in playing.scenario.etapes]
    here, begun = codes.index(step.code), codes.index(variant.etape)
    return begun <= here and (not variant.leve or here < codes.index(variant.leve))


def takes_its_time(playing: Playing, step: Step) -> bool:
    """From where somebody is late on purpose, no delay of the journey is judged any more."""
    variant = playing.variant
    if variant is None or variant.quand is None:
        return False
    codes = [each.code for each in playing.scenario.etapes]
    return codes.index(variant.etape) <= codes.index(step.code)


def order_changes(playing: Playing, step: Step) -> dict[str, Any]:
    """What the house outside does otherwise at this step."""
    if is_at(playing, step, "IR4", "IR9"):
        return {"level": "N1"}
    if is_at(playing, step, "IR6"):
        born = playing.person.birth_date + dt.timedelta(days=1)
        other = playing.as_json() | {"birth_date": born.isoformat()}
        return {"knows_ins": False, "person": other, "to_dmp": False}
    if is_holding(playing, step):
        # A house outside sends to whoever it can: a citizen without a box cannot be written to.
        return {"to_dmp": False}
    return {}


def is_on_paper(playing: Playing, step: Step) -> bool:
    return playing.variant is not None and playing.variant.papier == step.code


def reads_later(playing: Playing, step: Step) -> bool:
    """Nobody reads it in time."""
    return is_at(playing, step, "IR7", "IR11")


def checks(playing: Playing, step: Step, constats: list[dict[str, str]]) -> list[report.Check]:
    """That the platform noticed, and that who must be told finds it in their day."""
    variant = playing.variant
    if variant is None or variant.noticed_at != step.code or not variant.constat:
        return []
    fact = noticed.rules().named(variant.constat)
    seen = any(each["fait"] == variant.constat for each in constats)
    found = [report.Check(what=f"Constaté par la plateforme\u202f: {variant.code}", expected=fact.dire,
                          observed=fact.dire if seen else "rien", holds=seen)]  # fmt: skip
    role = playing.scenario.acteurs[variant.signale_a].role
    words = _BY_A_TASK.get(variant.constat, fact.dire)
    is_told = seen and finding.eventually(lambda: _is_told(playing, variant, words), patience=PATIENCE)
    found.append(report.Check(what=f"Dit à\u202f: {role}", expected="oui", observed="oui" if is_told else "non",
                              holds=is_told))  # fmt: skip
    return found


def _is_told(playing: Playing, variant: definition.Variant, said: str) -> bool:
    """In their day, or on the document for whoever reads it; in « À régler », for what is in no record yet."""
    if variant.constat in UNFILED:
        return variant.signale_a in playing.settling
    browser, made = playing.browser(variant.signale_a), playing.made.get(variant.noticed_at)
    lines = browser.open("/journee").tree.xpath("//li[not(.//li)]")
    told = [each for each in lines if norm(said) in norm(each.text_content())]
    if noticed.rules().named(variant.constat).sur_une_personne:
        return bool(told)  # names neither the patient nor the document
    if any(_is_about(playing, each) for each in told):
        return True
    if made is None or not made.uuid:
        return False
    return norm(said) in norm(browser.open(f"/document/{made.uuid}").tree.text_content())


def _is_about(playing: Playing, line: html.HtmlElement) -> bool:
    """Of this run: other lines of the day may say the same of somebody else."""
    mine = playing.uuids | {each.uuid for each in playing.made.values() if each.uuid}
    links = " ".join(str(each) for each in line.xpath(".//a/@href"))
    return norm(playing.person.birth_family_name) in norm(line.text_content()) or any(each in links for each in mine)


def irritants(constats: list[dict[str, str]]) -> list[report.Noticed]:
    """As the report names them."""
    found = []
    for each in constats:
        fact = noticed.rules().named(each["fait"])
        found.append(report.Noticed(
            code=each["code"], said=fact.dire, told=_TOLD.get(fact.pour, fact.pour), fact=each["fait"],
            document=each["document"],
        ))  # fmt: skip
    return found
