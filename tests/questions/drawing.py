"""Random questions and random people, few codes and few values so that they often meet."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from zoneinfo import ZoneInfo

from maillon.questions.facts import Fact, Kind, Subject

TODAY = dt.date(2026, 5, 31)
PARIS = ZoneInfo("Europe/Paris")
CODES = {
    Kind.PROBLEM: ("E11", "E11.9", "E1_", "I10"),
    Kind.MEDICATION: ("B01AA03", "A10BA02", "B01AC06"),
    Kind.ALLERGY: ("294505008", "91936005"),
    Kind.PROCEDURE: ("DEQP003", "HHFA001"),
    Kind.VACCINATION: ("J07BB", "J07AL"),
    Kind.OBSERVATION: ("4548-4", "6301-6", "62238-1"),
    Kind.ANSWER: ("chute/nombre", "chute/peur"),
    Kind.DOCUMENT: ("11502-2", "11488-4"),
    Kind.STEP: ("M1", "M2", "inclusion"),
    Kind.SENDING: ("11490-0/dmp", "11490-0/patient"),
}
PRESENCES = {Kind.DOCUMENT: "document", Kind.STEP: "étape", Kind.SENDING: "envoi"}
WORDS = {
    Kind.PROBLEM: "diagnostic", Kind.MEDICATION: "traitement", Kind.ALLERGY: "allergie", Kind.PROCEDURE: "acte",
    Kind.VACCINATION: "vaccination",
}  # fmt: skip
VALUES = ("0", "0.70", "2.5", "3", "6.9", "7", "7.0", "8.3", "-1")
DRAWN = ("dernier", "premier", "minimum", "maximum", "moyenne", "variation", "délai")
OPERATORS = ("<", "<=", "=", "!=", ">=", ">")
UNITS = ("%", "g/L", "")


def draw_subject(rng: random.Random) -> Subject:
    born = dt.date(rng.choice((1936, 1951, 1961, 2008)), *rng.choice(((2, 28), (2, 29), (5, 31), (6, 1), (1, 1))[:1]))
    if rng.random() < 0.4:
        born = rng.choice((dt.date(2008, 2, 29), dt.date(1961, 5, 31), dt.date(1961, 6, 1), dt.date(2008, 5, 31)))
    facts = tuple(draw_fact(rng, number) for number in range(1, rng.randrange(14)))
    return Subject(
        birth_date=None if rng.random() < 0.1 else born,
        sex=rng.choice(("F", "M", "UN", None)),
        facts=facts,
        parameters={"hba1c": Decimal(rng.choice(VALUES))} if rng.random() < 0.6 else {},
    )


def draw_fact(rng: random.Random, number: int) -> Fact:
    kind = rng.choice((*Kind, Kind.OBSERVATION, Kind.OBSERVATION, Kind.ANSWER))
    measured = kind in (Kind.OBSERVATION, Kind.ANSWER)
    has_value = measured and rng.random() < 0.85
    return Fact(
        id=number,
        kind=kind,
        code=rng.choice(CODES[kind]),
        at=_moment(rng),
        value=Decimal(rng.choice(VALUES)) if has_value else None,
        comparator=rng.choice(("", "", "", "<", "<=", ">", ">=")) if has_value else "",
        unit=rng.choice(("%", "%", "g/L", "")) if measured else "",
        text=rng.choice(("", "oui", "non")) if measured else "",
        negated=rng.random() < 0.15,
        absent=rng.random() < 0.1,
        until=rng.choice((None, None, TODAY, TODAY - dt.timedelta(days=1), dt.date(2030, 1, 1))),
    )


def _moment(rng: random.Random) -> dt.datetime:
    """Around the edges of the windows, at the hours when the day is not the same in Paris and in London."""
    edge = rng.choice((0, 1, 7, 30, 31, 89, 90, 91, 92, 93, 364, 365, 366, 800, -1))
    day = TODAY - dt.timedelta(days=edge)
    hour = rng.choice((0, 0, 1, 12, 23))
    return dt.datetime(day.year, day.month, day.day, hour, rng.choice((0, 30)), tzinfo=PARIS).astimezone(dt.UTC)


def draw_question(rng: random.Random, depth: int = 3) -> str:
    if depth and rng.random() < 0.5:
        word = rng.choice((" et ", " ou "))
        parts = [f"({draw_question(rng, depth - 1)})" for _ in range(rng.randrange(2, 4))]
        return word.join(parts)
    if depth and rng.random() < 0.2:
        return f"non ({draw_question(rng, depth - 1)})"
    return rng.choice((_stated, _compared, _compared, _at_least, _texts, _known, _present))(rng)


def _stated(rng: random.Random) -> str:
    kind = rng.choice([*WORDS])
    codes = ", ".join(f'"{_pattern(rng, kind)}"' for _ in range(rng.randrange(1, 3)))
    return f"{WORDS[kind]}({codes}){_window(rng)}"


def _present(rng: random.Random) -> str:
    """A document, a step: there or not, so many of them, the days gone by since."""
    kind = rng.choice([*PRESENCES])
    made = f'{PRESENCES[kind]}("{_pattern(rng, kind)}"){_window(rng)}'
    since = f"délai({made}) {rng.choice(OPERATORS)} {rng.choice(('0', '30', '91'))}"
    return rng.choice((made, made, f"au_moins({rng.randrange(1, 4)}, {made})", f"renseigné({made})", since))


def _pattern(rng: random.Random, kind: Kind) -> str:
    code = rng.choice(CODES[kind])
    return f"{code[: rng.randrange(1, len(code) + 1)]}*" if rng.random() < 0.4 else code


def _series(rng: random.Random) -> str:
    if rng.random() < 0.25:
        form, item = rng.choice(CODES[Kind.ANSWER]).split("/")
        return f'réponse("{form}", "{item}"){_window(rng)}'
    return f'résultat("{_pattern(rng, Kind.OBSERVATION)}"){_window(rng)}'


def _window(rng: random.Random) -> str:
    return f" depuis {rng.choice(('90 jours', '3 mois', '1 mois', '12 mois', '2 ans', '0 jours'))}" * (
        rng.random() < 0.5
    )


def _number(rng: random.Random, depth: int = 1) -> str:
    if depth and rng.random() < 0.2:
        return f"{_number(rng, 0)} {rng.choice('+-')} {_number(rng, 0)}"
    unit = rng.choice(UNITS)
    literal = rng.choice(VALUES)
    made = f'{literal} "{unit}"' if unit and not literal.startswith("-") else literal
    drawn = f"{rng.choice(DRAWN)}({_series(rng)})"
    return rng.choice((made, made, drawn, _series(rng), 'cible("hba1c")', "âge"))


def _compared(rng: random.Random) -> str:
    return f"{_number(rng)} {rng.choice(OPERATORS)} {_number(rng)}"


def _at_least(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return f"au_moins({rng.randrange(1, 4)}, {rng.choice((_stated, _series))(rng)})"
    return f"au_moins({rng.randrange(1, 4)}, {_series(rng)} {rng.choice(OPERATORS)} {_number(rng)})"


def _texts(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return f'sexe {rng.choice(("=", "!="))} "{rng.choice(("F", "M"))}"'
    return f'{_series(rng)} {rng.choice(("=", "!="))} "{rng.choice(("oui", "non"))}"'


def _known(rng: random.Random) -> str:
    return f"renseigné({rng.choice((_series, _number, _compared, lambda _: 'sexe'))(rng)})"
