"""Look-ups in memory, read at the first question. A code that is not known has no label: callers show the code."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from maillon.terminology import tables
from maillon.terminology.tables import Concept, ValueSet

TYPE_SETS: Final = ("jdv-j07-xds-type-code", "jdv-j66-type-code-dmp")
NON_STRUCTURED: Final = "1.3.6.1.4.1.19376.1.2.20"  # template of a level 1 body: its format follows from the media type
_MEDIA_ALIASES: Final = {"application/rtf": "text/rtf", "image/jpg": "image/jpeg"}


class _Dictionary(NamedTuple):
    sets: dict[str, ValueSet]
    by_key: dict[tuple[str, str], Concept]
    by_code: dict[str, frozenset[str]]  # every label of a code, whatever its system


@cache
def _dictionary() -> _Dictionary:
    sets = {each["set"]: each for each in tables.records(tables.SOURCES) if each["set"].startswith("jdv-")}
    held: dict[str, list[tuple[int, Concept]]] = {name: [] for name in sets}
    for name in (tables.CONCEPTS, tables.SNOMED_CONCEPTS):
        for line in tables.records(name):
            held[line["set"]].append((int(line["rank"]), Concept(line["code"], line["system"], line["display"])))
    by_key: dict[tuple[str, str], Concept] = {}
    labels: dict[str, set[str]] = {}
    for name in sets:  # the sets of the CDA kit come first, and their wording prevails over that of the DMP
        for _, found in sorted(held[name], key=lambda each: each[0]):
            by_key.setdefault((found.code, found.system), found)
            labels.setdefault(found.code, set()).add(found.label)
    return _Dictionary(
        sets={name: _value_set(described, held[name]) for name, described in sets.items()},
        by_key=by_key,
        by_code={code: frozenset(each) for code, each in labels.items()},
    )


def _value_set(described: dict[str, str], held: Iterable[tuple[int, Concept]]) -> ValueSet:
    return ValueSet(
        name=described["name"],
        oid=described["oid"],
        version=described["version"],
        source=described["source"],
        concepts=tuple(each for _, each in sorted(held, key=lambda each: each[0])),
    )


def concept(code: str, system: str) -> Concept | None:
    return _dictionary().by_key.get((code, system))


def label(code: str | None, system: str | None = None) -> str | None:
    """Without a system, only a code that has one label everywhere is answered."""
    if not code:
        return None
    if system:
        found = concept(code, system)
        return found.label if found else None
    labels = _dictionary().by_code.get(code, frozenset())
    return next(iter(labels)) if len(labels) == 1 else None


def value_set(name: str) -> ValueSet:
    """Official name (« JDV_J07_XdsTypeCode_CISIS »), OID or short name (« jdv-j07-xds-type-code »), or KeyError."""
    found = _dictionary().sets.get(name) or _by_official_name().get(name)
    if found is None:
        raise KeyError(name)
    return found


@cache
def _by_official_name() -> dict[str, ValueSet]:
    return {key: each for each in _dictionary().sets.values() for key in (each.name, each.oid)}


@cache
def _types() -> dict[str, str]:
    return {each.code: each.label for name in reversed(TYPE_SETS) for each in value_set(name).concepts}


@cache
def _classes() -> dict[str, Concept]:
    return {
        each["type_code"]: Concept(each["class_code"], each["class_system"], each["class_display"])
        for each in tables.records(tables.CLASSES)
    }


@cache
def _formats() -> dict[str, str]:
    """By template; the official table of the latest version prevails (it comes first)."""
    found: dict[str, str] = {}
    for each in tables.records(tables.FORMATS):
        found.setdefault(each["template_id"], each["format_code"])
    return found


@cache
def _media_formats() -> dict[str, str]:
    return {each["media_type"]: each["format_code"] for each in tables.records(tables.MEDIA_FORMATS)}


@cache
def _systems() -> dict[str, str]:
    return {each["oid"]: each["name"] for each in tables.records(tables.SYSTEMS)}


def document_type_label(code: str | None) -> str | None:
    """JDV_J07, then JDV_J66."""
    return _types().get(code or "")


def known_types() -> frozenset[str]:
    """The types in force (J07, J66) and those that the official table of classes still reads."""
    return frozenset(_types()) | frozenset(_classes())


def class_of_type(code: str | None) -> str | None:
    """XDS classCode (ASS_X04). None where the official table has none: « 101881-1 » is not to be invented."""
    found = _classes().get(code or "")
    return found.code if found else None


def class_concept(type_code: str | None) -> Concept | None:
    """XDS classCode with its system and its label, as metadata carry it (ASS_X04)."""
    return _classes().get(type_code or "")


def class_label(code: str | None) -> str | None:
    return next((each.label for each in value_set("jdv-j06-xds-class-code").concepts if each.code == code), None)


def format_of(templates: Iterable[str], media_type: str | None = None) -> str | None:
    """XDS formatCode: that of the most special template known (ASS_A11), else that of the media type (ASS_A12).

    The templates of a header go from the general to the special; `root^extension` is read as its root as well.
    """
    for template in reversed([each.partition("^")[0] for each in templates]):
        if template != NON_STRUCTURED and template in _formats():
            return _formats()[template]
    media = (media_type or "").partition(";")[0].strip().lower()
    return _media_formats().get(_MEDIA_ALIASES.get(media, media))


def format_concept(templates: Iterable[str], media_type: str | None = None) -> Concept | None:
    """XDS formatCode with its system and its label, as metadata carry it (ASS_A11, ASS_A12)."""
    return _format_concepts().get(format_of(templates, media_type) or "")


@cache
def _format_concepts() -> dict[str, Concept]:
    rows = (*tables.records(tables.MEDIA_FORMATS), *tables.records(tables.FORMATS))
    concepts = (Concept(each["format_code"], each["format_system"], each["format_display"]) for each in rows)
    return {each.code: each for each in concepts}


def system_name(oid: str | None) -> str | None:
    return _systems().get(oid or "")
