"""A campaign as it is shown: where it stands, and once closed its results, of the whole and of groups of three people
at least; and two campaigns side by side."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from maillon.evaluations import evidence, grids, groups
from maillon.evaluations.answering import has_handed_in, is_asked
from maillon.evaluations.campaigns import Participation, campaign_for, group_names, participation
from maillon.evaluations.consensus import ActionLine, actions
from maillon.evaluations.definition import Dimension, Grid
from maillon.evaluations.membership import may_lead, member, must_belong
from maillon.evaluations.models import Campaign, Consensus
from maillon.evaluations.states import CAMPAIGN, CampaignState
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLine:
    number: int
    title: str
    grid_title: str
    grid_version: str
    state: str
    state_label: str
    since: dt.datetime
    until: dt.date | None
    is_asked: bool  # the reader has something to answer
    has_handed_in: bool
    answered: int
    invited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSpread:
    name: str
    median: float
    iqr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionResult:
    """`whole` None: too few levels to be shown. `groups` empty and `gap` None: as well, or one group only."""

    dimension: Dimension
    axis: str
    whole: groups.Spread | None
    distribution: tuple[tuple[int, int], ...]  # level → how many, of everybody
    groups: tuple[GroupSpread, ...]
    gap: float | None
    remarks: tuple[str, ...]
    consensus: Consensus | None
    evidence: tuple[tuple[str, str], ...]
    actions: tuple[ActionLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    line: CampaignLine
    grid: Grid
    participation: Participation | None  # while it is open
    results: tuple[DimensionResult, ...]  # once closed
    actions: tuple[ActionLine, ...]
    done_on_time: int
    quorum: int
    feedback: str
    may_lead: bool
    next_step: str  # the name of the transition, empty at the end
    next_label: str
    earlier: tuple[CampaignLine, ...]  # those to which it may be compared


def campaigns(actor: Actor) -> tuple[CampaignLine, ...]:
    """Those of the structure, the latest first."""
    structure_id = must_belong(actor).structure_id
    found = Campaign.objects.filter(structure_id=structure_id).select_related("referential").order_by("-number")
    return tuple(_line(each, actor) for each in found)


def asked_of(actor: Actor) -> tuple[CampaignLine, ...]:
    """What waits for the actor's answers: part of their day."""
    here = member(actor)
    if here is None:
        return ()
    found = Campaign.objects.filter(
        structure_id=here.structure_id, state=CampaignState.OPEN, participants__professional_id=here.professional_id,
        participants__handed_in_at__isnull=True,
    ).select_related("referential").order_by("number")  # fmt: skip
    return tuple(_line(each, actor) for each in found)


def show(actor: Actor, number: int) -> CampaignView:
    campaign = campaign_for(actor, number)
    done = actions(actor, campaign)
    step = next(iter(CAMPAIGN.allowed_from(campaign.state)), None)
    others = [each for each in campaigns(actor) if each.number < number and is_counted(each.state)]
    return CampaignView(
        line=_line(campaign, actor),
        grid=grids.grid_of(campaign.referential),
        participation=participation(campaign) if campaign.state == CampaignState.OPEN else None,
        results=results(actor, number) if is_counted(campaign.state) else (),
        actions=done,
        done_on_time=sum(each.was_on_time for each in done),
        quorum=campaign.quorum,
        feedback=campaign.feedback,
        may_lead=may_lead(actor),
        next_step=step.name if step else "",
        next_label=step.label if step else "",
        earlier=tuple(others) if is_counted(campaign.state) else (),
    )


def results(actor: Actor, number: int) -> tuple[DimensionResult, ...]:
    """Raises E-MAT-04 before closing: until then answers belong to those who wrote them."""
    campaign = campaign_for(actor, number)
    if not is_counted(campaign.state):
        raise UserMessage(
            "E-MAT-04",
            "Les réponses individuelles ne sont montrées à personne\u202f: l’ensemble le sera à la clôture.",
        )
    grid = grids.grid_of(campaign.referential)
    counted = _counted(campaign)
    remarks: dict[str, list[str]] = defaultdict(list)
    for where, text in campaign.remarks.order_by("dimension", "text").values_list("dimension", "text"):
        remarks[where].append(text)
    agreed = {each.dimension: each for each in campaign.consensus.all()}
    decided = actions(actor, campaign)
    return tuple(
        _result(
            dimension, axis.libelle, counted.get(dimension.code, {}), tuple(remarks[dimension.code]),
            agreed.get(dimension.code), evidence.counted(actor, dimension.preuve_auto),
            tuple(each for each in decided if each.dimension == dimension.code),
        )
        for axis in grid.axes for dimension in axis.dimensions
    )  # fmt: skip


def is_counted(state: str) -> bool:
    return state not in (CampaignState.PREPARED, CampaignState.OPEN)


def _counted(campaign: Campaign) -> dict[str, dict[str, list[int]]]:
    """Dimension → group → the levels given, in order."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    rows = campaign.tallies.order_by("dimension", "group", "level")
    for dimension, group, level, number in rows.values_list("dimension", "group", "level", "number"):
        found[dimension][group] += [level] * number
    return found


def _result(
    dimension: Dimension, axis: str, by_group: dict[str, list[int]], remarks: tuple[str, ...],
    consensus: Consensus | None, counted: tuple[tuple[str, str], ...], decided: tuple[ActionLine, ...],
) -> DimensionResult:  # fmt: skip
    levels = sorted(level for each in by_group.values() for level in each)
    whole, gap = groups.spread(levels), groups.gap(by_group)
    names = group_names(by_group)
    shown = sorted((names[code], groups.measured(each)) for code, each in by_group.items()) if gap is not None else []
    return DimensionResult(
        dimension=dimension,
        axis=axis,
        whole=whole,
        distribution=tuple((level, levels.count(level)) for level in sorted(set(levels))) if whole else (),
        groups=tuple(GroupSpread(name=name, median=each.median, iqr=each.iqr) for name, each in shown),
        gap=gap,
        remarks=remarks,
        consensus=consensus,
        evidence=counted,
        actions=decided,
    )


# ------------------------------------------------------------------------------------------------ two campaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """`former_title` differs from the dimension's when another version says it otherwise."""

    dimension: Dimension
    axis: str
    former_title: str
    before: int | None
    after: int | None
    median_before: float | None
    median_after: float | None

    @property
    def delta(self) -> int | None:
        return self.after - self.before if self.before is not None and self.after is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    present: CampaignLine
    former: CampaignLine
    deltas: tuple[Delta, ...]
    is_same_version: bool
    without: tuple[str, ...]  # dimensions that the other version does not have


def compare(actor: Actor, number: int, former: int) -> Comparison:
    """Two campaigns of the structure: all dimensions of one version, or those that a mapping names. Raises E-MAT-05
    for two versions that nothing maps."""
    now, then = campaign_for(actor, number), campaign_for(actor, former)
    grid, former_grid = grids.grid_of(now.referential), grids.grid_of(then.referential)
    is_same = (grid.code, grid.version) == (former_grid.code, former_grid.version)
    mapped = {each.code: each.code for each in grid.dimensions} if is_same else _mapping(grid, former_grid)
    if not mapped:
        raise UserMessage(
            "E-MAT-05",
            "Ces deux campagnes n’ont pas suivi la même version de la grille, et rien ne dit comment passer de l’une à "
            "l’autre\u202f: leurs niveaux ne se comparent pas.",
        )
    after = {each.dimension.code: each for each in results(actor, number)}
    before = {each.dimension.code: each for each in results(actor, former)}
    deltas = [
        _delta(after[code], before[mapped[code]])
        for code in after if code in mapped and mapped[code] in before
    ]  # fmt: skip
    return Comparison(
        present=_line(now, actor), former=_line(then, actor), deltas=tuple(deltas), is_same_version=is_same,
        without=tuple(each.libelle for each in grid.dimensions if each.code not in mapped),
    )  # fmt: skip


def _mapping(grid: Grid, former: Grid) -> dict[str, str]:
    """Dimension of one grid → of the other, told by either of the two files."""
    for each in grid.correspondances:
        if (each.code, each.version) == (former.code, former.version):
            return dict(each.dimensions)
    for each in former.correspondances:
        if (each.code, each.version) == (grid.code, grid.version):
            return {theirs: ours for ours, theirs in each.dimensions.items()}
    return {}


def _delta(after: DimensionResult, before: DimensionResult) -> Delta:
    return Delta(
        dimension=after.dimension,
        axis=after.axis,
        former_title=before.dimension.libelle,
        before=before.consensus.level if before.consensus else None,
        after=after.consensus.level if after.consensus else None,
        median_before=before.whole.median if before.whole else None,
        median_after=after.whole.median if after.whole else None,
    )


def _line(campaign: Campaign, actor: Actor) -> CampaignLine:
    since = campaign.evaluated_at or campaign.planned_at or campaign.closed_at or campaign.opened_at
    return CampaignLine(
        number=campaign.number,
        title=campaign.title,
        grid_title=campaign.referential.title,
        grid_version=campaign.referential.version,
        state=campaign.state,
        state_label=CampaignState(campaign.state).label,
        since=since or campaign.prepared_at,
        until=campaign.until,
        is_asked=is_asked(actor, campaign),
        has_handed_in=has_handed_in(actor, campaign) if campaign.state == CampaignState.OPEN else False,
        answered=campaign.answered,
        invited=campaign.invited,
    )
