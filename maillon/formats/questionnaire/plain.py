"""A questionnaire, or a part of it, as plain values; and back. What is as by default is left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
import typing
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, TypeVar

import orjson

from maillon.formats.refusal import Refused

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Dicts and lists; numbers and dates stay what they are."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(held)
            for field in dataclasses.fields(value)
            if (held := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


def beside(said: Any, native: Any, *, apart: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields that another format did not carry: `native` is what it gives back. `apart`: fields seen elsewhere."""
    return {
        field.name: plain(getattr(said, field.name))
        for field in dataclasses.fields(said)
        if field.name not in apart and getattr(said, field.name) != getattr(native, field.name)
    }


def as_text(said: dict[str, Any]) -> str:
    """JSON in which no quote of one stroke stands, so that it may be put between such quotes."""
    return orjson.dumps(said, default=str).decode().replace("'", "\\u0027")


def completed(native: T, text: str) -> T:
    """With the fields that were said beside. Raises Refused E-QST-30 for what was not written by us."""
    try:
        said = orjson.loads(text)
        hints = _hints(typing.cast(type, type(native)))
        values = {name: _built(hints[name], value) for name, value in said.items()}
        return dataclasses.replace(native, **values)  # type: ignore[type-var]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, InvalidOperation):
        raise Refused("E-QST-30", "Le complément écrit par Maillon a été modifié\u202f: il est illisible.") from None


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _built(kind: Any, said: Any) -> Any:
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if said is None else _built(next(each for each in inside if each is not types.NoneType), said)
    if origin is tuple:
        return tuple(_built(inside[0], each) for each in said)
    if origin is dict:
        return {name: _built(inside[1], each) for name, each in said.items()}
    if origin is typing.Literal:
        if said not in inside:
            raise ValueError(said)
        return said
    if dataclasses.is_dataclass(kind):
        hints = _hints(typing.cast(type, kind))
        return typing.cast(Any, kind)(**{name: _built(hints[name], value) for name, value in said.items()})
    return _scalar(kind, said)


def _scalar(kind: Any, said: Any) -> Any:
    if kind is Decimal:
        return Decimal(said)
    if kind is dt.date:
        return dt.date.fromisoformat(said)
    if type(said) is not kind:
        raise ValueError(said)
    return said


def _default(field: dataclasses.Field[Any]) -> Any:
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()
