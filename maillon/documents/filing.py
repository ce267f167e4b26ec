"""Filing a document: one data-modifying statement, in the caller's transaction.

Bytes, row, words, timeline entry, observations, statements and « à lire » tasks are written together or not at all; the
rooms below give their own clauses. The same unique identifier is never filed twice.
"""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from maillon.access import api as access_room
from maillon.documents import noticing, visibility
from maillon.documents.bytes import pack
from maillon.documents.events import DocumentFiled
from maillon.documents.models import Document
from maillon.formats.confidentiality import level_of
from maillon.formats.document import Anomaly, Result, Statement
from maillon.kernel import clock, events, sql
from maillon.kernel.identifiers import time_ordered_uuid
from maillon.kernel.key import Access, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import json_text, storable
from maillon.professionals import api as professionals
from maillon.record import api as record
from maillon.tasks import api as tasks
from maillon.terminology import api as terminology

LONGEST_TEXT = 200_000


class DocumentConflict(UserMessage):
    """The identifier is known, with other bytes or for another patient: never filed alone."""

    def __init__(self) -> None:
        super().__init__(
            "E-DOC-02",
            "Un document portant le même identifiant est déjà classé, avec un contenu ou un patient différent.",
        )


class WasWithdrawn(DocumentConflict):
    """Somebody took it out of this record: no machine puts it back."""

    def __init__(self) -> None:
        UserMessage.__init__(self, "E-DOC-04", "Ce document a été retiré de ce dossier.")


class VersionOfAnother(DocumentConflict):
    """It corrects a document of another patient: one of the two is at the wrong place."""

    def __init__(self) -> None:
        UserMessage.__init__(
            self, "E-DOC-03", "Ce document corrige un document qui est classé dans le dossier d’un autre patient."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A document ready to be filed. Dates are ISO text as read; `written_at` None means that the document gave none.
    `marks`: who may not see it, as its producer says; they hold from the instant when it is filed. Without a
    `unique_id` it is known by its bytes in one record: a leaflet may be given to two patients."""

    data: bytes
    media_type: str
    unique_id: str
    set_id: str | None = None
    version_number: int | None = None
    replaces: str | None = None
    type_code: str
    type_system: str | None = None
    templates: tuple[str, ...] = ()
    title: str | None = None
    written_at: str | None = None
    act_at: str | None = None
    ended_at: str | None = None  # of a stay
    prescription_number: str = ""
    confidentiality: str | None = None
    marks: frozenset[str] = frozenset()
    language: str | None = None
    author: str = ""
    author_national_id: str | None = None
    author_profession_code: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    level: Literal[1, 3] = 1
    results: tuple[Result, ...] = ()
    statements: Mapping[str, Iterable[Statement]]
    text: str = ""
    anomalies: tuple[Anomaly, ...] = ()
    source: str = "mssante"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    id: int
    uuid: UUID
    outcome: Literal["filed", "duplicate"]


def file(
    access: Access, filing: Filing, *, readers: Iterable[tasks.Reader], received_at: dt.datetime,
    even_withdrawn: bool = True,
) -> Filed:  # fmt: skip
    """File once. The same bytes under the same identifier are a duplicate; anything else raises DocumentConflict, which
    whoever catches undoes. `even_withdrawn`: somebody wants again what was withdrawn from this record."""
    if access.actor.kind == "professional":
        hold_versions(access)
    readers = tuple(readers)
    author = _author(storable(filing.author_national_id or ""))
    parameters = _parameters(access, filing, author=author, readers=readers, received_at=received_at)
    if parameters["has_former"] and sql.row(_OF_ANOTHER, parameters):
        raise VersionOfAnother
    found = sql.row(_statement(with_former=parameters["has_former"]), parameters)
    if found is None:
        known = _already_filed(access, parameters)
        # Another mailbox received the same document: its holder must read it as well. One task per reader, for ever.
        sql.rows(_READERS_OF_DUPLICATE, parameters | {"document": known.id})
        _open_to_addressees(access, known.id, parameters["confidentiality"], readers)
        return known
    if found[4] and not even_withdrawn:
        raise WasWithdrawn
    if author is not None:
        access_room.team.add_member(
            access, professional_id=author, basis=access_room.Basis.AUTHOR, evidence="auteur d’un document classé"
        )
    if parameters["has_former"] or found[2] == Document.Status.REPLACED or found[4]:
        visibility.inherit(access, found[0])
        noticing.forget_former(access, found[0])
    if filing.marks:
        visibility.as_published(access, found[0], filing.marks)
    _open_to_addressees(access, found[0], parameters["confidentiality"], readers)
    if found[2] == Document.Status.CURRENT:
        noticing.look(access, filing, noticing.Look(
            document_id=found[0], document_uuid=found[1], type_bit=parameters["type_bit"],
            confidentiality=parameters["confidentiality"], author=author, received_at=received_at,
            written_at=parameters["written_at"], ended_at=parameters["ended_at"], has_twin=found[3],
        ), readers)  # fmt: skip
    events.announce(DocumentFiled(document_id=found[0], patient_id=access.patient_id))
    return Filed(id=found[0], uuid=found[1], outcome="filed")


def _open_to_addressees(
    access: Access, document_id: int, confidentiality: str, readers: tuple[tasks.Reader, ...]
) -> None:
    """A restricted document is open to the person to whom its author sent it: otherwise nobody might read it."""
    people = [reader.professional_id for reader in readers if reader.professional_id is not None]
    if confidentiality != "N" and people:
        visibility.marks.open_to_addressees(access, document_id=document_id, people=people)


def hold_versions(access: Access) -> None:
    """Two versions filed at the same instant would not see each other, and both stay in force: one patient, one
    filing at a time. A machine's key (access.open_for_intake) holds the patient's row already. Whoever files a version
    because the former one is in force asks first, and looks then."""
    sql.rows("SELECT id FROM patients_patient WHERE id = %s FOR NO KEY UPDATE", (access.patient_id,))


def _already_filed(access: Access, parameters: Mapping[str, Any]) -> Filed:
    found = sql.row(
        "SELECT id, uuid, sha256, patient_id FROM documents_document"
        " WHERE unique_id = %(unique_id)s AND status <> 'withdrawn'",
        parameters,
    )
    if found is None or bytes(found[2]) != parameters["sha256"] or found[3] != access.patient_id:
        raise DocumentConflict
    return Filed(id=found[0], uuid=found[1], outcome="duplicate")


_known_authors: dict[str, tuple[float, ProfessionalId | None]] = {}
REMEMBERED_SECONDS = 30.0


def _author(national_id: str) -> ProfessionalId | None:
    """Ours, or nobody; remembered for a moment, because a laboratory's biologist signs hundreds of reports in a row."""
    if not national_id:
        return None
    moment_of_answer, known = _known_authors.get(national_id, (float("-inf"), None))
    if time.monotonic() - moment_of_answer > REMEMBERED_SECONDS:
        person = professionals.by_national_id(national_id)
        known = person.id if person else None
        _known_authors[national_id] = (time.monotonic(), known)
    return known


def _parameters(
    access: Access,
    filing: Filing,
    *,
    author: ProfessionalId | None,
    readers: Iterable[tasks.Reader],
    received_at: dt.datetime,
) -> dict[str, Any]:
    packed = pack(filing.data)
    written_at = clock.instant(filing.written_at) or received_at
    act_at = clock.instant(filing.act_at) or written_at
    of_record = record.filing.parameters(results=filing.results, statements=filing.statements, at=act_at)
    of_tasks = tasks.filing.parameters(
        readers=readers, type_code=filing.type_code, abnormal_count=of_record["abnormal_count"], received_at=received_at
    )
    of_this_filing = {
        "uuid": time_ordered_uuid(),
        "unique_id": filing.unique_id[:200] or f"sha256:{packed.sha256.hex()}:{access.patient_uuid}",
        "patient": access.patient_id,
        "sha256": packed.sha256,
        "size": packed.size,
        "encoding": packed.encoding,
        "data": packed.data,
        "written_at": written_at,
        "act_at": act_at,
        "ended_at": clock.instant(filing.ended_at),
        "received_at": received_at,
        "author_professional": author,
    }
    found = of_this_filing | _as_said(filing) | of_record | of_tasks
    return {name: storable(value) if isinstance(value, str) else value for name, value in found.items()}


def _as_said(filing: Filing) -> dict[str, Any]:
    """What the document says of itself, within what its columns hold."""
    return {
        "media_type": filing.media_type,
        "set_id": (filing.set_id or "")[:200],
        "version_number": min(max(filing.version_number or 1, 1), 2**31 - 1),
        "replaces": (filing.replaces or "")[:200],
        "has_former": bool(filing.replaces or (filing.set_id and (filing.version_number or 1) > 1)),
        "type_code": filing.type_code[:40],
        "type_system": (filing.type_system or "")[:64],
        "class_code": _class_of(filing.type_code),
        "format_code": terminology.format_of(filing.templates, filing.media_type) or "",
        "title": (filing.title or terminology.document_type_label(filing.type_code) or filing.type_code)[:300],
        "confidentiality": level_of([filing.confidentiality]),
        "type_bit": access_room.matrix.bit_of(filing.type_code),
        "language": (filing.language or "")[:10],
        "author": filing.author[:200],
        "author_national_id": (filing.author_national_id or "")[:40],
        "author_profession": (filing.author_profession_code or "").split("/", 1)[0][:10],
        "organization": (filing.organization or "")[:200],
        "organization_id": (filing.organization_id or "")[:60],
        "level": filing.level,
        "anomalies": json_text(filing.anomalies),
        "source": filing.source,
        "body": filing.text[:LONGEST_TEXT],
    }


def _class_of(type_code: str) -> str:
    """One of the national classes (JDV_J06, two digits), or none: a signature (E1762) has a class of IHE's own."""
    code = terminology.class_of_type(type_code) or ""
    return code if len(code) <= 2 else ""


@functools.cache
def _statement(*, with_former: bool) -> str:
    clauses = [_DOCUMENT, record.filing.CLAUSES, tasks.filing.CLAUSES]
    if with_former:
        clauses += [_FORMER, record.filing.FORMER_CLAUSES, tasks.filing.FORMER_CLAUSES]
    return f"WITH {', '.join(clauses)} SELECT id, uuid, status, {_HAS_TWIN}, {_WAS_WITHDRAWN} FROM doc"  # noqa: S608 (the rooms' own texts)


_DOCUMENT = """
bytes AS (
  INSERT INTO documents_blob (sha256, size, encoding, data)
  VALUES (%(sha256)s, %(size)s, %(encoding)s, %(data)s) ON CONFLICT (sha256) DO NOTHING
), doc AS (
  INSERT INTO documents_document (uuid, patient_id, sha256, size, media_type, unique_id, set_id, version_number,
         replaces_unique_id, type_code, type_system, class_code, format_code, title, written_at, act_at, ended_at,
         received_at, confidentiality, language, author, author_national_id, author_professional_id,
         author_profession_code, organization, organization_id, level, abnormal_count, anomalies, source, type_bit,
         status)
  VALUES (%(uuid)s, %(patient)s, %(sha256)s, %(size)s, %(media_type)s, %(unique_id)s, %(set_id)s,
         %(version_number)s, %(replaces)s, %(type_code)s, %(type_system)s, %(class_code)s, %(format_code)s, %(title)s,
         %(written_at)s, %(act_at)s, %(ended_at)s, %(received_at)s, %(confidentiality)s, %(language)s, %(author)s,
         %(author_national_id)s, %(author_professional)s, %(author_profession)s, %(organization)s, %(organization_id)s,
         %(level)s, %(abnormal_count)s, %(anomalies)s::jsonb, %(source)s, %(type_bit)s,
         CASE WHEN EXISTS (SELECT 1 FROM documents_document later
                            WHERE later.patient_id = %(patient)s AND later.status <> 'withdrawn'
                              AND later.replaces_unique_id = %(unique_id)s AND later.replaces_unique_id <> '')
                OR EXISTS (SELECT 1 FROM documents_document later
                            WHERE later.patient_id = %(patient)s AND later.status <> 'withdrawn'
                              AND later.set_id = %(set_id)s AND later.set_id <> ''
                              AND later.version_number > %(version_number)s)
              THEN 'replaced' ELSE 'current' END)
  ON CONFLICT (unique_id) WHERE status <> 'withdrawn' DO NOTHING
  RETURNING id, uuid, status
), words AS (
  INSERT INTO documents_content (document_id, body) SELECT doc.id, %(body)s FROM doc
)"""

# Another that says the same thing, under other identifiers: neither a version of it, nor known as one.
_HAS_TWIN = """EXISTS (
  SELECT 1 FROM documents_document twin
   WHERE twin.patient_id = %(patient)s AND twin.status = 'current' AND twin.type_code = %(type_code)s
     AND twin.act_at = %(act_at)s AND twin.title = %(title)s
     AND twin.organization_id = %(organization_id)s AND twin.organization_id <> ''
     AND twin.unique_id NOT IN (%(unique_id)s, %(replaces)s) AND (twin.set_id = '' OR twin.set_id <> %(set_id)s)
)"""

_WAS_WITHDRAWN = """EXISTS (
  SELECT 1 FROM documents_document gone
   WHERE gone.patient_id = %(patient)s AND gone.status = 'withdrawn' AND gone.unique_id = %(unique_id)s
)"""

_READERS_OF_DUPLICATE = f"""
WITH doc AS (SELECT id, uuid, status FROM documents_document WHERE id = %(document)s), {tasks.filing.CLAUSES}
SELECT id FROM doc
"""  # noqa: S608 (the rooms' own texts)

_OF_ANOTHER = """
SELECT 1 FROM documents_document
 WHERE patient_id <> %(patient)s AND status <> 'withdrawn'
   AND (unique_id = %(replaces)s AND %(replaces)s <> '' OR set_id = %(set_id)s AND set_id <> '') LIMIT 1
"""

_FORMER = """
former AS (
  UPDATE documents_document SET status = 'replaced'
   WHERE patient_id = %(patient)s AND status = 'current' AND EXISTS (SELECT 1 FROM doc)
     AND (unique_id = %(replaces)s OR (set_id = %(set_id)s AND set_id <> '' AND version_number < %(version_number)s))
  RETURNING id
)"""
