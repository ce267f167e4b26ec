"""Who keeps which item of a record up to date, when it was last confirmed, and what is « à vérifier »."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from maillon.access import api as access_room
from maillon.charter.definition import Item, responsibilities
from maillon.charter.models import Confirmation
from maillon.kernel import clock
from maillon.kernel.key import Access, Purpose
from maillon.kernel.message import UserMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    code: str
    title: str
    keepers: str
    contributors: str
    fresh_for: str
    on_event: str
    confirmed_at: dt.datetime | None
    confirmed_by: str
    is_stale: bool
    age_days: int | None
    is_mine: bool  # the actor keeps it and may confirm it


def items(access: Access) -> tuple[ItemLine, ...]:
    """Those who care see every item; the others, those that they keep; nobody who only passes."""
    if access.actor.kind != "professional" or access.scope != "whole":
        return ()
    latest = {
        each.item: each
        for each in Confirmation.objects.filter(patient_id=access.patient_id).order_by("confirmed_at", "id")
    }
    cares = access.purpose is Purpose.CARE
    return tuple(
        _line(item, latest.get(item.code), is_mine=_keeps(access, item))
        for item in responsibilities().points
        if cares or _keeps(access, item)
    )


@transaction.atomic
def confirm(access: Access, code: str) -> None:
    """The item is as the record says, today. Raises E-RES-01 for who does not keep it."""
    item = responsibilities().item(code)
    if item is None:
        raise access_room.AccessDenied
    if not _keeps(access, item) or access.actor.professional_id is None:
        keepers = ", ".join(role.libelle for role in responsibilities().keepers(item))
        raise UserMessage("E-RES-01", f"Ce point est tenu à jour par\u202f: {keepers}.")
    Confirmation.objects.create(
        patient_id=access.patient_id, item=code, confirmed_at=clock.now(), by=access.actor.label,
        professional_id=access.actor.professional_id,
    )  # fmt: skip


def _keeps(access: Access, item: Item) -> bool:
    """Only a member of the care team keeps anything: neither an emergency nor a consent makes one responsible."""
    if access.actor.kind != "professional" or access.scope != "whole" or not access.facts.member:
        return False
    return any(
        access.actor.profession_code in role.professions or (role.medecin_traitant and access.facts.treating)
        for role in responsibilities().keepers(item)
    )


def _line(item: Item, latest: Confirmation | None, *, is_mine: bool) -> ItemLine:
    confirmed_on = clock.in_paris(latest.confirmed_at).date() if latest else None
    return ItemLine(
        code=item.code,
        title=item.libelle,
        keepers=", ".join(role.libelle for role in responsibilities().keepers(item)),
        contributors=item.contribuent,
        fresh_for=item.frais,
        on_event=item.evenement,
        confirmed_at=latest.confirmed_at if latest else None,
        confirmed_by=latest.by if latest else "",
        is_stale=item.is_stale(confirmed_on=confirmed_on, on=clock.today()),
        age_days=(clock.today() - confirmed_on).days if confirmed_on else None,
        is_mine=is_mine,
    )
