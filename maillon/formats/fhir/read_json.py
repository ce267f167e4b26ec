"""JSON from outside: RFC 8259 to the letter, no key twice, no bottomless nesting, no number that is not one or that is
too great to be written again. A NUL in a text is a blank, as everywhere here: PostgreSQL takes none."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

import orjson

from maillon.formats.refusal import Refused

DEEPEST: Final = 64
_GREATEST: Final = 2**63
_NUL: Final = re.compile(rb"((?<!\\)(?:\\\\)*)\\u0000")  # not after an odd number of backslashes
LONGEST: Final = 36 * 1024 * 1024  # a document of 25 Mo, in base64
NOT_JSON: Final = Refused("E-FHIR-10", "Le corps de la requête n’est pas un objet JSON valable.")
TWICE: Final = Refused("E-FHIR-11", "Le même nom figure deux fois dans un objet JSON\u202f: lequel croire\u202f?")
TOO_DEEP: Final = Refused("E-FHIR-12", f"Le JSON est imbriqué sur plus de {DEEPEST} niveaux.")
TOO_LONG: Final = Refused("E-FHIR-13", "Le corps de la requête dépasse la taille admise (36 Mo).")
TOO_GREAT: Final = Refused("E-FHIR-14", "Un nombre dépasse ce qui peut être gardé (63 bits).")


def read_json(data: bytes) -> Any:
    """Two parsers must agree (V1.5.3): orjson on the syntax, the standard one on the names. Raises Refused."""
    if len(data) > LONGEST:
        raise TOO_LONG
    if _depth(data) > DEEPEST:
        raise TOO_DEEP
    if b"\\u0000" in data:
        data = _NUL.sub(rb"\1 ", data)
    try:
        orjson.loads(data)
        return json.loads(
            data, object_pairs_hook=_once, parse_constant=_no_number,
            parse_int=lambda text: _bounded(int(text)), parse_float=lambda text: _bounded(float(text)),
        )
    except (ValueError, RecursionError):
        raise NOT_JSON from None


def _depth(data: bytes) -> int:
    """The deepest nesting of brackets outside of texts: counted before anything is built."""
    deepest = level = 0
    for piece in _outside_of_texts(data):
        for byte in piece:
            if byte in b"[{":
                level += 1
                deepest = max(deepest, level)
            elif byte in b"]}":
                level -= 1
    return deepest


def _outside_of_texts(data: bytes) -> list[bytes]:
    """The pieces between texts. A quote that ends one is not preceded by an odd number of backslashes."""
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return plain.split(b'"')[::2]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TWICE
    return found


def _bounded(number: float) -> float:
    if abs(number) >= _GREATEST:
        raise TOO_GREAT
    return number


def _no_number(_: str) -> NoReturn:
    raise NOT_JSON
