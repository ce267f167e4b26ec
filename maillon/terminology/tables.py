"""The compact files of content/terminologie, and the shapes in which they are read."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from maillon.kernel import config

FOLDER: Final = config.CONTENT / "terminologie"
SOURCES: Final = "sources.csv"  # where each set and each table comes from
CONCEPTS: Final = "concepts.csv"
# SNOMED CT keeps its owner's terms: its concepts are apart, and the product works without this file.
SNOMED_CONCEPTS: Final = "concepts-snomed-ct.csv"
SYSTEMS: Final = "systemes.csv"
CLASSES: Final = "type-vers-classe.csv"
FORMATS: Final = "modele-vers-format.csv"
MEDIA_FORMATS: Final = "media-vers-format.csv"
SNOMED_CT: Final = "2.16.840.1.113883.6.96"


@dataclass(frozen=True, slots=True)
class Concept:
    """`system` is the OID that stands in @codeSystem or in the XDS coding scheme (ASTM and URN are official too)."""

    code: str
    system: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSet:
    """In the order of the publisher. `source`: where the data was taken, with its revision."""

    name: str
    oid: str
    version: str
    source: str
    concepts: tuple[Concept, ...]

    def __contains__(self, coded: object) -> bool:
        """(code, system)."""
        return any((each.code, each.system) == coded for each in self.concepts)


def records(name: str, folder: Path = FOLDER) -> Iterator[dict[str, str]]:
    """The lines of one file; none when the file is absent."""
    path = folder / name
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
