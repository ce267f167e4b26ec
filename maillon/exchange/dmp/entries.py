"""What the national record was seen to hold, beside our own documents: one line for each uniqueId, however it came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange.dmp.acts import may_change, visible_entries
from maillon.exchange.dmp.rows import DmpEntry
from maillon.exchange.dmp.states import ActKind
from maillon.formats.confidentiality import VISIBILITIES
from maillon.formats.xdm_metadata import XdmMetadata
from maillon.formats.xds.describing import level_of, visibility_of
from maillon.formats.xds.ebrim import utc_text
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.kernel.text import storable
from maillon.professionals import api as professionals
from maillon.terminology import api as terminology

AVAILABILITIES = {
    "Approved": "En vigueur", "Deprecated": "Remplacé", "Archived": "Archivé", "Deleted": "Supprimé du DMP",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """`source` is how our own copy came (mssante, dmp…), empty as long as there is none."""

    uuid: UUID
    title: str
    type_label: str
    author: str
    organization: str
    act_at: dt.datetime | None
    availability: str
    availability_label: str
    visibility: tuple[str, ...]
    document: UUID | None
    source: str
    is_new: bool
    may: frozenset[str]


def lines(access: Access, *, limit: int = 100) -> list[EntryLine]:
    """Latest act first; what was deleted from the record is told as long as we hold a copy of it."""
    rows = visible_entries(access).select_related("document").order_by("-act_at", "-id")[:limit]
    return [_line(access, row) for row in rows if row.availability != "Deleted" or row.document_id is not None]


def keep(access: Access, found: Iterable[XdmMetadata]) -> int:
    """Write down what was seen; a document that is ours already, by whatever way, is the same one. Returns how many
    were not known. The record contradicting itself on a uniqueId changes nothing of our copy."""
    said = {each.unique_id: each for each in found if each.unique_id and len(each.unique_id) <= 200}
    ours = documents.numbers_of(access, said)
    known = set(
        DmpEntry.objects.filter(patient_id=access.patient_id, unique_id__in=said).values_list("unique_id", flat=True)
    )
    for unique_id, entry in said.items():
        values = _columns(entry) | {"seen_at": clock.now()}
        if unique_id in ours:
            values["document_id"] = ours[unique_id]
        DmpEntry.objects.update_or_create(
            patient_id=access.patient_id, unique_id=unique_id, defaults=values,
            create_defaults=values | {"first_seen_at": clock.now()},
        )  # fmt: skip
    return len(said.keys() - known)


def _columns(entry: XdmMetadata) -> dict[str, Any]:
    author = entry.authors[0] if entry.authors else None
    type_code = (entry.type.code if entry.type else "") or ""
    person = professionals.by_national_id(author.id) if author and author.id else None
    name = " ".join(filter(None, (author.given_name, author.family_name))) if author else ""
    values: dict[str, Any] = {
        "entry_uuid": (entry.entry_uuid or "")[:60],
        "repository": (entry.repository or "")[:100],
        "uri": (entry.uri or "")[:500],
        "title": (entry.title or terminology.document_type_label(type_code) or type_code or "Document")[:300],
        "type_code": type_code[:40],
        "type_bit": access_room.matrix.bit_of(type_code),
        "class_code": ((entry.class_.code if entry.class_ else "") or "")[:40],
        "confidentiality": level_of(entry.confidentiality),
        "visibility": sorted(visibility_of(entry.confidentiality)),
        "availability": entry.availability if entry.availability in AVAILABILITIES else "Approved",
        "author": name[:200],
        "author_professional_id": person.id if person else None,
        "organization": ((author.organization_name if author else "") or "")[:200],
        "organization_id": ((author.organization_id if author else "") or "")[:60],
        "written_at": clock.instant(utc_text(entry.creation_time)),
        "act_at": clock.instant(utc_text(entry.service_start or entry.creation_time)),
        "media_type": (entry.mime_type or "")[:100],
        "sha1": (entry.hash_sha1 or "")[:40],
        "size": entry.size if entry.size is not None and 0 <= entry.size < 2**62 else None,
    }
    return {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}


def _line(access: Access, row: DmpEntry) -> EntryLine:
    return EntryLine(
        uuid=row.uuid,
        title=row.title,
        type_label=terminology.document_type_label(row.type_code) or row.type_code,
        author=row.author,
        organization=row.organization,
        act_at=row.act_at,
        availability=row.availability,
        availability_label=AVAILABILITIES[row.availability],
        visibility=tuple(VISIBILITIES[each] for each in row.visibility if each in VISIBILITIES),
        document=row.document.uuid if row.document is not None else None,
        source=row.document.source if row.document is not None else "",
        is_new=clock.now() - row.first_seen_at < dt.timedelta(days=1),
        may=frozenset(str(ActKind(each)) for each in may_change(access, row)),
    )
