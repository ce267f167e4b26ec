"""Journal rows that no key writes: lists of patients seen by their name, refusals whose transaction is undone."""

from __future__ import annotations

from typing import Any

from maillon.access.models import JournalEntry
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, Purpose


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


def _who(actor: Actor) -> dict[str, Any]:
    return {
        "actor_kind": actor.kind,
        "actor_professional_id": actor.professional_id,
        "actor_structure_id": actor.structure_id,
        "actor_label": actor.label,
    }
