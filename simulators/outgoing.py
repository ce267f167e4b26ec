"""A document on its way out of a house of the territory, and the bytes that it becomes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from maillon.formats.cda.write import write_cda
from maillon.formats.cda.write_parties import Contact, Contacts
from maillon.formats.document import Attachment, ClinicalDocument
from maillon.formats.pdf_write import write_pdf
from simulators.people import Territory

# eDISP-MED 2024.01 and VSM 2023.01 have no place for their page: the PDF goes beside them.
WITHOUT_COPY: Final = frozenset({"60593-1", "SYNTH"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingDocument:
    """`document` has no bytes yet: its PDF and its CDA are made by `render`."""

    document: ClinicalDocument
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    patient: str  # key in the territory
    sent_at: datetime
    story: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedDocument:
    document: ClinicalDocument  # with its PDF among the attachments, where its type has a place for it
    cda: bytes
    pdf: bytes


def address_book(territory: Territory) -> Contacts:
    """Address and telecoms of every structure, mailbox of every professional, by national id."""
    book: dict[str, Contact] = {}
    for house in territory.structures:
        book[house.national_id] = Contact(
            address=(house.street, f"{house.postal_code} {house.city}"),
            telecoms=(f"tel:{house.phone}", f"mailto:{house.mailbox}"),
        )
    for person in territory.professionals:
        if person.national_id:
            book[person.national_id] = Contact(
                telecoms=(f"mailto:{person.mailbox}",), profession_label=person.profession_label
            )
    return book


def render(document: ClinicalDocument, *, contacts: Contacts) -> RenderedDocument:
    pdf = write_pdf(document, contacts=contacts)
    copy = Attachment(
        media_type="application/pdf",
        size=len(pdf),
        sha256=hashlib.sha256(pdf).hexdigest(),
        title=document.title,
        data=pdf,
    )
    holds_its_copy = document.level == 1 or document.type_code not in WITHOUT_COPY
    complete = replace(document, attachments=(copy,)) if holds_its_copy else document
    return RenderedDocument(document=complete, cda=write_cda(complete, contacts=contacts), pdf=pdf)
