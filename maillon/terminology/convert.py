"""Make content/terminologie from the published tables: `python -m maillon.terminology.convert ../shared/terminology`.

Nothing is translated, sorted or corrected. The same input gives the same bytes.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from maillon.terminology import tables

# Sections 1 and 2 of the README: the same columns, then the path of the page for the second.
_PROVENANCE: Final = re.compile(
    r"^\| `(?P<file>[^`]+\.csv)` \| (?P<name>\S+) \| (?P<oid>[^|]+) \| (?P<version>[^|]+) \| (?P<count>\d+) \|"
    r"(?: `(?P<path>[^`]+)` \((?P<commit>[^)]+)\) \|)?$",
    re.MULTILINE,
)
_KIT: Final = (
    "ansforge/interop-outil-cda-testcontenucda3.0-outil-validation-documents-cda@61e148b6 jeuxDeValeurs/{name}.xml"
)
_GUIDE: Final = "ansforge/IG-terminologie-de-sante {path} ({commit})"


class Origin(NamedTuple):
    file: str
    name: str
    oid: str
    version: str
    announced: int
    source: str


def convert(source: Path, target: Path) -> dict[str, int]:
    """Returns how many lines each file holds. Raises ValueError where a count differs from what is announced."""
    origins = list(_origins((source / "README.md").read_text(encoding="utf-8")))
    value_sets = [origin for origin in origins if origin.file.startswith("jdv-")]
    target.mkdir(parents=True, exist_ok=True)
    concepts = [line for origin in value_sets for line in _concepts(source, origin)]
    return {
        tables.SOURCES: _write(target / tables.SOURCES, map(_described, origins)),
        tables.CONCEPTS: _write(target / tables.CONCEPTS, (each for each in concepts if not _is_snomed(each))),
        tables.SNOMED_CONCEPTS: _write(target / tables.SNOMED_CONCEPTS, filter(_is_snomed, concepts)),
        tables.SYSTEMS: _write(target / tables.SYSTEMS, _lines(source / "code-systems.csv")),
        tables.CLASSES: _write(target / tables.CLASSES, _mapping(source, origins, "ass-x04-type-to-class.csv")),
        tables.FORMATS: _write(target / tables.FORMATS, _mapping(source, origins, "ass-a11-template-to-format.csv")),
        tables.MEDIA_FORMATS: _write(
            target / tables.MEDIA_FORMATS, _mapping(source, origins, "ass-a12-media-type-to-format.csv")
        ),
    }


def _origins(readme: str) -> Iterator[Origin]:
    for found in _PROVENANCE.finditer(readme):
        path, commit = found["path"], found["commit"]
        source = _GUIDE.format(path=path, commit=commit) if path else _KIT.format(name=found["name"])
        oid = "" if found["oid"].startswith("(") else found["oid"]
        yield Origin(found["file"], found["name"], oid, found["version"], int(found["count"]), source)


def _described(origin: Origin) -> dict[str, str]:
    return {
        "set": _key(origin),
        "name": origin.name,
        "oid": origin.oid,
        "version": origin.version,
        "source": origin.source,
    }


def _concepts(source: Path, origin: Origin) -> Iterator[dict[str, str]]:
    for rank, line in enumerate(_checked(source, origin), 1):
        yield {"set": _key(origin), "rank": str(rank), **line}


def _mapping(source: Path, origins: Iterable[Origin], file: str) -> list[dict[str, str]]:
    return _checked(source, next(origin for origin in origins if origin.file == file))


def _checked(source: Path, origin: Origin) -> list[dict[str, str]]:
    lines = _lines(source / origin.file)
    if len(lines) != origin.announced:
        raise ValueError(f"{origin.file}: {len(lines)} lines, {origin.announced} announced")
    return lines


def _key(origin: Origin) -> str:
    return origin.file.removesuffix(".csv")


def _is_snomed(line: Mapping[str, str]) -> bool:
    return line["system"] == tables.SNOMED_CT


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, lines: Iterable[Mapping[str, str]]) -> int:
    kept = list(lines)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(kept[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    return len(kept)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage : python -m maillon.terminology.convert DOSSIER\n")
        return 2
    for name, count in convert(Path(arguments[0]), tables.FOLDER).items():
        sys.stdout.write(f"{name} : {count} lignes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
