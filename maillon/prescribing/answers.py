"""Answers to cards: passed over with a reason, or followed; kept, and asked for before signing (E-LAP-02)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.prescribing.advising import Advice
from maillon.prescribing.cards import Card
from maillon.prescribing.knowledge import knowledge
from maillon.prescribing.models import Answer, ShownCard

OTHER: Final = "autre"
LONGEST_COMMENT: Final = 500
UNSAID: Final = "sans motif"  # what a software reports of a card that asked for none
NO_REASON = UserMessage("E-LAP-02", "Pour passer outre cette alerte, choisissez un motif\u202f; « autre » se précise.")
NOT_THERE = UserMessage("E-LAP-07", "Cette alerte n’est plus là\u202f: le dossier ou l’ordonnance a changé. Relisez.")


class _Told(Protocol):
    """A card, or what was kept of one."""

    @property
    def key(self) -> str: ...
    @property
    def indicator(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def summary(self) -> str: ...


class Unanswered(UserMessage):
    """What is left to correct or to answer before signing; its code is that of the first card."""

    def __init__(self, cards: Sequence[Card]) -> None:
        first = cards[0]
        many = f"{len(cards)} alertes attendent" if len(cards) > 1 else "Une alerte attend"
        super().__init__(
            first.code or "E-LAP-02",
            f"{many} une correction ou un motif avant de signer. La première\u202f: {first.summary}",
        )
        self.cards = tuple(cards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    key: str
    reason: str
    comment: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a software reports of one card. `reason`: the code of one of our motives, if it is one."""

    card: UUID
    is_accepted: bool
    reason: str
    comment: str
    at: dt.datetime


@transaction.atomic
def pass_over(access: Access, advice: Advice, *, occasion: UUID, key: str, reason: str, comment: str = "") -> None:
    """One card of what is advised now. Raises E-LAP-02 without a reason, E-LAP-07 when the card is not there."""
    card = next((each for each in advice.cards if each.key == key), None)
    if card is None:
        raise NOT_THERE
    comment = storable(comment.strip())[:LONGEST_COMMENT]
    if reason not in {each.code for each in knowledge().base.motifs} or (reason == OTHER and not comment):
        raise NO_REASON
    _keep(
        access, card, occasion=occasion, outcome=Answer.Outcome.OVERRIDDEN, reason=reason, comment=comment,
        at=clock.now(),
    )  # fmt: skip


def answered(access: Access, occasion: UUID, advice: Advice) -> dict[str, Answered]:
    """One's own answers for this occasion, the latest of each card; those to what the card still says. « Pregnancy not
    stated » and « contraindicated, pregnant » have one key: the answer to the first is none to the second."""
    if not advice.cards:
        return {}
    said = {card.key: card.summary for card in advice.cards}
    rows = [
        row
        for row in _mine(access).filter(occasion=occasion).order_by("pk")
        if said.get(row.key) == row.summary
    ]
    return {row.key: Answered(key=row.key, reason=row.reason, comment=row.comment, at=row.answered_at) for row in rows}


def must_be_answered(access: Access, advice: Advice, *, occasion: UUID) -> None:
    """Before signing. Raises Unanswered (E-LAP-01, 02, 04, 05, 06)."""
    held = answered(access, occasion, advice)
    left = [card for card in advice.to_answer() if card.key not in held]
    if left:
        raise Unanswered(left)


# ------------------------------------------------------------------------------------------------ partners' software


@transaction.atomic
def note_shown(access: Access, cards: Iterable[Card], *, hook: str, instance: UUID) -> dict[str, UUID]:
    """Key → the card's own number for this call; the same call again gives the same numbers."""
    client = access.actor.client_id
    if client is None:
        raise access_room.AccessDenied
    rows = [
        ShownCard(
            uuid=uuid5(NAMESPACE_URL, f"{client}/{access.patient_uuid}/{instance}/{card.key}"),
            patient_id=access.patient_id, client_id=client, professional_id=access.actor.professional_id, hook=hook,
            key=card.key, indicator=card.indicator, code=card.code, summary=card.summary,
            knowledge=knowledge().base.version, shown_at=clock.now(),
        )
        for card in cards
    ]  # fmt: skip
    ShownCard.objects.bulk_create(rows, ignore_conflicts=True)
    return {row.key: row.uuid for row in rows}


def patient_of(actor: Actor, card: UUID) -> PatientId:
    """Whose record to open for an answer; 0 alike for a card that is nowhere and for one given to another software."""
    rows = ShownCard.objects.filter(uuid=card, client_id=actor.client_id or 0)
    found = rows.values_list("patient_id", flat=True).first()
    return PatientId(found or 0)


@transaction.atomic
def note_said(access: Access, said: Said) -> None:
    """Once for the same card, instant and reason."""
    row = ShownCard.objects.filter(
        uuid=said.card, client_id=access.actor.client_id or 0, patient_id=access.patient_id
    ).first()
    if row is None:
        raise access_room.AccessDenied
    outcome = Answer.Outcome.ACCEPTED if said.is_accepted else Answer.Outcome.OVERRIDDEN
    comment, at = storable(said.comment.strip())[:LONGEST_COMMENT], min(said.at, clock.now())
    if outcome == Answer.Outcome.OVERRIDDEN and not said.reason and not comment:
        if row.indicator == "critical":
            raise NO_REASON
        comment = UNSAID
    what = {"outcome": outcome, "reason": said.reason[:40], "comment": comment}
    if not _mine(access).filter(occasion=said.card, answered_at=at, **what).exists():
        _keep(access, row, occasion=said.card, at=at, **what)


def _keep(
    access: Access, card: _Told, *, occasion: UUID, outcome: str, reason: str, comment: str, at: dt.datetime
) -> None:
    Answer.objects.create(
        patient_id=access.patient_id, professional_id=access.actor.professional_id, client_id=access.actor.client_id,
        occasion=occasion, key=card.key, indicator=card.indicator, code=card.code, summary=card.summary,
        outcome=outcome, reason=reason, comment=comment, knowledge=knowledge().base.version,
        answered_at=at,
    )  # fmt: skip


def _mine(access: Access) -> QuerySet[Answer]:
    """An answer may tell what only its writer may read: it is theirs alone."""
    actor = access.actor
    return Answer.objects.filter(
        patient_id=access.patient_id, professional_id=actor.professional_id, client_id=actor.client_id
    )
