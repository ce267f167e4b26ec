"""Patients informed: brochures given, talks, meetings. They are counted, by structure and day; nobody is named."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.territory import counting
from maillon.territory.models import Information
from maillon.territory.steering import is_deployed, must_be_of, structure_of

Means = Information.Means


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationLine:
    id: int
    structure_name: str
    campaign: str
    means: str
    day: dt.date
    number: int
    noted_by: str


@transaction.atomic
def note(actor: Actor, *, means: str, day: dt.date | None, number: int, campaign: str = "") -> None:
    """Of the actor's own structure. Raises E-TER-05 for a count or a day that is none."""
    here = structure_of(actor)
    if here is None or not is_deployed(actor):
        raise access_room.AccessDenied
    if means not in Means.values or day is None or day > clock.today() or not 0 < number <= 100_000:
        raise UserMessage("E-TER-05", "Dites comment les patients ont été informés, quel jour, et combien.")
    Information.objects.create(
        structure_id=here, campaign=storable(campaign).strip()[:100], means=means, day=day, number=number,
        noted_by=actor.label, noted_at=clock.now(),
    )  # fmt: skip
    counting.count_again(day)


@transaction.atomic
def take_back(actor: Actor, structure_id: StructureId, number: int) -> None:
    """A count that was noted by mistake, by the structure that noted it. Raises AccessDenied."""
    found = Information.objects.filter(pk=number, structure_id=structure_id).first()
    if found is None or structure_of(actor) != structure_id:
        raise access_room.AccessDenied
    counting.count_again(found.day)
    found.delete()


def listed(actor: Actor, structure_id: StructureId, *, most: int = 50) -> tuple[InformationLine, ...]:
    """Of one structure, for its members and who steers. Raises AccessDenied."""
    must_be_of(actor, structure_id)
    found = Information.objects.select_related("structure").filter(structure_id=structure_id)
    return tuple(
        InformationLine(
            id=each.pk, structure_name=each.structure.name, campaign=each.campaign, means=Means(each.means).label,
            day=each.day, number=each.number, noted_by=each.noted_by,
        )
        for each in found.order_by("-day", "-id")[:most]
    )  # fmt: skip
