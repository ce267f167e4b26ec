"""What arrived in the mailboxes and waits: to settle, refused, an answer that could not be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from maillon.exchange import api as exchange
from maillon.exchange.keeping import Batch, keep
from maillon.exchange.models import Mailbox, Message, OutgoingMail, ReceivedDocument
from maillon.kernel.key import StructureId
from tests.exchange import letters

if TYPE_CHECKING:
    from tests.seep.worlds import World

STRANGERS = (
    {"family": "VILLENEUVE", "given": "Ariane", "birth": "19790328", "sex": "F", "place": "51215", "ins": ""},
    {"family": "OLLIVIER", "given": "Berthe", "birth": "19510204", "sex": "F", "place": "75114", "ins": ""},
    {"family": "QUERE", "given": "Colette", "birth": "19600115", "sex": "F", "place": "29019", "ins": ""},
)


def deliver(world: World) -> None:
    for place in ("tilleuls", "officine", "port"):
        world.mailboxes[place] = exchange.register_mailbox(
            address=f"accueil@{place}.mssante.test", structure_id=StructureId(world.structures[place]),
            imap_host="127.0.0.1", imap_port=9, smtp_host="127.0.0.1", smtp_port=9, username=place, password="secret",
        )  # fmt: skip
    receive(world, "tilleuls", number=1)
    receive(world, "tilleuls", number=2)
    receive(world, "officine", number=3)
    refuse(world, "tilleuls", number=4)


def receive(world: World, place: str, *, number: int) -> UUID:
    """A report about somebody whom it does not name well enough to be filed."""
    person = STRANGERS[number % len(STRANGERS)] | {"birth": ""}
    _keep(world, place, letters.report(f"1.2.250.1.999.77.{number}", person=person, to=f"accueil@{place}.mssante.test"))
    waiting = ReceivedDocument.objects.filter(
        message__mailbox_id=world.mailboxes[place], state=ReceivedDocument.State.TO_SETTLE
    )
    return waiting.latest("id").uuid


def refuse(world: World, place: str, *, number: int) -> UUID:
    """A document that no reader opens: it declares entities."""
    hostile = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "%d">]><x>&a;</x>' % number
    _keep(world, place, letters.mail(("document.xml", "text/xml", hostile), to=f"accueil@{place}.mssante.test"))
    latest = Message.objects.filter(mailbox_id=world.mailboxes[place]).latest("id")
    found = ReceivedDocument.objects.filter(message=latest, state=ReceivedDocument.State.REFUSED).first()
    return found.uuid if found else latest.uuid


def fail(world: World, place: str, *, number: int) -> None:
    OutgoingMail.objects.create(
        mailbox_id=world.mailboxes[place], message_id=f"<{number}@essai>", kind="mdn", recipient="x@y.test", data=b"x",
        state=OutgoingMail.State.FAILED, error="refusé",
    )  # fmt: skip


def _keep(world: World, place: str, message: bytes) -> None:
    box = Mailbox.objects.get(pk=world.mailboxes[place])
    uid = box.last_uid + 1
    keep(Batch(mailbox_id=box.pk, uid_validity=1, last_uid=uid, seen_uid=uid, messages={uid: message}))
    while exchange.process_next():
        pass
