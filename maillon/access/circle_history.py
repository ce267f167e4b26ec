"""The care team as it was told at each moment: its versions, from rows that are never rewritten (IHE DCTM asks for
them)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from maillon.access.keys import Basis
from maillon.access.models import CareTeamMembership
from maillon.access.refusal import AccessDenied
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId, StructureId


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """As it was known in a version: `end` is the last day, whether foreseen or come."""

    professional_id: ProfessionalId | None
    structure_id: StructureId | None
    name: str
    basis: str
    start: dt.date
    end: dt.date | None

    @property
    def is_treating(self) -> bool:
        return self.basis == Basis.TREATING

    @property
    def basis_label(self) -> str:
        return str(Basis(self.basis).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    number: int
    at: dt.datetime
    links: tuple[Link, ...]


def versions(access: Access) -> list[Version]:
    """The oldest first; empty for a circle of nobody. Raises AccessDenied for who holds less than the record."""
    if access.scope != "whole":
        raise AccessDenied
    rows = list(
        CareTeamMembership.objects.filter(patient_id=access.patient_id)
        .exclude(basis=Basis.AUTHOR)
        .select_related("professional", "structure")
        .order_by("start", "id")
    )
    now = clock.now()
    moments = sorted({row.created_at for row in rows} | {row.ended_at for row in rows if row.ended_at})
    told = [moment for moment in moments if moment <= now]
    return [Version(number=rank, at=at, links=_links(rows, at)) for rank, at in enumerate(told, 1)]


def _links(rows: Sequence[CareTeamMembership], at: dt.datetime) -> tuple[Link, ...]:
    known = (row for row in rows if row.created_at <= at)
    return tuple(
        Link(
            professional_id=ProfessionalId(row.professional_id) if row.professional_id is not None else None,
            structure_id=StructureId(row.structure_id) if row.structure_id is not None else None,
            name=str(row.professional or row.structure),
            basis=row.basis,
            start=row.start,
            end=_last_day(row, at),
        )
        for row in known
    )


def _last_day(row: CareTeamMembership, at: dt.datetime) -> dt.date | None:
    if row.ended_at is None or row.ended_at > at:
        return row.end
    came = max(clock.in_paris(row.ended_at).date(), row.start)
    return came if row.end is None else min(row.end, came)
