"""The door of the room `access`."""

from __future__ import annotations

from django.db import transaction

from maillon.access.accounts import (
    SessionLine,
    actor_of,
    change_password,
    register_account,
    revoke,
    sessions_of,
    sign_in,
    sign_out,
)
from maillon.access.journal import note_list
from maillon.access.keys import (
    AccessDenied,
    Basis,
    Intake,
    machine,
    open_for_intake,
    open_record,
    reading,
    visible_patients,
)
from maillon.access.team import (
    JournalLine,
    TeamMember,
    add_member,
    care_team,
    end_membership,
    treating_physician,
    who_opened,
)
from maillon.kernel.key import Actor, Purpose
from maillon.patients import api as patients

__all__ = [
    "AccessDenied",
    "Basis",
    "Intake",
    "JournalLine",
    "SessionLine",
    "TeamMember",
    "actor_of",
    "add_member",
    "care_team",
    "change_password",
    "end_membership",
    "machine",
    "note_list",
    "open_for_intake",
    "open_record",
    "reading",
    "register_account",
    "revoke",
    "search_patients",
    "sessions_of",
    "sign_in",
    "sign_out",
    "treating_physician",
    "visible_patients",
    "who_opened",
]


@transaction.atomic
def search_patients(actor: Actor, text: str, *, limit: int = 10) -> list[patients.PatientLine]:
    """Patients whom the actor may open, found by matricule, birth date or name; each name shown is journalled."""
    found = patients.search(text, within=visible_patients(actor), limit=limit)
    note_list(actor, [line.id for line in found], purpose=Purpose.ADMINISTRATIVE)
    return found
