"""Text that PostgreSQL takes: neither NUL nor half of a surrogate pair. XML brings none; a file name may."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Final

import orjson

# A matricule, however it is cut; a birth that is told; the address of a record.
_PATIENT: Final = (
    re.compile(r"[12378](?:[\s.\u00a0\u202f-]*[0-9AB]){12,14}(?![0-9])"),
    re.compile(r"\bné(?:e|\(e\))?\s+le\s+[0-9]", re.I),
    re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.I),
)


def names_a_patient(text: str) -> bool:
    """Where nothing of a patient belongs: whether the text looks as if it named one."""
    return any(pattern.search(text) for pattern in _PATIENT)


def storable(text: str) -> str:
    """The same text, almost always. A NUL becomes a blank, half of a pair the replacement character."""
    if "\0" not in text and _is_encodable(text):
        return text
    return text.replace("\0", " ").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def json_text(value: Any) -> str:
    """JSON that PostgreSQL takes. What is rare is looked for once, in the whole."""
    try:
        written = orjson.dumps(value).decode()
    except TypeError:
        return orjson.dumps(_cleaned(value)).decode()
    return written if "\\u0000" not in written else orjson.dumps(_cleaned(value)).decode()


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _cleaned(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {name: _cleaned(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value
