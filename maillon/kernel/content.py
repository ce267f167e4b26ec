"""French YAML and CSV content, read strictly: one frozen dataclass per kind of file or of line; an error names the
file, the line and what was expected.

The schema is the dataclass itself. Field names are the French keys of the file, with `_` where the key has an accent
or a blank removed; `exemples` are tests and are part of the schema like the rest. A class that has `of_text` (a
question, a duration) is read from a simple value by it, and what it refuses is said with the line.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime as dt
import re
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml

from maillon.kernel.message import UserMessage

T = TypeVar("T")


class ContentError(Exception):
    """A content file that is not what its schema says. The message is French and gives file and line."""


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What was read, and on which line each record of it stands: for what is checked beyond the shape."""

    name: str
    value: T
    lines: dict[int, tuple[int, dict[str, int]]]  # by the identity of the record: its line, that of each of its keys

    def line_of(self, record: Any, key: str = "") -> int:
        """The line of a record of `value`, or of one of its keys. 1 for what the file does not say."""
        line, keys = self.lines.get(id(record), (1, {}))
        return keys.get(key, line)


def read(path: Path, kind: type[T]) -> T:
    """The file as a `kind` (a dataclass). Raises ContentError."""
    return read_text(path.read_text(encoding="utf-8"), kind, path.name)


def read_text(text: str, kind: type[T], name: str) -> T:
    """The same of a text; `name` is said in the errors."""
    return read_whole(text, kind, name).value


def read_whole(text: str, kind: type[T], name: str) -> Read[T]:
    """The same, with the lines of what was read."""
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(f"{name}, ligne {line} : YAML illisible ({error.problem}).") from error
    except yaml.YAMLError as error:  # a character that YAML does not take has a place, and no line
        line = text[: getattr(error, "position", 0)].count("\n") + 1
        raise ContentError(f"{name}, ligne {line} : YAML illisible (caractère interdit).") from error
    except RecursionError as error:
        raise ContentError(f"{name}, ligne 1 : le fichier est trop imbriqué.") from error
    if node is None:
        raise ContentError(f"{name}, ligne 1 : le fichier est vide.")
    reader = _Reader(name)
    return Read(name, typing.cast(T, reader.value(node, kind)), reader.lines)


_LIBYAML = getattr(yaml, "CSafeLoader", None)
_STEEP = 500  # what opens in a file; no content of ours comes near, and libyaml goes down without looking


def _composed(text: str) -> yaml.Node | None:
    """libyaml is ten times as fast. What it refuses, and what might be deep, is for the reader written in Python: its
    words and its places are those of our errors."""
    deepest = max((len(line) - len(line.lstrip(" -?")) for line in text.splitlines()), default=0)
    if _LIBYAML is not None and text.count("[") + text.count("{") + deepest < _STEEP:
        with contextlib.suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=_LIBYAML)
    return yaml.compose(text, Loader=yaml.SafeLoader)


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line of what stands at this place (keys and ranks, from the top); of its nearest parent where it is absent.
    For a mistake that the shape alone does not show."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for step in place:
        inner = _inside(node, step)
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1 if node is not None else 1


def refuse_references(text: str, name: str) -> None:
    """A file that was sent names nothing twice by reference, as a few lines would unfold into millions; nor does it
    nest deeper than any content, as reading it would last for minutes."""
    depth = 0
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            depth += isinstance(token, _STARTS) - isinstance(token, _ENDS)
            if depth > _DEEPEST:
                raise ContentError(f"{name}, ligne {token.start_mark.line + 1} : le fichier est trop imbriqué.")
            if isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken):
                line = token.start_mark.line + 1
                raise ContentError(f"{name}, ligne {line} : ni ancre, ni renvoi, ni étiquette dans ce fichier.")
    except yaml.YAMLError:
        read_text(text, dict, name)  # says where


def _inside(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return typing.cast(yaml.Node, node.value[step])
    return None


def read_rows(path: Path, kind: type[T]) -> tuple[T, ...]:
    """The lines of a CSV, each as a `kind` whose fields are the columns, in order: str, int, bool (« oui », « non »),
    Literal, tuple[str, ...] (parts separated by « | »). Raises ContentError."""
    hints, names = typing.get_type_hints(kind), [field.name for field in dataclasses.fields(typing.cast(Any, kind))]
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{path.name} : fichier absent ou qui n’est pas de l’UTF-8.") from error
    reader = csv.reader(lines, strict=True)
    try:
        if next(reader, None) != names:
            raise ContentError(f"{path.name}, ligne 1 : les colonnes attendues sont {','.join(names)}.")
        return tuple(_row(path.name, reader.line_num, cells, kind, names, hints) for cells in reader)
    except csv.Error as error:
        raise ContentError(f"{path.name}, ligne {reader.line_num} : CSV illisible ({error}).") from error


def _row(name: str, line: int, cells: list[str], kind: type[T], names: list[str], hints: dict[str, Any]) -> T:
    if len(cells) != len(names):
        raise ContentError(f"{name}, ligne {line} : {len(names)} cases attendues, {len(cells)} trouvées.")
    if any('"' in cell for cell in cells):
        raise ContentError(f"{name}, ligne {line} : guillemet mal placé (une case qui en porte est écrite avec « »).")
    try:
        return kind(**{each: _cell(cell.strip(), hints[each]) for each, cell in zip(names, cells, strict=True)})
    except ValueError as error:
        raise ContentError(f"{name}, ligne {line} : {error}.") from error


def _cell(text: str, kind: Any) -> Any:
    """Raises ValueError with what was expected."""
    if typing.get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split("|")) if text else ()
    choices = typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else ()
    if choices and text not in choices:
        raise ValueError(f"« {text} » n’est pas admis ; valeurs possibles : {', '.join(choices)}")
    if kind is bool and text not in ("oui", "non"):
        raise ValueError(f"oui ou non attendu, « {text} » trouvé")
    if kind is int and not (text.isascii() and text.isdigit()):
        raise ValueError(f"nombre entier attendu, « {text} » trouvé")
    return text == "oui" if kind is bool else int(text) if kind is int else text


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[int, tuple[int, dict[str, int]]] = {}

    def value(self, node: yaml.Node, kind: Any) -> Any:
        """The node as a value of `kind`: dataclass, scalar, Literal, tuple[x, ...], dict[str, x], x | None."""
        origin = typing.get_origin(kind)
        if origin in (types.UnionType, typing.Union):
            return self._optional(node, kind)
        if hasattr(kind, "of_text"):
            return self._of_text(node, kind)
        if dataclasses.is_dataclass(kind):
            return self._record(node, typing.cast(type[Any], kind))
        if origin is tuple:
            return self._list(node, typing.get_args(kind)[0])
        if origin is dict:
            return self._table(node, typing.get_args(kind)[1])
        if origin is typing.Literal:
            return self._choice(node, typing.get_args(kind))
        return self._scalar(node, kind)

    def _optional(self, node: yaml.Node, kind: Any) -> Any:
        if node.tag == "tag:yaml.org,2002:null":
            return None
        (wanted,) = (each for each in typing.get_args(kind) if each is not types.NoneType)
        return self.value(node, wanted)

    def _record(self, node: yaml.Node, kind: type[Any]) -> Any:
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, "une table de clés et de valeurs est attendue")
        hints = typing.get_type_hints(kind)
        fields = {field.name: field for field in dataclasses.fields(kind)}
        given: dict[str, Any] = {}
        for key, value in node.value:
            self._must_be_simple(key)
            if key.value not in fields:
                raise self._error(key, f"clé inconnue « {key.value} » ; clés possibles : {', '.join(fields)}")
            if key.value in given:
                raise self._error(key, f"clé répétée « {key.value} »")
            given[key.value] = self.value(value, hints[key.value])
        missing = [name for name, field in fields.items() if name not in given and _is_required(field)]
        if missing:
            raise self._error(node, f"il manque : {', '.join(missing)}")
        made = kind(**given)
        keys = {key.value: key.start_mark.line + 1 for key, _ in node.value}
        self.lines[id(made)] = (node.start_mark.line + 1, keys)
        return made

    def _must_be_simple(self, key: yaml.Node) -> None:
        if not isinstance(key, yaml.ScalarNode):
            raise self._error(key, "une clé est un mot, ni une liste ni une table")

    def _of_text(self, node: yaml.Node, kind: Any) -> Any:
        """By the class's own reading of a text; what it refuses is said with the line."""
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, "une valeur simple est attendue (texte)")
        try:
            return kind.of_text(node.value)
        except (UserMessage, ValueError) as error:
            said = error.message if isinstance(error, UserMessage) else str(error)
            raise self._error(node, said.removesuffix(".")) from error

    def _list(self, node: yaml.Node, kind: Any) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self._error(node, "une liste est attendue")
        return tuple(self.value(each, kind) for each in node.value)

    def _table(self, node: yaml.Node, kind: Any) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, "une table de clés et de valeurs est attendue")
        found: dict[str, Any] = {}
        for key, value in node.value:
            self._must_be_simple(key)
            if key.value in found:
                raise self._error(key, f"clé répétée « {key.value} »")
            found[str(key.value)] = self.value(value, kind)
        return found

    def _choice(self, node: yaml.Node, choices: tuple[str, ...]) -> str:
        value = str(self._scalar(node, str))
        if value not in choices:
            raise self._error(node, f"« {value} » n’est pas admis ; valeurs possibles : {', '.join(choices)}")
        return value

    def _scalar(self, node: yaml.Node, kind: Any) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, f"une valeur simple est attendue ({_FRENCH[kind]})")
        if kind is str:
            return node.value
        if kind is Decimal:
            return self._decimal(node)
        if kind is bool and node.value in ("oui", "non"):
            return node.value == "oui"
        try:
            value = yaml.SafeLoader("").construct_object(node)
        except (yaml.YAMLError, ValueError):  # 2026-02-31
            value = None
        # The kind itself: a bool is an int for Python, a moment is a date; for YAML 1.1, 010 is eight and 1:30 ninety.
        if type(value) is not kind or (kind is int and not _INTEGER.fullmatch(node.value)):
            raise self._error(node, f"{_FRENCH[kind]} attendu, « {node.value} » trouvé")
        return value

    def _decimal(self, node: yaml.ScalarNode) -> Decimal:
        """As it is written: 7.0 stays 7.0, which no floating number would promise."""
        try:
            value = Decimal(node.value.replace(",", "."))
        except InvalidOperation:
            raise self._error(node, f"nombre attendu, « {node.value} » trouvé") from None
        if not value.is_finite():
            raise self._error(node, f"nombre attendu, « {node.value} » trouvé")
        return value

    def _error(self, node: yaml.Node, message: str) -> ContentError:
        return ContentError(f"{self.name}, ligne {node.start_mark.line + 1} : {message}.")


_DEEPEST = 50
_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_STARTS = (
    yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken, yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken,
)  # fmt: skip
_ENDS = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_FRENCH: dict[Any, str] = {
    str: "texte",
    int: "nombre entier",
    float: "nombre",
    Decimal: "nombre",
    bool: "oui ou non",
    dt.date: "date AAAA-MM-JJ",
}


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
