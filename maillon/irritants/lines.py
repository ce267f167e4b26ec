"""An irritant as it is read: by who reported it, who follows it, who triages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.irritants.models import Irritant
from maillon.irritants.states import OPEN, SETTLED, IrritantState, Source
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId

membership = evaluations.membership
MOST_JOINED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class IrritantLine:
    """`times` and `minutes` hold those that were joined to it. One that is joined shows the follow-up of the other."""

    uuid: UUID
    reference: str  # short, drawn at random
    source: str
    source_label: str
    code: str
    code_label: str
    advice: str
    text: str
    place: str
    screen: str
    browser: str
    role: str
    software: str
    times: int
    minutes: int
    severity: int
    severity_label: str
    reported_by: str
    is_by_professional: bool
    reported_at: dt.datetime
    due_on: dt.date
    is_late: bool
    is_open: bool
    state: str
    state_label: str
    joined_to: str  # the reference of the other
    owner_id: int | None
    owner: str
    action: str
    for_vendor: bool
    reply: str
    replied_by: str
    replied_at: dt.datetime | None
    is_mine: bool  # the reader reported it
    is_reply_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`text` is empty until it is settled."""

    state_label: str
    text: str


def grid() -> evaluations.Grid:
    return evaluations.grids.of_house("irritants")


def may_triage(actor: Actor) -> bool:
    """The digital referent (or an administrator), or the coordinator."""
    is_one = access_room.oversight.may_referee(actor) or actor.profession_code == membership.COORDINATOR
    return is_one and membership.member(actor) is not None


def mine(actor: Actor) -> tuple[IrritantLine, ...]:
    """What the actor reported here, the latest first."""
    return line_of_all(_said_by(membership.must_belong(actor)).order_by("-reported_at", "-id"), actor)


def owned(actor: Actor) -> tuple[IrritantLine, ...]:
    """What the actor follows and has not settled: part of their day."""
    here = membership.member(actor)
    if here is None:
        return ()
    found = rows(here.structure_id).filter(owner_id=here.professional_id, state__in=OPEN)
    return line_of_all(found.order_by("due_on", "id"), actor)


def answered(actor: Actor) -> tuple[IrritantLine, ...]:
    """What the actor reported and whose answer they have not read, the latest answer first."""
    here = membership.member(actor)
    if here is None:
        return ()
    found = (
        _said_by(here)
        .annotate(told_at=Coalesce("joined_to__replied_at", "replied_at"))
        .annotate(told_in=Coalesce("joined_to__state", "state"))
        .filter(Q(seen_at__isnull=True) | Q(seen_at__lt=F("told_at")), told_in__in=SETTLED, told_at__isnull=False)
    )
    return line_of_all(found.order_by("-told_at"), actor)


def waiting(actor: Actor) -> int:
    """New ones, for who triages."""
    if not may_triage(actor):
        return 0
    return Irritant.objects.filter(
        structure_id=membership.must_belong(actor).structure_id, state=IrritantState.NEW
    ).count()


def to_triage(actor: Actor) -> tuple[IrritantLine, ...]:
    """Every follow-up of the structure: open ones first, the most urgent and the most serious before; those that were
    joined are counted with theirs."""
    if not may_triage(actor):
        raise access_room.AccessDenied
    found = rows(membership.must_belong(actor).structure_id).exclude(state=IrritantState.JOINED)
    lines = line_of_all(found, actor)
    return tuple(
        sorted(lines, key=lambda each: (not each.is_open, each.due_on, -each.severity, each.reported_at))
    )  # fmt: skip


def show(actor: Actor, uuid: UUID) -> IrritantLine:
    """For who reported it, who has it, who triages. Reading one's answer marks it as seen."""
    here = membership.must_belong(actor)
    found = (rows(here.structure_id) | _said_by(here)).filter(uuid=uuid).first()
    readers = (found.reporter_id, found.owner_id) if found is not None else ()
    triages = found is not None and found.structure_id == here.structure_id and may_triage(actor)
    if found is None or not (triages or actor.professional_id in readers):
        raise access_room.AccessDenied
    shown = line(found, actor)
    if shown.is_reply_new:
        Irritant.objects.filter(pk=found.pk).update(seen_at=clock.now())
    return shown


def joined(actor: Actor, uuid: UUID) -> tuple[IrritantLine, ...]:
    """The latest of what was joined to one, for who triages: the platform repeats itself."""
    if not may_triage(actor):
        return ()
    found = rows(membership.must_belong(actor).structure_id).filter(joined_to__uuid=uuid)
    return line_of_all(found.order_by("-reported_at", "-id")[:MOST_JOINED], actor)


def alike(actor: Actor, uuid: UUID) -> tuple[IrritantLine, ...]:
    """The open ones that it may be joined to: those of its code first."""
    lines = to_triage(actor)
    own = next((each for each in lines if each.uuid == uuid), None)
    others = [each for each in lines if each.is_open and each.uuid != uuid]
    return tuple(sorted(others, key=lambda each: own is not None and each.code != own.code))


def some(actor: Actor, uuids: Collection[UUID]) -> dict[UUID, IrritantLine]:
    """Those that are named, for who triages: what a field day found, with what became of it."""
    if not may_triage(actor):
        return {}
    found = rows(membership.must_belong(actor).structure_id).filter(uuid__in=list(uuids))
    return {each.uuid: each for each in line_of_all(found, actor)}


def codes(uuids: Collection[UUID]) -> dict[UUID, str]:
    """As they are known today: triage may have said better what each is."""
    return dict(Irritant.objects.filter(uuid__in=list(uuids)).values_list("uuid", "code"))


def replies(uuids: Collection[UUID]) -> dict[UUID, Reply]:
    """To somebody who has no account here and comes back by the way they came: what became of what they said."""
    found = Irritant.objects.filter(uuid__in=list(uuids)).select_related("joined_to")
    tops = {each.uuid: each.joined_to or each for each in found}
    return {
        uuid: Reply(state_label=IrritantState(top.state).label, text=top.reply if top.state in SETTLED else "")
        for uuid, top in tops.items()
    }


def rows(structure_id: StructureId) -> QuerySet[Irritant]:
    return _complete(Q(structure_id=structure_id))


def _said_by(here: membership.Member) -> QuerySet[Irritant]:
    """In this structure, or on a field day that another one held: the answer goes to who said it."""
    where = Q(structure_id=here.structure_id) | Q(source=Source.FIELD_DAY)
    return _complete(where & Q(reporter_id=here.professional_id))


def _complete(which: Q) -> QuerySet[Irritant]:
    return (
        Irritant.objects.filter(which)
        .select_related("owner", "joined_to__owner")
        .annotate(others=Count("joined"), others_minutes=Coalesce(Sum("joined__minutes_lost"), 0))
    )


def line_of_all(found: Iterable[Irritant], actor: Actor) -> tuple[IrritantLine, ...]:
    return tuple(line(each, actor) for each in found)


def line(row: Irritant, actor: Actor) -> IrritantLine:
    criterion, degree = grid().criterion(row.code), grid().level(row.severity)
    top = row.joined_to or row
    is_mine = row.reporter_id is not None and row.reporter_id == actor.professional_id
    told = top.replied_at if top.state in SETTLED else None
    return IrritantLine(
        uuid=row.uuid,
        reference=reference(row),
        source=row.source,
        source_label=Source(row.source).label,
        code=row.code,
        code_label=criterion.dire if criterion else row.code,
        advice=criterion.aide if criterion else "",
        text=row.text,
        place=row.place,
        screen=row.screen,
        browser=row.browser,
        role=row.role,
        software=row.software,
        times=1 + getattr(row, "others", 0),
        minutes=row.minutes_lost + getattr(row, "others_minutes", 0),
        severity=row.severity,
        severity_label=degree.libelle if degree else str(row.severity),
        reported_by=row.reported_by,
        is_by_professional=row.reporter_id is not None,
        reported_at=row.reported_at,
        due_on=top.due_on,
        is_late=top.state in OPEN and top.due_on < clock.today(),
        is_open=top.state in OPEN,
        state=top.state,
        state_label=IrritantState(top.state).label,
        joined_to=reference(top) if row.joined_to else "",
        owner_id=top.owner_id,
        owner=str(top.owner) if top.owner else "",
        action=top.action,
        for_vendor=top.for_vendor,
        reply=top.reply,
        replied_by=top.replied_by,
        replied_at=top.replied_at,
        is_mine=is_mine,
        is_reply_new=is_mine and told is not None and (row.seen_at is None or row.seen_at < told),
    )


def reference(row: Irritant) -> str:
    return row.uuid.hex[-5:].upper()
