"""Entering people, structures, attachments and addresses. Each verb is idempotent (national number, address)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from maillon.kernel.key import ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Attachment, MssAddress, Professional, Structure


def register_structure(
    *,
    name: str,
    type_code: str,
    finess: str | None = None,
    address: str = "",
    postal_code: str = "",
    city: str = "",
    phone: str = "",
) -> StructureId:
    """A structure without FINESS (a practice, a team) is known by its name."""
    values = {
        "name": name,
        "type_code": type_code,
        "address": address,
        "postal_code": postal_code,
        "city": city,
        "phone": phone,
    }
    key = {"finess": finess} if finess else {"finess": None, "name": name}
    found, _ = Structure.objects.update_or_create(**key, defaults=values)
    return StructureId(found.pk)


def register_professional(
    *,
    family_name: str,
    given_name: str,
    profession_code: str,
    national_id: str | None = None,
    title: str = "",
    skill_codes: tuple[str, ...] = (),
) -> ProfessionalId:
    """`profession_code` may be a code of JDV_J01 with its skill (« G15_10/SM26 »): the skill is kept apart."""
    profession, _, skill = profession_code.partition("/")
    values = {
        "family_name": family_name,
        "given_name": given_name,
        "profession_code": profession,
        "title": title,
        "skill_codes": sorted({*skill_codes, *([skill] if skill else [])}),
    }
    key = (
        {"national_id": national_id}
        if national_id
        else {
            "national_id": None,
            "family_name": family_name,
            "given_name": given_name,
        }
    )
    found, _ = Professional.objects.update_or_create(**key, defaults=values)
    return ProfessionalId(found.pk)


def attach(professional_id: ProfessionalId, structure_id: StructureId, *, start: dt.date, function: str = "") -> None:
    """A professional begins to work in a structure; where an attachment is open already, nothing changes."""
    Attachment.objects.get_or_create(
        professional_id=professional_id,
        structure_id=structure_id,
        end=None,
        defaults={"start": start, "function": function},
    )


@transaction.atomic
def end_attachment(professional_id: ProfessionalId, structure_id: StructureId, *, end: dt.date) -> None:
    """`end` is the last day. What was is not rewritten: an ended attachment stays."""
    opened = Attachment.objects.select_for_update().filter(
        professional_id=professional_id, structure_id=structure_id, end__isnull=True
    )
    for attachment in opened:
        if end < attachment.start:
            raise UserMessage("E-PRO-02", "La fin de l’exercice ne peut pas précéder son début.")
        attachment.end = end
        attachment.save(update_fields=["end"])


def register_address(
    address: str,
    *,
    professional_id: ProfessionalId | None = None,
    structure_id: StructureId | None = None,
    kind: str | None = None,
) -> None:
    """One holder. An address that somebody else holds is refused: MSSanté never gives an address twice."""
    default = MssAddress.Kind.PERSONAL if professional_id is not None else MssAddress.Kind.ORGANIZATION
    held, _ = MssAddress.objects.get_or_create(
        address=address.strip().lower(),
        defaults={"professional_id": professional_id, "structure_id": structure_id, "kind": kind or default},
    )
    if (held.professional_id, held.structure_id) != (professional_id, structure_id):
        raise UserMessage("E-PRO-01", "Cette adresse MSSanté est déjà celle d’un autre titulaire.")
