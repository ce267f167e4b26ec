"""A copy of the kit (ansforge/TestContenuCDA-3-0 or its successor), from a git directory or a folder, made once.

The kit is written for Windows and lacks a few files. What can be mended without changing a rule is: a table of codes
that one profile wants in another form is made from the kit's own table; any other absent table is left empty and its
name kept, so that what fails for want of it is told as a gap of the kit and not as an error of the document.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from maillon.formats.kit.assemble import Assembled, assemble, find
from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

FOLDERS: Final = ("schematrons", "infrastructure", "jeuxDeValeurs")
PROFILES: Final = {  # what every document is held to, and how a person calls it
    "schematrons/profils/IHE.sch": "profils IHE",
    "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch": "structuration minimale",
    "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch": "modèles de contenus CDA",
    "schematrons/profils/CI-SIS_Modeles_ANS.sch": "modèles de l’ANS",
    "schematrons/profils/terminologies/schematron/terminologie.sch": "terminologies",
}
ENGINE: Final = "schematrons/moteur/iso_svrl_for_xslt2.xsl"
SCHEMA: Final = "infrastructure/cda/CDA_extended.xsd"
_WANTED: Final = re.compile(r"\.(?:xml|xsd|sch|xsl|rdf)\Z", re.IGNORECASE)
_LAYOUT: Final = 1  # raised when what is put in the cache changes
_TABLE: Final = re.compile(r"voc-([\d.]+)-DYNAMIC\.xml\Z")

NO_KIT: Final = Refused("E-KIT-01", "Le kit de conformité est introuvable\u202f: --kit DOSSIER, ou CDA_KIT.")
NOT_A_KIT: Final = Refused(
    "E-KIT-02", "Ce dossier n’est pas un kit de conformité CDA (schematrons/moteur et infrastructure/cda manquent)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    root: Path
    label: str  # « révision 61e148b6b83b » or the name of the folder
    gaps: frozenset[str]  # names of the tables that the kit lacks


def open_kit(kit: Path, *, cache: Path) -> Source:
    """The kit ready to run. Refused: E-KIT-01 nothing there, E-KIT-02 something else."""
    if not kit.is_dir():
        raise NO_KIT
    is_folder = (kit / "schematrons").is_dir()
    label = kit.name if is_folder else f"révision {_revision(kit)[:12]}"
    root = cache / f"{_LAYOUT}-{_fingerprint(kit) if is_folder else _revision(kit)[:16]}"
    if not (root / "pret.json").exists():
        _prepare(kit, root, is_folder=is_folder)
    return Source(root=root, label=label, gaps=frozenset(json.loads((root / "pret.json").read_text())))


def _prepare(kit: Path, root: Path, *, is_folder: bool) -> None:
    """Whole or not at all: made beside, then put in place by one rename."""
    root.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="kit-", dir=root.parent))
    try:
        for name, data in _folder_files(kit) if is_folder else _git_files(kit):
            target = work / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        if not (work / ENGINE).exists() or not (work / SCHEMA).exists():
            raise NOT_A_KIT
        (work / "pret.json").write_text(json.dumps(sorted(_mend(work))))
        try:
            work.rename(root)
        except OSError:  # another process was quicker
            if not (root / "pret.json").exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _folder_files(kit: Path) -> Iterator[tuple[str, bytes]]:
    for top in FOLDERS:
        for path in sorted((kit / top).rglob("*")):
            if path.is_file() and _WANTED.search(path.name):
                yield path.relative_to(kit).as_posix(), path.read_bytes()


def _fingerprint(kit: Path) -> str:
    marks = hashlib.sha256()
    for top in FOLDERS:
        for path in sorted((kit / top).rglob("*")):
            if path.is_file() and _WANTED.search(path.name):
                known = path.stat()
                marks.update(f"{path.relative_to(kit)} {known.st_size} {known.st_mtime_ns}\n".encode())
    return marks.hexdigest()[:16]


def _revision(kit: Path) -> str:
    return _git(kit, "rev-parse", "HEAD^{commit}").decode().strip()


def _git_files(kit: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the last revision that the copy really holds."""
    listed = _git(kit, "ls-tree", "-r", "-z", "HEAD", "--", *FOLDERS).split(b"\0")
    entries = [(row.split()[2], row.partition(b"\t")[2].decode("utf-8", "surrogateescape")) for row in listed if row]
    wanted = [(blob, name) for blob, name in entries if _WANTED.search(name)]
    packed = _git(kit, "cat-file", "--batch", feed=b"".join(blob + b"\n" for blob, _ in wanted))
    place = 0
    for _, name in wanted:
        end = packed.index(b"\n", place)
        head = packed[place:end].split()
        place = end + 1
        if head[-1] != b"missing":
            size = int(head[2])
            yield name, packed[place : place + size]
            place += size + 1


def _git(kit: Path, *arguments: str, feed: bytes | None = None) -> bytes:
    command = ["git", "-c", "safe.directory=*", "-C", str(kit), *arguments]
    try:
        return subprocess.run(command, input=feed, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise NOT_A_KIT from None


def _mend(root: Path) -> set[str]:
    """Makes or empties the tables that a schematron names and the kit lacks; gives the names of the empty ones."""
    gaps = set()
    for top in (*sorted((root / "schematrons").glob("CI-SIS_*.sch")), *(root / name for name in PROFILES)):
        for path in _tables_of(assemble(top)):
            if path.exists() or find(path) is not None or not path.parent.is_dir():
                continue
            rebuilt = _rebuilt(root, path.name)
            path.write_bytes(rebuilt or b"<absent/>")
            if rebuilt is None:
                gaps.add(path.name)
    return gaps


def _tables_of(schematron: Assembled) -> Iterable[Path]:
    return (Path(os.path.normpath(schematron.folder / name)) for name in schematron.tables)


def _rebuilt(root: Path, name: str) -> bytes | None:
    """A table in the form of Art-Decor, made from the kit's own table (IHE SVS) of the same OID."""
    asked = _TABLE.match(name)
    if not asked:
        return None
    for path in sorted((root / "jeuxDeValeurs").glob("*.xml")):
        data = path.read_bytes()
        if asked[1].encode() not in data[:3000]:
            continue
        table = parse_untrusted(data)
        if table.xpath("string(//@id[1])") == asked[1]:
            return _art_decor(asked[1], table.iter("{urn:ihe:iti:svs:2008}Concept"))
    return None


def _art_decor(oid: str, concepts: Iterable[etree._Element]) -> bytes:
    top = etree.Element("valueSets")
    held = etree.SubElement(etree.SubElement(top, "valueSet", id=oid), "conceptList")
    for each in concepts:
        concept = etree.SubElement(held, "concept")
        for key in ("code", "codeSystem", "displayName"):
            concept.set(key, each.get(key) or "")
    return etree.tostring(top, encoding="utf-8", xml_declaration=True)
