"""Asking for an SMS, and following it: each step is a job, each state is moved by what the provider answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.access.api import visitors
from maillon.exchange.texting import line
from maillon.exchange.texting.rows import TextMessage
from maillon.exchange.texting.states import OPEN, TEXT, TextState
from maillon.kernel import clock, outbox
from maillon.kernel.key import Access, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.outbox import Payload
from maillon.patients import api as patients
from maillon.professionals import api as professionals

HAND_OVER: Final = "exchange.texting.hand_over"
FOLLOW: Final = "exchange.texting.follow"
Words = TextMessage.Words
# No name, no place, nothing about health: whoever picks up the telephone may read it.
TEXTS: Final = {
    Words.CALL_BACK: "Votre équipe de soins cherche à vous joindre. Merci de la rappeler{number}. "
    "Ne répondez pas à ce message."
}
GIVE_UP_AFTER: Final = dt.timedelta(hours=12)
NO_MOBILE: Final = "Pas de téléphone portable au dossier"
NO_LINE: Final = "Aucune passerelle SMS n’est branchée"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """For the people of the record: the words' name, how far, and why not."""

    uuid: UUID
    label: str
    state: TextState
    state_label: str
    at: dt.datetime
    said: str

    @property
    def is_to_replace(self) -> bool:
        """Nobody may count on it."""
        return self.state in (TextState.FAILED, TextState.UNKNOWN)


@transaction.atomic
def ask(access: Access, *, uuid: UUID, words: str, structure_id: StructureId) -> None:
    """To the mobile phone of the record, once for each `uuid`. What cannot leave is kept as not delivered, and says
    why: it is never silent."""
    number = _mobile(patients.identity(access).phone)
    lacking = NO_LINE if not line.is_plugged() else "" if number else NO_MOBILE
    row, is_new = TextMessage.objects.get_or_create(
        uuid=uuid,
        defaults={
            "patient_id": access.patient_id, "structure_id": structure_id, "words": Words(words), "to": number,
            "asked_at": clock.now(), "state": TextState.FAILED if lacking else TextState.WAITING, "said": lacking,
            "settled_at": clock.now() if lacking else None,
        },
    )  # fmt: skip
    if is_new and not lacking:
        outbox.enqueue(HAND_OVER, {"text": row.pk})


def of_record(access: Access) -> list[TextLine]:
    if access.scope != "whole":
        return []
    rows = TextMessage.objects.filter(patient_id=access.patient_id).order_by("-asked_at", "-id")
    return [
        TextLine(
            uuid=row.uuid, label=Words(row.words).label, state=TextState(row.state), at=row.settled_at or row.asked_at,
            state_label=TextState(row.state).label, said=row.said,
        )
        for row in rows
    ]  # fmt: skip


def _mobile(typed: str) -> str:
    """Empty for a landline, or what is no number."""
    try:
        return visitors.spelled_phone(typed)
    except UserMessage:
        return ""


# ------------------------------------------------------------------------------------------------ the jobs


def _begin(payload: Payload) -> None:
    """In a transaction of its own: a worker that dies in the middle leaves « en cours », and the next one asks the
    provider before it hands over again."""
    row = _open(payload)
    if row is not None:
        row.state, row.attempts = TEXT.target("begin", source=row.state), row.attempts + 1
        row.save(update_fields=["state", "attempts"])


@outbox.handles(HAND_OVER, begin=_begin)
def hand_over(payload: Payload) -> None:
    row = _open(payload)
    if row is None or row.state != TextState.SENDING:
        return
    try:
        if row.attempts > 1 and line.what_became_of(row.uuid).standing != "absent":
            _moved(row, "accept")
        else:
            line.hand_over(reference=row.uuid, to=row.to, text=_text(row))
            _moved(row, "accept")
    except line.Refused as refusal:
        _moved(row, "refuse", str(refusal))
        return
    except line.NotTaken:
        if not _is_over(row):
            raise  # the outbox waits, and tries again
        return
    outbox.enqueue(FOLLOW, {"text": row.pk}, due_at=clock.now() + dt.timedelta(seconds=20))


@outbox.handles(FOLLOW)
def follow(payload: Payload) -> None:
    """Until the provider knows; then it is final."""
    row = _open(payload)
    if row is None:
        return
    try:
        known = line.what_became_of(row.uuid)
    except line.NotTaken:
        if not _is_over(row):
            raise
        return
    if known.standing == "delivered":
        _moved(row, "deliver")
    elif known.standing in ("failed", "absent"):
        _moved(row, "lose", known.reason or "L’opérateur ne l’a pas remis")
    elif not _is_over(row):
        wait = min(max(clock.now() - row.asked_at, dt.timedelta(minutes=1)), dt.timedelta(hours=1))
        outbox.enqueue(FOLLOW, payload, due_at=clock.now() + wait)


def _open(payload: Payload) -> TextMessage | None:
    return TextMessage.objects.select_for_update(of=("self",)).filter(pk=payload["text"], state__in=OPEN).first()


def _is_over(row: TextMessage) -> bool:
    if clock.now() - row.asked_at < GIVE_UP_AFTER:
        return False
    _moved(row, "give_up", "Sans nouvelle de l’opérateur")
    return True


def _moved(row: TextMessage, name: str, said: str = "") -> None:
    row.state, row.said = TEXT.target(name, source=row.state), said[:200]
    if name == "accept":
        row.handed_at = clock.now()
    else:
        row.settled_at = clock.now()
    row.save(update_fields=["state", "said", "handed_at", "settled_at"])


def _text(row: TextMessage) -> str:
    place = StructureId(row.structure_id)
    phone = professionals.structures([place])[place].phone
    return TEXTS[Words(row.words)].format(number=f" au {shown(phone)}" if phone else "")


def shown(phone: str) -> str:
    """By twos, as French numbers are said."""
    digits = "".join(phone.split())
    return " ".join(digits[at : at + 2] for at in range(0, len(digits), 2)) if digits.isdigit() else phone
