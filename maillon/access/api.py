"""The door of the room `access`."""

from __future__ import annotations

from django.db import transaction

from maillon.access import (
    accounts,
    circle_history,
    consents,
    emergency,
    factors,
    journal,
    law,
    matrix,
    newcomers,
    oversight,
    partners,
    rule,
    sessions,
    team,
    visitors,
    wall,
)
from maillon.access.abilities import abilities
from maillon.access.keys import Basis, Intake, machine, open_for_intake, open_record, reading
from maillon.access.refusal import AccessDenied
from maillon.kernel.key import Actor
from maillon.patients import api as patients

__all__ = [
    "AccessDenied",
    "Basis",
    "Intake",
    "abilities",
    "accounts",
    "circle_history",
    "consents",
    "emergency",
    "factors",
    "journal",
    "law",
    "machine",
    "matrix",
    "newcomers",
    "open_for_intake",
    "open_record",
    "oversight",
    "partners",
    "reading",
    "rule",
    "search_patients",
    "sessions",
    "team",
    "visitors",
    "wall",
]


@transaction.atomic
def search_patients(actor: Actor, text: str, *, limit: int = 10) -> list[patients.PatientLine]:
    """Patients whom the actor may open, found by matricule, birth date or name; each name shown is journalled."""
    found = patients.search(text, within=rule.visible_patients(actor), limit=limit)
    journal.note_list(actor, [line.id for line in found], purpose=rule.usual_purpose(actor))
    return found
