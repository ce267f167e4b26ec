"""A protocol played on its own examples, or on a person whom somebody imagines: what it would ask and raise at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from maillon.kernel import clock
from maillon.pathways import eligibility, rhythm, tree, watching
from maillon.pathways.definition import Example, ExampleFact, ExamplePatient, Protocol
from maillon.questions.api import Fact, Kind, Subject, answer, day_of

_KINDS = {
    "diagnostic": Kind.PROBLEM, "traitement": Kind.MEDICATION, "allergie": Kind.ALLERGY, "acte": Kind.PROCEDURE,
    "vaccination": Kind.VACCINATION, "résultat": Kind.OBSERVATION, "réponse": Kind.ANSWER, "document": Kind.DOCUMENT,
    "étape": Kind.STEP,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    inclusion: str
    alerts: tuple[str, ...]
    tasks: tuple[str, ...]
    tree: str
    indicators: tuple[str, ...]


def play(protocol: Protocol, patient: ExamplePatient, *, now: dt.datetime) -> Played:
    """As at the inclusion of this person, now."""
    subject, today = subject_of(patient, now=now), day_of(now)
    judged = eligibility.judge(protocol, subject, today=today)
    is_included = judged.truth is True
    return Played(
        inclusion={True: "oui", False: "non", None: "inconnu"}[judged.truth],
        alerts=tuple(each.alert.id for each in watching.raised(protocol, subject, today=today)) if is_included else (),
        tasks=_asked_at_once(protocol, subject, now) if is_included else (),
        tree=tree.walk(protocol.arbre, subject, today=today).end.id if protocol.arbre else "",
        indicators=tuple(
            each.id
            for each in protocol.indicateurs
            if each.numerateur is not None and answer(each.numerateur.asked, subject, today=today).truth
        ),
    )


def _asked_at_once(protocol: Protocol, subject: Subject, now: dt.datetime) -> tuple[str, ...]:
    asked = []
    for step in protocol.etapes:
        if step.quand.des_que is not None:
            is_due = answer(step.quand.des_que.asked, subject, today=day_of(now)).truth is True
        else:
            is_due = step.quand.depuis == "inclusion" and any(
                each.opens_at <= now for each in rhythm.first_ones(step, now)
            )
        is_done = step.fait_quand is not None and (
            rhythm.shown_done(step.fait_quand.asked, subject, since=None, today=day_of(now)) is not None
        )
        is_of_somebody = any(code != "patient" for code in step.qui)
        if is_due and is_of_somebody and not is_done and rhythm.is_wanted(step, subject, today=day_of(now)):
            asked.append(step.id)
    return tuple(asked)


def mismatches(protocol: Protocol, example: Example) -> list[str]:
    """In French, what the example expects and the protocol does not do. Empty when it holds."""
    played, wanted = play(protocol, example.patient, now=clock.now()), example.attend
    pairs: list[tuple[str, object, object]] = [
        ("inclusion", wanted.inclusion, played.inclusion),
        ("alertes", sorted(wanted.alertes), sorted(played.alerts)),
        ("taches", sorted(wanted.taches), sorted(played.tasks)),
    ]
    if wanted.arbre:
        pairs.append(("arbre", wanted.arbre, played.tree))
    if wanted.indicateurs:
        pairs.append(("indicateurs", sorted(wanted.indicateurs), sorted(played.indicators)))
    return [f"{what} : {asked} attendu, {got} trouvé" for what, asked, got in pairs if asked != got]


def subject_of(patient: ExamplePatient, *, now: dt.datetime) -> Subject:
    """The person of an example, in the words of the questions."""
    today = day_of(now)
    born = dt.date(today.year - patient.age, 1, 1) if patient.age is not None else None
    return Subject(
        birth_date=born,
        sex=patient.sexe,
        facts=tuple(_fact(number, each, now) for number, each in enumerate(patient.faits, 1)),
        parameters=patient.parametres,
    )


def _fact(number: int, said: ExampleFact, now: dt.datetime) -> Fact:
    return Fact(
        id=number,
        kind=_KINDS[said.dit],
        code=said.code,
        at=said.il_y_a.before(now),
        value=said.valeur,
        unit=said.unite,
        text=said.texte,
        negated=said.nie,
    )
