"""The keys: one statement asks the facts, applies the law and writes the journal row; what follows in the transaction
stands behind the second wall."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from maillon.access import law, rule, wall
from maillon.access.journal import note_refusal
from maillon.access.models import CareTeamMembership
from maillon.access.refusal import AccessDenied
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor, Facts, PatientId, ProfessionalId, Purpose, StructureId
from maillon.patients.api import Patient

Basis = CareTeamMembership.Basis


def machine(name: str) -> Actor:
    """A program of the house that acts on its own; its name is what the journal shows."""
    return Actor(kind="machine", label=name, assurance=2)


def open_record(
    actor: Actor,
    patient: UUID | PatientId,
    *,
    purpose: Purpose,
    action: str = "read",
    resource_type: str = "record",
    resource_id: str = "",
    type_code: str = "",
) -> Access:
    """The key to one patient, and its journal row, in the current transaction. Raises AccessDenied.

    Around a page, use `reading`, which also keeps the row of a refusal and puts up the second wall.
    """
    asked = {"action": action, "resource_type": resource_type, "resource_id": resource_id, "type_code": type_code}
    return _cut(actor, patient, purpose, asked, behind_the_wall=False)


def _cut(
    actor: Actor, patient: UUID | PatientId, purpose: Purpose, asked: dict[str, str], *, behind_the_wall: bool
) -> Access:
    key = "uuid" if isinstance(patient, UUID) else "id"
    found = sql.row(
        _open_text(actor.kind, key),
        rule.parameters_of(actor, purpose=Purpose.INTAKE if actor.kind == "machine" else purpose)
        | asked
        | {
            "patient": patient,
            "professional": actor.professional_id,
            "structure": actor.structure_id,
            "kind": actor.kind,
            "label": actor.label,
            "profession": actor.profession_code,
            "session": actor.session_id,
            "assurance": actor.assurance,
            "purpose": purpose.value,
            "behind_the_wall": behind_the_wall,
        },
    )
    if found is None or found[2] not in _ALLOWING:
        raise AccessDenied
    patient_id, patient_uuid, _, basis, through, replaced, _, *known = found
    facts = _facts(actor.kind, known)
    scope, basis = _scope(actor, facts, basis)
    return Access(
        actor=actor,
        patient_id=PatientId(patient_id),
        patient_uuid=patient_uuid,
        purpose=purpose,
        scope=scope,
        rule=basis,
        reason=reason(actor, basis, through_structure=through, replaced=replaced),
        facts=facts,
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
            "now": clock.wall(),
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
        reason=reason(actor, "machine"),
        facts=Facts(),
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
    type_code: str = "",
) -> Iterator[Access]:
    """`open_record` around what is read: the journal row and the reading are one transaction.

    A refusal undoes the reading and leaves its own row, also when it comes from inside: a document of the record that
    is not the reader's.
    """
    asked = {"action": action, "resource_type": resource_type, "resource_id": resource_id, "type_code": type_code}
    try:
        with transaction.atomic(), wall.taken_down_after():
            yield _cut(actor, patient, purpose, asked, behind_the_wall=True)
    except AccessDenied:
        found = Patient.objects.filter(**{"uuid" if isinstance(patient, UUID) else "pk": patient})
        note_refusal(actor, found.values_list("pk", flat=True).first(), purpose=purpose, **asked)
        raise


_ALLOWING = frozenset(step.code for steps in law.LAWS.values() for step in steps if step.allows)


@functools.cache
def _asked(kind: str) -> tuple[law.Fact, ...]:
    """The facts about a patient and its documents that the law of this kind of actor needs."""
    return tuple(fact for fact in law.facts_of(law.LAWS[kind]) if fact.source and fact is not law.AUTHORED)


def _facts(kind: str, known: list[Any]) -> Facts:
    named: dict[str, Any] = dict(zip((fact.name for fact in _asked(kind)), known, strict=True))
    return Facts(**named | {name: tuple(value) for name, value in named.items() if isinstance(value, list)})


def _scope(actor: Actor, facts: Facts, basis: str | None) -> tuple[Any, str]:
    """« authored » when only what the actor wrote is open: no link of care, or an opposition."""
    if actor.kind == "partner":
        return "whole", Basis.STRUCTURE.value if facts.member else Basis.CONSENT.value
    if actor.kind != "professional":
        return "whole", "machine" if actor.kind == "machine" else "patient" if facts.oneself else "representant"
    if facts.opposed or not (facts.member or facts.consented or facts.glass):
        return "authored", Basis.AUTHOR.value
    if facts.member:
        return "whole", basis or Basis.STRUCTURE.value
    return "whole", Basis.CONSENT.value if facts.consented else "bris_de_glace"


def reason(actor: Actor, basis: str, *, through_structure: str | None = None, replaced: str | None = None) -> str:
    """« Vous voyez ce dossier parce que… »: the sentence on every record."""
    if actor.kind == "machine":
        return f"Traitement automatique : {actor.label}."
    if actor.kind == "partner":
        ground = "suit ce patient" if basis == Basis.STRUCTURE else "a le consentement du patient"
        return f"Ce logiciel lit ce dossier parce que {actor.structure_name} {ground}."
    if replaced and basis != Basis.AUTHOR:
        return f"Vous voyez ce dossier parce que vous remplacez {replaced}, qui suit ce patient."
    if basis in _REASONS:
        return _REASONS[basis]
    if through_structure:
        return f"Vous voyez ce dossier parce que votre structure suit ce patient ({through_structure})."
    return f"Vous voyez ce dossier parce que vous êtes membre de l’équipe de soins ({Basis(basis).label})."


_REASONS = {
    Basis.AUTHOR.value: "Vous voyez les documents dont vous êtes l’auteur.",
    Basis.TREATING.value: "Vous voyez ce dossier parce que vous êtes le médecin traitant déclaré.",
    Basis.CONSENT.value: "Vous voyez ce dossier parce que le patient a consenti à votre accès.",
    "bris_de_glace": "Vous voyez ce dossier parce que vous avez ouvert un bris de glace.",
    "patient": "C’est votre dossier.",
    "representant": "Vous voyez ce dossier parce que vous représentez cette personne.",
}


def context_text(kind: str, key: str) -> str:
    """The same without the journal row, which only a bench may ask for."""
    return _written(_CONTEXT + _ANSWER, kind, key)


@functools.cache
def _open_text(kind: str, key: str) -> str:
    """One statement: the patient, the facts, the verdict, the journal row. An unknown patient leaves a row as well, so
    that both refusals cost the same."""
    return _written(_CONTEXT + _JOURNAL + _ANSWER, kind, key)


def _written(text: str, kind: str, key: str) -> str:
    asked = _asked(kind)
    authored = (law.AUTHORED,) if kind == "professional" else ()
    sources = dict.fromkeys(fact.source for fact in asked if fact.source)
    return text.format(
        key=f"p.{key} = %(patient)s",
        held="".join(f", {source.table}_held AS MATERIALIZED ({_held(source)})" for source in sources),
        facts="".join(f",\n         {law.among_those_held(fact)} AS {fact.name}" for fact in (*asked, *authored)),
        link=_LINK if law.LINK in sources else _NO_LINK,
        rule=_RULE.format(glass="known.glass" if law.GLASS in asked else "false") if law.LINK in sources else "code",
        verdict=law.deciding(law.LAWS[kind], _of_the_patient_asked, at_the_door=True),
        wall=wall.put_up("known", kind, asked),
        names="".join(f", known.{fact.name}" for fact in asked),
    )


def _held(source: law.Source) -> str:
    return law.held_of_one_patient(source, "(SELECT id FROM asked)")


def _of_the_patient_asked(fact: law.Fact) -> str:
    return f"known.{fact.name}" if fact.level == "patient" else fact.sql


_CONTEXT = """
WITH asked AS (
  SELECT p.id, p.uuid FROM patients_patient p WHERE {key} AND p.merged_into_id IS NULL
){held}, known AS (
  SELECT asked.id, asked.uuid{facts}
    FROM asked
), link AS (
  {link}
), verdict AS (
  SELECT COALESCE((SELECT {verdict} FROM known), 'A04') AS code
)"""

# The best link, for the sentence on the screen: one's own before that of whom one replaces, the médecin traitant first.
_LINK = """SELECT m.basis, s.name AS through, o.id AS other, concat_ws(' ', o.given_name, o.family_name) AS other_name
    FROM access_care_team_membership_held m LEFT JOIN professionals_structure s ON s.id = m.structure_id
    LEFT JOIN professionals_professional o ON o.id = m.professional_id AND o.id <> %(law_professional)s
   WHERE m.basis <> 'auteur'
     AND (m.professional_id = ANY(%(law_people)s) OR m.structure_id = ANY(%(law_structures)s))
   ORDER BY o.id IS NOT NULL, m.basis <> 'medecin_traitant', m.professional_id NULLS LAST, m.id LIMIT 1"""
_NO_LINK = "SELECT NULL::text AS basis, NULL::text AS through, NULL::bigint AS other, NULL::text AS other_name"
_RULE = """COALESCE((SELECT CASE WHEN code NOT IN ('ouvert', 'auteur') OR known.opposed THEN code
                              ELSE COALESCE(link.basis, CASE WHEN known.consented THEN 'consentement'
                                                             WHEN {glass} THEN 'bris_de_glace' ELSE code END) END
                    FROM known LEFT JOIN link ON true), code)"""
_JOURNAL = """, journal AS (
  INSERT INTO access_journal (at, actor_kind, actor_professional_id, actor_structure_id, actor_label,
                              actor_profession_code, session_id, assurance, patient_id, action,
                              resource_type, resource_id, type_code, purpose, decision, rule,
                              on_behalf_of_id)
  SELECT %(law_now)s, %(kind)s, %(professional)s, %(structure)s, %(label)s, %(profession)s, %(session)s, %(assurance)s,
         (SELECT id FROM asked), %(action)s, %(resource_type)s, %(resource_id)s, %(type_code)s, %(purpose)s,
         CASE WHEN code LIKE 'A0_' THEN 'deny' ELSE 'allow' END, {rule}, (SELECT other FROM link)
    FROM verdict
)"""
_ANSWER = """
SELECT known.id, known.uuid, verdict.code, link.basis, link.through, link.other_name,
       CASE WHEN %(behind_the_wall)s AND verdict.code NOT LIKE 'A0_' THEN {wall} END{names}
  FROM known CROSS JOIN verdict LEFT JOIN link ON true
"""

_OPEN_FOR_INTAKE = """
WITH asked AS (
  SELECT id, uuid FROM patients_patient WHERE id = %(patient)s FOR NO KEY UPDATE
), link AS (
  SELECT m.structure_id, m.professional_id, m.basis FROM access_care_team_membership m
   WHERE m.patient_id = %(patient)s AND m.basis <> 'auteur'
     AND m.start <= %(today)s AND (m."end" IS NULL OR m."end" >= %(today)s) AND m.ended_at IS NULL
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
