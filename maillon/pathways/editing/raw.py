"""The text of a protocol as plain values (texts, lists, tables), and back.

Values are kept as they were written: « 28 jours » stays a text, right or wrong, until somebody reads it with the
schema. Written again, a small table stands on one line, as in the files that are shipped; the remarks at the head of
the file stay, those inside do not.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from maillon.kernel.content import ContentError

Raw = Any  # str | None | list[Raw] | dict[str, Raw]
_LINE: Final = 116
_NULL: Final = "tag:yaml.org,2002:null"
_STR: Final = "tag:yaml.org,2002:str"
DEEPEST: Final = 12
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def values(text: str) -> dict[str, Raw]:
    """Raises ContentError for what is not a table of YAML, with its line."""
    try:
        _refuse_what_grows(text)
        node = compose(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(f"protocole, ligne {line} : YAML illisible ({error.problem}).") from error
    except yaml.YAMLError as error:
        raise ContentError("protocole, ligne 1 : YAML illisible (caractère interdit).") from error
    if not isinstance(node, yaml.MappingNode):
        raise ContentError("protocole, ligne 1 : une table de clés et de valeurs est attendue.")
    found = _value(node)
    assert isinstance(found, dict)
    return found


def compose(text: str) -> yaml.Node | None:
    """By libyaml, which is some fifteen times as quick: an editor reads the whole text at every pause."""
    return yaml.compose(text, Loader=_LOADER)


def _refuse_what_grows(text: str) -> None:
    """Before anything is made of it: neither a reference, which may stand for thousands, nor too many levels."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ContentError(f"protocole, ligne {line} : les renvois de YAML ne sont pas admis.")
        if depth > DEEPEST:
            raise ContentError(f"protocole, ligne {line} : trop de niveaux.")


def _value(node: yaml.Node) -> Raw:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(each) for each in node.value]
    return None if node.tag == _NULL else str(node.value)


def text_of(raw: dict[str, Raw], *, head: str = "") -> str:
    """The same values always give the same text. `head`: the remarks that come first."""
    written = yaml.serialize(
        _node(raw, depth=0), Dumper=_Writer, allow_unicode=True, width=_LINE, indent=2, encoding=None
    )
    return head + str(written)


def head_of(text: str) -> str:
    """The remarks at the head of a file, before its first key."""
    lines = []
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.startswith("#"):
            break
        lines.append(line)
    return "".join(lines)


class _Writer(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _node(value: Raw, *, depth: int) -> yaml.Node:
    if isinstance(value, dict):
        pairs = [(_scalar(key), _node(each, depth=depth + 1)) for key, each in value.items()]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=depth > 1 and _is_small(value))
    if isinstance(value, list):
        nodes = [_node(each, depth=depth + 1) for each in value]
        is_flat = not any(isinstance(each, list | dict) for each in value) and _is_small(value)
        return yaml.SequenceNode("tag:yaml.org,2002:seq", nodes, flow_style=not value or is_flat)
    return _scalar(value)


def _scalar(value: str | None) -> yaml.ScalarNode:
    if value is None:
        return yaml.ScalarNode(_NULL, "null")
    resolved = _resolve(value)
    if resolved == _NULL or not value:
        return yaml.ScalarNode(_STR, value, style='"')
    return yaml.ScalarNode(resolved, value, style=">" if _is_paragraph(value) else None)


def _resolve(value: str) -> str:
    loader: Any = yaml.SafeLoader("")
    return str(loader.resolve(yaml.ScalarNode, value, (True, False)))


def _is_paragraph(value: str) -> bool:
    return "\n" in value and '"' not in value


def _is_small(value: Raw) -> bool:
    return _width(value) <= _LINE - 8


def _width(value: Raw) -> int:
    """Roughly how wide on one line; a text of several lines never is."""
    if isinstance(value, dict):
        return sum(len(key) + 4 + _width(each) for key, each in value.items()) + 2
    if isinstance(value, list):
        return sum(_width(each) + 2 for each in value) + 2
    return 10_000 if value and "\n" in value else len(value or "null") + 2
