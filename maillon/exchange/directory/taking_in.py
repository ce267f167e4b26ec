"""Somebody of the Annuaire Santé becomes known here, once a letter is addressed to them."""

from __future__ import annotations

from django.db import transaction

from maillon.exchange.directory import mirroring
from maillon.exchange.directory.models import DirectoryEntry
from maillon.kernel.key import ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals


@transaction.atomic
def take_in(address: str) -> ProfessionalId | None:
    """By their address. None for a mailbox that is no one person's, or that somebody typed by hand: a letter names
    whoever the Annuaire Santé names. The same person again changes nothing."""
    mirrored = DirectoryEntry.objects.filter(address=address.strip().lower(), source=DirectoryEntry.Source.MIRROR)
    row = mirrored.exclude(national_id="").exclude(person_id="").order_by("id").first()
    person = mirroring.person(row.person_id) if row is not None else None
    if row is None or person is None or not person.profession_code:
        return None
    known = professionals.by_national_id(row.national_id)
    if known is not None:
        return known.id
    found = professionals.register_professional(
        family_name=person.family_name, given_name=person.given_name, profession_code=person.profession_code,
        national_id=row.national_id, title=person.title, skill_codes=(person.skill_code,) if person.skill_code else (),
    )  # fmt: skip
    _note_address(row, found)
    return found


def _note_address(row: DirectoryEntry, person: ProfessionalId) -> None:
    try:
        professionals.register_address(row.address, professional_id=person, kind=row.kind or None)
    except UserMessage:  # held here by somebody else: the next sending looks in the directory
        return
