"""Places in the values of a protocol: « etapes/M2/quand/tous_les », « population/inclusion/0.3/si ».

A row that has a name is found by it, wherever somebody else has moved it; one that has none, by its rank among how many
there were: when their number has changed, the place is no longer there. A name that two rows bear finds neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from maillon.pathways.editing.raw import Raw
from maillon.pathways.editing.schema import FieldShape, named_by, root, shape_of

DEEPEST = 12


class NoPlace(Exception):
    """There is no such place, or no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`holder`[`key`] is the value. `shape`: of its field; `of`: its class, when it is a table."""

    holder: Any
    key: str | int
    shape: FieldShape
    of: type[Any] | None
    is_row: bool

    @property
    def value(self) -> Raw:
        if isinstance(self.holder, dict):
            return self.holder.get(self.key)
        return self.holder[self.key]


def find(said: dict[str, Raw], place: str, *, making: bool = False) -> Found:
    """`making`: tables that are not there yet on the way are made. Raises NoPlace."""
    parts = place.split("/")
    if not 0 < len(parts) <= DEEPEST:
        raise NoPlace(place)
    kind: type[Any] | None = root()
    holder: Any = said
    found: Found | None = None
    for part in parts:
        if found is not None:
            holder = _inside(found, making=making)
        found = _step(holder, kind, part, found)
        kind = found.of if found.is_row or found.shape.kind == "record" else None
    assert found is not None
    return found


def _inside(found: Found, *, making: bool) -> Any:
    value = found.value
    if value is None or (value == "" and found.shape.kind in ("record", "rows")):
        value = [] if found.shape.kind == "rows" and not found.is_row else {}
        if making:
            found.holder[found.key] = value
    return value


def _step(holder: Any, kind: type[Any] | None, part: str, before: Found | None) -> Found:
    if before is not None and before.shape.kind == "rows" and not before.is_row:
        if not isinstance(holder, list) or before.of is None:
            raise NoPlace(part)
        rank = _rank(holder, before.of, part)
        return Found(holder=holder, key=rank, shape=before.shape, of=before.of, is_row=True)
    if kind is None or not isinstance(holder, dict) or part not in shape_of(kind):
        raise NoPlace(part)
    shape = shape_of(kind)[part]
    return Found(holder=holder, key=part, shape=shape, of=shape.of, is_row=False)


def _rank(rows: list[Raw], kind: type[Any], part: str) -> int:
    rank, dot, count = part.partition(".")
    if dot and rank.isdecimal() and count.isdecimal():
        if int(count) == len(rows) and int(rank) < len(rows):
            return int(rank)
        raise NoPlace(part)
    named = [at for at, row in enumerate(rows) if _name(row, kind) == part]
    if len(named) != 1:
        raise NoPlace(part)
    return named[0]


def of_rows(rows: list[Raw], kind: type[Any]) -> list[str]:
    """The last part of the place of each row: its name, when it is one and the only one; else its rank."""
    names = [_name(row, kind) for row in rows]
    return [
        name if _is_fit(name) and names.count(name) == 1 else f"{rank}.{len(rows)}" for rank, name in enumerate(names)
    ]


def _name(row: Raw, kind: type[Any]) -> str:
    key = named_by(kind)
    value = row.get(key) if key and isinstance(row, dict) else None
    return value if isinstance(value, str) else ""


def _is_fit(name: str) -> bool:
    return 0 < len(name) <= 60 and not set(name) & set("/.\"'<> \t\n")
