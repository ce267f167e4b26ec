"""From 75 years on: published criteria of medicines that seldom suit. Before 18: the weight (E-LAP-06)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maillon.prescribing.cards import Card, shortened
from maillon.prescribing.checks.case import Case, about, cited
from maillon.prescribing.situation import ADULT

OLD: Final = 75


def check(case: Case) -> Iterator[Card]:
    age = case.patient.age
    if age is not None and age >= OLD:
        yield from _old(case, age)
    if age is not None and age < ADULT:
        yield from _child(case)


def _old(case: Case, age: int) -> Iterator[Card]:
    for key, lines in case.by_substance.items():
        substance = case.substance(key)
        rules = [each for each in case.knowledge.old_ages if each.cible in substance.targets]
        if rules:
            yield Card(
                key=f"sujet-age:{key}", indicator="info", source=case.knowledge.title("sujet-age"), about=about(lines),
                summary=shortened(f"{substance.name[:1].upper()}{substance.name[1:]}\u202f: à peser à {age} ans."),
                detail=" ".join(f"{rule.dire} À la place\u202f: {rule.alternative}" for rule in rules)
                + f" Prescrit\u202f: {cited(lines)}.",
            )  # fmt: skip


def _child(case: Case) -> Iterator[Card]:
    lines = [line for line in case.lines if any(each.per_kilogram for each in line.substances)]
    if lines and not case.weight.strip() and case.patient.weight is None:
        yield Card(
            key="poids", indicator="warning", code="E-LAP-06", must_answer=True, about=about(lines),
            source=case.knowledge.title("substances"),
            summary="Poids non renseigné chez un enfant\u202f: la dose par kilogramme ne peut pas être relue.",
            detail=f"Écrivez le poids. La dose n’est pas contrôlée. Lignes\u202f: {cited(lines)}.",
        )  # fmt: skip
