"""Keeping what is typed in a version that is being written.

What is typed in a place is kept if that place still says what it said when the person began; else nothing of either
text is lost: theirs stays, ours comes back beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.content import ContentError
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways.authoring import readiness, versions
from maillon.pathways.editing import places, raw, typing_in
from maillon.pathways.editing.schema import named_by, shape_of
from maillon.pathways.models import ProtocolVersion
from maillon.pathways.states import WRITABLE, VersionState

LONGEST_TEXT: Final = 300_000
MOST_ROWS: Final = 200
STALE: Final = UserMessage(
    "E-PRO-63", "Quelqu’un d’autre vient de changer ce protocole\u202f: la page est à jour, recommencez votre geste."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """`before`: what stood in the field when it was opened, or when it was last sent; None when that is not known."""

    place: str
    value: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two people wrote in the same place. `theirs` is kept; `ours` is what was typed."""

    place: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """`is_current`: nobody else had written since the page was shown: its rows are where it shows them."""

    revision: int
    is_current: bool
    saved_at: dt.datetime
    conflicts: tuple[Conflict, ...]


@transaction.atomic
def save(actor: Actor, uuid: UUID, typed: Sequence[Typed], *, revision: int) -> Saved:
    """Each place by itself. Raises AccessDenied, E-PPSPR-08, E-PRO-50, E-PRO-52."""
    version = _to_write(actor, uuid)
    said, conflicts = raw.values(version.text), []
    is_current = revision == version.revision
    for each in typed:
        theirs = _put(said, each, is_current=is_current)
        if theirs is not None:
            conflicts.append(Conflict(place=each.place, ours=each.value, theirs=theirs))
    _keep(version, raw.text_of(said, head=raw.head_of(version.text)))
    return Saved(
        revision=version.revision, is_current=is_current, saved_at=clock.now(), conflicts=tuple(conflicts)
    )


def _put(said: dict[str, raw.Raw], each: Typed, *, is_current: bool) -> str | None:
    """None when it is kept, or when nothing new was typed; else what stands there."""
    try:
        found = places.find(said, each.place, making=True)
    except places.NoPlace:
        return "Cette ligne a été retirée ou déplacée."
    if found.is_row or found.shape.kind in ("record", "rows"):
        raise access_room.AccessDenied
    theirs = typing_in.typed_of(found.shape, found.value)
    ours = typing_in.as_kept(found.shape, each.value)
    before = None if each.before is None else typing_in.as_kept(found.shape, each.before)
    if ours in (theirs, before):
        return None
    if theirs != before and not (is_current and before is None):
        return theirs
    if len(ours) > typing_in.LONGEST:
        raise UserMessage(
            "E-PRO-66", f"«\u202f{ours[:40]}…\u202f» est trop long\u202f: {typing_in.LONGEST} caractères au plus."
        )
    value = typing_in.value_of(found.shape, each.value)
    if value is None or value in ([], {}):
        found.holder.pop(found.key, None)
    else:
        found.holder[found.key] = value
    return None


# ------------------------------------------------------------------------------------------------ rows


@transaction.atomic
def act(actor: Actor, uuid: UUID, gesture: str, place: str, *, revision: int) -> str:
    """Add, remove, move a row. The place of the row that is to be shown. Raises E-PRO-63 when the protocol has changed
    meanwhile: a rank would be somebody else's."""
    version = _to_write(actor, uuid)
    if gesture not in _GESTURES:
        raise access_room.AccessDenied
    if revision != version.revision:
        raise STALE
    said = raw.values(version.text)
    try:
        found = places.find(said, place, making=True)
    except places.NoPlace:
        raise STALE from None
    shown = _GESTURES[gesture](found, place)
    _keep(version, raw.text_of(said, head=raw.head_of(version.text)))
    return shown


def _add(found: places.Found, place: str) -> str:
    if found.is_row or found.shape.kind != "rows" or found.of is None:
        raise access_room.AccessDenied
    rows = found.value or []
    if len(rows) >= MOST_ROWS:
        raise UserMessage("E-PRO-64", f"{MOST_ROWS} lignes au plus.")
    rows = [*rows, _new_row(found.of, rows)]
    found.holder[found.key] = rows
    return f"{place}/{places.of_rows(rows, found.of)[-1]}"


def _remove(found: places.Found, place: str) -> str:
    del _rows_of(found)[int(found.key)]
    return ""


def _copy(found: places.Found, place: str) -> str:
    rows = _rows_of(found)
    assert found.of is not None
    name, made = named_by(found.of), dict(found.value)
    if name:
        made[name] = _free_name(rows, name, str(made.get(name) or "N"))
    rows.insert(int(found.key) + 1, made)
    return f"{place.rpartition('/')[0]}/{places.of_rows(rows, found.of)[int(found.key) + 1]}"


def _mover(by: int) -> Callable[[places.Found, str], str]:
    def moved(found: places.Found, place: str) -> str:
        rows, at = _rows_of(found), int(found.key)
        to = min(max(at + by, 0), len(rows) - 1)
        rows.insert(to, rows.pop(at))
        assert found.of is not None
        return f"{place.rpartition('/')[0]}/{places.of_rows(rows, found.of)[to]}"

    return moved


def _clear(found: places.Found, place: str) -> str:
    """A whole part that the protocol does without: a team, a declaration, a device."""
    if found.is_row or found.shape.kind != "record" or found.shape.is_needed:
        raise access_room.AccessDenied
    found.holder.pop(found.key, None)
    return ""


_GESTURES: Final[dict[str, Callable[[places.Found, str], str]]] = {
    "ajouter": _add,
    "retirer": _remove,
    "copier": _copy,
    "monter": _mover(-1),
    "descendre": _mover(1),
    "vider": _clear,
}


def _rows_of(found: places.Found) -> list[raw.Raw]:
    if not found.is_row:
        raise access_room.AccessDenied
    rows: list[raw.Raw] = found.holder
    return rows


def _new_row(kind: type[Any], rows: list[raw.Raw]) -> dict[str, raw.Raw]:
    made: dict[str, raw.Raw] = {
        name: "" for name, shape in shape_of(kind).items() if shape.kind == "text" and shape.is_needed
    }
    name = named_by(kind)
    if name:
        made[name] = _free_name(rows, name, f"{kind.__name__[:1]}1")
    return made


def _free_name(rows: list[raw.Raw], name: str, wished: str) -> str:
    taken = {row.get(name) for row in rows if isinstance(row, dict)}
    stem = wished.rstrip("0123456789") or "N"
    return next(f"{stem}{rank}" for rank in range(1, len(rows) + 2) if f"{stem}{rank}" not in taken)


# ------------------------------------------------------------------------------------------------ the text itself


@transaction.atomic
def write_text(actor: Actor, uuid: UUID, text: str, *, revision: int) -> None:
    """The YAML as somebody typed or brought it; with its mistakes, which the pages show, but read as a table of YAML.
    Raises E-PRO-65 for what is not; E-PRO-63 when the protocol has changed meanwhile."""
    version = _to_write(actor, uuid)
    said = storable(text).replace("\r\n", "\n")
    if not 0 < len(said) <= LONGEST_TEXT:
        raise UserMessage("E-PRO-65", "Le fichier est vide, ou trop grand.")
    try:
        raw.values(said)
    except ContentError as error:
        raise UserMessage("E-PRO-65", str(error)) from error
    if revision != version.revision:
        raise UserMessage(
            "E-PRO-63",
            "Quelqu’un d’autre a changé ce protocole depuis que vous l’avez ouvert\u202f: comparez les deux textes.",
        )
    _keep(version, said)


# ------------------------------------------------------------------------------------------------ within


def _to_write(actor: Actor, uuid: UUID) -> ProtocolVersion:
    version = versions.locked(actor, uuid)
    versions.refuse_who_may_not_write(actor, version)
    return version


def _keep(version: ProtocolVersion, text: str) -> None:
    """The same text again is not another revision."""
    if text == version.text:
        return
    said = readiness.heading_of(text)
    if said.code and said.code != version.code:
        _rename(version, said.code)
    version.text, version.revision = text, version.revision + 1
    version.title, version.theme, version.nature = said.title, said.theme, said.nature
    version.save()


def _rename(version: ProtocolVersion, code: str) -> None:
    """Another code is another protocol: its numbers are its own. Raises E-PRO-53 when it is already being written."""
    others = ProtocolVersion.objects.filter(structure_id=version.structure_id, code=code)
    if others.filter(state__in=[*WRITABLE, VersionState.APPROVAL]).exists():
        raise UserMessage("E-PRO-53", f"{code} est déjà en cours d’écriture\u202f: prenez un autre code.")
    version.code, version.number = code, (others.aggregate(last=Max("number"))["last"] or 0) + 1
