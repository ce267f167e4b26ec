"""One schematron of the kit and all that it includes, as one text.

The names of files are looked for whatever their case, as on the systems for which the kit was written.
"""

from __future__ import annotations

import copy
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

_INCLUDE: Final = "{http://purl.oclc.org/dsdl/schematron}include"
_TABLE: Final = re.compile(r"'([^'<>]*/[^'<>]*\.xml)'")
_DEEPEST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    root: etree._Element
    folder: Path  # against which the tables are named
    tables: frozenset[str]
    absent: tuple[str, ...]  # parts that the kit lacks: such a schematron cannot be run


def assemble(top: Path) -> Assembled:
    absent: list[str] = []
    root = _gathered(top, absent, depth=0)
    tables = {
        name.replace("\\", "/")
        for element in root.iter(etree.Element)
        for value in element.attrib.values()
        for name in _TABLE.findall(str(value))
    }
    return Assembled(root=root, folder=top.parent, tables=frozenset(tables), absent=tuple(absent))


def _gathered(path: Path, absent: list[str], *, depth: int) -> etree._Element:
    if depth > _DEEPEST:
        raise Refused("E-KIT-03", "Un schématron du kit s’inclut lui-même.")
    root = parse_untrusted(path.read_bytes())
    for include in list(root.iter(_INCLUDE)):
        parent = include.getparent()
        asked = path.parent / (include.get("href") or "").replace("\\", "/")
        part = find(asked)
        assert parent is not None
        if part is None:
            absent.append(asked.name)
            parent.remove(include)
        else:
            parent.replace(include, copy.deepcopy(_gathered(part, absent, depth=depth + 1)))
    return root


def find(path: Path) -> Path | None:
    """The file of that name, whatever the case of each of its folders and of its own; None when there is none."""
    known = Path(os.path.normpath(path))
    if known.exists():
        return known
    parent = find(known.parent) if known.parent != known else None
    if parent is None or not parent.is_dir():
        return None
    asked = _folded(known.name)
    return next((parent / name for name in sorted(os.listdir(parent)) if _folded(name) == asked), None)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def text_of(schematron: Assembled) -> bytes:
    """As the engine takes it, each table named as it is on this disk."""
    for element in schematron.root.iter(etree.Element):
        for key, value in element.attrib.items():
            if ".xml'" in str(value):
                element.set(str(key), _TABLE.sub(lambda found: _named(found, schematron.folder), str(value)))
    return etree.tostring(schematron.root, encoding="utf-8")


def _named(found: re.Match[str], folder: Path) -> str:
    asked = found[1].replace("\\", "/")
    on_disk = find(folder / asked)
    return f"'{os.path.relpath(on_disk, folder)}'" if on_disk is not None else found[0]
