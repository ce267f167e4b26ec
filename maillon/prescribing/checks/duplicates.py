"""The same substance twice, or two of one class (ATC, fourth level): within what is prescribed, or with the record."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from maillon.prescribing.cards import Card, shortened
from maillon.prescribing.checks.case import Case, about, cited
from maillon.prescribing.definition import LEVELS, Indicator, Interaction
from maillon.prescribing.knowledge import Substance
from maillon.prescribing.prescription import Medicine


def check(case: Case) -> Iterator[Card]:
    if not case.is_review:  # two documents that say one treatment are no duplicate
        yield from _same_substance(case)
    yield from _same_class(case)


def _same_substance(case: Case) -> Iterator[Card]:
    for key, lines in case.by_substance.items():
        name, held = case.substance(key).name, case.of_record.get(key, [])
        if len(lines) > 1:
            yield _twice(case, key, f"Doublon\u202f: {name} figure {len(lines)} fois.", lines, [], "warning")
        if held and not all(line.renews for line in lines):
            yield _twice(case, key, f"{name} figure déjà dans les traitements du dossier.", lines, held, "info")


def _twice(
    case: Case, key: str, summary: str, lines: list[Medicine], held: list[Medicine], indicator: Indicator
) -> Card:
    more = f" Au dossier\u202f: {cited(held)}." if held else ""
    return Card(
        key=f"doublon:{key}", indicator=indicator, source=case.knowledge.title("substances"), about=about(lines),
        summary=shortened(summary[:1].upper() + summary[1:]), detail=f"Lignes\u202f: {cited(lines)}.{more}",
    )  # fmt: skip


def _same_class(case: Case) -> Iterator[Card]:
    """Both are named in what is prescribed: a warning; one of them is in the record only: told, as loudly as the
    thesaurus does where it speaks of the two."""
    prescribed, held = case.by_substance, case.of_record
    for one, other in combinations(sorted(prescribed.keys() | held.keys()), 2):
        first, second = case.substance(one), case.substance(other)
        if not first.groups & second.groups or one not in prescribed and other not in prescribed:
            continue
        rules = case.knowledge.between(first, second)
        together = _go_together(prescribed.get(one, held.get(one, [])), prescribed.get(other, held.get(other, [])))
        if together and not rules:
            continue
        is_whole = one in prescribed and other in prescribed
        yield _card(case, first, second, rules, is_whole=is_whole)


def _go_together(lines: list[Medicine], others: list[Medicine]) -> bool:
    """Named by the same lines and no other: the two substances of one medicine."""
    return {each.key for each in lines} == {each.key for each in others}


def _card(
    case: Case, first: Substance, second: Substance, rules: list[Interaction], *, is_whole: bool
) -> Card:
    lines = [*case.by_substance.get(first.key, []), *case.by_substance.get(second.key, [])]
    held = [*case.of_record.get(first.key, []), *case.of_record.get(second.key, [])]
    where = "" if is_whole else " (l’un est dans les traitements du dossier)"
    detail = [f"Classe ATC {', '.join(sorted(first.groups & second.groups))}. Lignes\u202f: {cited(lines)}."]
    detail += [f"Au dossier\u202f: {cited(held)}."] if held and not is_whole else []
    is_loud = is_whole or any(rule.niveau in ("contre_indication", "deconseillee") for rule in rules)
    detail += [f"{LEVELS[rule.niveau]}\u202f: {rule.risque} {rule.conduite}" for rule in rules]
    return Card(
        key=f"classe:{first.key}:{second.key}", indicator="warning" if is_loud else "info", about=about(lines),
        source=case.knowledge.title("substances"), detail=" ".join(detail),
        summary=shortened(f"Même classe\u202f: {first.name} et {second.name}{where}."),
    )  # fmt: skip
