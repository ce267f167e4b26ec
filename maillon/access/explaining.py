"""Why a record opens, and what it would open to somebody else: the law asked in plain Python, reading nothing.

The « voir comme » of the digital referent is a dry run: no title, no count, no document is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillon.access import law, matrix, refereeing, rule
from maillon.access.keys import reading
from maillon.access.models import Account
from maillon.access.refusal import AccessDenied
from maillon.access.sessions import actor_of_account
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId

_UNMARKED = {mark.name: False for mark in law.MARKS}
_ORDINARY = {"author": False, "normal": True, "restricted": False, "colleague": False}
_RESTRICTED = _ORDINARY | {"normal": False, "restricted": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class FactLine:
    says: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """A group of document types: would an ordinary document of it be read?"""

    label: str
    opens: bool
    code: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    person: str
    profession_code: str
    opens: bool
    code: str
    says: str
    facts: tuple[FactLine, ...]
    groups: tuple[GroupLine, ...]  # empty when the record does not open
    restricted: GroupLine | None  # documents of restricted confidentiality written elsewhere


def as_seen_by(actor: Actor, patient: UUID, account_id: int) -> Explanation:
    """The law for somebody of the referent's structures and a patient whom the referent may open. Raises AccessDenied;
    the question is journalled."""
    other = _colleague(actor, account_id)
    with reading(
        actor, patient, purpose=rule.usual_purpose(actor), action="explain", resource_type="law",
        resource_id=str(account_id),
    ) as access:  # fmt: skip
        if access.scope != "whole":
            raise AccessDenied
        known = facts_of(other, access.patient_id)
    return _explained(other, known)


def facts_of(actor: Actor, patient: PatientId) -> dict[str, bool]:
    """Every fact about the actor and the patient. No row of a document is looked at."""
    asked = rule.parameters_of(actor)
    (row,) = sql.rows(_FACTS, asked | {"patient": patient})
    about_actor = {fact.name: bool(asked[f"law_{fact.name}"]) for fact in law.ACTOR_FACTS}
    return about_actor | dict(zip((fact.name for fact in law.PATIENT_FACTS), row, strict=True))


def why_document(
    access: Access, *, type_code: str, confidentiality: str, author_id: ProfessionalId | None, is_named: bool
) -> str:
    """« Pourquoi je vois ce document »: the rule that opened it to who reads it now."""
    actor, facts = access.actor, access.facts
    if actor.kind != "professional":
        return access.reason
    if author_id is not None and author_id == actor.professional_id:
        return "Vous voyez ce document parce que vous l’avez écrit."
    if facts.glass and not (facts.member or facts.consented):
        return "Vous voyez ce document parce que vous avez ouvert ce dossier en urgence."
    return " ".join((access.reason, _of_the_type(actor, type_code), _of_the_secrecy(access, confidentiality, is_named)))


def _of_the_type(actor: Actor, type_code: str) -> str:
    is_read = matrix.readable(actor.profession_code, on=clock.today())[matrix.bit_of(type_code)] == "1"
    if is_read:
        return "La matrice d’habilitation ouvre ce type de document à votre profession."
    return "La matrice ouvre ce type de document à votre profession avec le consentement du patient, qui est recueilli."


def _of_the_secrecy(access: Access, confidentiality: str, is_named: bool) -> str:
    if confidentiality == "N":
        return "Sa confidentialité est normale."
    if access.facts.treating:
        return "Sa confidentialité est restreinte\u202f; il vous est ouvert comme médecin traitant."
    if is_named:
        return "Sa confidentialité est restreinte\u202f; il vous a été ouvert nommément."
    return "Sa confidentialité est restreinte\u202f; il est ouvert à la structure de son auteur."


def _colleague(actor: Actor, account_id: int) -> Actor:
    if account_id not in {each.account_id for each in refereeing.habilitations(actor) if each.is_active}:
        raise AccessDenied
    try:
        return actor_of_account(account_id)
    except Account.DoesNotExist:
        raise AccessDenied from None


def _explained(actor: Actor, known: dict[str, bool]) -> Explanation:
    decided = law.decide(law.PROFESSIONAL, known, at_the_door=True)
    facts = (*law.ACTOR_FACTS, *law.PATIENT_FACTS)
    theirs = [fact for fact in facts if fact not in (law.ONESELF, law.REPRESENTS)]
    return Explanation(
        person=actor.label,
        profession_code=actor.profession_code,
        opens=decided.allows,
        code=decided.code,
        says=decided.says,
        facts=tuple(FactLine(says=fact.says, holds=known[fact.name]) for fact in theirs),
        groups=_groups(actor, known) if decided.allows else (),
        restricted=_line("", known | _UNMARKED | _RESTRICTED | _IN_MATRIX) if decided.allows else None,
    )


_IN_MATRIX = {"in_matrix": True, "in_matrix_with_consent": True}


def _groups(actor: Actor, known: dict[str, bool]) -> tuple[GroupLine, ...]:
    """One line of the matrix after the other: its types share their right."""
    today = clock.today()
    version = matrix.in_force(today)
    masks = {
        "in_matrix": matrix.readable(actor.profession_code, on=today),
        "in_matrix_with_consent": matrix.readable(actor.profession_code, on=today, with_consent=True),
    }
    bits: dict[str, int] = {}
    for each in matrix.types().values():
        line = version.line_of(each) if version else None
        if line is not None:
            bits.setdefault(line.libelle, each.bit)
    return tuple(
        _line(label, known | _UNMARKED | _ORDINARY | {name: mask[bit] == "1" for name, mask in masks.items()})
        for label, bit in bits.items()
    )


def _line(label: str, known: dict[str, bool]) -> GroupLine:
    decided = law.decide(law.PROFESSIONAL, known)
    return GroupLine(label=label, opens=decided.allows, code=decided.code, says=decided.says)


_FACTS = "SELECT " + ", ".join(law.of_one_patient(fact, "%(patient)s") for fact in law.PATIENT_FACTS)
