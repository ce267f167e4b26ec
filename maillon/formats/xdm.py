"""IHE XDM: the archive in which documents travel by MSSanté, with metadata that are compared and never believed alone.

Only what METADATA.XML names is a document; whatever lies beside (INDEX.HTM, stylesheets, PDF copies) is kept and
listed, never followed. Without readable metadata, the CDA files are still given, with an anomaly.
"""

from __future__ import annotations

import posixpath
import urllib.parse
from dataclasses import dataclass, field

from maillon.formats import media
from maillon.formats import refusal_codes as codes
from maillon.formats.archive import Archive, open_archive
from maillon.formats.document import Anomaly
from maillon.formats.refusal import Refused
from maillon.formats.refusal_codes import refusal
from maillon.formats.xdm_compare import INS_OIDS, Disagreement, compare
from maillon.formats.xdm_metadata import PatientId, Submission, SubmissionSetMetadata, XdmMetadata, read_metadata

__all__ = [
    "Disagreement",
    "ExtraFile",
    "SubmissionSet",
    "XdmDocument",
    "XdmMetadata",
    "XdmPackage",
    "compare",
    "read_xdm",
]

_DOCUMENTS = frozenset({media.CDA, media.XML})
_ANOMALIES = {
    "A-XDM-01": "L’archive n’a pas de fichier METADATA.XML\u202f: ses documents sont lus sans métadonnées.",
    "A-XDM-02": "Un fichier METADATA.XML est illisible\u202f: ses documents sont lus sans métadonnées.",
    "A-XDM-03": "Un document annoncé par les métadonnées manque dans l’archive.",
    "A-XDM-04": "Un document de l’archive n’est pas annoncé par ses métadonnées\u202f: il n’est pas classé.",
    "A-XDM-05": "Les documents de l’archive désignent plusieurs patients.",
    "A-XDM-06": "L’archive n’a pas la disposition attendue (IHE_XDM/SUBSET01).",
}
SEVERAL_PATIENTS = "A-XDM-05"


@dataclass(frozen=True, slots=True, kw_only=True)
class XdmDocument:
    name: str  # its place in the archive
    data: bytes = field(repr=False)
    metadata: XdmMetadata | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraFile:
    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionSet:
    folder: str
    metadata: SubmissionSetMetadata | None = None
    documents: tuple[XdmDocument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class XdmPackage:
    submission_sets: tuple[SubmissionSet, ...] = ()
    extras: tuple[ExtraFile, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()

    @property
    def documents(self) -> tuple[XdmDocument, ...]:
        return tuple(document for each in self.submission_sets for document in each.documents)


Submissions = dict[str, Submission | None]  # by the name of the metadata file; None where it is spoilt


def read_xdm(data: bytes) -> XdmPackage:
    """Refused by the archive reader, or E-FMT-40 to E-FMT-44 when there is no document to speak of."""
    archive = open_archive(data)
    found: dict[str, str] = {}
    submissions = {name: _submission(archive[name]) for name in _metadata_files(archive)}
    sets = _described_sets(archive, submissions, found) + _undescribed_sets(archive, submissions, found)
    documents = {document.name for each in sets for document in each.documents}
    if not documents:
        raise refusal(codes.XDM_DOCUMENT_MISSING if "A-XDM-03" in found else codes.XDM_NOTHING_READABLE)
    if _patients(sets) > 1:
        found[SEVERAL_PATIENTS] = _ANOMALIES[SEVERAL_PATIENTS]
    return XdmPackage(
        submission_sets=tuple(each for each in sets if each.documents),
        extras=_extras(archive, documents),
        anomalies=tuple(Anomaly(code=code, message=message) for code, message in sorted(found.items())),
    )


def _described_sets(archive: Archive, submissions: Submissions, found: dict[str, str]) -> list[SubmissionSet]:
    sets = []
    for name, submission in submissions.items():
        if submission is None:
            _note(found, "A-XDM-02")
            continue
        folder = posixpath.dirname(name)
        if "SUBSET" not in folder.upper():
            _note(found, "A-XDM-06")
        sets.append(_described_set(archive, folder, submission, found))
    return sets


def _metadata_files(archive: Archive) -> list[str]:
    return [name for name in archive if posixpath.basename(name).upper() == "METADATA.XML"]


def _submission(data: bytes) -> Submission | None:
    try:
        submission = read_metadata(data)
    except Refused as refused:
        if refused.code in (codes.XML_MALFORMED, codes.EMPTY, codes.ENCODING_BROKEN):
            return None
        raise  # hostile rather than spoilt: nothing of that archive is trusted
    return submission if submission.documents or submission.submission_set else None


def _described_set(archive: Archive, folder: str, submission: Submission, found: dict[str, str]) -> SubmissionSet:
    places = {name.casefold(): name for name in archive}
    documents: dict[str, XdmDocument] = {}
    for entry in submission.documents:
        name = _place(places, folder, entry.uri)
        if name is None:
            _note(found, "A-XDM-03")
            continue
        if name in documents:
            raise refusal(codes.XDM_DOCUMENT_NAMED_TWICE)
        documents[name] = XdmDocument(name=name, data=archive[name], metadata=entry)
    _note_unnamed(archive, folder, set(documents), found)
    return SubmissionSet(folder=folder, metadata=submission.submission_set, documents=tuple(documents.values()))


def _place(places: dict[str, str], folder: str, uri: str | None) -> str | None:
    """The file that the URI names inside its own folder; a URI that leaves it, or has a scheme, names nothing."""
    if not uri or ":" in uri:
        return None
    path = urllib.parse.unquote(uri).replace("\\", "/").strip()
    inside = posixpath.normpath(posixpath.join(folder, path))
    at_top = posixpath.normpath(path)  # some producers write the whole path from the top of the archive
    for candidate in (inside, at_top):
        name = places.get(candidate.casefold())
        if name is not None and (not folder or name.casefold().startswith(f"{folder.casefold()}/")):
            return name
    return None


def _note_unnamed(archive: Archive, folder: str, named: set[str], found: dict[str, str]) -> None:
    for name, data in archive.items():
        if posixpath.dirname(name) == folder and name not in named and media.sniff(data, name) == media.CDA:
            _note(found, "A-XDM-04")


def _undescribed_sets(archive: Archive, submissions: Submissions, found: dict[str, str]) -> list[SubmissionSet]:
    """CDA files of the folders whose metadata are missing or spoilt."""
    described = {posixpath.dirname(name) for name in submissions}
    spoilt = {posixpath.dirname(name) for name, submission in submissions.items() if submission is None}
    folders: dict[str, list[XdmDocument]] = {}
    for name, data in archive.items():
        folder = posixpath.dirname(name)
        if (folder in spoilt or not described) and media.sniff(data, name) == media.CDA:
            folders.setdefault(folder, []).append(XdmDocument(name=name, data=data))
    if folders and not described:
        _note(found, "A-XDM-01")
    return [SubmissionSet(folder=folder, documents=tuple(documents)) for folder, documents in folders.items()]


def _patients(sets: list[SubmissionSet]) -> int:
    announced = [document.metadata.patient_id for each in sets for document in each.documents if document.metadata]
    announced += [each.metadata.patient_id for each in sets if each.metadata]
    return len({(each.oid, _without_key(each)) for each in announced if each})


def _without_key(patient: PatientId) -> str:
    """The same matricule is written with its key or without."""
    value = (patient.value or "").replace(" ", "")
    return value[:13] if patient.oid in INS_OIDS else value


def _extras(archive: Archive, documents: set[str]) -> tuple[ExtraFile, ...]:
    return tuple(
        ExtraFile(name=name, media_type=media.sniff(data, name), data=data)
        for name, data in archive.items()
        if name not in documents and posixpath.basename(name).upper() != "METADATA.XML"
    )


def _note(found: dict[str, str], code: str) -> None:
    found[code] = _ANOMALIES[code]
