"""Prescriptions and patients for the checks, without a base: what is written, and what is known."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from maillon.prescribing.cards import Card
from maillon.prescribing.checks import checked
from maillon.prescribing.checks.case import Case
from maillon.prescribing.definition import folder
from maillon.prescribing.knowledge import Knowledge, read
from maillon.prescribing.prescription import NO_PRODUCTS, Line, Products, Recogniser
from maillon.prescribing.situation import Measure, Situation, allergy_of

KNOWN: Knowledge = read(folder())
TODAY = KNOWN.base.date
AS_IT_SHOULD = "1 comprimé matin et soir, 7 jours"


def line(name: str, **more: object) -> Line:
    return Line(text=f"{name}, {AS_IT_SHOULD}", **more)  # type: ignore[arg-type]


def patient(
    *,
    age: int = 50,
    sex: str = "M",
    allergies: tuple[str, ...] | None = (),
    treatments: tuple[str, ...] = (),
    filtration: str | None = None,
    weight: str | None = None,
    is_pregnant: bool | None = None,
    today: dt.date = TODAY,
) -> Situation:
    """`allergies` None: nothing was said; empty: none is known."""
    recogniser = Recogniser(KNOWN)
    return Situation(
        today=today,
        age=age,
        sex=sex,  # type: ignore[arg-type]
        allergy_state="not_recorded" if allergies is None else "known" if allergies else "none_known",
        allergies=tuple(allergy_of(KNOWN, recogniser, each) for each in allergies or ()),
        treatments=tuple(recogniser.medicine(Line(text=each), said_in="Synthèse, 01/03/2026") for each in treatments),
        is_pregnant=is_pregnant,
        filtration=_measure(filtration, "DFG (CKD-EPI)", "mL/min/1,73 m²", today),
        weight=_measure(weight, "Poids", "kg", today),
    )


def _measure(value: str | None, label: str, unit: str, today: dt.date) -> Measure | None:
    return Measure(value=Decimal(value), unit=unit, at=today, label=label) if value else None


def cards_of(
    *lines: str | Line, of: Situation | None = None, products: Products = NO_PRODUCTS, duration: str = "",
    weight: str = "", is_review: bool = False,
) -> dict[str, Card]:  # fmt: skip
    recogniser = Recogniser(KNOWN, products)
    written = tuple(line(each) if isinstance(each, str) else each for each in lines)
    case = Case(
        knowledge=KNOWN,
        patient=of or patient(),
        lines=tuple(map(recogniser.medicine, written)),
        duration=duration,
        weight=weight,
        is_review=is_review,
    )
    return {card.key: card for card in checked(case)}
