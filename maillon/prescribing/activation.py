"""On or off, by structure: off until its referent decides otherwise."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.prescribing.models import Activation


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    is_on: bool
    since: dt.datetime | None = None
    by: str = ""


def state(structure_id: StructureId | None) -> State:
    if structure_id is None:
        return State(is_on=False)
    found = Activation.objects.filter(structure_id=structure_id, ended_at__isnull=True).first()
    return State(is_on=found is not None, since=found.started_at, by=found.started_by) if found else State(is_on=False)


def may_decide(actor: Actor) -> bool:
    """The digital referent, in one structure."""
    return access_room.oversight.may_referee(actor) and actor.structure_id is not None


@transaction.atomic
def turn(actor: Actor, *, on: bool) -> None:
    """Said twice, it is said once. Raises AccessDenied for whoever is not the referent."""
    place = actor.structure_id
    if place is None or not may_decide(actor):
        raise access_room.AccessDenied
    now, held = clock.now(), Activation.objects.filter(structure_id=place, ended_at__isnull=True)
    if on and not held.select_for_update().exists():
        row = Activation(structure_id=place, started_at=now, started_by=actor.label)
        Activation.objects.bulk_create([row], ignore_conflicts=True)  # two clicks at once
    elif not on:
        held.update(ended_at=now, ended_by=actor.label)
