"""Red alerts that wait: how many for one person, and who is to be told of one, outside these pages."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.professionals import api as professionals
from maillon.tasks import reach
from maillon.tasks.lists import visible_to
from maillon.tasks.models import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ToTell:
    """`rank`: how far it has climbed, 0 for the first addressee. Nothing here is about the patient."""

    structure_id: StructureId
    rank: int
    people: tuple[ProfessionalId, ...]


def red_waiting(actor: Actor) -> int:
    """Red alerts that reached the actor, that nobody has taken in hand nor put off."""
    mine, moment = reach.of(actor), clock.now()
    waiting = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=moment) | Q(escalated_at__isnull=False)
    found = visible_to(actor).filter(reach.held(mine), waiting, level=Task.Level.RED, done_at__isnull=True)
    return found.filter(taken_at__isnull=True).count()


def to_tell(task_uuid: UUID) -> ToTell | None:
    """Those whom it reached last; None once somebody answered, or when no structure holds it."""
    task = Task.objects.filter(uuid=task_uuid, done_at__isnull=True, taken_at__isnull=True).first()
    if task is None or task.structure_id is None:
        return None
    level = task.escalations.filter(climbed_at__isnull=False).order_by("-rank").first()
    place = StructureId(task.structure_id)
    person = level.professional_id if level else task.taken_by_id or task.professional_id
    if person is not None:
        people = [ProfessionalId(person)]
    else:
        role = level.role_code if level else task.role_code
        members = professionals.active_members(place)
        people = [each.id for each in members if each.profession_code == role and each.id != task.professional_id]
    replacing = access_room.team.staff.replacing_today(people)
    told = dict.fromkeys(replacing.get(each, each) for each in people)
    return ToTell(structure_id=place, rank=level.rank if level else 0, people=tuple(told))
