"""MANIFEST.XML: what an export says of itself, and the SHA-256 of each of its archives.

Element names are those of the national guide (« Portabilité », structure de l’archive). Everything about one archive
stands in attributes of one element, so that the manifest of a territory stays within what `parse_untrusted` admits.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from lxml import etree

from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

NAME: Final = "MANIFEST.XML"
LARGEST: Final = 256 * 1024 * 1024
SHAPE: Final = "1"  # of what stands in DONNEES/ of the archives

ExportType = Literal["UNITAIRE", "CIBLE", "MASSIF"]
ExportStatus = Literal["COMPLETE", "PARTIAL", "SAMPLE"]
ArchiveKind = Literal["PATIENT", "TRANSVERSE"]
_TYPES: Final = ("UNITAIRE", "CIBLE", "MASSIF")
_STATUSES: Final = ("COMPLETE", "PARTIAL", "SAMPLE")
_KINDS: Final = ("PATIENT", "TRANSVERSE")
_CODE: Final = re.compile(r"PAT\d{5,8}|TRANSV(\d{2,5})?")
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A document that could not leave whole: its bytes are gone or altered. Never skipped in silence."""

    unique_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """`counts`: rows by the name of their file (`documents_document`: 12). `size` in bytes, `sha256` of the file."""

    code: str
    kind: ArchiveKind
    patient: UUID | None
    size: int
    sha256: str
    counts: dict[str, int] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()

    @property
    def path(self) -> str:
        return f"ARCHIVES/{self.code}.ZIP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`instance`: the installation that exports, the same for ever. `key`: the public key that signed the heads of its
    journal, when the export carries one."""

    export_id: UUID
    instance: UUID
    extracted_at: dt.datetime
    export_type: ExportType
    export_status: ExportStatus
    software: str
    structure: str = ""
    siret: str = ""
    contact: str = ""
    asked_by: str = ""
    agreed_by: str = ""
    motive: str = ""
    about: str = ""  # the professional whose patients leave
    key: str = ""
    archives: tuple[ArchiveEntry, ...] = ()


def write_manifest(manifest: Manifest) -> bytes:
    root = etree.Element("manifest", version=SHAPE)
    told = (
        ("exportId", str(manifest.export_id)),
        ("instanceId", str(manifest.instance)),
        ("extractTime", manifest.extracted_at.isoformat(timespec="seconds")),
        ("exportType", manifest.export_type),
        ("exportStatus", manifest.export_status),
        ("logiciel", manifest.software),
        ("demandeur", manifest.asked_by),
        ("accord", manifest.agreed_by),
        ("motif", manifest.motive),
        ("professionnel", manifest.about),
        ("clePublique", manifest.key),
        ("PatientArchiveCount", str(_count(manifest.archives, "PATIENT"))),
        ("TransverseArchiveCount", str(_count(manifest.archives, "TRANSVERSE"))),
    )
    for name, value in told:
        etree.SubElement(root, name).text = value
    etree.SubElement(root, "editeurSortant", nom=manifest.structure, siret=manifest.siret, contact=manifest.contact)
    for each in manifest.archives:
        _write_archive(root, each)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _write_archive(root: etree._Element, each: ArchiveEntry) -> None:
    element = etree.SubElement(
        root, "Archive", archiveid=each.code, type=each.kind, patientId=str(each.patient or ""), fichier=each.path,
        size=str(each.size), sha256=each.sha256,
        contenu=" ".join(f"{name}:{number}" for name, number in sorted(each.counts.items())),
    )  # fmt: skip
    for one in each.missing:
        etree.SubElement(element, "documentManquant", uniqueId=one.unique_id, raison=one.why)


def read_manifest(data: bytes) -> Manifest:
    """Refused: E-POR-01 when it is no manifest of an export, E-POR-02 when it contradicts itself."""
    root = parse_untrusted(data, max_bytes=LARGEST)
    if root.tag != "manifest" or root.get("version") != SHAPE:
        raise Refused("E-POR-01", "Ce dossier ne contient pas un export que cette version sait lire.")
    try:
        manifest = _read(root)
    except (ValueError, KeyError) as error:
        raise _lying("une valeur manque ou n’a pas la forme attendue") from error
    _refuse_contradictions(root, manifest)
    return manifest


def _read(root: etree._Element) -> Manifest:
    said = {element.tag: element.text or "" for element in root if element.tag != "Archive"}
    leaving = root.find("editeurSortant")
    house = {} if leaving is None else {str(name): str(value) for name, value in leaving.attrib.items()}
    return Manifest(
        export_id=UUID(said["exportId"]),
        instance=UUID(said["instanceId"]),
        extracted_at=dt.datetime.fromisoformat(said["extractTime"]),
        export_type=_one_of(said["exportType"], _TYPES),  # type: ignore[arg-type]
        export_status=_one_of(said["exportStatus"], _STATUSES),  # type: ignore[arg-type]
        software=said.get("logiciel", ""),
        structure=house.get("nom", ""),
        siret=house.get("siret", ""),
        contact=house.get("contact", ""),
        asked_by=said.get("demandeur", ""),
        agreed_by=said.get("accord", ""),
        motive=said.get("motif", ""),
        about=said.get("professionnel", ""),
        key=said.get("clePublique", ""),
        archives=tuple(_read_archive(element) for element in root.iter("Archive")),
    )


def _read_archive(element: etree._Element) -> ArchiveEntry:
    said = {name: str(value) for name, value in element.attrib.items()}
    counts = [part.rpartition(":") for part in said.get("contenu", "").split()]
    if not _CODE.fullmatch(said["archiveid"]) or not _HASH.fullmatch(said["sha256"]):
        raise ValueError
    return ArchiveEntry(
        code=said["archiveid"],
        kind=_one_of(said["type"], _KINDS),  # type: ignore[arg-type]
        patient=UUID(said["patientId"]) if said.get("patientId") else None,
        size=int(said["size"]),
        sha256=said["sha256"],
        counts={name: int(number) for name, _, number in counts},
        missing=tuple(
            Missing(unique_id=one.get("uniqueId", ""), why=one.get("raison", ""))
            for one in element.iter("documentManquant")
        ),
    )


def _refuse_contradictions(root: etree._Element, manifest: Manifest) -> None:
    for kind, name in (("PATIENT", "PatientArchiveCount"), ("TRANSVERSE", "TransverseArchiveCount")):
        if root.findtext(name) != str(_count(manifest.archives, kind)):
            raise _lying("le nombre d’archives annoncé n’est pas celui des archives décrites")
    codes = [each.code for each in manifest.archives]
    patients = [each.patient for each in manifest.archives if each.kind == "PATIENT"]
    if len(set(codes)) < len(codes) or len(set(patients)) < len(patients) or None in patients:
        raise _lying("une archive ou un patient est décrit deux fois, ou un patient n’est pas nommé")
    if any((each.kind == "PATIENT") != each.code.startswith("PAT") for each in manifest.archives):
        raise _lying("le code d’une archive ne correspond pas à son type")
    if any(each.missing for each in manifest.archives) and manifest.export_status == "COMPLETE":
        raise _lying("l’export se dit complet, mais des documents manquent")


def _count(archives: Iterable[ArchiveEntry], kind: str) -> int:
    return sum(each.kind == kind for each in archives)


def _one_of(value: str, admitted: tuple[str, ...]) -> str:
    if value not in admitted:
        raise ValueError(value)
    return value


def _lying(what: str) -> Refused:
    return Refused("E-POR-02", f"Le manifeste de l’export se contredit\u202f: {what}.")


CHECKSUMS: Final = "CHECKSUMS.TXT"
_LINE: Final = re.compile(r"([0-9a-f]{64}) [ *]([A-Z0-9._/-]{1,200})")


def write_checksums(files: Iterable[tuple[str, str]]) -> bytes:
    """(path, SHA-256 in hexadecimal) → what `sha256sum --check` reads."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(files)).encode("ascii")


def read_checksums(data: bytes) -> dict[str, str]:
    """Path → SHA-256. Refused (E-POR-03) when a line is none, or names a place outside the export."""
    return dict(_checksum_lines(data))


def _checksum_lines(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.decode("ascii", "replace").splitlines():
        found = _LINE.fullmatch(line)
        if found is None or ".." in found[2] or found[2].startswith("/"):
            raise Refused("E-POR-03", "Le fichier des sommes de contrôle est altéré\u202f: une ligne n’en est pas une.")
        yield found[2], found[1]
