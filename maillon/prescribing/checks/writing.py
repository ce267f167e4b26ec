"""How a line is written: its posology and its duration (CSP R5132-3; E-LAP-01), its common denomination (CSP L5121-1-2;
E-LAP-04). Not asked when a record is merely opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from maillon.prescribing.cards import Card, shortened
from maillon.prescribing.checks.case import Case, about
from maillon.prescribing.prescription import Medicine
from maillon.prescribing.words import plain

_POSOLOGY: Final = re.compile(
    r"par jour|/ ?j|quotidien|fois|matin|midi|soir|coucher|\bsi (?:besoin|douleur|fievre|nausee|crise|necessaire)"
    r"|toutes? les|tous les|par semaine|par mois|/ ?sem|hebdomadaire|(?:prise|dose|injection|instillation) unique"
    r"|\bpuis\b|\bselon\b|\d ?- ?\d ?- ?\d|en une (?:seule )?(?:prise|fois)|\d ?h\b|application"
)
_DURATION: Final = re.compile(
    r"\d+ ?(?:j|jours?|sem|semaines?|mois|ans?)\b|(?:prise|dose|injection) unique|long cours|en continu"
    r"|\b(?:un|une|deux|trois|quatre|cinq|six|dix) (?:jours?|semaines?|mois|ans?)\b|en une (?:seule )?(?:prise|fois)"
    r"|traitement de fond"
)


def check(case: Case) -> Iterator[Card]:
    if case.is_review:
        return
    for line in case.lines:
        yield from _posology(case, line)
        if not line.names_substance:
            names = ", ".join(each.name for each in line.substances)
            yield _card(
                case, line, key="dci", code="E-LAP-04",
                summary=f"Dénomination commune absente\u202f: «\u202f{line.text}\u202f».",
                detail=f"Écrivez\u202f: {names}.",
            )  # fmt: skip


def _posology(case: Case, line: Medicine) -> Iterator[Card]:
    said = plain(line.text)
    missing = [] if _POSOLOGY.search(said) else ["posologie"]
    missing += [] if case.duration.strip() or _DURATION.search(said) else ["durée"]
    if missing:
        yield _card(
            case, line, key="posologie", code="E-LAP-01",
            summary=f"{' et '.join(missing).capitalize()} à écrire\u202f: «\u202f{line.text}\u202f».",
            detail="Une ordonnance dit la posologie et la durée de chaque médicament (CSP R5132-3).",
        )  # fmt: skip


def _card(case: Case, line: Medicine, *, key: str, code: str, summary: str, detail: str) -> Card:
    return Card(
        key=f"{key}:{line.key}", indicator="warning", code=code, must_answer=True, about=about([line]),
        source=case.knowledge.title("substances"), summary=shortened(summary), detail=detail,
    )  # fmt: skip
