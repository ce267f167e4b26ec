"""Sharing out those who answered so that nothing shown describes fewer than three people.

A median of a profession with one member is that member's answer; and so is what is left of the whole when the other
professions are taken away. So the groups share out everybody, each has three people at least, and what is shown is of
the whole or of such a group: whatever is added or taken away, three people remain.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FEWEST: Final = 3
OTHERS: Final = "autres"
WHOLE: Final = "ensemble"


def share_out(professions: Sequence[str]) -> dict[str, str]:
    """Profession → the name of its group. Professions with too few people join « autres »; when these are too few
    together, the smallest of the others joins them. One group, « ensemble », when no two would stand."""
    sizes = Counter(professions)
    small = {code for code, number in sizes.items() if number < FEWEST}
    large = sorted((number, code) for code, number in sizes.items() if code not in small)
    while large and 0 < sum(sizes[code] for code in small) < FEWEST:
        small.add(large.pop(0)[1])
    if len(large) + bool(small) < 2:
        return dict.fromkeys(sizes, WHOLE)
    return {code: OTHERS if code in small else code for code in sizes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of the levels that were given: `number` of them, median, interquartile range (R-7, as spreadsheets do)."""

    number: int
    median: float
    iqr: float


def spread(levels: Sequence[int]) -> Spread | None:
    """None with fewer than three levels: they would be somebody's."""
    if len(levels) < FEWEST:
        return None
    return measured(levels)


def measured(levels: Sequence[int]) -> Spread:
    first, _, third = statistics.quantiles(levels, n=4, method="inclusive")
    return Spread(number=len(levels), median=float(statistics.median(levels)), iqr=third - first)


def gap(groups: Mapping[str, Sequence[int]]) -> float | None:
    """Between the highest and the lowest median of the groups; None unless each of two groups at least may be
    shown: one that is hidden among two would be what is left of the whole."""
    found = [spread(levels) for levels in groups.values()]
    if len(found) < 2 or any(each is None for each in found):
        return None
    medians = [each.median for each in found if each is not None]
    return max(medians) - min(medians)
