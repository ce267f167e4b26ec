"""Faults put one by one into the declaration of the law: a step forgotten, a condition turned round, a fact taken for
granted or ignored, « and » for « or », a date read one day or one instant too wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from maillon.access import keys, law, rule

KINDS = {"professional": law.PROFESSIONAL, "patient": law.DOOR}


def forget_texts() -> None:
    """The texts made of the law are kept; a changed law makes others."""
    for kept in (rule._within_text, rule._across_text, rule._opens_text, keys._open_text, keys._asked):
        kept.cache_clear()


@dataclass(frozen=True)
class Mutant:
    name: str
    kind: str
    steps: law.Law

    @contextmanager
    def in_force(self) -> Iterator[None]:
        laws = (law.LAWS, rule._LISTING)
        before = [dict(each) for each in laws]
        for each in laws:
            each[self.kind] = self.steps
            if self.kind == "patient":
                each["representative"] = self.steps
        forget_texts()
        try:
            yield
        finally:
            for each, former in zip(laws, before, strict=True):
                each.update(former)
            forget_texts()


def mutants() -> list[Mutant]:
    found = []
    for kind, steps in KINDS.items():
        for index, step in enumerate(steps[:-1]):
            rest = (*steps[:index], *steps[index + 1 :])
            found.append(Mutant(f"{kind} {step.code} forgotten", kind, rest))
            for name, condition in _faulty(step.when):
                faulty = (*steps[:index], replace(step, when=condition), *steps[index + 1 :])
                found.append(Mutant(f"{kind} {step.code} {name}", kind, faulty))
            if index + 2 < len(steps):
                swapped = (*steps[:index], steps[index + 1], step, *steps[index + 2 :])
                found.append(Mutant(f"{kind} {step.code} after {steps[index + 1].code}", kind, swapped))
    return found


def _faulty(condition: law.Condition) -> Iterator[tuple[str, law.Condition]]:
    yield "turned round", ~condition
    for path, part in _parts(condition):
        if isinstance(part, law.Fact):
            yield f"{path}{part.name} granted", _with(condition, path, law.TRUE)
            yield f"{path}{part.name} ignored", _with(condition, path, law.FALSE)
            for name, wider in _wider(part):
                yield f"{path}{part.name} {name}", _with(condition, path, wider)
        elif isinstance(part, law.And):
            yield f"{path}or for and", _with(condition, path, law.Or(part.left, part.right))
        elif isinstance(part, law.Or):
            yield f"{path}and for or", _with(condition, path, law.And(part.left, part.right))


_REPLACED = (
    ("first day excluded", ".start <= %(law_today)s", ".start < %(law_today)s"),
    ("first day ignored", ".start <= %(law_today)s", ".start IS NOT NULL"),
    ("last day excluded", '."end" >= %(law_today)s', '."end" > %(law_today)s'),
    ("last day ignored", '."end" >= %(law_today)s', '."end" IS NOT NULL'),
    ("end ignored", ".ended_at > %(law_now)s", ".ended_at IS NOT NULL"),
    ("end an instant late", ".ended_at > %(law_now)s", ".ended_at >= %(law_now)s"),
    ("beginning an instant late", ".since <= %(law_now)s", ".since < %(law_now)s"),
    ("beginning ignored", ".since <= %(law_now)s", ".since IS NOT NULL"),
    ("term an instant late", ".until > %(law_now)s", ".until >= %(law_now)s"),
    ("term ignored", ".until > %(law_now)s", ".until IS NOT NULL"),
    ("withdrawal ignored", ".withdrawn_at > %(law_now)s", ".withdrawn_at IS NOT NULL"),
    ("withdrawal an instant late", ".withdrawn_at > %(law_now)s", ".withdrawn_at >= %(law_now)s"),
    ("lifting ignored", ".lifted_at > %(law_now)s", ".lifted_at IS NOT NULL"),
    ("closing ignored", ".closed_at > %(law_now)s", ".closed_at IS NOT NULL"),
    ("author's link counted", "m.basis <> 'auteur'", "true"),
    ("any basis", "m.basis = 'medecin_traitant'", "true"),
    ("whom one replaces ignored", ".professional_id = ANY(%(law_people)s)", ".professional_id = %(law_professional)s"),
    ("structure ignored", ".structure_id = ANY(%(law_structures)s)", ".structure_id IS NULL AND false"),
    ("any wish", "w.kind = 'consentement'", "true"),
    ("opposition to all ignored", "w.kind = 'opposition_tous' OR", "false OR"),
    ("opposition to another counted", "AND w.professional_id = %(law_professional)s", ""),
    ("anybody named", "AND k.professional_id = %(law_professional)s", ""),
    ("anybody's glass", "g.professional_id = %(law_professional)s", "true"),
    ("closed account", "v.is_active AND", ""),
    ("any mark", "k.kind = ", "k.kind <> "),
)


def _wider(fact: law.Fact) -> Iterator[tuple[str, law.Fact]]:
    for name, before, after in _REPLACED:
        if before in fact.sql:
            yield name, replace(fact, sql=fact.sql.replace(before, after))
        if fact.source and before in fact.source.held:
            yield name, replace(fact, source=replace(fact.source, held=fact.source.held.replace(before, after)))


def _parts(condition: law.Condition, path: str = "") -> Iterator[tuple[str, law.Condition]]:
    yield path, condition
    if isinstance(condition, law.Not):
        yield from _parts(condition.of, path + "n.")
    if isinstance(condition, (law.And, law.Or)):
        yield from _parts(condition.left, path + "l.")
        yield from _parts(condition.right, path + "r.")


def _with(condition: law.Condition, path: str, other: law.Condition) -> law.Condition:
    """The condition with the part at `path` replaced."""
    if not path:
        return other
    step, rest = path.split(".", 1)
    if step == "n" and isinstance(condition, law.Not):
        return law.Not(_with(condition.of, rest, other))
    make: Callable[[law.Condition, law.Condition], law.Condition] = type(condition)  # type: ignore[assignment]
    assert isinstance(condition, (law.And, law.Or))
    if step == "l":
        return make(_with(condition.left, rest, other), condition.right)
    return make(condition.left, _with(condition.right, rest, other))
