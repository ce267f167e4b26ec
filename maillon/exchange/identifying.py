"""Who asks a national teleservice, for whom and why: the signed word (VIHF), made of what directory and key say."""

from __future__ import annotations

from typing import Final

from maillon.access import api as access_room
from maillon.formats.xdm_metadata import MetadataAuthor, PatientId
from maillon.formats.xds.ebrim import cx
from maillon.formats.xds.vihf import Mode, Role, Vihf
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.terminology import api as terminology

ROLES: Final = "jdv-j65-subject-role-dmp"
NEEDS_SKILL: Final = frozenset({"10", "21"})  # physicians and pharmacists say what they are qualified in
SECTORS: Final = "1.2.250.1.71.4.2.4"

NOBODY: Final = PatientId(value="0", oid="")
NOT_QUALIFIED: Final = (
    "E-DMP-01", "L’identité du patient n’est pas qualifiée\u202f: le DMP lui est fermé jusque-là (RNIV)."
)
NOT_A_PROFESSIONAL: Final = (
    "E-DMP-05", "Seul un professionnel inscrit à l’Annuaire Santé (RPPS), en exercice dans une structure, le peut."
)
NO_SKILL: Final = (
    "E-DMP-06", "Votre savoir-faire n’est pas dans l’annuaire\u202f: le DMP le demande. Complétez votre fiche."
)


def qualified(access: Access) -> PatientId:
    """The matricule of a qualified identity, and of no other (RNIV). Raises E-DMP-01."""
    found = if_qualified(access)
    if found is None:
        raise UserMessage(*NOT_QUALIFIED)
    return found


def if_qualified(access: Access) -> PatientId | None:
    identity = patients.identity(access)
    if identity.line.identity_status != patients.IdentityStatus.QUALIFIED or not identity.line.ins:
        return None
    return PatientId(value=identity.line.ins, oid=identity.ins_oid)


def actor_of(access: Access) -> tuple[ProfessionalId, StructureId]:
    actor = access.actor
    if actor.kind != "professional" or actor.professional_id is None or actor.structure_id is None:
        raise UserMessage(*NOT_A_PROFESSIONAL)
    if not actor.national_id:
        raise UserMessage(*NOT_A_PROFESSIONAL)
    return actor.professional_id, actor.structure_id


def mode_of(access: Access) -> tuple[Mode, str]:
    """Our own emergency opening is the record's « bris de glace », that of a regulating physician its « centre 15 »
    (CSP L1111-17); the reason written here goes with it."""
    facts = access.facts
    glass = access_room.emergency.current(access) if facts.glass and not (facts.member or facts.consented) else None
    if glass is None:
        return "normal", ""
    return ("centre_15" if glass.is_regulation else "bris_de_glace"), glass.reason


def word_of(
    professional_id: ProfessionalId, structure_id: StructureId, patient: PatientId, *, homologation: str,
    mode: Mode = "normal", reason: str = "",
) -> Vihf:  # fmt: skip
    person, house = professionals.professional(professional_id), professionals.structure(structure_id)
    if person is None or not person.national_id or not person.is_active or house is None or not house.finess:
        raise UserMessage(*NOT_A_PROFESSIONAL)
    return Vihf(
        national_id=person.national_id,
        name=f"{person.given_name} {person.family_name}",
        roles=roles_of(person),
        structure_id=f"1{house.finess}",
        sector=f"{house.type_code}^{SECTORS}",
        patient=cx(patient),
        mode=mode,
        reason=reason,
        homologation=homologation,
    )


def word_of_staff(access: Access) -> Vihf:
    """Of whoever works in the structure: who has no RPPS number is named by the structure (PSIdNat of type 3)."""
    actor = access.actor
    if actor.professional_id is None or actor.structure_id is None:
        raise UserMessage(*NOT_A_PROFESSIONAL)
    if actor.national_id:
        return word_of(actor.professional_id, actor.structure_id, NOBODY, homologation="")
    house, role = professionals.structure(actor.structure_id), _concept("SECRETARIAT_MEDICAL")
    if house is None or not house.finess or role is None:
        raise UserMessage(*NOT_A_PROFESSIONAL)
    return Vihf(
        national_id=f"3{house.finess}/{actor.professional_id}", name=actor.label, roles=(role,),
        structure_id=f"1{house.finess}", sector=f"{house.type_code}^{SECTORS}", patient=cx(NOBODY),
    )  # fmt: skip


def author_of(professional_id: ProfessionalId, structure_id: StructureId) -> MetadataAuthor:
    """Who submits a set."""
    person, house = professionals.professional(professional_id), professionals.structure(structure_id)
    if person is None or house is None:
        raise UserMessage(*NOT_A_PROFESSIONAL)
    return MetadataAuthor(
        id=person.national_id, family_name=person.family_name, given_name=person.given_name,
        organization_id=f"1{house.finess}" if house.finess else None, organization_name=house.name,
    )  # fmt: skip


def roles_of(person: professionals.ProfessionalLine) -> tuple[Role, ...]:
    """JDV_J65. Raises E-DMP-05 for a profession that is not in it, E-DMP-06 for a missing skill."""
    code = person.profession_code.partition("_")[2]
    profession = _concept(code) if person.profession_code.startswith("G15_") else None
    if profession is None:
        raise UserMessage(*NOT_A_PROFESSIONAL)
    skills = [found for each in person.skill_codes if (found := _concept(each)) is not None]
    if code in NEEDS_SKILL and not skills:
        raise UserMessage(*NO_SKILL)
    return (profession, *skills[:1])


def _concept(code: str) -> Role | None:
    for each in terminology.value_set(ROLES).concepts:
        if each.code == code:
            return Role(code=each.code, system=each.system, label=each.label)
    return None
