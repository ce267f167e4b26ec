"""The grids that there are: those of the house (content/grilles), and those that a structure brought. A grid that was
used once is kept word for word: a campaign reads the text that its members read."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from maillon.access import api as access_room
from maillon.evaluations.definition import Grid, Nature, faults
from maillon.evaluations.evidence import COUNTED
from maillon.evaluations.membership import must_belong, must_lead
from maillon.evaluations.models import Referential
from maillon.kernel import clock, config, content
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals

FOLDER: Final = config.CONTENT / "grilles"
FEWEST_AXES: Final = 4
MOST_OCTETS: Final = 300_000


def read(text: str, name: str) -> Grid:
    """The text as a grid, checked beyond its shape. Raises ContentError with file and line."""
    grid = content.read_text(text, Grid, name)
    for path, message in (*faults(grid), *_unknown_names(grid)):
        raise content.ContentError(f"{name}, ligne {content.line_of(text, path)} : {message}.")
    return grid


@functools.cache
def shipped() -> dict[str, tuple[Grid, str]]:
    """File name → the grid and its text. Raises ContentError."""
    return {path.stem: _shipped(path) for path in sorted(FOLDER.glob("*.yaml"))}


def of_house(code: str) -> Grid:
    """The latest shipped version of a grid."""
    found = [grid for grid, _ in shipped().values() if grid.code == code]
    return max(found, key=lambda grid: grid.version)


def offered(actor: Actor, nature: Nature) -> list[tuple[str, Grid]]:
    """(key, grid) of what a structure may begin with: the house's and its own."""
    structure_id = must_belong(actor).structure_id
    house = [(stem, grid) for stem, (grid, _) in shipped().items() if grid.nature == nature]
    own = Referential.objects.filter(structure_id=structure_id, nature=nature).order_by("title", "version")
    return [*house, *((f"r{row.pk}", grid_of(row)) for row in own)]


def shown(actor: Actor, key: str) -> Grid:
    """A grid to read, of the house or of the actor's structure. Raises AccessDenied."""
    if key in shipped():
        return shipped()[key][0]
    return grid_of(_own(must_belong(actor).structure_id, key))


@transaction.atomic
def bring(actor: Actor, text: bytes, *, name: str) -> str:
    """A grid of the structure's own (YAML, the schema of the house). Gives its key. Raises E-MAT-03 with fewer than
    four axes, E-MAT-11 with file and line for what is no grid, E-MAT-12 for a version that exists."""
    structure_id = must_lead(actor).structure_id
    grid, written = _as_sent(text, Path(name).name[:80] or "grille.yaml")
    if len(grid.axes) < FEWEST_AXES:
        raise UserMessage("E-MAT-03", f"Une matrice de maturité a au moins {FEWEST_AXES} axes.")
    is_of_house = any((each.code, each.version) == (grid.code, grid.version) for each, _ in shipped().values())
    known = Referential.objects.filter(structure_id=structure_id, code=grid.code, version=grid.version)
    if is_of_house or known.exists():
        raise UserMessage("E-MAT-12", "Cette version existe déjà\u202f: changez le numéro de version dans le fichier.")
    return f"r{_keep(grid, written, structure_id=structure_id, by=actor.label).pk}"


def kept(structure_id: StructureId, key: str) -> Referential:
    """The row of a grid that is about to be used, written at its first use. Raises AccessDenied for what is not
    offered."""
    if key not in shipped():
        return _own(structure_id, key)
    grid, text = shipped()[key]
    return _keep(grid, text)


@functools.lru_cache(maxsize=64)
def _read_kept(fingerprint: str, text: str, name: str) -> Grid:
    return content.read_text(text, Grid, name)


def grid_of(row: Referential) -> Grid:
    return _read_kept(row.fingerprint, row.text, f"{row.code} {row.version}")


def _own(structure_id: StructureId, key: str) -> Referential:
    number = key[1:] if key.startswith("r") and key[1:].isdigit() and len(key) < 12 else "0"
    found = Referential.objects.filter(structure_id=structure_id, pk=int(number)).first()
    if found is None:
        raise access_room.AccessDenied
    return found


def _keep(grid: Grid, text: str, *, structure_id: StructureId | None = None, by: str = "Maillon") -> Referential:
    values = {
        "nature": grid.nature, "title": grid.titre[:200], "text": text, "brought_by": by, "created_at": clock.now(),
    }  # fmt: skip
    key: dict[str, Any] = {
        "structure_id": structure_id, "code": grid.code, "version": grid.version, "fingerprint": _fingerprint(text),
    }  # fmt: skip
    row, _ = Referential.objects.get_or_create(**key, defaults=values)
    return row


def _as_sent(data: bytes, name: str) -> tuple[Grid, str]:
    if len(data) > MOST_OCTETS:
        raise UserMessage("E-MAT-11", f"Le fichier dépasse {MOST_OCTETS // 1000} Ko\u202f: ce n’est pas une grille.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise UserMessage("E-MAT-11", f"{name}\u202f: le fichier n’est pas un texte UTF-8.") from None
    try:
        content.refuse_references(text, name)
        grid = read(text, name)
    except content.ContentError as error:
        raise UserMessage("E-MAT-11", _typeset(str(error))) from error
    if grid.nature != "maturite":
        raise UserMessage(
            "E-MAT-11", f"{name}\u202f: seule une grille de nature «\u202fmaturite\u202f» peut être apportée."
        )
    if len(grid.code) > 40 or len(grid.version) > 20:
        raise UserMessage("E-MAT-11", f"{name}\u202f: code de 40 caractères et version de 20 au plus.")
    return grid, text


def _shipped(path: Path) -> tuple[Grid, str]:
    text = path.read_text(encoding="utf-8")
    return read(text, path.name), text


def _unknown_names(grid: Grid) -> list[tuple[tuple[str | int, ...], str]]:
    found: list[tuple[tuple[str | int, ...], str]] = []
    for a, axis in enumerate(grid.axes):
        for d, dimension in enumerate(axis.dimensions):
            here = ("axes", a, "dimensions", d)
            found += [
                ((*here, "preuve_auto"), f"preuve inconnue « {name} » ; connues : {', '.join(COUNTED)}")
                for name in dimension.preuve_auto if name not in COUNTED
            ]  # fmt: skip
            found += [
                ((*here, "criteres", c, "professions"), f"profession inconnue « {code} »")
                for c, criterion in enumerate(dimension.criteres)
                for code in criterion.professions if code not in professionals.PROFESSIONS
            ]  # fmt: skip
    return found


def _typeset(said: str) -> str:
    """What content says of its mistakes, with the spaces of a French page."""
    for plain, thin in ((" :", "\u202f:"), (" ;", "\u202f;"), ("« ", "«\u202f"), (" »", "\u202f»")):
        said = said.replace(plain, thin)
    return said


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
