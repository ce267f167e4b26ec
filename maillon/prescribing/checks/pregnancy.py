"""Pregnancy: stated, or not excluded for a woman who may be pregnant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maillon.prescribing.cards import Card, shortened
from maillon.prescribing.checks.case import Case, about, cited
from maillon.prescribing.definition import Indicator, Pregnancy

_STATED: Final[dict[str, Indicator]] = {
    "contre_indication": "critical",
    "deconseillee": "warning",
    "precaution": "info",
}
_WORDS: Final = {
    "contre_indication": "contre-indication",
    "deconseillee": "déconseillé",
    "precaution": "précaution",
}


def check(case: Case) -> Iterator[Card]:
    if not case.patient.may_be_pregnant and case.patient.is_pregnant is not True:
        return
    for key, lines in case.by_substance.items():
        substance = case.substance(key)
        rules = [each for each in case.knowledge.pregnancies if each.cible in substance.targets]
        rules.sort(key=lambda rule: (list(_STATED).index(rule.niveau), rule.cible))
        if rules and (case.patient.is_pregnant or rules[0].niveau == "contre_indication"):
            yield _card(case, key, rules, substance.name, cited(lines), about(lines))


def _card(case: Case, key: str, rules: list[Pregnancy], name: str, lines: str, concerned: frozenset[str]) -> Card:
    is_stated = case.patient.is_pregnant is True
    first = rules[0]
    where = f"grossesse, {_WORDS[first.niveau]} ({first.periode})"
    state = where if is_stated else f"grossesse non renseignée, {_WORDS[first.niveau]} si elle est enceinte"
    return Card(
        key=f"grossesse:{key}", indicator=_STATED[first.niveau] if is_stated else "warning", about=concerned,
        must_answer=is_stated and first.niveau == "contre_indication", source=case.knowledge.title("grossesse"),
        summary=shortened(f"{name[:1].upper()}{name[1:]}\u202f: {state}."),
        detail=" ".join([*(rule.dire for rule in rules), f"Prescrit\u202f: {lines}."]),
    )  # fmt: skip
