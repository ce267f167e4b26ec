"""JSON from outside: RFC 8259 to the letter, no key twice, no bottomless nesting, no number that is not one."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

import orjson

from maillon.formats.refusal import Refused

DEEPEST: Final = 64
LONGEST: Final = 36 * 1024 * 1024  # a document of 25 Mo, in base64
NOT_JSON: Final = Refused("E-FHIR-10", "Le corps de la requête n’est pas un objet JSON valable.")
TWICE: Final = Refused("E-FHIR-11", "Le même nom figure deux fois dans un objet JSON\u202f: lequel croire\u202f?")
TOO_DEEP: Final = Refused("E-FHIR-12", f"Le JSON est imbriqué sur plus de {DEEPEST} niveaux.")
TOO_LONG: Final = Refused("E-FHIR-13", "Le corps de la requête dépasse la taille admise (36 Mo).")


def read_json(data: bytes) -> Any:
    """Two parsers must agree (V1.5.3): orjson on the syntax, the standard one on the names. Raises Refused."""
    if len(data) > LONGEST:
        raise TOO_LONG
    if _depth(data) > DEEPEST:
        raise TOO_DEEP
    try:
        orjson.loads(data)
        return json.loads(data, object_pairs_hook=_once, parse_constant=_no_number)
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


def _no_number(_: str) -> NoReturn:
    raise NOT_JSON
