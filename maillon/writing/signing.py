"""Signing: what was previewed becomes a document, checked like any document received, and filed once.

The signature is the act of a person authenticated by two factors, with its time: a simple electronic signature (eIDAS
art. 3, 10), and the page says so. The document names them as legalAuthenticator.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats.cda.read import open_cda, read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.document import Attachment, ClinicalDocument, Section
from maillon.formats.pdf_write import write_pdf
from maillon.formats.refusal import Refused
from maillon.kernel import clock
from maillon.kernel.key import Access, StructureId
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.tasks import api as tasks
from maillon.writing import drafts
from maillon.writing.composing import Composed, compose
from maillon.writing.drafts import DraftView
from maillon.writing.faults import TO_SIGNATURE, Fault
from maillon.writing.models import Draft
from maillon.writing.recipients import Recipient, contacts_of

log = logging.getLogger(__name__)
PDF = "application/pdf"

CHANGED = UserMessage(
    "E-RED-20", "Le dossier ou le texte a changé depuis l’aperçu\u202f: relisez l’aperçu ci-dessous, puis signez."
)
NOT_CONFORMING = UserMessage(
    "E-RED-21",
    "Ce document ne peut pas être signé\u202f: il ne serait pas conforme aux règles nationales. Rien n’a été "
    "classé, votre brouillon est gardé. Prévenez l’administrateur avec ce code.",
)


class NotReady(UserMessage):
    """Something is missing or wrong; the page says what, beside each field."""

    def __init__(self) -> None:
        super().__init__("E-RED-22", "Il reste des points à compléter avant de signer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What the recipient would receive: the PDF, and the document from which the pages are drawn. `pdf` is None when
    it could not be typeset; the faults say why."""

    draft: DraftView
    composed: Composed
    pdf: bytes | None
    coded: tuple[Section, ...] = ()  # the narrative of a structured document, as its reader's software shows it

    @property
    def is_ready(self) -> bool:
        return not self.composed.faults and self.pdf is not None


def preview(access: Access, uuid: UUID) -> Preview:
    draft, now = drafts.read(access, uuid), clock.now()
    composed = compose(access, draft, at=now)
    if composed.is_structured and not composed.faults:
        return _structured_preview(draft, composed)
    try:
        pdf = write_pdf(composed.document, contacts=composed.contacts, identity_status=composed.status, draft=True)
    except Refused as refusal:
        return _not_typeset(draft, composed, refusal)
    return Preview(draft=draft, composed=composed, pdf=pdf)


def _not_typeset(draft: DraftView, composed: Composed, refusal: Refused) -> Preview:
    fault = Fault(field=TO_SIGNATURE, code=refusal.code, message=refusal.message)
    return Preview(draft=draft, composed=replace(composed, faults=(*composed.faults, fault)), pdf=None)


def _structured_preview(draft: DraftView, composed: Composed) -> Preview:
    """From the very CDA that would be signed, as the recipient's software reads it; what its type refuses is said."""
    try:
        read = read_cda(write_cda(composed.document, contacts=composed.contacts))
        pdf = write_pdf(read, contacts=composed.contacts, identity_status=composed.status, draft=True)
    except Refused as refusal:
        return _not_typeset(draft, composed, refusal)
    return Preview(draft=draft, composed=composed, pdf=pdf, coded=read.sections)


def check(access: Access, uuid: UUID) -> tuple[Fault, ...]:
    """What is missing or wrong, without typesetting anything."""
    return compose(access, drafts.read(access, uuid), at=clock.now()).faults


@transaction.atomic
def sign(access: Access, uuid: UUID, *, fingerprint: str) -> UUID:
    """The uuid of the document filed. Signed twice, it is one document. Raises E-RED-01, 03, 05, 20, 21, 22."""
    row = Draft.objects.select_for_update(of=("self",)).filter(uuid=uuid, patient_id=access.patient_id).first()
    if row is not None and row.document_uuid is not None and row.professional_id == access.actor.professional_id:
        return row.document_uuid
    row = drafts.locked(access, uuid)
    draft, now = drafts.view_of(row), clock.now()
    drafts.refuse_who_may_not(access, draft.letter)
    if draft.corrects is not None:
        documents.hold_versions(access)
        if documents.read(access, draft.corrects).status != "current":
            raise drafts.NOT_THE_LAST
    composed = compose(access, draft, at=now)
    if composed.faults:
        raise NotReady
    if composed.fingerprint != fingerprint:
        raise CHANGED
    filed = _file(access, composed, now=now)
    if composed.is_hidden_from_patient:
        _keep_for_the_announcement(access, filed.uuid)
    Draft.objects.filter(pk=row.pk).update(
        signed_at=now, document_uuid=filed.uuid, saved_at=now, set_aside=None, set_aside_at=None
    )
    return filed.uuid


def written(composed: Composed) -> tuple[ClinicalDocument, bytes]:
    """The document, and its CDA: what leaves the house. Raises E-RED-21, or the refusal of its type (E-ECR-…)."""
    document = composed.document
    try:
        if not composed.is_structured:
            pdf = write_pdf(document, contacts=composed.contacts, identity_status=composed.status, signed=True)
            document = replace(document, attachments=(_as_attachment(document, pdf),))
        data = write_cda(document, contacts=composed.contacts)
        anomalies = open_cda(data).conformance.anomalies
    except Refused as refusal:
        log.warning("a document could not be written: %s", refusal.code)
        raise UserMessage(refusal.code, refusal.message) if composed.is_structured else NOT_CONFORMING from None
    if anomalies:
        log.warning("a document does not conform: %s", ", ".join(each.code for each in anomalies))
        raise NOT_CONFORMING
    return document, data


def paper(access: Access, uuid: UUID) -> documents.Original:
    """The PDF to hand over: the one filed with the document; for a structured document, its pages made from it."""
    view = documents.read(access, uuid)
    if view.document is None:
        return documents.original(access, uuid)
    if any(each.media_type == PDF for each in view.document.attachments):
        return documents.attachment(access, uuid, 0)
    place = access.actor.structure_id
    line = patients.identity(access).line
    # The symbol says a verified matricule: not one that the patient no longer bears, or that a sender alone gave.
    status = line.identity_status if line.ins == view.document.patient.ins else None
    pdf = write_pdf(
        view.document, contacts=contacts_of([place] if place is not None else []), identity_status=status, signed=True
    )
    day = clock.in_paris(view.act_at).date()
    return documents.Original(data=pdf, media_type=PDF, file_name=f"document-{day}.pdf")


def _file(access: Access, composed: Composed, *, now: dt.datetime) -> documents.Filed:
    complete, data = written(composed)
    filing = documents.from_cda(open_cda(data).for_filing(), data, source=drafts.SOURCE)
    filing = replace(filing, text=_words(complete))
    readers = [reader for each in composed.people for reader in _reader(access, each)]
    return documents.file(access, filing, readers=readers, received_at=now)


def _reader(access: Access, person: Recipient) -> list[tasks.Reader]:
    """A recipient of the circle has it « à lire »; another one receives it when it is sent to them."""
    if person.professional_id is None or person.structure_id is None:
        return []
    team = access_room.team.care_team(access)
    is_inside = any(
        each.professional_id == person.professional_id or each.structure_id == person.structure_id for each in team
    )
    if not is_inside:
        return []
    return [tasks.Reader(professional_id=person.professional_id, structure_id=StructureId(person.structure_id))]


def _keep_for_the_announcement(access: Access, uuid: UUID) -> None:
    """It repeats a document that waits for its announcement: it waits as well (CSP R1111-53)."""
    try:
        documents.visibility.hide_from_patient(access, uuid, reason="reprend un document en attente d’annonce")
    except UserMessage as refusal:
        if refusal.code != "E-ACC-60":  # it has waited once already
            raise


def _as_attachment(document: ClinicalDocument, pdf: bytes) -> Attachment:
    return Attachment(
        media_type=PDF, size=len(pdf), sha256=hashlib.sha256(pdf).hexdigest(), title=document.title, data=pdf
    )


def _words(document: ClinicalDocument) -> str:
    lines = [document.title or ""]
    for section in document.sections:
        lines += [section.title or "", section.text]
    return "\n".join(each for each in lines if each)
