"""Which profession reads which type of document: dated content (arrêté du 26/10/2023), read as a mask of bits.

Every type of document has a bit, for ever (content/regles/types-de-documents.csv); bit 0 is « type that the matrix does
not know ». Versions coexist: in force on a day is the latest that has begun. A cell that nobody wrote is denied.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from maillon.kernel import config, content

WIDTH = 256
FOLDER = config.CONTENT / "regles"
Right = Literal["lecture", "ecriture", "lecture_ecriture", "lecture_apres_consentement", "aucune"]
RIGHTS: tuple[Right, ...] = get_args(Right)
Provenance = Literal["officiel", "local"]
_READ = frozenset({"lecture", "lecture_ecriture"})
_READ_WITH_CONSENT = _READ | {"lecture_apres_consentement"}
_WRITE = frozenset({"ecriture", "lecture_ecriture"})


class DocumentType(NamedTuple):
    """`origin`: named by a row of the matrix, put beside a like type, put by its class, or nowhere."""

    code: str
    bit: int
    group: str
    origin: str


@dataclass(frozen=True, slots=True)
class Column:
    code: str
    libelle: str
    professions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """`pour`: a group of types, or one type, which then prevails. `officiel`: the columns seen in an official text, for
    the types named or, when none is, for the whole line."""

    pour: str
    libelle: str
    droits: dict[str, Right]
    officiel: dict[str, tuple[str, ...]] = field(default_factory=dict)
    remarques: dict[str, str] = field(default_factory=dict)

    def provenance(self, column: str, type_code: str, otherwise: Provenance) -> Provenance:
        seen = column in self.officiel and (not self.officiel[column] or type_code in self.officiel[column])
        return "officiel" if seen else otherwise


@dataclass(frozen=True, slots=True)
class Example:
    type: str
    profession: str
    droit: Right
    provenance: Provenance


class Cell(NamedTuple):
    right: Right
    provenance: Provenance


_DENIED = Cell("aucune", "local")


@dataclass(frozen=True, slots=True)
class Matrix:
    titre: str
    source: str
    provenance: Provenance
    depuis: dt.date
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    types_inconnus: tuple[str, ...]  # the columns that read a type unknown to the matrix
    colonnes: tuple[Column, ...]
    lignes: tuple[Line, ...]
    exemples: tuple[Example, ...]

    def column_of(self, profession_code: str) -> str | None:
        return next((each.code for each in self.colonnes if profession_code in each.professions), None)

    def line_of(self, document_type: DocumentType) -> Line | None:
        """The line of the type itself, else that of its group."""
        lines = {line.pour: line for line in self.lignes}
        return lines.get(document_type.code) or lines.get(document_type.group)

    def cell(self, profession_code: str, type_code: str) -> Cell:
        column, known = self.column_of(profession_code), types().get(type_code)
        if column is None:
            return _DENIED
        if known is None:
            return Cell("lecture", self.provenance) if column in self.types_inconnus else _DENIED
        line = self.line_of(known)
        if line is None:
            return _DENIED
        return Cell(line.droits.get(column, "aucune"), line.provenance(column, type_code, self.provenance))


# ------------------------------------------------------------------------------------------------ what is asked


def bit_of(type_code: str) -> int:
    """The bit of a document type; 0 for a type that the matrix does not know."""
    known = types().get(type_code)
    return known.bit if known else 0


@functools.lru_cache(maxsize=500)
def readable(profession_code: str, *, on: dt.date, with_consent: bool = False) -> str:
    """A mask of WIDTH bits: '1' where the profession reads the type, on that day."""
    matrix = in_force(on)
    if matrix is None:
        return "0" * WIDTH
    opening = _READ_WITH_CONSENT if with_consent else _READ
    bits = {0: matrix.cell(profession_code, "").right} | {
        each.bit: matrix.cell(profession_code, each.code).right for each in types().values()
    }
    return "".join("1" if bits.get(bit) in opening else "0" for bit in range(WIDTH))


def may_write(profession_code: str, type_code: str, *, on: dt.date) -> bool:
    """Whether the profession creates documents of this type, on that day."""
    matrix = in_force(on)
    return matrix is not None and matrix.cell(profession_code, type_code).right in _WRITE


def in_force(on: dt.date) -> Matrix | None:
    """The latest version that has begun."""
    begun = [matrix for matrix in versions() if matrix.depuis <= on]
    return begun[-1] if begun else None


def ranks() -> Mapping[str, int]:
    """Every known type and its bit, for the rows that were filed before their type was known."""
    return {each.code: each.bit for each in types().values()}


# ------------------------------------------------------------------------------------------------ the content


@functools.cache
def types() -> dict[str, DocumentType]:
    with (FOLDER / "types-de-documents.csv").open(encoding="utf-8", newline="") as file:
        lines = [
            DocumentType(each["code"], int(each["rang"]), each["groupe"], each["origine"])
            for each in csv.DictReader(file)
        ]
    return {each.code: each for each in lines}


@functools.cache
def versions() -> tuple[Matrix, ...]:
    return read_versions(FOLDER)


def forget() -> None:
    """A version was written: the next question reads the folder again."""
    versions.cache_clear()
    readable.cache_clear()


def read_versions(folder: Path) -> tuple[Matrix, ...]:
    """Every version of the folder, the oldest first. Raises ContentError."""
    read = [checked(content.read(path, Matrix), path.name) for path in sorted(folder.glob("habilitations*.yaml"))]
    days = [matrix.depuis for matrix in read]
    if len(set(days)) < len(days):
        raise content.ContentError("Deux versions de la matrice d’habilitation commencent le même jour.")
    return tuple(sorted(read, key=lambda matrix: matrix.depuis))


def checked(matrix: Matrix, name: str) -> Matrix:
    """Beyond its shape: every line, column, type and profession that the file names exists, once."""
    columns = [each.code for each in matrix.colonnes]
    groups = {each.group for each in types().values()}
    named_types = {code for line in matrix.lignes for codes in line.officiel.values() for code in codes}
    named_columns = {code for line in matrix.lignes for code in (*line.droits, *line.officiel, *line.remarques)}
    faults = [
        ("colonne inconnue", {*named_columns, *matrix.types_inconnus} - set(columns)),
        ("ligne inconnue", {line.pour for line in matrix.lignes} - groups - set(types())),
        ("type de document inconnu", named_types - set(types())),
        ("colonne répétée", _repeated(columns)),
        ("ligne répétée", _repeated(line.pour for line in matrix.lignes)),
        ("profession dans deux colonnes", _repeated(code for each in matrix.colonnes for code in each.professions)),
    ]
    for fault, found in faults:
        if found:
            raise content.ContentError(f"{name} : {fault} : {', '.join(sorted(found))}.")
    return matrix


def _repeated(values: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    return {value for value in values if value in seen or seen.add(value)}  # type: ignore[func-returns-value]
