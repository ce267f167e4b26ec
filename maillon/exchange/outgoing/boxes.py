"""From which mailboxes somebody may send, and who reads or sends in place of another: delegations with their dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access import api as access_room
from maillon.exchange.models import Mailbox
from maillon.exchange.outgoing import refusals as no
from maillon.exchange.outgoing.models import MailboxDelegation
from maillon.exchange.outgoing.shapes import SendingMailbox
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals

NOT_YOURS_TO_GIVE: Final = UserMessage("E-ENV-40", "Seuls le titulaire de la boîte et le référent peuvent la déléguer.")
NOBODY: Final = UserMessage("E-ENV-41", "Choisissez une personne en activité, autre que le titulaire.")
NOTHING_GIVEN: Final = UserMessage("E-ENV-42", "Cochez ce que vous déléguez\u202f: lire, envoyer, ou les deux.")
WRONG_DATES: Final = UserMessage("E-ENV-43", "La fin de la délégation ne peut pas précéder son début, ni être passée.")
UNKNOWN: Final = UserMessage("E-ENV-44", "Cette délégation n’existe pas, ou n’est pas à vous.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationLine:
    uuid: UUID
    mailbox: str
    delegate: str
    may_read: bool
    may_send: bool
    start: dt.date
    end: dt.date | None
    given_by: str
    ended_at: dt.datetime | None
    ended_by: str
    is_current: bool
    may_end: bool


def may_send_from(actor: Actor) -> list[SendingMailbox]:
    """One's own first, then the structure's, then those that were delegated."""
    active = Mailbox.objects.filter(is_active=True).select_related("professional", "structure")
    own = active.filter(professional_id=actor.professional_id) if actor.professional_id is not None else active.none()
    shared = active.filter(professional__isnull=True, structure_id__in=actor.structure_ids)
    delegated = active.filter(pk__in=_in_force(actor).filter(may_send=True).values("mailbox"))
    found: dict[int, SendingMailbox] = {}
    for boxes, through in ((own, "la vôtre"), (shared, "votre structure"), (delegated, "déléguée")):
        for box in boxes.order_by("structure_id", "id"):
            found.setdefault(box.pk, SendingMailbox(id=box.pk, address=box.address, label=label(box), through=through))
    return list(found.values())


def mailbox_for(actor: Actor, asked: str | None) -> Mailbox:
    """The mailbox of that address, else the first one. Raises E-ENV-15, 16."""
    open_to = may_send_from(actor)
    if not open_to:
        raise no.NO_MAILBOX
    chosen = next((each for each in open_to if asked in (None, "", each.address)), None)
    if chosen is None:
        raise no.NOT_YOUR_MAILBOX
    return Mailbox.objects.select_related("professional", "structure").get(pk=chosen.id)


def label(box: Mailbox) -> str:
    """What the recipient reads beside the address: the holder, and where they work."""
    return f"{box.professional} – {box.structure}" if box.professional else str(box.structure)


def opened_to(actor: Actor, *, path: str) -> Q:
    """Mailboxes whose arrivals the actor reads: those of their structures, and those delegated to them today. `path`
    leads from the row to its mailbox."""
    delegated = _in_force(actor).filter(may_read=True).values("mailbox")
    return Q(**{f"{path}__structure_id__in": list(actor.structure_ids)}) | Q(**{f"{path}__in": delegated})


def given(actor: Actor) -> list[DelegationLine]:
    """Of the actor's own mailboxes and of those they may referee, and those given to them: in force first."""
    theirs = Q(delegate_id=actor.professional_id) | Q(mailbox__in=_to_give(actor))
    rows = MailboxDelegation.objects.filter(theirs).select_related("mailbox", "delegate")
    lines = [_line(row, actor) for row in rows.order_by("-start", "-id")[:200]]
    return sorted(lines, key=lambda line: not line.is_current)


def to_give(actor: Actor) -> list[SendingMailbox]:
    """Mailboxes that the actor may delegate."""
    boxes = _to_give(actor).select_related("professional", "structure").order_by("id")
    return [SendingMailbox(id=box.pk, address=box.address, label=label(box), through="") for box in boxes]


@transaction.atomic
def delegate(
    actor: Actor,
    *,
    address: str,
    delegate_id: ProfessionalId,
    may_read: bool,
    may_send: bool,
    start: dt.date,
    end: dt.date | None = None,
) -> UUID:
    """Raises E-ENV-40 to 43. The same again gives the same delegation."""
    box = _to_give(actor).filter(address=address.strip().lower()).first()
    if box is None:
        raise NOT_YOURS_TO_GIVE
    person = professionals.professional(delegate_id)
    if person is None or not person.is_active or delegate_id == box.professional_id:
        raise NOBODY
    if not (may_read or may_send):
        raise NOTHING_GIVEN
    if end is not None and (end < start or end < clock.today()):
        raise WRONG_DATES
    row, _ = MailboxDelegation.objects.get_or_create(
        mailbox=box, delegate_id=delegate_id, may_read=may_read, may_send=may_send, start=start, end=end,
        ended_at__isnull=True, defaults={"given_by": actor.label, "given_at": clock.now()},
    )  # fmt: skip
    return row.uuid


@transaction.atomic
def end_delegation(actor: Actor, uuid: UUID) -> None:
    """By who may give it, or by the delegate who hands it back. Idempotent: the first end stays. Raises E-ENV-44."""
    theirs = Q(delegate_id=actor.professional_id) | Q(mailbox__in=_to_give(actor))
    row = MailboxDelegation.objects.select_for_update(of=("self",)).filter(theirs, uuid=uuid).first()
    if row is None:
        raise UNKNOWN
    if row.ended_at is None:
        row.ended_at, row.ended_by = clock.now(), actor.label
        row.save(update_fields=["ended_at", "ended_by"])


def _to_give(actor: Actor) -> QuerySet[Mailbox]:
    """One's own; those of the structure that they answer for, for the referent and the administrator."""
    mine = Q(professional_id=actor.professional_id) if actor.professional_id is not None else Q(pk__in=[])
    if actor.is_referent or actor.is_administrator:
        mine |= Q(structure_id__in=access_room.rule.governed(actor))
    return Mailbox.objects.filter(mine, is_active=True)


def _in_force(actor: Actor) -> QuerySet[MailboxDelegation]:
    today = clock.today()
    return MailboxDelegation.objects.filter(
        Q(end__isnull=True) | Q(end__gte=today), delegate_id=actor.professional_id or 0, start__lte=today,
        ended_at__isnull=True,
    )  # fmt: skip


def _line(row: MailboxDelegation, actor: Actor) -> DelegationLine:
    today = clock.today()
    is_over = row.ended_at is not None or (row.end is not None and row.end < today)
    return DelegationLine(
        uuid=row.uuid,
        mailbox=row.mailbox.address,
        delegate=str(row.delegate),
        may_read=row.may_read,
        may_send=row.may_send,
        start=row.start,
        end=row.end,
        given_by=row.given_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        is_current=not is_over and row.start <= today,
        may_end=not is_over,
    )
