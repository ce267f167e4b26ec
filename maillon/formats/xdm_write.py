"""IHE XDM archive: the documents of one patient, with the complete ebRIM metadata that their headers give.

IHE ITI TF-3 §4.2, CI-SIS volet Partage de documents de santé. The same arguments give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from lxml import etree

from maillon.formats.document import Author, ClinicalDocument
from maillon.formats.refusal import Refused
from maillon.formats.xdm_write_metadata import Code, EntryBuilder, SetBuilder, request_root

ARCHIVE_NAME: Final = "IHE_XDM.zip"
SUBSET: Final = "IHE_XDM/SUBSET01"
_NAMESPACE: Final = uuid.UUID("0b1e4f52-7a6c-5d0f-8d53-5a2d6b6a1f10")
_FIRST_ZIP_DAY: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class XdmItem:
    """`class_code` comes from ASS_X04 (type -> class) and `format_code` from ASS_A11 (template -> format): the official
    tables belong to the terminology. `visibility`: MASQUE_PS, INVISIBLE_PATIENT… (JDV_J08)."""

    document: ClinicalDocument
    cda: bytes
    class_code: Code
    format_code: Code | None = None
    visibility: tuple[Code, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class XdmSubmission:
    unique_id: str  # OID of the submission set
    source_id: str  # OID of the system that sends
    submitted_at: str  # ISO 8601 with its zone
    title: str
    author: Author
    content_type: Code = Code("07", "1.2.250.1.213.2.2", "Consultation")


def write_xdm(items: Sequence[XdmItem], *, submission: XdmSubmission) -> bytes:
    """Refuses an empty archive and documents of two patients (E-ECR-20): a message speaks of one person (ECO.2.1)."""
    _refuse_a_crowd(items)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "INDEX.HTM", _index(items, submission=submission))
        _put(archive, "README.TXT", _readme(items, submission=submission))
        _put(archive, f"{SUBSET}/METADATA.XML", write_metadata(items, submission=submission))
        for number, item in enumerate(items, start=1):
            _put(archive, f"{SUBSET}/{_name(number)}", item.cda)
    return packed.getvalue()


def _refuse_a_crowd(items: Sequence[XdmItem]) -> None:
    if not items:
        raise Refused("E-ECR-20", "Une archive contient au moins un document.")
    first = items[0].document.patient
    for item in items[1:]:
        patient = item.document.patient
        if (patient.ins, patient.ins_oid) != (first.ins, first.ins_oid) or _strict(item) != _strict(items[0]):
            raise Refused("E-ECR-20", "Les documents d’un même message doivent concerner un seul patient.")


def _strict(item: XdmItem) -> tuple[str | None, ...]:
    patient = item.document.patient
    return patient.birth_family_name, patient.first_birth_given_name, patient.birth_date, patient.sex


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_FIRST_ZIP_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)


def _name(number: int) -> str:
    return f"DOC{number:04d}.XML"


def write_metadata(items: Sequence[XdmItem], *, submission: XdmSubmission) -> bytes:
    root, objects = request_root()
    set_id = f"urn:uuid:{uuid.uuid5(_NAMESPACE, submission.unique_id)}"
    first = items[0].document
    SetBuilder(objects, set_id).write(
        patient=first.patient, author=submission.author, unique_id=submission.unique_id,
        source_id=submission.source_id, submitted_at=submission.submitted_at, title=submission.title,
        content_type=submission.content_type,
    )  # fmt: skip
    for number, item in enumerate(items, start=1):
        entry_id = entry_uuid(item.document.version.id or "")
        builder = EntryBuilder(objects, entry_id)
        digest = hashlib.sha1(item.cda, usedforsecurity=False).hexdigest()  # the standard's choice
        builder.write(
            item.document, class_code=item.class_code, uri=_name(number), digest=digest, size=len(item.cda),
            stated_format=item.format_code, visibility=item.visibility,
        )  # fmt: skip
        builder.associate("HasMember", source=set_id, target=entry_id, original=True)
        if item.document.version.replaces:
            builder.associate("RPLC", source=entry_id, target=entry_uuid(item.document.version.replaces))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def entry_uuid(document_id: str) -> str:
    """A document always bears the same entryUUID, so that its replacement can name it."""
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, document_id)}"


def _index(items: Sequence[XdmItem], *, submission: XdmSubmission) -> bytes:
    links = "".join(
        f'<li><a href="{SUBSET}/{_name(number)}">{escape(item.document.title or "Document")}</a></li>'
        for number, item in enumerate(items, start=1)
    )
    sender = escape(submission.author.organization_name or submission.author.family_name or "")
    page = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML Basic 1.1//EN" "http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd">'
        '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr"><head><title>Documents de santé</title></head><body>'
        f"<h1>Documents de santé</h1><p>Émetteur : {sender}</p><ul>{links}</ul>"
        '<p><a href="README.TXT">README.TXT</a></p></body></html>'
    )
    return page.encode("utf-8")


def _readme(items: Sequence[XdmItem], *, submission: XdmSubmission) -> bytes:
    lines = [
        f"Emetteur : {submission.author.organization_name or submission.author.family_name or ''}",
        "Contenu : documents de sante au format CDA R2, archive IHE XDM.",
        f"Nombre de documents : {len(items)}",
        "Les documents s'ouvrent avec un logiciel de sante, ou depuis INDEX.HTM avec un navigateur.",
    ]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8")
