"""What is wrong with what was typed, place by place, while it is being typed; and what a condition means in words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import yaml

from maillon.kernel.content import ContentError
from maillon.kernel.message import UserMessage
from maillon.pathways import checking
from maillon.pathways.duration import Duration
from maillon.pathways.editing import places, raw
from maillon.pathways.editing.schema import FieldShape, root, shape_of
from maillon.pathways.editing.words import label_of
from maillon.questions.api import Question, SeriesText, shown

TO_CHOOSE: Final = "Choisissez une des valeurs proposées."
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """`place` is empty for what is about the whole."""

    place: str
    code: str
    message: str


def wrongs(text: str) -> list[Wrong]:
    """All of it: first what is not of its shape, everywhere at once; when nothing is, what does not hold together."""
    try:
        said = raw.values(text)
    except ContentError as error:
        return [Wrong(place="", code="E-PRO-01", message=str(error))]
    found = list(_of_table(said, root(), ""))
    if found:
        return found
    lines = _lines(text)
    return [
        Wrong(place=_place_at(lines, fault.line), code=fault.code, message=_sentence(fault.message))
        for fault in checking.look_at(text, "protocole").faults
    ]


def in_words(shape: FieldShape, value: raw.Raw) -> str:
    """What a condition asks, as a person reads it; empty for what is none, or is wrong."""
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        if shape.kind == "question":
            return shown(Question.of_text(value).asked)
        if shape.kind == "series":
            return shown(SeriesText.of_text(value).series)
        if shape.kind == "duration":
            return str(Duration.of_text(value))
    except (UserMessage, ValueError):
        return ""
    return ""


def wrong_with(shape: FieldShape, value: raw.Raw) -> str:
    """One simple value. Empty when it is right; when it is empty, right unless it is needed."""
    if value in (None, "", []):
        return "À remplir." if shape.is_needed and shape.kind not in ("texts", "rows") else ""
    check = _CHECKS.get(shape.kind)
    return check(shape, value) if check else ""


# ------------------------------------------------------------------------------------------------ the whole


def _of_table(said: raw.Raw, kind: type[Any], place: str) -> Iterator[Wrong]:
    if not isinstance(said, dict):
        yield Wrong(place=place, code="E-PRO-01", message="Une table de clés et de valeurs est attendue.")
        return
    shapes = shape_of(kind)
    for key in said.keys() - shapes.keys():
        yield Wrong(place=place, code="E-PRO-01", message=f"Clé inconnue «\u202f{key}\u202f».")
    for name, shape in shapes.items():
        yield from _of_field(said, shape, f"{place}/{name}" if place else name, kind)


def _of_field(said: dict[str, raw.Raw], shape: FieldShape, place: str, kind: type[Any]) -> Iterator[Wrong]:
    value = said.get(shape.name)
    if shape.kind == "record" and shape.of is not None:
        if value or shape.is_needed:
            yield from _of_table(value or {}, shape.of, place)
    elif shape.kind == "rows" and shape.of is not None:
        rows = value or []
        if not isinstance(rows, list):
            yield Wrong(place=place, code="E-PRO-01", message="Une liste est attendue.")
            return
        for part, row in zip(places.of_rows(rows, shape.of), rows, strict=True):
            yield from _of_table(row, shape.of, f"{place}/{part}")
    elif message := wrong_with(shape, value):
        yield Wrong(place=place, code="E-PRO-01", message=f"{label_of(kind, shape.name)}\u202f: {message}")


# ------------------------------------------------------------------------------------------------ one value


def _question(shape: FieldShape, value: raw.Raw) -> str:
    read = Question.of_text if shape.kind == "question" else SeriesText.of_text
    try:
        read(_simple(value))
    except (UserMessage, ValueError) as error:
        return _sentence(error.message if isinstance(error, UserMessage) else str(error))
    return ""


def _duration(shape: FieldShape, value: raw.Raw) -> str:
    for each in value if isinstance(value, list) else [value]:
        try:
            Duration.of_text(_simple(each))
        except ValueError as error:
            return _sentence(str(error))
    return ""


def _number(shape: FieldShape, value: raw.Raw) -> str:
    try:
        is_right = Decimal(_simple(value).replace(",", ".")).is_finite()
    except InvalidOperation:
        is_right = False
    return "" if is_right else f"«\u202f{value}\u202f» n’est pas un nombre."


def _whole(shape: FieldShape, value: raw.Raw) -> str:
    return "" if _WHOLE.fullmatch(_simple(value)) else f"«\u202f{value}\u202f» n’est pas un nombre entier."


def _date(shape: FieldShape, value: raw.Raw) -> str:
    try:
        dt.date.fromisoformat(_simple(value))
    except ValueError:
        return f"«\u202f{value}\u202f» n’est pas une date\u202f; écrivez-la 31/03/2026."
    return "" if len(_simple(value)) == 10 else "Écrivez la date 31/03/2026."


def _choice(shape: FieldShape, value: raw.Raw) -> str:
    return "" if value in shape.values else TO_CHOOSE


def _flag(shape: FieldShape, value: raw.Raw) -> str:
    return "" if value in ("true", "false") else "Répondez par oui ou par non."


def _texts(shape: FieldShape, value: raw.Raw) -> str:
    is_right = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return "" if is_right else "Une liste est attendue."


def _numbers(shape: FieldShape, value: raw.Raw) -> str:
    if not isinstance(value, dict):
        return "Des noms et leurs valeurs sont attendus."
    return next((said for each in value.values() if (said := _number(shape, each))), "")


def _text(shape: FieldShape, value: raw.Raw) -> str:
    return "" if isinstance(value, str) else "Un texte est attendu."


_CHECKS: Final = {
    "question": _question, "series": _question, "duration": _duration, "durations": _duration, "number": _number,
    "whole": _whole, "date": _date, "choice": _choice, "flag": _flag, "texts": _texts, "numbers": _numbers,
    "text": _text,
}  # fmt: skip


def _simple(value: raw.Raw) -> str:
    return value if isinstance(value, str) else ""


def _sentence(text: str) -> str:
    said = text.strip()
    return f"{said[:1].upper()}{said[1:]}" + ("" if said.endswith((".", "!", "?")) else ".")


# ------------------------------------------------------------------------------------------------ lines and places


def _lines(text: str) -> list[tuple[int, str]]:
    """(line, place) of every value of the text, in its order."""
    node = raw.compose(text)
    return sorted(_of_node(node, root(), "")) if isinstance(node, yaml.MappingNode) else []


def _of_node(node: yaml.MappingNode, kind: type[Any], place: str) -> Iterator[tuple[int, str]]:
    for key, value in node.value:
        shape = shape_of(kind).get(key.value)
        if shape is None:
            continue
        here = f"{place}/{key.value}" if place else str(key.value)
        yield key.start_mark.line + 1, here
        if shape.kind == "record" and shape.of is not None and isinstance(value, yaml.MappingNode):
            yield from _of_node(value, shape.of, here)
        elif shape.kind == "rows" and shape.of is not None and isinstance(value, yaml.SequenceNode):
            rows = [{k.value: v.value for k, v in row.value} for row in value.value]
            for part, row in zip(places.of_rows(rows, shape.of), value.value, strict=True):
                yield row.start_mark.line + 1, f"{here}/{part}"
                yield from _of_node(row, shape.of, f"{here}/{part}")


def _place_at(lines: list[tuple[int, str]], line: int) -> str:
    """The widest place that begins on the line: a row that stands on one line is found whole. The first line stands for
    the whole."""
    if line <= 1:
        return ""
    there = [place for at, place in lines if at == line]
    return min(there, key=lambda place: place.count("/"), default="")
