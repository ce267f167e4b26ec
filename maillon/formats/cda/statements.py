"""Problems, allergies, procedures and what is planned, as statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from maillon.formats.cda.annotations import Annotations, performer_of
from maillon.formats.cda.dates import period
from maillon.formats.cda.hl7 import (
    AUTHOR,
    CODE,
    EFFECTIVE_TIME,
    ID,
    NAME,
    NS,
    PARTICIPANT,
    PARTICIPANT_ROLE,
    PEOPLE_ROOT,
    PERFORMER,
    PLAYING_ENTITY,
    QUALIFIER,
    REFERENCE,
    STATUS_CODE,
    TEXT,
    VALUE,
    Element,
    Parts,
    child_of,
    first,
    full_id,
    national_id,
    own_text,
)
from maillon.formats.cda.narrative_text import Narrative
from maillon.formats.cda.people import actor
from maillon.formats.cda.place import Place
from maillon.formats.cda.read_coded import concept, concepts
from maillon.formats.cda.treatments import product_of
from maillon.formats.cda.values import NOTHING, Coded, coded, measured, text_of
from maillon.formats.coded import Concept, Product
from maillon.formats.document import Author, Statement

_TARGET_SITE: Final = NS + "targetSiteCode"
_APPROACH_SITE: Final = NS + "approachSiteCode"
_METHOD: Final = NS + "methodCode"
_PRIORITY: Final = NS + "priorityCode"
_EXTERNAL_DOCUMENT: Final = NS + "externalDocument"


def problem(element: Element, parts: Parts, *, place: Place, notes: Annotations, narrative: Narrative) -> Statement:
    kind, value = coded(first(parts, CODE), narrative), coded(first(parts, VALUE), narrative)
    text = value.text or text_of(first(parts, TEXT), narrative)
    start, end = _dates(parts, place)
    return Statement(
        code=value.code,
        system=value.system,
        label=value.label or measured(first(parts, VALUE), narrative).text or text,
        text=text,
        negated=_negated(element, place) or notes.refuted,
        absent=value.says_absent or kind.says_absent,
        status=_status(parts, place, notes),
        start=start,
        end=end,
        kind=kind.code,
        kind_label=kind.label,
        severity=notes.severity,
        reactions=tuple(notes.reactions),
        mood=element.get("moodCode"),
        site=_site(parts, narrative),
        comment=notes.comment,
        section_code=place.section,
        translations=value.translations,
        details=tuple(notes.details),
        **_coded(parts, place, kind, narrative),
        references=_references(parts),
        parts=tuple(notes.parts),
    )


def allergy(
    element: Element,
    parts: Parts,
    *,
    place: Place,
    notes: Annotations,
    narrative: Narrative,
    involved: Iterable[Statement] = (),
) -> Statement:
    """`code` is the substance; the type of event (allergy to a medicine, intolerance…) is the `kind`."""
    kind, value = coded(first(parts, CODE), narrative), coded(first(parts, VALUE), narrative)
    substance = _substance(parts, notes, narrative)
    chosen = substance if substance.code or substance.label else value
    text = substance.text or value.text or text_of(first(parts, TEXT), narrative)
    start, end = _dates(parts, place)
    return Statement(
        code=chosen.code,
        system=chosen.system,
        label=chosen.label or text or kind.label,
        text=text,
        negated=_negated(element, place) or notes.refuted,
        absent=any(one.says_absent for one in (kind, value, substance)),
        status=_status(parts, place, notes),
        start=start,
        end=end,
        kind=kind.code,
        kind_label=kind.label,
        severity=notes.severity,
        reactions=tuple(notes.reactions),
        mood=element.get("moodCode"),
        comment=notes.comment,
        section_code=place.section,
        translations=chosen.translations,
        details=tuple(notes.details),
        **_coded(parts, place, kind, narrative),
        product=_named_agent(parts),
        involved=tuple(involved),
        parts=tuple(notes.parts),
    )


def _substance(parts: Parts, notes: Annotations, narrative: Narrative) -> Coded:
    """The agent (participant CSM), or the medicine held responsible for an adverse effect."""
    for participant in parts.get(PARTICIPANT, ()):
        entity = child_of(participant, PARTICIPANT_ROLE, PLAYING_ENTITY)
        if entity is not None and participant.get("typeCode", "CSM") == "CSM":
            code = coded(child_of(entity, CODE), narrative)
            name = own_text(child_of(entity, NAME))
            return code if code.label else code._replace(label=name)
    for _, nested in notes.rest:
        product = product_of(child_of(nested, NS + "consumable"), narrative)
        if product.label:
            return product.code._replace(label=product.label)
    return NOTHING


def procedure(element: Element, parts: Parts, *, place: Place, notes: Annotations, narrative: Narrative) -> Statement:
    """Acts, encounters and observations too, when they are wanted rather than done (`mood`)."""
    code = coded(first(parts, CODE), narrative)
    text = code.text or text_of(first(parts, TEXT), narrative)
    start, end = period(first(parts, EFFECTIVE_TIME))
    return Statement(
        code=code.code,
        system=code.system,
        label=code.label or text,
        text=text,
        negated=_negated(element, place),
        absent=code.says_absent,
        status=_status(parts, place, notes),
        start=start,
        end=end,
        kind=element.get("classCode"),
        severity=notes.severity,
        reactions=tuple(notes.reactions),
        mood=element.get("moodCode"),
        site=_site(parts, narrative),
        comment=notes.comment,
        section_code=place.section,
        translations=code.translations,
        details=(*_details(parts, narrative), *notes.details),
        **_coded(parts, place, NOTHING, narrative),
        qualifiers=_qualifiers(first(parts, CODE), narrative),
        approach=concept(first(parts, _APPROACH_SITE), narrative),
        priority=concept(first(parts, _PRIORITY), narrative),
        methods=concepts(parts.get(_METHOD, ()), narrative),
        performer=actor(first(parts, PERFORMER)) or _authorizer(parts),
        author=actor(first(parts, AUTHOR)),
        place=_location(parts),
        references=_references(parts),
        parts=tuple(notes.parts),
    )


def _coded(parts: Parts, place: Place, kind: Coded, narrative: Narrative) -> dict[str, Any]:
    """What writing needs of any statement."""
    return {
        "id": full_id(first(parts, ID)),
        "kind_system": kind.system,
        "concern_status": place.concern.status,
        **_followed(parts, place),
        "sites": concepts(parts.get(_TARGET_SITE, ()), narrative),
    }


def _qualifiers(code: Element | None, narrative: Narrative) -> tuple[tuple[Concept, Concept], ...]:
    if child_of(code, QUALIFIER) is None:
        return ()
    found = concept(code, narrative)
    return found.qualifiers if found is not None else ()


def _authorizer(parts: Parts) -> Author | None:
    """Who authorised the exposure to radiation (DICOM 113850); the name stands in one piece."""
    for participant in parts.get(PARTICIPANT, ()):
        role = child_of(participant, PARTICIPANT_ROLE)
        code, number = child_of(role, CODE), child_of(role, ID)
        if code is not None and code.get("code") == "113850":
            return Author(
                id=national_id(number, PEOPLE_ROOT),
                id_root=number.get("root") if number is not None else None,
                family_name=own_text(child_of(role, PLAYING_ENTITY, NAME)),
            )
    return None


def _followed(parts: Parts, place: Place) -> dict[str, str | None]:
    """When the problem was followed, where it is not when it was there."""
    start, end = _dates(parts, place)
    concern = place.concern
    return {
        "concern_start": concern.start if concern.start != start else None,
        "concern_end": concern.end if concern.end != end else None,
    }


def _named_agent(parts: Parts) -> Product | None:
    for participant in parts.get(PARTICIPANT, ()):
        if participant.get("typeCode", "CSM") == "CSM":
            name = own_text(child_of(participant, PARTICIPANT_ROLE, PLAYING_ENTITY, NAME))
            return Product(name=name) if name else None
    return None


def _references(parts: Parts) -> tuple[str, ...]:
    """Addresses of the documents that are referred to."""
    texts = [child_of(one, _EXTERNAL_DOCUMENT, TEXT, REFERENCE) for one in parts.get(REFERENCE, ())]
    return tuple(address for one in texts if one is not None and (address := one.get("value")))


def _details(parts: Parts, narrative: Narrative) -> list[tuple[str, str]]:
    priority = coded(first(parts, _PRIORITY), narrative)
    why = priority.text if priority.text != priority.label else None
    found = (
        ("Priorité", f"{priority.label} ({why})" if priority.label and why else priority.label),
        ("Technique", ", ".join(label for one in parts.get(_METHOD, ()) if (label := coded(one, narrative).label))),
        ("Effectué par", performer_of(parts, narrative)),
        ("Lieu", _location(parts)),
        ("Valeur", measured(first(parts, VALUE), narrative).text),
    )
    return [(name, said) for name, said in found if said]


def _location(parts: Parts) -> str | None:
    for participant in parts.get(PARTICIPANT, ()):
        if participant.get("typeCode") == "LOC":
            return own_text(child_of(participant, PARTICIPANT_ROLE, PLAYING_ENTITY, NAME))
    return None


def _site(parts: Parts, narrative: Narrative) -> str | None:
    codes = [*parts.get(_TARGET_SITE, ()), *parts.get(_APPROACH_SITE, ())]
    return ", ".join(label for one in codes if (label := coded(one, narrative).label)) or None


def _dates(parts: Parts, place: Place) -> tuple[str | None, str | None]:
    start, end = period(first(parts, EFFECTIVE_TIME))
    return start or place.concern.start, end or place.concern.end


def _negated(element: Element, place: Place) -> bool:
    return element.get("negationInd") == "true" or place.concern.negated


def _status(parts: Parts, place: Place, notes: Annotations) -> str | None:
    """The clinical status where it is coded, else that of the concern: the observation is always « completed »."""
    status = first(parts, STATUS_CODE)
    return notes.status or place.concern.status or (status.get("code") if status is not None else None)
