"""Journal rows that no key writes: lists of patients seen by their name, refusals whose transaction is undone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from maillon.access.models import JournalEntry
from maillon.access.refusal import AccessDenied
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, Purpose

ACTIONS = {
    "read": "a consulté le dossier",
    "list": "a vu le nom dans une liste",
    "file": "a classé un document",
    "settle": "a rattaché un document",
    "download": "a téléchargé un document",
    "search": "a cherché dans les documents",
    "print": "a imprimé",
    "acknowledge": "a marqué comme lu",
    "withdraw": "a retiré un document",
    "update": "a modifié",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    at: dt.datetime
    actor: str
    action: str
    resource_type: str
    purpose: str
    rule: str
    is_denied: bool


def note_list(actor: Actor, patients: list[PatientId], *, purpose: Purpose) -> None:
    """One row per name shown, in the current transaction."""
    moment = clock.now()
    JournalEntry.objects.bulk_create(
        JournalEntry(
            **_who(actor), at=moment, patient_id=patient, action="list", resource_type="patient",
            purpose=purpose.value, decision="allow", rule="liste",
        )
        for patient in patients
    )  # fmt: skip


def note_refusal(
    actor: Actor, patient: int | None, *, purpose: Purpose, action: str, resource_type: str, resource_id: str
) -> None:
    JournalEntry.objects.create(
        **_who(actor), at=clock.now(), patient_id=patient, action=action, resource_type=resource_type,
        resource_id=resource_id, purpose=purpose.value, decision="deny", rule="A04",
    )  # fmt: skip


def who_opened(access: Access, *, limit: int = 50) -> list[JournalLine]:
    if access.scope != "whole":
        raise AccessDenied
    entries = JournalEntry.objects.filter(patient_id=access.patient_id, decision="allow").order_by("-at", "-id")[:limit]
    return [
        JournalLine(
            at=entry.at,
            actor=entry.actor_label,
            action=ACTIONS.get(entry.action, entry.action),
            resource_type=entry.resource_type,
            purpose=entry.purpose,
            rule=entry.rule,
            is_denied=False,
        )
        for entry in entries
    ]


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "actor_kind": actor.kind,
        "actor_professional_id": actor.professional_id,
        "actor_structure_id": actor.structure_id,
        "actor_label": actor.label,
        "actor_profession_code": actor.profession_code,
        "session_id": actor.session_id,
        "assurance": actor.assurance,
    }
