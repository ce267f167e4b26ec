"""The score of a product against a grid of criteria, and the best that may be decided of it (sheet §11).

What is « sans objet » counts nowhere: a sub-domain scores what is met over what is met or not. A mandatory criterion
that is not met forbids « recommandé ».
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from maillon.evaluations.definition import Criterion, Dimension, Grid
from maillon.evaluations.states import Decision, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One sub-domain. `score` None: nothing of it was judged, or all was « sans objet »."""

    dimension: Dimension
    axis: str
    met: int
    unmet: int
    not_applicable: int
    total: int

    @property
    def score(self) -> float | None:
        return percent(self.met, self.unmet)

    @property
    def is_judged(self) -> bool:
        return self.met + self.unmet + self.not_applicable > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    bars: tuple[Bar, ...]  # every sub-domain, always
    unmet_mandatory: tuple[Criterion, ...]
    left: tuple[Criterion, ...]  # that nobody judged

    @property
    def met(self) -> int:
        return sum(each.met for each in self.bars)

    @property
    def unmet(self) -> int:
        return sum(each.unmet for each in self.bars)

    @property
    def percent(self) -> float | None:
        return percent(self.met, self.unmet)

    @property
    def best(self) -> Decision:
        """The best that may be decided."""
        return Decision.WITH_RESERVE if self.unmet_mandatory else Decision.RECOMMENDED

    def allows(self, decision: str) -> bool:
        return decision != Decision.RECOMMENDED or self.best == Decision.RECOMMENDED


def percent(met: int, unmet: int) -> float | None:
    """With one decimal; None when nothing counts."""
    return round(100 * met / (met + unmet), 1) if met + unmet else None


def score(grid: Grid, risk: str, verdicts: Mapping[str, str]) -> Score:
    """`verdicts`: criterion → Verdict. What the grid does not know counts nowhere."""
    bars = tuple(
        _bar(dimension, axis.libelle, [verdicts.get(each.code, "") for each in dimension.criteres])
        for axis in grid.axes for dimension in axis.dimensions
    )  # fmt: skip
    return Score(
        bars=bars,
        unmet_mandatory=tuple(
            each for each in grid.criteria
            if verdicts.get(each.code) == Verdict.UNMET and grid.need(each, risk) == "obligatoire"
        ),
        left=tuple(each for each in grid.criteria if not verdicts.get(each.code)),
    )  # fmt: skip


def lacking(sheet: Grid, filled: Collection[str]) -> tuple[Criterion, ...]:
    """The mandatory lines of a sheet that nothing fills."""
    return tuple(each for each in sheet.criteria if each.obligatoire and each.code not in filled)


def _bar(dimension: Dimension, axis: str, verdicts: list[str]) -> Bar:
    return Bar(
        dimension=dimension,
        axis=axis,
        met=verdicts.count(Verdict.MET),
        unmet=verdicts.count(Verdict.UNMET),
        not_applicable=verdicts.count(Verdict.NOT_APPLICABLE),
        total=len(dimension.criteres),
    )
