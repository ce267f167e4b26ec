"""What stands around the results of a laboratory report: the specimen, the isolate, the battery, who answers for them
(IHE PaLM, CI-SIS BIO-CR-BIO 2024.01). The reader and the writer name a group of results by the same words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from maillon.formats.cda.annotations import annotations_of
from maillon.formats.cda.dates import moment, period
from maillon.formats.cda.hl7 import (
    CODE,
    EFFECTIVE_TIME,
    ENTRY_RELATIONSHIP,
    ID,
    NS,
    PARTICIPANT,
    PARTICIPANT_ROLE,
    PERFORMER,
    PLAYING_ENTITY,
    PROCEDURE,
    STATUS_CODE,
    TEMPLATE_ID,
    TIME,
    Element,
    Parts,
    child_of,
    first,
    full_id,
    parts_of,
    roots_of,
)
from maillon.formats.cda.narrative_text import Narrative
from maillon.formats.cda.people import actor, playing
from maillon.formats.cda.read_coded import concept
from maillon.formats.cda.values import coded
from maillon.formats.coded import Concept, Isolate
from maillon.formats.document import Author, Result, Specimen

RECEPTION: Final = "SPRECEIVE"  # the laboratory received the specimen
ISOLATE: Final = "Isolat"
_SEPARATOR: Final = " – "
_ENTRY: Final = frozenset({"1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21"})
_COLLECTION: Final = frozenset({"1.3.6.1.4.1.19376.1.3.1.2", "1.2.250.1.213.1.1.3.77"})


def is_laboratory_entry(entry: Element) -> bool:
    return not _ENTRY.isdisjoint(roots_of(entry.iterchildren(TEMPLATE_ID)))


def is_collection(parts: Parts) -> bool:
    return not _COLLECTION.isdisjoint(roots_of(parts.get(TEMPLATE_ID, ())))


def read_specimen(parts: Parts, *, section: str | None, narrative: Narrative) -> Specimen:
    role = _specimen_role(parts)
    start, end = period(first(parts, EFFECTIVE_TIME))
    notes = annotations_of(parts.get(ENTRY_RELATIONSHIP, ()), narrative)
    received = [child_of(one, EFFECTIVE_TIME) for _, one in notes.rest if _is_reception(one)]
    return Specimen(
        id=full_id(child_of(role, ID)),
        material=concept(child_of(role, PLAYING_ENTITY, CODE), narrative),
        act=concept(first(parts, CODE), narrative),
        start=start,
        end=end,
        received_at=moment(received[0]) if received else None,
        site=concept(first(parts, NS + "targetSiteCode"), narrative),
        collector=actor(first(parts, PERFORMER)),
        comment=notes.comment,
        section_code=section,
    )


def _specimen_role(parts: Parts) -> Element | None:
    for participant in parts.get(PARTICIPANT, ()):
        if participant.get("typeCode") == "PRD":
            return child_of(participant, PARTICIPANT_ROLE)
    return None


def _is_reception(element: Element) -> bool:
    code = child_of(element, CODE)
    return code is not None and code.get("code") == RECEPTION


def collected(relationships: Iterable[Element], narrative: Narrative) -> str | None:
    """The specimen named by the collection, when there is only one: with several, each result names its own."""
    named = set()
    for relationship in relationships:
        collection = child_of(relationship, PROCEDURE)
        if collection is not None:
            role = _specimen_role(parts_of(collection))
            named.add(coded(child_of(role, PLAYING_ENTITY, CODE), narrative).label)
    named.discard(None)
    return named.pop() if len(named) == 1 else None


def tested_with(parts: Parts, narrative: Narrative) -> tuple[str | None, str | None]:
    """What a rapid test was done with: its UDI, and its maker, reference, batch and expiry in words."""
    for participant in parts.get(PARTICIPANT, ()):
        if participant.get("typeCode") == "DEV":
            role = child_of(participant, PARTICIPANT_ROLE)
            told = coded(child_of(role, NS + "playingDevice", CODE), narrative)
            return full_id(child_of(role, ID)), told.text or told.label
    return None, None


def read_isolate(parts: Parts, narrative: Narrative) -> Isolate | None:
    role = child_of(first(parts, NS + "specimen"), NS + "specimenRole")
    organism = concept(child_of(role, NS + "specimenPlayingEntity", CODE), narrative)
    if organism is None:
        return None
    status = first(parts, STATUS_CODE)
    return Isolate(
        organism=organism,
        id=full_id(child_of(role, ID)),
        at=moment(first(parts, EFFECTIVE_TIME)),
        status=status.get("code") if status is not None else None,
    )


def read_validators(parts: Parts) -> list[Author]:
    """Who answers for the results of a chapter (participant AUTHEN), and when."""
    return [
        playing(role, at=moment(child_of(one, TIME)))
        for one in parts.get(PARTICIPANT, ())
        if one.get("typeCode") == "AUTHEN" and (role := child_of(one, PARTICIPANT_ROLE)) is not None
    ]


# How a group of results is named.


def name_of(concept: Concept | None) -> str | None:
    if concept is None:
        return None
    translated = next((label for _, _, label in concept.translations if label), None)
    return concept.label or concept.text or translated or concept.code


def germ_of(isolate: Isolate | None) -> str | None:
    """In the laboratory's own words where it has some: « Streptococcus D. » rather than « Genus Streptococcus »."""
    return isolate.organism.text or name_of(isolate.organism) if isolate is not None else None


def joined(*names: str | None) -> str | None:
    """Inside another, the outer name comes first."""
    return _SEPARATOR.join(dict.fromkeys(name for name in names if name)) or None


def battery_of(result: Result) -> Concept | None:
    """The battery inside the examination and the isolate; one without code is known by its name alone."""
    if result.group_code is not None or is_lone(result):
        return result.group_code
    around, name = joined(name_of(result.examination), germ_of(result.isolate)), result.group
    if name is None or name == around:
        return None
    return Concept(text=name.removeprefix(f"{around}{_SEPARATOR}") if around else name)


def is_lone(result: Result) -> bool:
    """Says only that a germ was found."""
    return result.isolate is not None and result.code is None and result.label == ISOLATE


def lone_isolate(isolate: Isolate) -> Result:
    return Result(label=ISOLATE, value_text=germ_of(isolate), at=isolate.at, isolate=isolate)


def well_grouped(result: Result) -> Result:
    germ, battery = germ_of(result.isolate), name_of(battery_of(result))
    return replace(result, group=joined(name_of(result.examination), germ, battery))
