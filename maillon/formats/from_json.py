"""The JSON of `maillon lire --json` back to the neutral model: the exact inverse, strict about what it does not know.

A document is an object whose keys are those of `ClinicalDocument`; `file` and `entry`, which `lire` adds, say where it
came from. The bytes of an attachment come with `path` (from the folder of the JSON file) or `base64`; failing both,
from the file that `lire` had read, when it is still there and its attachment has the digest that is written.
`contacts` may give addresses and telecoms by national id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import types
import typing
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

import orjson

from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write_parties import Contact, Contacts
from maillon.formats.document import Attachment, ClinicalDocument
from maillon.formats.refusal import Refused

MAX_BYTES: Final = 150 * 1024 * 1024
_ADDED: Final = frozenset({"file", "entry"})
_MADE: Final = frozenset({"conformance", "sha256", "size"})  # of the document: said by a reading, not by who writes
_WORDS: Final = {str: "un texte", int: "un nombre entier", bool: "true ou false", bytes: "du base64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    document: ClinicalDocument
    contacts: Contacts


def read_models(data: bytes, *, folder: Path) -> tuple[Model, ...]:
    """One or several documents. Refused: E-MOD-01 no JSON, E-MOD-02 not the model (the place is said), E-MOD-03 bytes
    of an attachment missing, E-MOD-04 bytes that are not those announced."""
    if len(data) > MAX_BYTES:
        raise Refused("E-MOD-01", "Le fichier JSON dépasse la taille admise (150 Mo).")
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        where = f"ligne {error.lineno}, colonne {error.colno}"
        raise Refused("E-MOD-01", f"Le fichier n’est pas du JSON bien formé\u202f: {where}.") from None
    if isinstance(said, list):
        return tuple(_model(one, f"[{place}]", folder) for place, one in enumerate(said))
    return (_model(said, "", folder),)


def _model(said: object, place: str, folder: Path) -> Model:
    content = dict(_object(said, place or "le fichier"))
    if "refused" in content:
        raise Refused("E-MOD-02", f"{_at(place, 'refused')}\u202f: ce document avait été refusé à la lecture.")
    contacts = _contacts(content.pop("contacts", {}), _at(place, "contacts"))
    origin = content.get("file")
    for key in (*_ADDED, *_MADE):
        content.pop(key, None)
    files = content.pop("attachments", [])
    if not isinstance(files, list):
        raise _wrong(_at(place, "attachments"), "une liste")
    document: ClinicalDocument = _made(ClinicalDocument, content, place)
    source = folder / origin if isinstance(origin, str) else None
    attachments = tuple(
        _attachment(one, f"{_at(place, 'attachments')}[{number}]", folder, source) for number, one in enumerate(files)
    )
    return Model(document=replace(document, attachments=attachments), contacts=contacts)


def _contacts(said: object, place: str) -> Contacts:
    return {key: _made(Contact, one, f"{place}.{key}") for key, one in _object(said, place).items()}


# Attachments.


def _attachment(said: object, place: str, folder: Path, source: Path | None) -> Attachment:
    content = dict(_object(said, place))
    path, encoded = content.pop("path", None), content.pop("base64", None)
    for name, value in (("path", path), ("base64", encoded)):
        if value is not None and not isinstance(value, str):
            raise _wrong(_at(place, name), "un texte")
    data = _bytes(path, encoded, content.get("sha256"), place, folder, source)
    digest = hashlib.sha256(data).hexdigest()
    for name, real in (("sha256", digest), ("size", len(data))):
        if content.setdefault(name, real) != real:
            raise Refused("E-MOD-04", f"{_at(place, name)}\u202f: ce n’est pas celle des octets donnés.")
    made: Attachment = _made(Attachment, content, place)
    return Attachment(**{one.name: getattr(made, one.name) for one in fields(made) if one.name != "data"}, data=data)


def _bytes(
    path: str | None, encoded: str | None, digest: object, place: str, folder: Path, source: Path | None
) -> bytes:
    if path is not None:
        try:
            return (folder / path).read_bytes()
        except OSError:
            raise Refused("E-MOD-03", f"{_at(place, 'path')}\u202f: le fichier ne peut pas être ouvert.") from None
    if encoded is not None:
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise _wrong(_at(place, "base64"), "du base64") from None
    for known in _files_of(source) if source is not None else ():
        if known.sha256 == digest:
            return known.data
    raise Refused("E-MOD-03", f"{place}\u202f: les octets de la pièce jointe manquent (« path » ou « base64 »).")


@cache
def _files_of(source: Path) -> tuple[Attachment, ...]:
    try:
        return read_cda(source.read_bytes()).attachments
    except (OSError, Refused):
        return ()


# Values, by what the model says of each field.


@cache
def _hints(model: type) -> dict[str, Any]:
    return {one.name: typing.get_type_hints(model)[one.name] for one in fields(model)}


def _made(model: type, said: object, place: str) -> Any:
    content, hints = _object(said, place or "le document"), _hints(model)
    unknown = next((key for key in content if key not in hints), None)
    if unknown is not None:
        raise Refused("E-MOD-02", f"{_at(place, unknown)}\u202f: ce champ n’existe pas dans le modèle.")
    required = (one.name for one in fields(model) if one.default is MISSING and one.default_factory is MISSING)
    missing = next((name for name in required if name not in content), None)
    if missing is not None:
        raise Refused("E-MOD-02", f"{_at(place, missing)}\u202f: ce champ manque.")
    return model(**{key: _value(hints[key], value, _at(place, key)) for key, value in content.items()})


def _value(kind: Any, said: object, place: str) -> Any:
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if said is None and type(None) in inside:
            return None
        return _value(next(one for one in inside if one is not type(None)), said, place)
    if origin is Literal:
        if said not in inside or isinstance(said, bool):
            raise _wrong(place, f"l’une des valeurs {', '.join(str(one) for one in inside)}")
        return said
    if origin is tuple:
        return _tuple(inside, said, place)
    if is_dataclass(kind):
        assert isinstance(kind, type)
        return _made(kind, said, place)
    if type(said) is not kind:
        raise _wrong(place, _WORDS.get(kind, "une autre valeur"))
    return said


def _tuple(inside: tuple[Any, ...], said: object, place: str) -> tuple[Any, ...]:
    if not isinstance(said, list):
        raise _wrong(place, "une liste")
    if inside[-1] is Ellipsis:
        return tuple(_value(inside[0], one, f"{place}[{number}]") for number, one in enumerate(said))
    if len(said) != len(inside):
        raise _wrong(place, f"une liste de {len(inside)} valeurs")
    pairs = zip(inside, said, strict=True)
    return tuple(_value(kind, one, f"{place}[{number}]") for number, (kind, one) in enumerate(pairs))


def _object(said: object, place: str) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise _wrong(place, "un objet")
    return said


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _wrong(place: str, expected: str) -> Refused:
    return Refused("E-MOD-02", f"{place}\u202f: est attendu {expected}.")
