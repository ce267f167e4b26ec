"""From chosen documents to the bytes of a mail, made once: XDM archive, one PDF per CDA, subject, MSSanté headers.

Référentiel socle MSSanté n° 2: ECO.2.1.1 to 2.1.6; one patient per message. The same mail always has the same bytes.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maillon.access import api as access_room
from maillon.exchange.outgoing import refusals as no
from maillon.exchange.outgoing.checking import NATIONAL_ID_ROOT, ToSend
from maillon.formats.confidentiality import VISIBILITIES
from maillon.formats.document import Author
from maillon.formats.mail_write import Envelope, SentDocument, write_message
from maillon.formats.pdf_write import write_pdf
from maillon.formats.refusal import Refused
from maillon.formats.xdm_write import XdmItem, XdmSubmission, write_xdm
from maillon.formats.xdm_write_metadata import Code
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.professionals import api as professionals
from maillon.terminology import api as terminology

VISIBILITY_SYSTEM: Final = "1.2.250.1.213.1.1.4.13"
# PDF/A leaves its metadata in clear (ISO 19005-1 §6.7.2), so a claim can be read without opening the file.
_CLAIMS_PDFA_1: Final = re.compile(rb"pdfaid:part(?:>|=[\"'])\s*1")
NOT_PDFA: Final = "Le PDF joint n’est pas un PDF/A-1\u202f: il est transmis tel qu’il a été reçu."
_PHYSICIAN, _GENERAL_PRACTICE = "G15_10", "SM26"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A document with the picture that goes beside it; `note` says what is odd in it."""

    chosen: ToSend
    pdf: bytes
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is said around the documents, and who says it."""

    mail: UUID
    sender: str
    sender_label: str
    source: UUID  # the structure
    text: str
    wants_reading: bool
    is_closing: bool = False


def rendered(chosen: ToSend) -> Rendered:
    """Raises what `write_pdf` refuses, as a sentence for a person."""
    document = chosen.document
    inside = [each for each in document.attachments if each.media_type == "application/pdf" and each.data]
    if document.level == 1 and inside:
        pdf = inside[0].data
        return Rendered(chosen=chosen, pdf=pdf, note="" if _CLAIMS_PDFA_1.search(pdf) else NOT_PDFA)
    try:
        return Rendered(chosen=chosen, pdf=write_pdf(document), note="")
    except Refused as refused:
        raise UserMessage(refused.code, refused.message) from None


def compose(access: Access, letter: Letter, documents: Sequence[Rendered], *, to: Sequence[str]) -> bytes:
    """The whole message. Raises UserMessage: E-ENV-12, 23, and what the formats refuse (E-ECR-…)."""
    at = clock.now()
    try:
        archive = write_xdm([_item(each) for each in documents], submission=_submission(access, letter, documents, at))
        message = write_message(
            _envelope(access, letter, documents, at, to=to),
            [SentDocument(document=each.chosen.document, pdf=each.pdf) for each in documents],
            xdm=archive, text=letter.text, closing=letter.is_closing,
        )  # fmt: skip
    except Refused as refused:
        raise UserMessage(refused.code, refused.message) from None
    return message.as_bytes()


def message_id(letter: Letter) -> str:
    return f"{letter.mail}@{letter.sender.partition('@')[2]}"


def _envelope(
    access: Access, letter: Letter, documents: Sequence[Rendered], at: dt.datetime, *, to: Sequence[str]
) -> Envelope:
    return Envelope(
        message_id=message_id(letter),
        sender=letter.sender,
        sender_label=letter.sender_label,
        recipients=tuple(to),
        at=clock.in_paris(at),
        product_number=os.environ.get("MAILLON_NIL") or None,
        notify=letter.sender if letter.wants_reading else None,
        ins_qualified=_is_ins_qualified(access, documents),
    )


def _is_ins_qualified(access: Access, documents: Sequence[Rendered]) -> bool:
    """X-MSS-INS: O only when our identity is qualified and every document bears that very matricule."""
    line = patients.identity(access).line
    is_qualified = line.identity_status == patients.IdentityStatus.QUALIFIED and bool(line.ins)
    return is_qualified and all(each.chosen.document.patient.ins == line.ins for each in documents)


def _item(each: Rendered) -> XdmItem:
    document = each.chosen.document
    kind = terminology.class_concept(document.type_code)
    if kind is None:
        raise no.UNKNOWN_TYPE
    media = document.attachments[0].media_type if document.level == 1 and document.attachments else None
    shape = terminology.format_concept(document.templates, media)
    return XdmItem(
        document=document,
        cda=each.chosen.data,
        class_code=Code(kind.code, kind.system, kind.label),
        format_code=Code(shape.code, shape.system, shape.label) if shape else None,
        visibility=tuple(
            Code(code, VISIBILITY_SYSTEM, VISIBILITIES[code]) for code in each.chosen.flags.codes()
        ),
    )  # fmt: skip


def _submission(access: Access, letter: Letter, documents: Sequence[Rendered], at: dt.datetime) -> XdmSubmission:
    """Numbers under 2.25 need no registration (ISO/IEC 9834-8): the structure's and the mail's own."""
    first = documents[0].chosen.document
    many = len(documents) > 1
    return XdmSubmission(
        unique_id=f"2.25.{letter.mail.int}",
        source_id=f"2.25.{letter.source.int}",
        submitted_at=clock.in_paris(at).isoformat(timespec="seconds"),
        title=f"{len(documents)} documents" if many else first.title or first.type_label or "Document",
        author=author_of(access.actor),
    )


def author_of(actor: Actor) -> Author:
    """Whoever sends, in the situation of practice of their session."""
    person = professionals.professional(actor.professional_id) if actor.professional_id is not None else None
    place = professionals.structure(actor.structure_id) if actor.structure_id is not None else None
    if person is None:
        raise access_room.AccessDenied
    skill = next(iter(person.skill_codes), _GENERAL_PRACTICE if person.profession_code == _PHYSICIAN else "")
    return Author(
        id=person.national_id,
        id_root=NATIONAL_ID_ROOT if person.national_id else None,
        family_name=person.family_name,
        given_name=person.given_name,
        profession_code=f"{person.profession_code}/{skill}" if skill else person.profession_code,
        profession_system="1.2.250.1.213.1.1.4.5",
        profession_label=person.profession,
        organization_id=f"1{place.finess}" if place and place.finess else None,
        organization_name=place.name if place else None,
    )
