"""What may be made public: no group of fewer than five structures is named, no number from one to four is said, and
none can be found by subtracting what is said from a total.

It is decided fact by fact, not measure by measure: two measures that share a fact would betray each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 5
OTHERS: Final = "autres"
WHOLE: Final = "ensemble"
Table = Mapping[str, Mapping[str, int]]  # group → fact → how many


def share_out(sizes: Mapping[str, int]) -> dict[str, str]:
    """Code → its group. Groups with too few structures join « autres »; while these are too few together, the smallest
    of the others joins them. One group, « ensemble », when no two would stand."""
    small = {code for code, number in sizes.items() if number < FEWEST}
    large = sorted((number, code) for code, number in sizes.items() if code not in small)
    while large and small and sum(sizes[code] for code in small) < FEWEST:
        small.add(large.pop(0)[1])
    if len(large) + bool(small) < 2:
        return dict.fromkeys(sizes, WHOLE)
    return {code: OTHERS if code in small else code for code in sizes}


@dataclass(frozen=True, slots=True)
class Pair:
    """A part and its whole, of persons: the rest of the whole is a number as well."""

    part: str
    whole: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """(group, fact) that is not said; facts whose total is not said either."""

    cells: frozenset[tuple[str, str]]
    totals: frozenset[str]


def hidden(table: Table, pairs: Iterable[Pair]) -> Hidden:
    cells: set[tuple[str, str]] = set()
    totals: set[str] = set()
    known = tuple(pairs)
    for fact in sorted({fact for facts in table.values() for fact in facts}):
        column = {group: facts.get(fact, 0) for group, facts in table.items()}
        kept_back = {group for group in column if _is_small(table[group], fact, known)}
        whole = {each: sum(facts.get(each, 0) for facts in table.values()) for each in _facts(table)}
        if _is_small(whole, fact, known):
            totals.add(fact)
        else:
            kept_back = _with_company(column, kept_back)
        if kept_back and sum(column[group] for group in kept_back) < FEWEST:
            totals.add(fact)
        cells |= {(group, fact) for group in kept_back}
    while any(_hide_the_rest(table, pair, cells, totals) for pair in known):
        pass
    return Hidden(cells=frozenset(cells), totals=frozenset(totals))


def _with_company(column: Mapping[str, int], kept_back: set[str]) -> set[str]:
    """A cell alone, or cells of too few together, is what is left of the total: the smallest of the others joins."""
    found = set(kept_back)
    others = sorted((number, group) for group, number in column.items() if group not in found and number)
    while found and others and (len(found) < 2 or sum(column[group] for group in found) < FEWEST):
        found.add(others.pop(0)[1])
    if len(found) == 1:  # nobody else to hide it
        found |= {group for group, number in column.items() if not number and group not in found}
    return found


def _hide_the_rest(table: Table, pair: Pair, cells: set[tuple[str, str]], totals: set[str]) -> bool:
    """The rests of the groups of which a part or its whole is not said are together what is left of the territory's:
    while they are a small number, the part of one more group is not said. True when it was needed."""
    rest = {group: facts.get(pair.whole, 0) - facts.get(pair.part, 0) for group, facts in table.items()}
    unsaid = {group for group in table if (group, pair.part) in cells or (group, pair.whole) in cells}
    if totals & {pair.part, pair.whole} or not 0 < sum(rest[group] for group in unsaid) < FEWEST:
        return False
    others = sorted((rest[group], group) for group in table if group not in unsaid and rest[group] > 0)
    if not others:
        totals.add(pair.part)
        return True
    column = {group: facts.get(pair.part, 0) for group, facts in table.items()}
    kept_back = _with_company(column, unsaid | {others[0][1]})
    cells |= {(group, pair.part) for group in kept_back}
    if sum(column[group] for group in kept_back) < FEWEST:
        totals.add(pair.part)
    return True


def _is_small(facts: Mapping[str, int], fact: str, pairs: tuple[Pair, ...]) -> bool:
    if 0 < facts.get(fact, 0) < FEWEST:
        return True
    rests = (facts.get(each.whole, 0) - facts.get(each.part, 0) for each in pairs if each.part == fact)
    return any(0 < rest < FEWEST for rest in rests)


def _facts(table: Table) -> set[str]:
    return {fact for facts in table.values() for fact in facts}
