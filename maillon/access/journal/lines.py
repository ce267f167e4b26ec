"""Journal rows that no key writes (lists of patients seen by their name, refusals whose transaction is undone), and
what the patient reads of the journal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from maillon.access import law, rule
from maillon.access.journal import wording
from maillon.access.models import JournalEntry
from maillon.access.refusal import AccessDenied
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor, PatientId, Purpose, StructureId
from maillon.professionals import api as professionals


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalLine:
    """Who, when, what, why, in French. `patient_id` and `is_denied` are for the referent: the patient reads only what
    was opened."""

    id: int
    at: dt.datetime
    actor: str
    profession: str
    structure: str
    action: str
    why: str
    ground: str
    is_emergency: bool
    is_denied: bool
    is_program: bool
    patient_id: PatientId | None
    purpose: str
    resource_type: str
    rule: str
    professional_id: int | None = None


_OF_ONE_DOCUMENT = ("document", "received", "task", "sending")


def note_list(actor: Actor, patients: list[PatientId], *, purpose: Purpose) -> None:
    """One row per name shown, in the current transaction."""
    note_names(actor, patients, purpose=purpose, action="list", ground="liste")


def note_names(actor: Actor, patients: Iterable[PatientId], *, purpose: Purpose, action: str, ground: str) -> None:
    moment = clock.wall()
    JournalEntry.objects.bulk_create(
        JournalEntry(
            **_who(actor), at=moment, patient_id=patient, action=action, resource_type="patient",
            purpose=purpose.value, decision="allow", rule=ground,
        )
        for patient in patients
    )  # fmt: skip


def note(
    actor: Actor, *, purpose: Purpose, action: str, resource_type: str, resource_id: str = "", ground: str
) -> None:
    """A disclosure that is about no known patient: a received document that waits to be settled, the journal itself."""
    JournalEntry.objects.create(
        **_who(actor), at=clock.wall(), action=action, resource_type=resource_type, resource_id=resource_id,
        purpose=purpose.value, decision="allow", rule=ground,
    )  # fmt: skip


def note_refusal(
    actor: Actor,
    patient: int | None,
    *,
    purpose: Purpose,
    action: str,
    resource_type: str,
    resource_id: str,
    type_code: str = "",
) -> None:
    JournalEntry.objects.create(
        **_who(actor), at=clock.wall(), patient_id=patient, action=action, resource_type=resource_type,
        resource_id=resource_id, type_code=type_code, purpose=purpose.value, decision="deny", rule="A04",
    )  # fmt: skip


def note_refused_document(actor: Actor, document: UUID, *, table: str, action: str) -> None:
    """The address of a document that is not the actor's, or is nothing at all: one statement, one row, one cost."""
    verdict = law.deciding(law.LAWS[actor.kind], lambda fact: law.in_set_form(fact, "d", document="id"))
    asked = {"at": clock.wall(), "document": document, "action": action, "purpose": rule.usual_purpose(actor).value}
    known = rule.parameters_of(actor) | _who(actor) | asked
    sql.rows(_REFUSED_DOCUMENT.format(verdict=verdict, table=table), known)


def who_opened(access: Access, *, limit: int = 50) -> list[JournalLine]:
    """Latest first."""
    if access.scope != "whole":
        raise AccessDenied
    return told(shown_to(access).order_by("-at", "-id")[:limit])


def shown_to(access: Access) -> QuerySet[JournalEntry]:
    """What was refused is not shown here: nobody saw anything. Only the patient is told of what was done with one
    document: to anybody else, it would say that there is one which they may not read. While a document awaits its
    announcement (CSP R1111-53), nothing that was done with it is told to the patient either."""
    entries = JournalEntry.objects.filter(patient_id=access.patient_id, decision="allow")
    if access.actor.kind != "patient":
        return entries.exclude(resource_type__in=_OF_ONE_DOCUMENT)
    if not access.facts.hidden:
        return entries
    shown = RawSQL(
        "SELECT d.uuid::text FROM documents_document d WHERE d.patient_id = %s AND d.id <> ALL(%s)",
        (access.patient_id, list(access.facts.hidden)),
    )
    return entries.filter(~Q(resource_type__in=_OF_ONE_DOCUMENT) | Q(resource_type="document", resource_id__in=shown))


def told(entries: Iterable[JournalEntry], *, with_types: bool = True) -> list[JournalLine]:
    """In French. Without the types of the documents for the referent, who controls accesses and not care."""
    found = list(entries)
    places = professionals.structures(
        {StructureId(each.actor_structure_id) for each in found if each.actor_structure_id}
    )
    return [_told(entry, places, entry.type_code if with_types else "") for entry in found]


def _told(entry: JournalEntry, places: dict[StructureId, professionals.StructureLine], type_code: str) -> JournalLine:
    place = places.get(StructureId(entry.actor_structure_id or 0))
    code = entry.actor_profession_code
    return JournalLine(
        id=entry.pk,
        at=entry.at,
        actor=entry.actor_label,
        profession=professionals.PROFESSIONS.get(code, code),
        structure=place.name if place else "",
        action=wording.done(entry.action, entry.resource_type, type_code),
        why=wording.PURPOSES.get(entry.purpose, entry.purpose),
        ground=wording.ground(entry.rule),
        is_emergency=entry.rule == "bris_de_glace",
        is_denied=entry.decision == "deny",
        is_program=entry.actor_kind in ("machine", "partner"),
        patient_id=PatientId(entry.patient_id) if entry.patient_id is not None else None,
        purpose=entry.purpose,
        resource_type=entry.resource_type,
        rule=entry.rule,
        professional_id=entry.actor_professional_id,
    )


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


_REFUSED_DOCUMENT = """
INSERT INTO access_journal (at, actor_kind, actor_professional_id, actor_structure_id, actor_label,
                            actor_profession_code, session_id, assurance, patient_id, action, resource_type,
                            resource_id, type_code, purpose, decision, rule)
SELECT %(at)s, %(actor_kind)s, %(actor_professional_id)s, %(actor_structure_id)s, %(actor_label)s,
       %(actor_profession_code)s, %(session_id)s, %(assurance)s, d.patient_id, %(action)s, 'document',
       %(document)s::uuid::text, COALESCE(d.type_code, ''), %(purpose)s, 'deny', COALESCE({verdict}, 'A04')
  FROM (SELECT 1) once LEFT JOIN {table} d ON d.uuid = %(document)s::uuid
"""
