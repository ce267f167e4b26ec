"""Whose a task is: by name, by a role of a structure, in the place of an absent colleague, or because it climbed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from maillon.access import api as access_room
from maillon.kernel.key import Access, Actor
from maillon.tasks.models import Escalation, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`people`: oneself, then those whom one replaces today; `places`: where one works, and where they do."""

    me: int | None
    people: tuple[int, ...]
    places: frozenset[int]
    profession: str

    def holds(self, task: Task) -> bool:
        """It is theirs to do: they took it, or it is addressed to them and nobody took it."""
        if task.taken_by_id is not None:
            return task.taken_by_id in self.people
        return self.is_addressed(task)

    def is_addressed(self, task: Task) -> bool:
        if task.professional_id is not None:
            return task.professional_id in self.people
        return self.is_of_role(task)

    def is_of_role(self, task: Task) -> bool:
        is_ours = task.role_code == self.profession and task.structure_id in self.places
        return task.professional_id is None and bool(self.profession) and is_ours

    def was_reached(self, task: Task) -> bool:
        """It climbed to them. The levels are prefetched by those who ask for many tasks."""
        if task.escalated_at is None or task.structure_id not in self.places:
            return False
        return any(
            level.professional_id in self.people if level.professional_id else level.role_code == self.profession
            for level in task.escalations.all()
            if level.climbed_at is not None
        )

    def may_answer(self, task: Task) -> bool:
        """Whoever holds it; the person to whom it was addressed, or who entrusted it, even once another took it; and
        those to whom it climbed. Another of the role first takes it over."""
        by_name = task.professional_id is not None and task.professional_id in self.people
        entrusted = task.delegated_by_id is not None and task.delegated_by_id in self.people
        return self.holds(task) or by_name or entrusted or self.was_reached(task)

    def may_take(self, task: Task) -> bool:
        return self.may_answer(task) or self.is_of_role(task)


def of(actor: Actor) -> Reach:
    if actor.professional_id is None:
        return Reach(me=None, people=(), places=frozenset(), profession="")
    theirs = {place for each in actor.replaces for place in access_room.sessions.workplaces(each)}
    return Reach(
        me=actor.professional_id,
        people=(actor.professional_id, *actor.replaces),
        places=frozenset(actor.structure_ids) | theirs,
        profession=actor.profession_code,
    )


def held(reach: Reach) -> Q:
    """The same in set form, each branch by an index of open tasks."""
    people = list(reach.people)
    taken = Q(taken_by_id__in=people)
    by_name = Q(taken_by__isnull=True, professional_id__in=people)
    return taken | by_name | of_role(reach) & Q(taken_by__isnull=True) | climbed(reach)


def around(reach: Reach) -> Q:
    """What they hold, what they entrusted, and what of theirs or of their role a colleague has in hand."""
    people = list(reach.people)
    mine = Q(professional_id__in=people) | Q(taken_by_id__in=people) | Q(delegated_by_id__in=people)
    return mine | of_role(reach) | climbed(reach)


def of_role(reach: Reach) -> Q:
    return Q(professional__isnull=True, structure_id__in=list(reach.places), role_code=reach.profession)


def climbed(reach: Reach) -> Q:
    levels = Escalation.objects.filter(task_id=OuterRef("pk"), climbed_at__isnull=False).filter(
        Q(professional_id__in=list(reach.people)) | Q(professional__isnull=True, role_code=reach.profession)
    )
    return Q(escalated_at__isnull=False, structure_id__in=list(reach.places)) & Q(Exists(levels))


def open_to(access: Access) -> Q:
    """Tasks of the record that the key opens: one about a document, if the law opens the document; an alert about none,
    to those who care or to whom it is addressed (a secretary's office does not read what raised it)."""
    visible = Q(document_id__isnull=True) | Q(access_room.rule.VisibleWithin(access))
    found = Q(patient_id=access.patient_id) & visible
    actor = access.actor
    if actor.profession_code not in access_room.rule.ADMINISTRATIVE_ROLES:
        return found
    addressed = Q(role_code=actor.profession_code) | Q(professional_id=actor.professional_id or 0)
    addressed |= Q(taken_by_id=actor.professional_id or 0) | climbed(of(actor))
    return found & (~Q(kind=Task.Kind.ALERT) | Q(document_id__isnull=False) | addressed)
