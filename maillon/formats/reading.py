"""`maillon lire`: any file to documents, and documents to JSON or to a few lines of French. No database is needed.

A file may be a CDA, an IHE XDM archive, a mail, or a loose PDF, image or text. A file that is refused says so in its
place and leaves the others be.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

from maillon.formats import media, wording
from maillon.formats.cda.read import read_cda
from maillon.formats.document import Anomaly, Attachment, ClinicalDocument, Conformance
from maillon.formats.mail import read_mail
from maillon.formats.refusal import Refused
from maillon.formats.xdm import XdmDocument, compare, read_xdm

logger = logging.getLogger(__name__)

MAX_BYTES: Final = 100 * 1024 * 1024
Object = dict[str, object]

_UNREADABLE: Final = Refused("E-LIR-01", "Le fichier est introuvable ou ne peut pas être ouvert.")
_TOO_BIG: Final = Refused("E-LIR-02", "Le fichier dépasse la taille admise (100 Mo).")
_EMPTY: Final = Refused("E-LIR-03", "Le fichier est vide.")
_PROGRAM: Final = Refused("E-LIR-04", "Ce fichier est un programme ou une archive d’un type non admis.")
_FAILED: Final = Refused("E-LIR-09", "La lecture du fichier a échoué\u202f: il est à transmettre à l’administrateur.")

_OFFICE: Final = frozenset({media.DOCX, media.XLSX, media.PPTX, media.ODT})  # archives too, by their form
_PROGRAMS: Final = frozenset({"application/vnd.microsoft.portable-executable", "application/x-elf"})
_NOT_PRINTED: Final = frozenset({"data", "html"})
_MAIL: Final = re.compile(
    rb"\A(?:Return-Path|Received|Delivered-To|From|To|Date|Subject|Message-ID|MIME-Version|X-[\w-]+|DKIM-Signature)\s*:",
    re.IGNORECASE,
)


def read_paths(paths: Sequence[str | Path], *, known_types: frozenset[str] | None = None) -> tuple[list[Object], bool]:
    """One object per document, in the order of the files; and whether anything was refused."""
    objects = [found for path in paths for found in _read_path(Path(path), known_types)]
    return objects, any("refused" in one for one in objects)


def _read_path(path: Path, known_types: frozenset[str] | None) -> Iterator[Object]:
    try:
        data = _bytes_of(path)
    except Refused as refused:
        yield _refusal(str(path), refused)
        return
    yield from _read_bytes(data, name=path.name, file=str(path), known_types=known_types)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _TOO_BIG
        data = path.read_bytes()
    except OSError:
        raise _UNREADABLE from None
    if not data:
        raise _EMPTY
    return data


def _read_bytes(data: bytes, *, name: str, file: str, known_types: frozenset[str] | None) -> Iterator[Object]:
    try:
        yield from _sorted(data, name=name, file=file, known_types=known_types)
    except Refused as refused:
        yield _refusal(file, refused)
    except Exception:  # noqa: BLE001 — one file that nobody foresaw must not hide the others
        logger.exception("reading failed")
        yield _refusal(file, _FAILED)


def _sorted(data: bytes, *, name: str, file: str, known_types: frozenset[str] | None) -> Iterator[Object]:
    kind = media.sniff(data, name)
    if kind == media.ZIP:
        yield from _archive(data, file=file, known_types=known_types)
    elif name.lower().endswith(".eml") or (kind == media.TEXT and _MAIL.match(data)):
        yield from _mail(data, file=file, known_types=known_types)
    else:
        yield _object(file, _document(data, name=name, kind=kind, known_types=known_types))


def _document(data: bytes, *, name: str, kind: str, known_types: frozenset[str] | None) -> ClinicalDocument:
    if kind in (media.CDA, media.XML) or name.lower().endswith((".xml", ".cda")):
        return read_cda(data, known_types=known_types)
    if kind in _PROGRAMS or (media.is_archive(data) and kind not in _OFFICE):
        raise _PROGRAM
    return loose(data, name=name, media_type=kind)


def loose(data: bytes, *, name: str, media_type: str) -> ClinicalDocument:
    """A file that says nothing of itself: kept whole, with nothing known about it."""
    digest = hashlib.sha256(data).hexdigest()
    file = Attachment(media_type=media_type, size=len(data), sha256=digest, title=name, data=data)
    return ClinicalDocument(level=1, patients_named=0, attachments=(file,), sha256=digest, size=len(data))


def _archive(data: bytes, *, file: str, known_types: frozenset[str] | None) -> Iterator[Object]:
    package = read_xdm(data)
    notes = package.anomalies
    for entry in package.documents:
        try:
            yield {**_object(file, _described(entry, notes, known_types)), "entry": entry.name}
        except Refused as refused:
            yield {**_refusal(file, refused), "entry": entry.name}
        notes = ()


def _described(entry: XdmDocument, notes: tuple[Anomaly, ...], known_types: frozenset[str] | None) -> ClinicalDocument:
    """The document with what its metadata contradict; Refused when the bytes are not those announced."""
    name = entry.name.rpartition("/")[2]
    found = list(notes)
    if entry.metadata is not None:
        _refuse_other_bytes(entry)
    document = _document(entry.data, name=name, kind=media.sniff(entry.data, name), known_types=known_types)
    if entry.metadata is not None:
        said = document if document.type_code or document.patients_named else None
        found += [Anomaly(code=one.code, message=one.message) for one in compare(entry.metadata, entry.data, said)]
    return _with(document, found)


def _refuse_other_bytes(entry: XdmDocument) -> None:
    assert entry.metadata is not None
    for one in compare(entry.metadata, entry.data, None):
        if one.fatal:
            raise Refused(one.code, one.message)


def _with(document: ClinicalDocument, anomalies: Iterable[Anomaly]) -> ClinicalDocument:
    added = (*document.conformance.anomalies, *anomalies)
    return replace(document, conformance=Conformance(ok=not added, anomalies=added))


def _mail(data: bytes, *, file: str, known_types: frozenset[str] | None) -> Iterator[Object]:
    mail = read_mail(data)
    for attachment in mail.attachments:
        for found in _read_bytes(attachment.data, name=attachment.name, file=file, known_types=known_types):
            yield {"entry": attachment.name, **found}
    if not mail.attachments:
        text = mail.body_text.encode()
        yield _object(file, _with(loose(text, name=mail.subject or "Message", media_type=media.TEXT), mail.anomalies))


def _refusal(file: str, refused: Refused) -> Object:
    return {"file": file, "refused": {"code": refused.code, "message": refused.message}}


def _object(file: str, document: ClinicalDocument) -> Object:
    return {"file": file, **as_json(document)}


def as_json(document: ClinicalDocument) -> Object:
    """The model as plain values, without the bytes of the attachments nor the HTML of the narratives."""
    return _plain_fields(document)


def _plain_fields(value: Any) -> Object:
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name not in _NOT_PRINTED}


def _plain(value: object) -> object:
    if is_dataclass(value):
        return _plain_fields(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


# What a person reads without --json.

_COUNTED: Final = (
    ("sections", "section", "sections"),
    ("results", "résultat", "résultats"),
    ("problems", "problème", "problèmes"),
    ("allergies", "allergie", "allergies"),
    ("medications", "traitement", "traitements"),
    ("vaccinations", "vaccination", "vaccinations"),
    ("procedures", "acte", "actes"),
    ("devices", "dispositif", "dispositifs"),
    ("plan", "action prévue", "actions prévues"),
    ("attachments", "pièce jointe", "pièces jointes"),
)


def summary(objects: Sequence[Object]) -> str:
    """A few lines per document."""
    return "\n\n".join(_told(one) for one in objects)


def _told(found: Object) -> str:
    where = " › ".join(str(one) for one in (found["file"], found.get("entry")) if one)
    refused = found.get("refused")
    if isinstance(refused, dict):
        return f"{where}\n  REFUSÉ [{refused['code']}] {refused['message']}"
    about = (_told_title(found), _told_patient(found), _told_authors(found), _told_content(found))
    lines = (*about, *_told_anomalies(found))
    return "\n".join([where, *(f"  {line}" for line in lines if line)])


def _told_title(found: Object) -> str:
    label = found.get("title") or found.get("type_label") or "Fichier sans en-tête"
    when = wording.shown_date(_text(found.get("created_at")), with_time=True)
    return " – ".join(str(one) for one in (label, found.get("type_code"), when) if one)


def _told_patient(found: Object) -> str:
    traits = _mapping(found.get("patient"))
    name = " ".join(str(one) for one in (traits.get("birth_family_name"), traits.get("birth_given_names")) if one)
    born = wording.shown_date(_text(traits.get("birth_date")))
    said = ", ".join(str(one) for one in (name, f"né(e) le {born}" if born else "", traits.get("ins")) if one)
    return f"Patient\u202f: {said}" if said else ""


def _told_authors(found: Object) -> str:
    authors = [_mapping(one) for one in _list(found.get("authors"))]
    said = [
        " ".join(str(one) for one in (who.get("given_name"), who.get("family_name"), who.get("device")) if one)
        or str(who.get("organization_name") or "")
        for who in authors
    ]
    return f"Auteur\u202f: {', '.join(one for one in said if one)}" if any(said) else ""


def _told_content(found: Object) -> str:
    counted = [(len(_list(found.get(key))), one, many) for key, one, many in _COUNTED]
    return ", ".join(f"{number} {one if number == 1 else many}" for number, one, many in counted if number)


def _told_anomalies(found: Object) -> Iterator[str]:
    for anomaly in _list(_mapping(found.get("conformance")).get("anomalies")):
        said = _mapping(anomaly)
        yield f"[{said.get('code')}] {said.get('message')}"


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
