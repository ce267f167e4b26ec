"""The rule, and the keys that it cuts.

For now: a current member of the patient's care team, in person or through a structure where they work today, opens the
whole record; the author of a document opens what they wrote. A machine of the house opens for the purpose that it
names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access.journal import note_refusal
from maillon.access.models import CareTeamMembership
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId, Purpose, StructureId
from maillon.kernel.message import UserMessage
from maillon.patients.api import Patient

Basis = CareTeamMembership.Basis


class AccessDenied(UserMessage):
    """One answer for « interdit » and « inexistant »."""

    def __init__(self) -> None:
        super().__init__("E-ACC-04", "Ce dossier n’existe pas ou ne vous est pas ouvert.")


def machine(name: str) -> Actor:
    """A program of the house that acts on its own; its name is what the journal shows."""
    return Actor(kind="machine", label=name)


def open_record(
    actor: Actor,
    patient: UUID | PatientId,
    *,
    purpose: Purpose,
    action: str = "read",
    resource_type: str = "record",
    resource_id: str = "",
) -> Access:
    """The key to one patient, and its journal row, in the current transaction. Raises AccessDenied.

    Around a page, use `reading`, which also keeps the row of a refusal.
    """
    found = sql.row(
        _OPEN_BY_UUID if isinstance(patient, UUID) else _OPEN_BY_ID,
        {
            "patient": patient,
            "professional": actor.professional_id,
            "structures": list(actor.structure_ids),
            "structure": actor.structure_id,
            "is_machine": actor.kind == "machine",
            "kind": actor.kind,
            "label": actor.label,
            "today": clock.today(),
            "now": clock.now(),
            "action": action,
            "resource_type": resource_type,
            "resource_id": resource_id,
            "purpose": purpose.value,
        },
    )
    if found is None or found[2] is None:
        raise AccessDenied
    patient_id, patient_uuid, basis, through_structure = found
    return Access(
        actor=actor,
        patient_id=PatientId(patient_id),
        patient_uuid=patient_uuid,
        purpose=purpose,
        scope="authored" if basis == Basis.AUTHOR else "whole",
        rule=basis,
        reason=_reason(actor, basis, through_structure=through_structure),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The machine's key to file a received document, and what decides who will read it."""

    access: Access
    is_followed: bool  # by the structure of the mailbox, or by somebody who works there today
    treating_physician: ProfessionalId | None


def open_for_intake(actor: Actor, patient_id: PatientId, *, structure_id: StructureId, resource_id: str) -> Intake:
    """`open_record` for a machine that files, in one statement with the care team's answer. Raises AccessDenied.

    It holds the patient's row until the end of the transaction: two versions of a document, filed at the same instant
    by two workers, would not see each other. The row is locked by the foreign keys in any case.
    """
    if actor.kind != "machine":
        raise AccessDenied
    found = sql.row(
        _OPEN_FOR_INTAKE,
        {
            "patient": patient_id,
            "structure": structure_id,
            "label": actor.label,
            "today": clock.today(),
            "now": clock.now(),
            "resource_id": resource_id,
            "purpose": Purpose.INTAKE.value,
        },
    )
    if found is None:
        raise AccessDenied
    patient_uuid, is_followed, treating = found
    access = Access(
        actor=actor,
        patient_id=patient_id,
        patient_uuid=patient_uuid,
        purpose=Purpose.INTAKE,
        scope="whole",
        rule="machine",
        reason=_reason(actor, "machine", through_structure=None),
    )
    return Intake(
        access=access,
        is_followed=is_followed,
        treating_physician=ProfessionalId(treating) if treating is not None else None,
    )


@contextmanager
def reading(
    actor: Actor,
    patient: UUID | PatientId,
    *,
    purpose: Purpose,
    action: str = "read",
    resource_type: str = "record",
    resource_id: str = "",
) -> Iterator[Access]:
    """`open_record` around what is read: the journal row and the reading are one transaction.

    A refusal undoes the reading and leaves its own row, also when it comes from inside: a document of the record that
    is not the reader's.
    """
    asked = {"action": action, "resource_type": resource_type, "resource_id": resource_id}
    try:
        with transaction.atomic():
            yield open_record(actor, patient, purpose=purpose, **asked)
    except AccessDenied:
        found = Patient.objects.filter(**{"uuid" if isinstance(patient, UUID) else "pk": patient})
        note_refusal(actor, found.values_list("pk", flat=True).first(), purpose=purpose, **asked)
        raise


def visible_patients(actor: Actor) -> QuerySet[Patient]:
    """Whoever the actor may open, in set form: the same rule for lists, counts and search."""
    links = CareTeamMembership.objects.filter(is_current() & is_link_of(actor)).values("patient_id")
    return Patient.objects.filter(id__in=links, merged_into__isnull=True)


def is_current() -> Q:
    today = clock.today()
    return Q(start__lte=today) & (Q(end__isnull=True) | Q(end__gte=today))


def is_link_of(actor: Actor) -> Q:
    return Q(professional_id=actor.professional_id, professional_id__isnull=False) | Q(
        structure_id__in=list(actor.structure_ids)
    )


def _reason(actor: Actor, basis: str, *, through_structure: str | None) -> str:
    if actor.kind == "machine":
        return f"Traitement automatique : {actor.label}."
    if basis == Basis.AUTHOR:
        return "Vous voyez les documents dont vous êtes l’auteur."
    if basis == Basis.TREATING:
        return "Vous voyez ce dossier parce que vous êtes le médecin traitant déclaré."
    if through_structure:
        return f"Vous voyez ce dossier parce que {through_structure} suit ce patient et que vous y exercez."
    return f"Vous voyez ce dossier parce que vous êtes membre de l’équipe de soins ({Basis(basis).label})."


# One statement: the patient, the best link, the journal row (allowed or refused). An unknown patient leaves a row as
# well,
# so that both refusals cost the same.
_OPEN = """
WITH asked AS (
  SELECT p.id, p.uuid FROM patients_patient p WHERE {key} AND p.merged_into_id IS NULL
), link AS (
  SELECT m.basis, s.name AS through
    FROM access_care_team_membership m LEFT JOIN professionals_structure s ON s.id = m.structure_id
   WHERE m.patient_id = (SELECT id FROM asked)
     AND (m.professional_id = %(professional)s OR m.structure_id = ANY(%(structures)s))
     AND m.start <= %(today)s AND (m."end" IS NULL OR m."end" >= %(today)s)
   ORDER BY m.basis = 'auteur', m.basis <> 'medecin_traitant', m.professional_id NULLS LAST, m.id LIMIT 1
), verdict AS (
  SELECT CASE WHEN %(is_machine)s AND EXISTS (SELECT 1 FROM asked) THEN 'machine' ELSE (SELECT basis FROM link) END
  AS basis
), journal AS (
  INSERT INTO access_journal (at, actor_kind, actor_professional_id, actor_structure_id, actor_label, patient_id,
  action,
                              resource_type, resource_id, purpose, decision, rule)
  SELECT %(now)s, %(kind)s, %(professional)s, %(structure)s, %(label)s, (SELECT id FROM asked), %(action)s,
         %(resource_type)s, %(resource_id)s, %(purpose)s,
         CASE WHEN basis IS NULL THEN 'deny' ELSE 'allow' END, COALESCE(basis, 'A04')
    FROM verdict
)
SELECT asked.id, asked.uuid, verdict.basis, (SELECT through FROM link) FROM asked CROSS JOIN verdict
"""
_OPEN_FOR_INTAKE = """
WITH asked AS (
  SELECT id, uuid FROM patients_patient WHERE id = %(patient)s FOR NO KEY UPDATE
), link AS (
  SELECT m.structure_id, m.professional_id, m.basis FROM access_care_team_membership m
   WHERE m.patient_id = %(patient)s AND m.basis <> 'auteur'
     AND m.start <= %(today)s AND (m."end" IS NULL OR m."end" >= %(today)s)
), journal AS (
  INSERT INTO access_journal (at, actor_kind, actor_label, patient_id, action, resource_type, resource_id, purpose,
                              decision, rule)
  SELECT %(now)s, 'machine', %(label)s, id, 'file', 'received', %(resource_id)s, %(purpose)s, 'allow', 'machine'
    FROM asked
)
SELECT asked.uuid,
       EXISTS (SELECT 1 FROM link WHERE structure_id = %(structure)s)
       OR EXISTS (SELECT 1 FROM link JOIN professionals_attachment t ON t.professional_id = link.professional_id
                   WHERE t.structure_id = %(structure)s
                     AND t.start <= %(today)s AND (t."end" IS NULL OR t."end" >= %(today)s)),
       (SELECT professional_id FROM link WHERE basis = 'medecin_traitant' LIMIT 1)
  FROM asked
"""

_OPEN_BY_UUID = _OPEN.format(key="p.uuid = %(patient)s")
_OPEN_BY_ID = _OPEN.format(key="p.id = %(patient)s")
