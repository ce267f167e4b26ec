"""Journal rows that no key writes: lists of patients seen by their name."""

from __future__ import annotations

from maillon.access.models import JournalEntry
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, Purpose


def note_list(actor: Actor, patients: list[PatientId], *, purpose: Purpose) -> None:
    """One row per name shown, in the current transaction."""
    moment = clock.now()
    JournalEntry.objects.bulk_create(
        JournalEntry(
            at=moment,
            actor_kind=actor.kind,
            actor_professional_id=actor.professional_id,
            actor_structure_id=actor.structure_id,
            actor_label=actor.label,
            patient_id=patient,
            action="list",
            resource_type="patient",
            purpose=purpose.value,
            decision="allow",
            rule="liste",
        )
        for patient in patients
    )
