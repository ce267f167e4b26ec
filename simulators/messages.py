"""From outgoing documents to MSSanté messages: one patient per message, the documents of one moment together."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from maillon.formats.cda.write_parties import Contacts
from maillon.formats.mail_write import Envelope, SentDocument, write_message
from maillon.formats.xdm_write import XdmItem, XdmSubmission, write_xdm
from simulators.making import NAMESPACE
from simulators.outgoing import OutgoingDocument, RenderedDocument, address_book, render
from simulators.people import Territory
from simulators.types import kind_of

PRODUCT_NUMBER: Final = "SIMULATEUR-DE-DEMONSTRATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    at: datetime
    data: bytes
    documents: tuple[str, ...]  # ids of the documents carried
    patient: str = ""


def messages(territory: Territory, documents: Iterable[OutgoingDocument]) -> Iterator[OutgoingMessage]:
    """Documents of one patient, from one house to the same readers, on one day, that follow each other go together."""
    contacts = address_book(territory)
    for _, group in groupby(
        documents, key=lambda each: (each.patient, each.sender, each.recipients, each.sent_at.date())
    ):
        yield compose(territory, tuple(group), contacts=contacts)


def compose(territory: Territory, documents: Sequence[OutgoingDocument], *, contacts: Contacts) -> OutgoingMessage:
    rendered = [render(each.document, contacts=contacts) for each in documents]
    archive = write_xdm([item_of(each) for each in rendered], submission=submission_of(documents, territory=territory))
    return as_message(territory, documents, rendered=rendered, archive=archive)


def as_message(
    territory: Territory, documents: Sequence[OutgoingDocument], *, rendered: Sequence[RenderedDocument], archive: bytes
) -> OutgoingMessage:
    first, last = documents[0], documents[-1]
    envelope = Envelope(
        message_id=message_id(documents),
        sender=first.sender,
        sender_label=first.sender_name,
        recipients=first.recipients,
        at=last.sent_at,
        product_number=PRODUCT_NUMBER,
        notify=first.sender,
        ins_qualified=all(each.document.patient.ins is not None for each in documents),
    )
    sent = [SentDocument(document=each.document, pdf=each.pdf) for each in rendered]
    message = write_message(envelope, sent, xdm=archive, text=_text(first))
    return OutgoingMessage(
        message_id=envelope.message_id,
        sender=first.sender,
        recipients=first.recipients,
        at=last.sent_at,
        data=message.as_bytes(),
        documents=tuple(each.document.version.id or "" for each in documents),
        patient=first.patient,
    )


def message_id(documents: Sequence[OutgoingDocument]) -> str:
    named = "/".join(each.document.version.id or "" for each in documents)
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@{documents[0].sender.partition('@')[2]}"


def item_of(rendered: RenderedDocument) -> XdmItem:
    kind = kind_of(rendered.document.type_code or "")
    return XdmItem(document=rendered.document, cda=rendered.cda, class_code=kind.class_code)


def submission_of(documents: Sequence[OutgoingDocument], *, territory: Territory) -> XdmSubmission:
    first = documents[0]
    number = uuid.uuid5(NAMESPACE, message_id(documents)).int
    house = next(each for each in territory.structures if each.mailbox == first.sender)
    return XdmSubmission(
        unique_id=f"2.25.{number}",
        source_id=house.local_root,
        title=first.document.title or "",
        submitted_at=documents[-1].sent_at.isoformat(timespec="seconds"),
        author=first.document.authors[0],
    )


def _text(document: OutgoingDocument) -> str:
    return (
        "Bonjour,\n\nVeuillez trouver ci-joint un ou plusieurs documents concernant votre patient.\n\n"
        f"Cordialement,\n{document.sender_name}\n"
    )
