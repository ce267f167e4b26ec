"""A document as its reader sees it: its metadata, its versions, its content read again from the bytes that came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from maillon.access import api as access_room
from maillon.documents.bytes import bytes_of
from maillon.documents.models import Document
from maillon.formats import media
from maillon.formats.cda.read import read_cda
from maillon.formats.document import Anomaly, ClinicalDocument
from maillon.formats.refusal import Refused
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, Actor, ProfessionalId

CDA = "text/xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    uuid: UUID
    number: int
    status: str
    status_label: str
    written_at: dt.datetime
    received_at: dt.datetime
    is_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """`document` is None for what is not a CDA, and for a CDA that can no longer be read (then `anomalies` says so)."""

    id: int
    uuid: UUID
    title: str
    type_code: str
    class_code: str
    author: str
    author_profession_code: str
    author_id: ProfessionalId | None  # when the directory knows them
    is_named: bool  # opened to its reader by name
    organization: str
    written_at: dt.datetime
    act_at: dt.datetime
    received_at: dt.datetime
    source: str
    status: str
    confidentiality: str
    media_type: str
    size: int
    sha256: str
    unique_id: str
    version_number: int
    level: int
    withdrawn_reason: str
    anomalies: tuple[Anomaly, ...]
    versions: tuple[VersionLine, ...]
    document: ClinicalDocument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """Bytes to hand over as they came. `file_name` is ours, made of safe characters."""

    data: bytes
    media_type: str
    file_name: str


def read(access: Access, uuid: UUID) -> DocumentView:
    """Raises AccessDenied, alike for absent and forbidden."""
    row = _found(access, uuid)
    document = _as_cda(row)
    return DocumentView(
        id=row.pk,
        uuid=row.uuid,
        title=row.title,
        type_code=row.type_code,
        class_code=row.class_code,
        author=row.author,
        author_profession_code=row.author_profession_code,
        author_id=ProfessionalId(row.author_professional_id) if row.author_professional_id is not None else None,
        is_named=row.pk in access.facts.named,
        organization=row.organization,
        written_at=row.written_at,
        act_at=row.act_at,
        received_at=row.received_at,
        source=row.source,
        status=row.status,
        confidentiality=row.confidentiality,
        media_type=row.media_type,
        size=row.size,
        sha256=bytes(row.sha256).hex(),
        unique_id=row.unique_id,
        version_number=row.version_number,
        level=row.level,
        withdrawn_reason=row.withdrawn_reason,
        anomalies=_anomalies(row, document),
        versions=tuple(_versions(access, row)),
        document=document,
    )


def original(access: Access, uuid: UUID) -> Original:
    row = _found(access, uuid)
    extension = media.EXTENSIONS.get(row.media_type, "bin")
    return Original(data=bytes_of(row.sha256), media_type=row.media_type, file_name=f"document-{_day(row)}.{extension}")


def attachment(access: Access, uuid: UUID, index: int) -> Original:
    """The nth attachment of a CDA, with the media type that its bytes show rather than the one declared."""
    row = _found(access, uuid)
    document = _as_cda(row)
    if document is None or not 0 <= index < len(document.attachments):
        raise access_room.AccessDenied
    data = document.attachments[index].data
    media_type = media.sniff(data, document.attachments[index].title or "")
    extension = media.EXTENSIONS.get(media_type, "bin")
    return Original(data=data, media_type=media_type, file_name=f"piece-{_day(row)}-{index + 1}.{extension}")


def _day(row: Document) -> str:
    return clock.in_paris(row.act_at).date().isoformat()


def patient_of(actor: Actor, uuid: UUID, *, action: str = "read") -> tuple[UUID, str]:
    """Whose record to open for a document's address, and the document's type. Raises AccessDenied, alike for absent and
    forbidden, and leaves its row in the journal."""
    visible, known = access_room.rule.across(actor, "d", document="id")
    row = sql.row(_PATIENT_OF.replace(":visible", visible), known | {"document": uuid})
    if row is None:
        access_room.journal.note_refused_document(actor, uuid, table=Document._meta.db_table, action=action)
        raise access_room.AccessDenied
    return row[0], row[1]


_PATIENT_OF = """
SELECT p.uuid, d.type_code FROM documents_document d JOIN patients_patient p ON p.id = d.patient_id
 WHERE d.uuid = %(document)s AND :visible
"""


def visible(access: Access) -> QuerySet[Document]:
    """The law on documents, within a key."""
    return Document.objects.filter(access_room.rule.VisibleWithin(access, document="id"), patient_id=access.patient_id)


def numbers_of(access: Access, unique_ids: Iterable[str]) -> dict[str, int]:
    """Those of the record that the key opens, by the identifier that they bear everywhere (XDS uniqueId). One that was
    withdrawn and filed again is the one filed again."""
    found = visible(access).filter(unique_id__in=list(unique_ids))  # the last one stays: withdrawn, replaced, current
    return dict(found.order_by("-status", "pk").values_list("unique_id", "pk"))


def _found(access: Access, uuid: UUID) -> Document:
    row = visible(access).filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    return row


def _as_cda(row: Document) -> ClinicalDocument | None:
    if row.media_type != CDA:
        return None
    try:
        return read_cda(bytes_of(row.sha256))
    except Refused:
        return None


def _anomalies(row: Document, document: ClinicalDocument | None) -> tuple[Anomaly, ...]:
    """Those noted at filing (metadata, message) and those of the document itself, each once."""
    noted = tuple(Anomaly(**each) for each in row.anomalies)
    found = document.conformance.anomalies if document else ()
    return tuple(dict.fromkeys(noted + found))


def same_document(row: Document) -> Q:
    """Every version of it, itself included, and what it was when it was withdrawn and filed again."""
    same = Q(unique_id=row.unique_id) | Q(replaces_unique_id=row.unique_id)
    if row.set_id:
        same |= Q(set_id=row.set_id)
    if row.replaces_unique_id:
        same |= Q(unique_id=row.replaces_unique_id)
    return same


def _versions(access: Access, row: Document) -> list[VersionLine]:
    found = visible(access).filter(same_document(row)).order_by("version_number", "received_at")
    return [
        VersionLine(
            uuid=each.uuid,
            number=each.version_number,
            status=each.status,
            status_label=Document.Status(each.status).label,
            written_at=each.written_at,
            received_at=each.received_at,
            is_shown=each.pk == row.pk,
        )
        for each in found
    ]
