"""The schema of a protocol as an editor needs it: of each field, what is typed in it.

Drawn from the dataclasses of `definition` themselves: a key that is added there is offered here, and a test refuses one
without French words.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from maillon.pathways.definition import Protocol
from maillon.pathways.duration import Duration
from maillon.questions.api import Question, SeriesText

Kind = Literal[
    "text", "flag", "whole", "number", "date", "duration", "durations", "question", "series", "choice", "texts",
    "record", "rows", "numbers",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShape:
    """`of`: the class of a record or of rows. `values`: of a choice."""

    name: str
    kind: Kind
    is_needed: bool
    of: type[Any] | None = None
    values: tuple[str, ...] = ()


ROW_NAMES = ("id", "nom", "code")  # what a row is called by, in its place: « etapes/M2 »


_SHAPES: dict[type[Any], dict[str, FieldShape]] = {}


def shape_of(kind: type[Any]) -> dict[str, FieldShape]:
    """The fields of a class, in their order; drawn once."""
    if kind not in _SHAPES:
        hints = typing.get_type_hints(kind)
        _SHAPES[kind] = {each.name: _field(each, hints[each.name]) for each in dataclasses.fields(kind)}
    return _SHAPES[kind]


def root() -> type[Protocol]:
    return Protocol


def named_by(kind: type[Any]) -> str:
    """The field that names a row of this class; empty for rows that are known by their rank."""
    return next((name for name in ROW_NAMES if name in shape_of(kind)), "")


def _field(field: dataclasses.Field[Any], hint: Any) -> FieldShape:
    is_needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    wanted = _without_none(hint)
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is tuple:
        kind, of = _listed(arguments[0])
        return FieldShape(name=field.name, kind=kind, is_needed=is_needed, of=of)
    if origin is Literal:
        return FieldShape(name=field.name, kind="choice", is_needed=is_needed, values=arguments)
    if origin is dict:
        return FieldShape(name=field.name, kind="numbers", is_needed=is_needed)
    if dataclasses.is_dataclass(wanted) and wanted not in _SIMPLE:
        return FieldShape(name=field.name, kind="record", is_needed=is_needed, of=typing.cast(type[Any], wanted))
    return FieldShape(name=field.name, kind=_SIMPLE[wanted], is_needed=is_needed)


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        (wanted,) = (each for each in typing.get_args(hint) if each is not types.NoneType)
        return wanted
    return hint


def _listed(item: Any) -> tuple[Kind, type[Any] | None]:
    if item is str:
        return "texts", None
    if item is Duration:
        return "durations", None
    return "rows", item


_SIMPLE: dict[Any, Kind] = {
    str: "text", bool: "flag", int: "whole", Decimal: "number", dt.date: "date", Duration: "duration",
    Question: "question", SeriesText: "series",
}  # fmt: skip
