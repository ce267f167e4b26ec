"""Between a value and what a person types in its field: lists one to a line, dates as 31/03/2026, decimal commas."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from typing import Final

from maillon.kernel.text import storable
from maillon.pathways.editing.raw import Raw
from maillon.pathways.editing.schema import FieldShape

LONGEST: Final = 4000
_DAY: Final = re.compile(r"(\d{1,2})[/. -]?(\d{2})[/. -]?(\d{4})")


def typed_of(shape: FieldShape, value: Raw) -> str:
    """What stands in the field. The same value always gives the same text: it tells whether somebody changed it."""
    if value is None:
        return ""
    if isinstance(value, list):
        joined = ", " if shape.kind == "durations" else "\n"
        return joined.join(each for each in value if isinstance(each, str))
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_comma(str(each))}" for name, each in value.items())
    said = str(value)
    if shape.kind == "date":
        return _shown_day(said)
    return _comma(said) if shape.kind == "number" else said


def as_kept(shape: FieldShape, typed: str) -> str:
    """What will stand in the field once this is kept: « 31032026 » will stand as « 31/03/2026 »."""
    return typed_of(shape, value_of(shape, typed))


def value_of(shape: FieldShape, typed: str) -> Raw:
    """As it will be written: what is not what is wanted is kept as it was typed. None for nothing."""
    said = storable(typed).replace("\r\n", "\n").strip()
    match shape.kind:
        case "texts":
            return [line.strip() for line in said.split("\n") if line.strip()]
        case "durations":
            return [part.strip() for part in said.split(",") if part.strip()]
        case "numbers":
            return _numbers(said)
        case "date":
            return _day(said) or None
        case "number":
            return _point(said) or None
    return said or None


def _shown_day(said: str) -> str:
    try:
        return f"{dt.date.fromisoformat(said):%d/%m/%Y}"
    except ValueError:
        return said


def _day(said: str) -> str:
    found = _DAY.fullmatch(said)
    if not found:
        return said
    try:
        return dt.date(int(found[3]), int(found[2]), int(found[1])).isoformat()
    except ValueError:
        return said


def _comma(said: str) -> str:
    return said.replace(".", ",") if _is_number(said) else said


def _point(said: str) -> str:
    return said.replace(",", ".") if _is_number(said.replace(",", ".")) else said


def _is_number(said: str) -> bool:
    try:
        return Decimal(said).is_finite()
    except InvalidOperation:
        return False


def _numbers(said: str) -> dict[str, Raw]:
    pairs = (line.partition(":") for line in said.split("\n") if line.strip())
    return {name.strip(): _point(value.strip()) for name, _, value in pairs}
