"""What a message holds: each document, with what its metadata say of it, or why it is refused. Pure: no database."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from maillon.exchange.rendering import shows
from maillon.formats import media
from maillon.formats.cda.header import Header
from maillon.formats.cda.read import CdaReading, open_cda
from maillon.formats.document import Anomaly, ClinicalDocument, PatientTraits
from maillon.formats.fhir.published import Published
from maillon.formats.mail import MailAttachment, ReceivedMail
from maillon.formats.refusal import Refused
from maillon.formats.xdm import SEVERAL_PATIENTS, XdmDocument, XdmMetadata, XdmPackage, compare, read_xdm

# What may be filed as it is, whatever it is joined to. Anything else that is not a CDA is refused by its nature.
FILES: Final = frozenset({
    media.PDF, media.PNG, media.JPEG, media.TIFF, media.GIF, media.TEXT, media.RTF, media.DOCX, media.XLSX, media.PPTX,
    media.ODT, media.OLE, media.DICOM,
})  # fmt: skip
NOT_ADMITTED: Final = Refused("E-MSG-23", "Ce type de fichier n’est pas admis dans un dossier de patient.")
_SIGNATURES: Final = frozenset({
    "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature", "text/calendar",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a person must look before it is filed."""

    code: str
    message: str


SEVERAL_IN_MESSAGE: Final = Doubt("D-MSG-01", "Le message contient des documents de plusieurs patients.")
SEVERAL_IN_DOCUMENT: Final = Doubt("D-MSG-02", "Le document désigne plusieurs patients.")
OTHER_SUBJECT: Final = Doubt("D-MSG-03", "L’objet du message désigne un autre patient que le document.")
NOT_FOLLOWED: Final = Doubt("D-MSG-04", "Ce patient n’est pas encore suivi par votre structure.")
WITHOUT_IDENTITY: Final = Doubt("D-MSG-05", "Ce fichier ne dit pas de quel patient il s’agit.")
TEXT_ONLY: Final = Doubt("D-MSG-06", "Message sans document joint\u202f: à lire, puis à rattacher ou à écarter.")
CONFLICT: Final = Doubt(
    "D-MSG-07", "Un document portant le même identifiant est déjà classé, avec un contenu ou un patient différent."
)
CORRECTS_ANOTHER: Final = Doubt(
    "D-MSG-08", "Ce document corrige un document qui est classé dans le dossier d’un autre patient."
)
WAS_WITHDRAWN: Final = Doubt(
    "D-MSG-09", "Ce document a été retiré du dossier où il était classé\u202f: à rattacher de nouveau, ou à écarter."
)


UNKNOWN_PATIENT: Final = Doubt("D-FHIR-01", "Ce patient n’est pas encore connu ici\u202f: à créer, ou à retrouver.")
OTHER_PATIENT: Final = Doubt("D-FHIR-02", "Le document désigne un autre patient que le logiciel qui l’a publié.")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One document of a message. `cda` when it is one; `refused` when it may not be read further."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    cda: CdaReading | None = field(default=None, repr=False)
    metadata: XdmMetadata | None = None
    anomalies: tuple[Anomaly, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    refused: Refused | None = None
    is_rendering: bool = False  # the PDF picture of a CDA of the same message (ECO.2.1.1)
    title_hint: str = ""
    source: str = "mssante"
    replaces: str = ""  # the unique id of a document that this one replaces, when it does not say so itself

    @property
    def header(self) -> Header | None:
        return self.cda.header if self.cda else None

    @cached_property
    def traits(self) -> PatientTraits | None:
        """The CDA's header; for another file, what its metadata say. None when nothing names a patient."""
        if self.header is not None:
            return self.header.patient
        return _traits_of(self.metadata) if self.metadata else None

    @property
    def confidentiality(self) -> tuple[str, ...]:
        """Every code of confidentiality or visibility that is said of it, by its header as by its metadata."""
        announced = [each.code for each in self.metadata.confidentiality] if self.metadata else []
        return tuple(filter(None, (self.header.confidentiality if self.header else None, *announced)))

    @property
    def title(self) -> str:
        if self.header is not None:
            return self.header.title or self.header.type_label or ""
        return (self.metadata.title if self.metadata else None) or self.title_hint or self.name

    @property
    def type_code(self) -> str:
        if self.header is not None:
            return self.header.type_code or ""
        return (self.metadata.type.code if self.metadata and self.metadata.type else None) or ""


def findings(mail: ReceivedMail) -> list[Finding]:
    """In the order of the message. Refusals concern one document; the others are still read."""
    return _with_renderings(as_attached(mail))


def as_attached(mail: ReceivedMail) -> list[Finding]:
    """The same, before anything is compared with anything."""
    found = [finding for attachment in mail.attachments for finding in _of_attachment(attachment)]
    return found if found or not mail.body_text.strip() else [_text(mail)]


def _of_attachment(attachment: MailAttachment) -> Iterator[Finding]:
    if attachment.declared_type in _SIGNATURES:
        return
    if attachment.media_type == media.ZIP:
        yield from _of_archive(attachment)
    elif attachment.media_type in (media.CDA, media.XML):
        yield finding_of_cda(attachment.name, attachment.data)
    elif attachment.media_type in FILES:
        yield Finding(
            name=attachment.name, media_type=attachment.media_type, data=attachment.data, doubts=(WITHOUT_IDENTITY,)
        )
    else:
        yield Finding(
            name=attachment.name, media_type=attachment.media_type, data=attachment.data, refused=NOT_ADMITTED
        )


def _of_archive(attachment: MailAttachment) -> Iterator[Finding]:
    try:
        package = read_xdm(attachment.data)
    except Refused as refused:
        yield Finding(name=attachment.name, media_type=media.ZIP, data=attachment.data, refused=refused)
        return
    for document in package.documents:
        yield _of_xdm(document, package)


def _of_xdm(document: XdmDocument, package: XdmPackage) -> Finding:
    name = posixpath.basename(document.name)
    kind = media.sniff(document.data, document.name)
    if kind in (media.CDA, media.XML):
        finding = finding_of_cda(name, document.data)
    elif kind in FILES:
        finding = Finding(name=name, media_type=kind, data=document.data)
    else:
        return Finding(name=name, media_type=kind, data=document.data, refused=NOT_ADMITTED)
    finding = replace(finding, metadata=document.metadata)
    return _compared(finding, package)


def finding_of_published(published: Published) -> Finding:
    """What a partner's software published, its metadata beside it."""
    said = published.metadata
    kind = media.sniff(published.data, said.title or "")
    name = said.title or said.unique_id or ""
    if kind in (media.CDA, media.XML):
        finding = finding_of_cda(name, published.data)
    elif kind in FILES:
        finding = Finding(name=name, media_type=kind, data=published.data)
    else:
        return Finding(name=name, media_type=kind, data=published.data, refused=NOT_ADMITTED)
    return _compared(replace(finding, metadata=said, replaces=published.replaces), XdmPackage())


def _compared(finding: Finding, package: XdmPackage) -> Finding:
    """What metadata, bytes and header say side by side: refused, to settle, or only noted."""
    if finding.refused is not None:
        return finding
    anomalies, doubts = [*finding.anomalies], [*finding.doubts]
    for anomaly in package.anomalies:
        if anomaly.code == SEVERAL_PATIENTS:
            doubts.append(Doubt(anomaly.code, anomaly.message))
        else:
            anomalies.append(anomaly)
    said = compare(finding.metadata, finding.data, _as_document(finding.header)) if finding.metadata else ()
    for each in said:
        if each.fatal:
            return replace(finding, refused=Refused(each.code, each.message))
        if each.about_identity:
            doubts.append(Doubt(each.code, each.message))
        else:
            anomalies.append(Anomaly(code=each.code, message=each.message))
    if finding.traits is None:
        doubts.append(WITHOUT_IDENTITY)
    return replace(finding, anomalies=tuple(anomalies), doubts=tuple(doubts))


def finding_of_cda(name: str, data: bytes) -> Finding:
    try:
        cda = open_cda(data)
        several = cda.header.patients_named > 1
    except Refused as refused:
        return Finding(name=name, media_type=media.XML, data=data, refused=refused)
    doubts = (SEVERAL_IN_DOCUMENT,) if several else ()
    return Finding(name=name, media_type=media.XML, data=data, cda=cda, doubts=doubts)


def _as_document(header: Header | None) -> ClinicalDocument | None:
    """Only the fields that metadata also state."""
    if header is None:
        return None
    return ClinicalDocument(
        type_code=header.type_code,
        title=header.title,
        created_at=header.created_at,
        confidentiality=header.confidentiality,
        language=header.language,
        version=header.version,
        patient=header.patient,
    )


def _traits_of(metadata: XdmMetadata) -> PatientTraits | None:
    info, identifier = metadata.source_patient_info, metadata.patient_id
    if identifier is None and not info.family:
        return None
    return PatientTraits(
        ins=identifier.value if identifier else None,
        ins_oid=identifier.oid if identifier else None,
        birth_family_name=info.family,
        used_family_name=info.used_family,
        birth_given_names=info.given,
        birth_date=info.birth_date,
        sex="F" if info.sex == "F" else "M" if info.sex == "M" else None,
        birth_place_code=info.birth_place,
    )


def _with_renderings(found: list[Finding]) -> list[Finding]:
    """One PDF at most stands beside each CDA, to be read without software (ECO.2.1.1): the same document, not another.
    Another is what nothing proves to be the same: a person will say."""
    waiting = [each.cda for each in found if each.cda is not None and each.refused is None]
    marked = []
    for each in found:
        is_beside = each.media_type == media.PDF and each.metadata is None
        shown = next((cda for cda in waiting if shows(each.data, cda)), None) if is_beside else None
        if shown is not None:
            waiting.remove(shown)
        marked.append(replace(each, is_rendering=shown is not None))
    return marked


def _text(mail: ReceivedMail) -> Finding:
    data = mail.body_text.encode()
    return Finding(
        name="message.txt", media_type=media.TEXT, data=data, doubts=(TEXT_ONLY,), title_hint=mail.subject[:300]
    )
