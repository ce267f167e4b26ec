"""A protocol as the team reads it, on the screen and on paper: tables of French texts, nothing left in code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from maillon.formats.wording import shown_number
from maillon.pathways.competences import competences
from maillon.pathways.definition import PATIENT, Alert, Indicator, Protocol, Step, When
from maillon.pathways.duration import NOW
from maillon.professionals import api as professionals
from maillon.questions.api import Question, shown

_CLIMBS: Final = {"remplacant": "le remplaçant", "coordination": "la coordination"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionLine:
    says: str
    asks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    id: str
    who: str
    what: str
    when: str
    late: str
    how: str  # place, manner, form, table; the proof and the condition
    is_of_patient: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    id: str
    level: str
    says: str
    asks: str
    to: str  # « Médecin, 28 jours »
    then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorLine:
    id: str
    label: str
    category: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    title: str
    code: str
    justification: str
    objectives: tuple[str, ...]
    inclusion: tuple[CriterionLine, ...]
    exclusion: tuple[CriterionLine, ...]
    professions: tuple[str, ...]
    targets: tuple[str, ...]
    information: str
    consent: str
    steps: tuple[StepLine, ...]
    alerts: tuple[AlertLine, ...]
    advice: tuple[str, ...]
    indicators: tuple[IndicatorLine, ...]
    sources: tuple[str, ...]
    tools: tuple[str, ...]
    rule: str
    checked: str


def reading_of(protocol: Protocol) -> Reading:
    return Reading(
        title=protocol.titre,
        code=protocol.code,
        justification=protocol.justification,
        objectives=tuple(each.dire for each in protocol.objectifs),
        inclusion=tuple(CriterionLine(says=each.dire, asks=_asked(each.si)) for each in protocol.population.inclusion),
        exclusion=tuple(CriterionLine(says=each.dire, asks=_asked(each.si)) for each in protocol.population.exclusion),
        professions=tuple(profession(code) for code in protocol.professions),
        targets=tuple(_target(protocol, each.nom) for each in protocol.parametres),
        information=protocol.information.texte,
        consent={"information": "patient informé", "oral": "accord oral", "ecrit": "accord écrit"}[
            protocol.information.consentement
        ],
        steps=tuple(_step(protocol, each) for each in protocol.etapes),
        alerts=tuple(_alert(each) for each in protocol.alertes),
        advice=protocol.avis_medical,
        indicators=tuple(_indicator(each) for each in protocol.indicateurs),
        sources=tuple(
            ", ".join(part for part in (each.titre, each.reference, f"{each.date:%m/%Y}", each.maintenue) if part)
            for each in protocol.bibliographie
        ),
        tools=tuple(each.titre for each in protocol.outils),
        rule=protocol.regle_si,
        checked=f"{protocol.relu_le:%d/%m/%Y}",
    )


def profession(code: str) -> str:
    return "Patient" if code == PATIENT else professionals.PROFESSIONS.get(code, code)


def who(codes: Sequence[str]) -> str:
    """« Médecin, ou infirmier »."""
    named = [profession(code) for code in codes]
    return ", ou ".join([named[0], *(each.lower() for each in named[1:])]) if named else ""


def when(said: When, protocol: Protocol) -> str:
    """« À l’inclusion, puis tous les 3 mois »; « 60 jours après »; « Dès que … »."""
    if said.des_que is not None:
        return f"Dès que {_asked(said.des_que)}"
    starts = [str(each) for each in said.a if each != NOW]
    origin = _origin(said.depuis, protocol)
    begins = f"{', '.join(starts)} après {origin}" if starts and NOW not in said.a else f"À {origin}"
    if origin.startswith("«"):
        begins = begins.replace("À «", "Avec «")
    if said.tous_les is None:
        return begins
    otherwise = "".join(f" ({each.tous_les} si {_asked(each.si)})" for each in said.sauf)
    until = f", jusqu’à {said.jusqu_a}" if said.jusqu_a else ""
    return f"{begins}, puis tous les {said.tous_les}{otherwise}{until}"


def _origin(name: str, protocol: Protocol) -> str:
    if name == "inclusion":
        return "l’inclusion"
    known = {each.nom: each.libelle for each in protocol.dates} | {each.nom: each.libelle for each in protocol.etats}
    return f"«\u202f{known.get(name, name)}\u202f»"


def _step(protocol: Protocol, step: Step) -> StepLine:
    act = competences().act(step.acte) if step.acte else None
    parts = [
        step.comment, step.ou, f"formulaire {step.formulaire}" if step.formulaire else "",
        f"courrier {step.courrier}" if step.courrier else "", f"tableau {step.tableau}" if step.tableau else "",
        f"seulement si {_asked(step.condition)}" if step.condition else "",
        f"faite quand {_asked(step.fait_quand)}" if step.fait_quand else "",
        f"acte{NARROW}: {act.libelle.lower()}" if act else "",
    ]  # fmt: skip
    return StepLine(
        id=step.id, who=who(step.qui), what=step.quoi, when=when(step.quand, protocol), late=str(step.fenetre),
        how=". ".join(_capital(part).rstrip(".") for part in parts if part),
        is_of_patient=set(step.qui) == {PATIENT},
    )  # fmt: skip


NARROW: Final = "\u202f"


def _alert(alert: Alert) -> AlertLine:
    names = {each.vers: _CLIMBS.get(each.vers) or profession(each.vers).lower() for each in alert.escalade}
    climbs = [f"après {each.apres}, {names[each.vers]}" for each in alert.escalade]
    also = [f"aussi {', '.join(profession(code).lower() for code in alert.aussi)}"] if alert.aussi else []
    return AlertLine(
        id=alert.id, level=alert.niveau, says=alert.dire, asks=_asked(alert.si), to=answering(alert),
        then=". ".join(_capital(part) for part in (alert.conduite, "; ".join([*also, *climbs])) if part),
    )  # fmt: skip


def answering(alert: Alert) -> str:
    """Who is warned, and by when they must have answered; a draft may say neither."""
    said = (profession(alert.prevenir), str(alert.delai) if alert.delai else "")
    return ", ".join(part for part in said if part)


def _indicator(each: Indicator) -> IndicatorLine:
    if each.cible is None:
        target = "en baisse" if each.sens == "baisse" else "en hausse"
    elif each.genre in ("taux", "delai"):
        target = shown_number(str(each.cible))
    else:
        target = f"{shown_number(format((each.cible * 100).normalize(), 'f'))}{NARROW}%"
    return IndicatorLine(id=each.id, label=each.libelle, category=each.categorie, target=target)


def _target(protocol: Protocol, name: str) -> str:
    each = protocol.parameter(name)
    assert each is not None
    choices = [f"{shown_number(str(one.valeur))} ({one.dire})" for one in each.choix]
    unit = f" en {each.unite}" if each.unite else ""
    offered = f"{NARROW}: {', '.join(choices)}" if choices else ""
    return f"{each.libelle}{unit}, par {profession(each.par).lower()}{offered}"


def _capital(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}"


def _asked(question: Question) -> str:
    return shown(question.asked)
