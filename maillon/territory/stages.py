"""What a structure's deposits say of it, day after day: its stage, since when, for how long it is silent. Pure.

A document deposited proves the software and the line, whatever was declared. Regular is a run of working days with a
document each. Silence takes back: to « premier document » for who was regular, to « raccordée » for who had begun; once
for one silence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

from maillon.territory.states import STAGE, Stage
from maillon.territory.working_days import is_working


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`trained`: (from, until) of each trained referent who works there; `until` None while they do."""

    equipped_on: dt.date | None = None
    connected_on: dt.date | None = None
    fed: Collection[dt.date] = ()
    trained: tuple[tuple[dt.date, dt.date | None], ...] = ()

    def has_referent(self, day: dt.date) -> bool:
        return any(start <= day and (end is None or day <= end) for start, end in self.trained)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """`silent`: the working days without a document that took the stage back; 0 for a step forward."""

    name: str
    day: dt.date
    before: Stage
    after: Stage
    silent: int = 0

    @property
    def is_back(self) -> bool:
        return self.name in ("fall", "fall_back")


@dataclass(slots=True, kw_only=True)
class Standing:
    """`run`: working days in a row with a document. `silent`: those since the last one."""

    stage: Stage = Stage.UNEQUIPPED
    since: dt.date | None = None
    run: int = 0
    silent: int = 0
    last_fed: dt.date | None = None
    first_fed: dt.date | None = None
    regular_on: dt.date | None = None
    has_fallen: bool = False  # since the last document
    moves: list[Move] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    regular_days: int
    silent_days: int


def standing(
    evidence: Evidence, *, today: dt.date, limits: Limits, known_until: dt.date | None = None
) -> Standing:
    """A day that is not over, or of which nothing was told yet (`known_until` and after), holds no silence: a document
    counts, its absence does not."""
    told = min(today, known_until or today)
    fed = sorted(day for day in set(evidence.fed) if day <= today)
    equipped, connected = _proven(evidence.equipped_on, fed), _proven(evidence.connected_on, fed)
    known = [day for day in (equipped, connected) if day is not None]
    found, with_document = Standing(), set(fed)
    if not known:
        return found
    day = min(known)
    while day <= today:
        _count(found, day, is_fed=day in with_document, is_over=day < told)
        _forward(found, day, evidence, equipped=equipped, connected=connected, limits=limits)
        _back(found, day, limits)
        day += dt.timedelta(days=1)
    return found


def _proven(declared: dt.date | None, fed: list[dt.date]) -> dt.date | None:
    return min(declared, fed[0]) if declared and fed else declared or (fed[0] if fed else None)


def _count(found: Standing, day: dt.date, *, is_fed: bool, is_over: bool) -> None:
    if is_fed:
        found.first_fed = found.first_fed or day
        found.last_fed, found.silent, found.has_fallen = day, 0, False
        found.run += is_working(day)
    elif is_over and is_working(day):
        found.run = 0
        found.silent += found.last_fed is not None


def _forward(
    found: Standing, day: dt.date, evidence: Evidence, *, equipped: dt.date | None, connected: dt.date | None,
    limits: Limits,
) -> None:  # fmt: skip
    has_referent = evidence.has_referent(day)
    if found.stage is Stage.UNEQUIPPED and equipped is not None and equipped <= day:
        _move(found, "equip", day)
    if found.stage is Stage.EQUIPPED and connected is not None and connected <= day:
        _move(found, "connect", day)
    if found.stage is Stage.CONNECTED and found.last_fed == day:
        _move(found, "feed", day)
    if found.stage is Stage.FIRST_DOCUMENT and found.run >= limits.regular_days:
        found.regular_on = found.regular_on or day
        _move(found, "settle", day)
    if found.stage is Stage.REGULAR and has_referent:
        _move(found, "train", day)
    if found.stage is Stage.REFERENT_TRAINED and not has_referent:
        _move(found, "leave_untrained", day)


def _back(found: Standing, day: dt.date, limits: Limits) -> None:
    if found.has_fallen or found.silent < limits.silent_days:
        return
    name = {Stage.REGULAR: "fall", Stage.REFERENT_TRAINED: "fall", Stage.FIRST_DOCUMENT: "fall_back"}.get(found.stage)
    if name is not None:
        _move(found, name, day, silent=found.silent)
        found.has_fallen = True


def _move(found: Standing, name: str, day: dt.date, *, silent: int = 0) -> None:
    after = Stage(STAGE.target(name, source=found.stage))
    found.moves.append(Move(name=name, day=day, before=found.stage, after=after, silent=silent))
    found.stage, found.since = after, day
