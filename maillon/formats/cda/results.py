"""An observation as a result: what was measured, its value and unit, its interpretation and its reference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, NamedTuple

from maillon.formats.cda.dates import moment, period
from maillon.formats.cda.hl7 import (
    AUTHOR,
    CODE,
    EFFECTIVE_TIME,
    NS,
    PERFORMER,
    STATUS_CODE,
    TEXT,
    VALUE,
    Element,
    Parts,
    child_of,
    first,
    own_text,
    parts_of,
)
from maillon.formats.cda.narrative_text import Narrative
from maillon.formats.cda.people import actor
from maillon.formats.cda.place import Place
from maillon.formats.cda.plain_result import make_result
from maillon.formats.cda.read_coded import concept, concepts, value_kind
from maillon.formats.cda.values import UNMEASURED, Coded, Measured, bounds, coded, measured, text_of
from maillon.formats.coded import Concept, Part
from maillon.formats.document import PreviousValue, Result

_INTERPRETATION: Final = NS + "interpretationCode"
_HL7_INTERPRETATION: Final = "2.16.840.1.113883.5.83"
_METHOD: Final = NS + "methodCode"
_RANGE: Final = NS + "referenceRange"
_TARGET_SITE: Final = NS + "targetSiteCode"
_SPECIMEN: Final = NS + "specimen"
_OBSERVATION_RANGE: Final = NS + "observationRange"


class Reference(NamedTuple):
    low: str | None = None
    high: str | None = None
    text: str | None = None
    unit: str | None = None


_NO_REFERENCE: Final = Reference()


def result(
    element: Element,
    parts: Parts,
    *,
    code: Coded,
    place: Place,
    narrative: Narrative,
    previous: tuple[PreviousValue, ...] = (),
    comment: str | None = None,
    said: tuple[Part, ...] = (),
) -> Result:
    value = value_of(parts, narrative)
    if VALUE not in parts and value.text in (code.label, code.text):
        value = UNMEASURED  # the text only names the observation
    reference = _reference(parts[_RANGE], narrative) if _RANGE in parts else _NO_REFERENCE
    status = first(parts, STATUS_CODE)
    interpretation, remark = _interpreted(parts.get(_INTERPRETATION, ()), narrative)
    return make_result(
        code=code.code,
        system=code.system,
        label=code.label,
        value=value.value,
        unit=value.unit,
        value_text=value.text,
        interpretation=interpretation,
        low=reference.low,
        high=reference.high,
        range_text=reference.text,
        at=moment(first(parts, EFFECTIVE_TIME)) or place.at,
        status=status.get("code") if status is not None else None,
        specimen=(_specimen(parts[_SPECIMEN], narrative) if _SPECIMEN in parts else None) or place.specimen,
        method=coded(parts[_METHOD][0], narrative).label if _METHOD in parts else None,
        method_code=_method_code(parts[_METHOD][0], narrative) if _METHOD in parts else None,
        previous=previous,
        negated=element.get("negationInd") == "true",
        absent=value.absent,
        section_code=place.section,
        group=place.group,
        translations=code.translations,
        comment=f"{remark}\u202f; {comment}" if remark and comment else remark or comment,
        value_code=value.code,
        value_system=value.system,
        other_value=value.other_value,
        other_unit=value.other_unit,
        range_unit=reference.unit if value.value is None and value.unit is None else None,
        sites=concepts(parts[_TARGET_SITE], narrative) if _TARGET_SITE in parts else (),
        parts=said,
        **_coded(parts, place),
    )


def with_remark(said: Result, parts: Parts, narrative: Narrative) -> Result:
    """The text of a DICOM observation that does not repeat its value is a comment on it (DICOM part 20, CI-SIS)."""
    told = text_of(first(parts, TEXT), narrative)
    value = coded(first(parts, VALUE), narrative)
    words = {said.value_text, f"absence de {said.value_text}", value.text, f"absence de {value.text}", said.label, None}
    return said if said.comment or said.absent or told in words else replace(said, comment=told)


def _coded(parts: Parts, place: Place) -> dict[str, Any]:
    """What writing needs beyond what is shown."""
    found = dict(place.panel)
    for name, tag in (("performer", PERFORMER), ("author", AUTHOR)):
        if tag in parts:
            found[name] = actor(parts[tag][0])
    value, time = first(parts, VALUE), first(parts, EFFECTIVE_TIME)
    if time is not None and len(time):
        found["end"] = period(time)[1]
    kind = value_kind(value)
    if kind is not None:
        found["value_kind"] = kind
        if kind in ("TS", "IVL_TS"):
            found["value_at"], found["value_end"] = period(value)
    found["device_id"], found["device"] = place.device
    return found


def value_of(parts: Parts, narrative: Narrative) -> Measured:
    """Several values are one answer (a multiple choice): the first, then all of them in words."""
    values = parts.get(VALUE)
    if values is None:
        return _told(parts, narrative)
    found = measured(values[0], narrative)
    if len(values) == 1:
        return found
    words = [text for one in values if (text := _in_words(measured(one, narrative)))]
    return found._replace(text="\u202f; ".join(words))


def _in_words(value: Measured) -> str | None:
    return value.text or " ".join(one for one in (value.value, value.unit) if one) or None


def _told(parts: Parts, narrative: Narrative) -> Measured:
    """An observation without a value says it in its text."""
    said = text_of(first(parts, TEXT), narrative)
    return Measured(text=said) if said else UNMEASURED


def _interpreted(codes: Iterable[Element], narrative: Narrative) -> tuple[str | None, str | None]:
    """The HL7 code (H, L, N, R, S…), and in words what is coded elsewhere: that is a remark."""
    found: str | None = None
    remarks: list[str] = []
    for one in codes:
        code, system = one.get("code"), one.get("codeSystem")
        if system is None or system == _HL7_INTERPRETATION:
            found = found or code
        elif label := coded(one, narrative).label:
            remarks.append(label)
    return found, "\u202f; ".join(remarks) or None


def _method_code(element: Element, narrative: Narrative) -> Concept | None:
    found = concept(element, narrative)
    return found if found is not None and (found.code or found.translations) else None


def _specimen(specimens: list[Element], narrative: Narrative) -> str | None:
    role = child_of(specimens[0], NS + "specimenRole", NS + "specimenPlayingEntity")
    return coded(child_of(role, CODE), narrative).label or own_text(child_of(role, NS + "name"))


def _reference(ranges: list[Element], narrative: Narrative) -> Reference:
    """The normal range (interpretation N), else the first; the others are told in words."""
    found = [parts_of(one) for range_ in ranges if (one := child_of(range_, _OBSERVATION_RANGE)) is not None]
    if not found:
        return _NO_REFERENCE
    if len(found) == 1 and TEXT not in found[0] and VALUE in found[0]:
        low, high, unit = bounds(found[0][VALUE][0])
        if low or high:
            return Reference(low, high, unit=unit)
    chosen = next((one for one in found if _is_normal(one)), found[0])
    low, high, unit = bounds(first(chosen, VALUE))
    said = [text for one in found if (text := _range_words(one, narrative, alone=len(found) == 1))]
    return Reference(low, high, "\u202f; ".join(said) or None, unit)


def _is_normal(parts: Parts) -> bool:
    return any(one.get("code") == "N" for one in parts.get(_INTERPRETATION, ()))


def _range_words(parts: Parts, narrative: Narrative, *, alone: bool) -> str | None:
    told = text_of(first(parts, TEXT), narrative)
    value = first(parts, VALUE)
    if told or value is None:
        return told
    low, high, unit = bounds(value)
    if alone:
        return None if low or high else measured(value, narrative).text
    name = coded(first(parts, _INTERPRETATION), narrative).label
    shown = measured(value, narrative)
    words = " ".join(one for one in (shown.text or shown.value, unit) if one)
    return f"{name}\u202f: {words}" if name and words else words or None


def previous_value(parts: Parts, narrative: Narrative) -> PreviousValue:
    value = value_of(parts, narrative)
    return PreviousValue(
        value=value.value, unit=value.unit, value_text=value.text, at=moment(first(parts, EFFECTIVE_TIME))
    )
