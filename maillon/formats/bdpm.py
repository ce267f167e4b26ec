"""The files of the public base of medicines (BDPM): tabulated text without a header line, one line a speciality, a
presentation or a component. UTF-8 or Windows-1252. Source: ANSM, « Contenu et format des fichiers téléchargeables »."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from maillon.formats.refusal import Refused

SPECIALITIES, COMPONENTS, PRESENTATIONS = "CIS_bdpm.txt", "CIS_COMPO_bdpm.txt", "CIS_CIP_bdpm.txt"
# The columns that are read, and how many there are at least: the publisher adds some at the end.
FEWEST: Final = {SPECIALITIES: 12, COMPONENTS: 8, PRESENTATIONS: 13}
_CIS: Final = re.compile(r"[0-9]{8}")
_CIP13: Final = re.compile(r"[0-9]{13}")
_CIP7: Final = re.compile(r"[0-9]{7}")
ACTIVE, FRACTION = "SA", "FT"  # active substance, therapeutic fraction


@dataclass(slots=True)
class Speciality:
    """`substances`: therapeutic fractions where given (« METFORMINE »), else active substances (its salt)."""

    cis: str
    name: str
    form: str
    routes: str
    is_marketed: bool
    substances: list[str] = field(default_factory=list)
    cips: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Base:
    """`orphans`: lines of the other files about a speciality that the first does not hold: left out, counted."""

    specialities: dict[str, Speciality]
    orphans: int


def read_base(files: dict[str, bytes]) -> Base:
    """The three files by their names. Raises Refused (E-MED-01…03) with the file and the line: nothing is half read."""
    absent = [name for name in FEWEST if name not in files]
    if absent:
        raise Refused("E-MED-01", f"Il manque {', '.join(absent)} dans ce dossier.")
    found: dict[str, Speciality] = {}
    for number, cells in _lines(SPECIALITIES, files[SPECIALITIES]):
        if cells[0] in found:
            raise _fault(SPECIALITIES, number, f"la spécialité {cells[0]} figure deux fois")
        found[cells[0]] = Speciality(
            cis=cells[0], name=cells[1], form=cells[2], routes=cells[3], is_marketed=_is_marketed(cells[6])
        )
    orphans = _components(found, files[COMPONENTS]) + _presentations(found, files[PRESENTATIONS])
    return Base(specialities=found, orphans=orphans)


def _components(found: dict[str, Speciality], data: bytes) -> int:
    held: dict[str, dict[tuple[str, str], dict[str, list[str]]]] = {}
    orphans = 0
    for number, cells in _lines(COMPONENTS, data):
        if cells[6] not in (ACTIVE, FRACTION):
            raise _fault(COMPONENTS, number, f"SA ou FT attendu en colonne 7, « {cells[6][:20]} » trouvé")
        if cells[0] not in found:
            orphans += 1
            continue
        linked = held.setdefault(cells[0], {}).setdefault((cells[1], cells[7] or cells[2]), {})
        linked.setdefault(cells[6], []).append(cells[3])
    for cis, groups in held.items():
        names = [name for kinds in groups.values() for name in kinds.get(FRACTION) or kinds.get(ACTIVE, [])]
        found[cis].substances = list(dict.fromkeys(names))
    return orphans


def _presentations(found: dict[str, Speciality], data: bytes) -> int:
    orphans = 0
    for number, cells in _lines(PRESENTATIONS, data):
        if not _CIP13.fullmatch(cells[6]) or cells[1] and not _CIP7.fullmatch(cells[1]):
            raise _fault(PRESENTATIONS, number, "code CIP de 7 puis de 13 chiffres attendu")
        if cells[0] not in found:
            orphans += 1
            continue
        found[cells[0]].cips += [each for each in (cells[6], cells[1]) if each]
    return orphans


def _is_marketed(state: str) -> bool:
    return state.strip().casefold().startswith("commercialis")


def _lines(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    lines = _text(name, data).split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = [" ".join(cell.split()) for cell in line.rstrip("\r").split("\t")]
        if len(cells) < FEWEST[name]:
            raise _fault(name, number, f"au moins {FEWEST[name]} colonnes attendues, {len(cells)} trouvées")
        if not _CIS.fullmatch(cells[0]):
            raise _fault(name, number, f"code CIS de 8 chiffres attendu, « {cells[0][:20]} » trouvé")
        yield number, cells


def _text(name: str, data: bytes) -> str:
    """The publisher has used both; what is neither is refused."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused("E-MED-03", f"{name} n’est ni en UTF-8 ni en Windows-1252.")


def _fault(name: str, number: int, said: str) -> Refused:
    return Refused("E-MED-02", f"{name}, ligne {number}\u202f: {said}.")
