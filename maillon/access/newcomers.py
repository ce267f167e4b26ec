"""A patient whom nobody here follows yet, in front of somebody who holds their paper: the identity is created, and the
structure begins to follow it.

Only what the person may see is compared: somebody else's patient of the same name leaves no trace, and a second
provisional identity is what identity vigilance is there to bring together (RNIV).
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from maillon.access import journal, rule, team
from maillon.access.journal.lines import note_names
from maillon.access.keys import Basis, machine, open_record
from maillon.access.refusal import AccessDenied
from maillon.formats.document import PatientTraits
from maillon.kernel import sql
from maillon.kernel.key import Actor, Purpose
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients

MACHINE = machine("inscription d’un patient")
OTHER_ENVIRONMENT = "E-INS-05"
_ONE_AT_A_TIME = 4_200_117  # with the hash of the birth date


@transaction.atomic
def take_in(actor: Actor, traits: PatientTraits, *, evidence: str) -> UUID:
    """The patient, provisional; asked twice, the same one. Raises AccessDenied, E-INS-08, 12."""
    if actor.kind != "professional" or actor.structure_id is None or not rule.is_practising(actor):
        raise AccessDenied
    if (refused := refusal(traits)) is not None:
        raise refused
    sql.rows("SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))", (_ONE_AT_A_TIME, traits.birth_date or ""))
    known = next((line for line in alike(actor, traits) if not differs(line, traits)), None)
    if known is not None:
        return known.uuid
    patient_id = patients.create_from_document(traits, actor_label=actor.label)
    access = open_record(MACHINE, patient_id, purpose=Purpose.INTAKE, action="update", resource_type="care_team")
    team.add_member(access, structure_id=actor.structure_id, basis=Basis.STRUCTURE, evidence=evidence)
    note_names(actor, [patient_id], purpose=rule.usual_purpose(actor), action="create", ground=Basis.STRUCTURE.value)
    return access.patient_uuid


def refusal(traits: PatientTraits) -> UserMessage | None:
    """Why nobody can be created from these traits here: they are of another environment (real or test)."""
    reasons = patients.match(traits).reasons
    found = next((each for each in reasons if each.code == OTHER_ENVIRONMENT), None)
    return UserMessage(found.code, found.message) if found is not None else None


def alike(actor: Actor, traits: PatientTraits) -> list[patients.PatientLine]:
    """Among those whom the actor may open: who bears the matricule, else who was born then under such a name. Each
    name is journalled, since it will be shown."""
    visible = rule.visible_patients(actor)
    found = patients.search(traits.ins, within=visible, limit=5) if traits.ins else []
    if not found and traits.birth_date and len(traits.birth_date) == 10:
        day = "".join(reversed(traits.birth_date.split("-")))
        found = patients.search(f"{day} {(traits.birth_family_name or '')[:40]}", within=visible, limit=5)
    journal.note_list(actor, [line.id for line in found], purpose=rule.usual_purpose(actor))
    return found


def differs(line: patients.PatientLine, traits: PatientTraits) -> bool:
    """Whether one strict trait that both sides state says another thing (RNIV: case, accents and hyphens aside)."""
    said = (traits.birth_family_name, traits.birth_given_names, traits.birth_date, _sex(traits.sex), traits.ins)
    known = (line.birth_family_name, line.birth_given_names, line.birth_date.isoformat(), _sex(line.sex), line.ins)
    return any(
        one and other and patients.fold(one) != patients.fold(other) for one, other in zip(said, known, strict=True)
    )


def _sex(code: str | None) -> str:
    """« I » on a paper and « UN » in a document state nothing."""
    return code if code and code in ("F", "M") else ""
