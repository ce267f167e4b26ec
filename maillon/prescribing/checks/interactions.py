"""Interactions, at the four levels of the thesaurus of the ANSM. Two of one class are told by the duplicates, but for
those that are contraindicated together: « same class » asks for no answer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from maillon.prescribing.cards import Card, shortened
from maillon.prescribing.checks.case import Case, about, cited
from maillon.prescribing.definition import LEVELS, Indicator, Level
from maillon.prescribing.knowledge import Substance

INDICATORS: Final[dict[Level, Indicator]] = {
    "contre_indication": "critical",
    "deconseillee": "warning",
    "precaution": "info",
    "a_prendre_en_compte": "info",
}


def check(case: Case) -> Iterator[Card]:
    """Between two lines, or a line and a treatment of the record; never between two treatments that nobody touches."""
    prescribed, held = case.by_substance, case.of_record
    for one, other in combinations(sorted(prescribed.keys() | held.keys()), 2):
        if one in prescribed or other in prescribed:
            yield from _between(case, case.substance(one), case.substance(other))


def _between(case: Case, one: Substance, other: Substance) -> Iterator[Card]:
    rules = case.knowledge.between(one, other)
    if not rules:
        return
    level = rules[0].niveau
    if rules[0].a == rules[0].b and one.groups & other.groups and level != "contre_indication":
        return
    lines = [*case.by_substance.get(one.key, []), *case.by_substance.get(other.key, [])]
    held = [*case.of_record.get(one.key, []), *case.of_record.get(other.key, [])]
    detail = [f"{LEVELS[rule.niveau]}\u202f: {rule.risque} {rule.conduite}" for rule in rules]
    detail += [f"Lignes\u202f: {cited(lines)}."]
    detail += [f"Au dossier\u202f: {cited(held)}."] if held else []
    yield Card(
        key=f"interaction:{one.key}:{other.key}", indicator=INDICATORS[level], about=about(lines),
        must_answer=level == "contre_indication", source=case.knowledge.title("interactions"),
        summary=shortened(f"{LEVELS[level]}\u202f: {one.name} et {other.name}."), detail=" ".join(detail),
    )  # fmt: skip
