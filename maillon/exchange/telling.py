"""After an emergency opening: the referent is told at once, the patient within twenty-four hours.

Two reactions, so that one that fails does not hold the other; each is retried by the outbox and done once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from uuid import UUID, uuid5

from maillon.access import api as access_room
from maillon.access.events import BreakGlassOpened
from maillon.exchange import carrying
from maillon.exchange.prompting import mailbox_of, write_prompt
from maillon.kernel import clock
from maillon.kernel.events import reacts_to
from maillon.kernel.key import Access, Purpose
from maillon.professionals import api as professionals
from maillon.tasks import api as tasks
from maillon.tasks.events import TaskAnswered

MACHINE = access_room.machine("Avis d’accès en urgence")
GIVE_UP_AFTER = dt.timedelta(hours=1)
LETTER_TITLE = "Prévenir le patient par courrier d’un accès en urgence à son dossier"
SUBJECT = "Un accès en urgence attend votre revue"
TEXT = (
    "Bonjour,\n\n"
    "Un dossier a été ouvert en urgence dans votre structure. Cet accès attend votre revue, sous 72 heures, dans "
    "Maillon : « Référent ».\n\n"
    "Ce message ne contient aucune donnée de santé. Il est envoyé automatiquement.\n"
)
_NOTICES = UUID("1f6c6b0a-54f0-4d51-8c70-3a4a2f6f0b93")
_LETTERS = UUID("6d2b5d0e-6a51-4a57-9d0e-5f7f1b0c2e11")


@reacts_to(BreakGlassOpened)
def tell_referents(event: BreakGlassOpened) -> None:
    """On their board, and by MSSanté where the structure has a mailbox and the directory knows their address."""
    opening = access_room.emergency.to_tell(event.glass_id)
    referents = access_room.oversight.referents_of(opening.structure_id, but=opening.professional_id)
    mailbox = mailbox_of(opening.structure_id)
    for referent in referents:
        address = professionals.mss_address_of(referent)
        if mailbox is not None and address:
            write_prompt(mailbox, address, name=f"urgence-{opening.id}-{referent}", subject=SUBJECT, text=TEXT)
    if referents:
        access_room.emergency.note_referent_told(opening.id)


@reacts_to(BreakGlassOpened)
def tell_patient(event: BreakGlassOpened) -> None:
    """By mail or SMS when they have a door to come in by; else by a letter of the structure that follows them; when
    none does, of whoever opened the record, while it is open."""
    opening = access_room.emergency.to_tell(event.glass_id)
    if opening.patient_told_by:
        return
    access = access_room.open_record(
        MACHINE, opening.patient_id, purpose=Purpose.INTAKE, action="notify", resource_type="break_glass",
        resource_id=str(opening.id),
    )  # fmt: skip
    channel = _told_at_their_door(access, opening)
    if channel:
        access_room.emergency.note_patient_told(opening.id, by=channel)
        return
    _ask_for_a_letter(access, opening)


def _told_at_their_door(access: Access, opening: access_room.emergency.ToTell) -> str:
    """The channel that took the notice. A carrier that fails is tried again for an hour; then, or when nobody is at any
    address, the letter is asked."""
    plugged = carrying.plugged()
    text = carrying.TEXTS["acces_urgence"].format(address=carrying.address())
    contacts = [access_room.visitors.contact_of(each) for each in access_room.visitors.to_tell(access)]
    notes = [
        carrying.Note(
            reference=uuid5(_NOTICES, f"{opening.id}/{to}"), channel="sms" if channel == "sms" else "courriel", to=to,
            text=text,
        )
        for channel, to in contacts
        if to and channel in plugged
    ]  # fmt: skip
    taken: list[str] = []
    try:
        for note in notes:
            with contextlib.suppress(carrying.Undeliverable):
                carrying.carry(note)
                taken.append(note.channel)
    except carrying.NotCarried:
        if clock.wall() - opening.since < GIVE_UP_AFTER:
            raise
        return ""
    return taken[0] if taken else ""


def _ask_for_a_letter(access: Access, opening: access_room.emergency.ToTell) -> None:
    following = access_room.emergency.following_structure(access)
    tasks.ask(
        access,
        uuid=letter_task(opening.id),
        title=LETTER_TITLE,
        structure_id=following or opening.structure_id,
        professional_id=None if following else opening.professional_id,
        role_code=carrying.SECRETARY if following else "",
        due_at=opening.tell_patient_before,
    )
    access_room.emergency.note_patient_told(opening.id, by=access_room.emergency.LETTER, is_done=False)


@reacts_to(TaskAnswered)
def note_letter(event: TaskAnswered) -> None:
    """The letter left: the patient is told."""
    if not event.is_done:
        return
    for opening in access_room.emergency.awaiting_letter():
        if letter_task(opening.id) == event.task_uuid:
            access_room.emergency.note_patient_told(opening.id, by=access_room.emergency.LETTER)


def letter_task(glass_id: int) -> UUID:
    return uuid5(_LETTERS, str(glass_id))

