"""Writing to the team, answering, reading."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.conversations.addressing import TYPE, addressee, still_reads
from maillon.conversations.models import PatientMessage
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.tasks import api as tasks

LONGEST = 2000
MOST_A_DAY = 20
TASK_TITLE = "Répondre à un message du patient"
ANSWER_WITHIN = dt.timedelta(days=2)
_NUMBERS = UUID("0b1c5f0e-7a55-4a0e-9d0f-3d1b7c0f6a51")

EMPTY = UserMessage("E-MES-01", "Écrivez votre message avant de l’envoyer.")
TOO_LONG = UserMessage("E-MES-02", f"Votre message est trop long\u202f: {LONGEST} caractères au plus.")
TOO_MANY = UserMessage(
    "E-MES-03", "Vous avez envoyé beaucoup de messages aujourd’hui. Appelez votre équipe de soins si c’est pressé."
)
GONE = UserMessage(
    "E-MES-05",
    "Cette personne n’a plus accès aux échanges de ce dossier\u202f: elle ne lirait pas votre réponse. Appelez-la.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    uuid: UUID
    visitor_id: int
    is_from_team: bool
    author: str
    text: str
    at: dt.datetime
    read_at: dt.datetime | None
    read_by: str


def thread(access: Access) -> list[MessageLine]:
    """Oldest first. A visitor has their own exchange only; the team, all those that the law opens."""
    return [
        MessageLine(
            uuid=row.uuid, visitor_id=row.visitor_id, is_from_team=row.is_from_team, author=row.author_label,
            text=row.text, at=row.at, read_at=row.read_at, read_by=row.read_by,
        )
        for row in _visible(access).order_by("at", "id")
    ]  # fmt: skip


def unread(access: Access) -> int:
    """What the other side wrote and nobody on this side has read."""
    return _received(access).count()


def note_read(access: Access) -> None:
    """They were on the screen. The first reading stays."""
    _received(access).update(read_at=clock.now(), read_by=access.actor.label[:200])


@transaction.atomic
def write(access: Access, text: str, *, number: UUID) -> None:
    """By a visitor, to the team; somebody of it is asked to answer. Idempotent on `number`, which the form chose."""
    visitor_id = access.actor.visitor_id
    if visitor_id is None or access.scope != "whole":
        raise access_room.AccessDenied
    said, uuid = _checked(text), uuid5(_NUMBERS, f"{visitor_id} {number}")
    midnight = clock.midnight(clock.today())
    mine = PatientMessage.objects.filter(patient_id=access.patient_id, visitor_id=visitor_id, is_from_team=False)
    if mine.filter(at__gte=midnight).exclude(uuid=uuid).count() >= MOST_A_DAY:
        raise TOO_MANY
    person, structure, role = addressee(access)
    if _keep(access, uuid, said, visitor_id=visitor_id):
        tasks.ask(
            access, uuid=uuid, title=TASK_TITLE, due_at=clock.now() + ANSWER_WITHIN, professional_id=person,
            structure_id=structure, role_code=role,
        )  # fmt: skip


@transaction.atomic
def answer(access: Access, text: str, *, visitor_id: int, number: UUID) -> None:
    """By a professional, to the visitor who wrote; who is told that an answer waits, not what it says. Raises E-MES-05
    when that person no longer comes in."""
    said = _checked(text)
    is_known = _visible(access).filter(visitor_id=visitor_id).exists()
    if access.actor.professional_id is None or access.scope != "whole" or not is_known:
        raise access_room.AccessDenied
    if not still_reads(access, visitor_id):
        raise GONE
    uuid = uuid5(_NUMBERS, f"{access.actor.professional_id} {visitor_id} {number}")
    if _keep(access, uuid, said, visitor_id=visitor_id):
        access_room.visitors.tell_visitor(visitor_id, text="message")


def _keep(access: Access, uuid: UUID, text: str, *, visitor_id: int) -> bool:
    """True the first time."""
    author = access.actor.professional_id
    _, is_new = PatientMessage.objects.get_or_create(
        uuid=uuid,
        patient_id=access.patient_id,
        defaults={
            "visitor_id": visitor_id,
            "is_from_team": author is not None,
            "author_label": access.actor.label[:200],
            "author_professional_id": author,
            "text": text,
            "at": clock.now(),
            "type_bit": access_room.matrix.bit_of(TYPE),
        },
    )
    return is_new


def _checked(text: str) -> str:
    said = storable(text).strip()
    if not said:
        raise EMPTY
    if len(said) > LONGEST:
        raise TOO_LONG
    return said


def _visible(access: Access) -> QuerySet[PatientMessage]:
    found = PatientMessage.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)
    return found if access.actor.visitor_id is None else found.filter(visitor_id=access.actor.visitor_id)


def _received(access: Access) -> QuerySet[PatientMessage]:
    return _visible(access).filter(is_from_team=access.actor.visitor_id is not None, read_at__isnull=True)
