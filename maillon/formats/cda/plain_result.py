"""The commonest observation, read in one go: a number, its unit, its bounds.

Four results out of five of a laboratory report have this shape, and filing pays for each. Whatever departs from it in
the least (an entryRelationship, a second value, a specimen, a text…) is left to `results`, which reads every shape;
a test holds the two to the same answer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from maillon.formats.cda.dates import iso
from maillon.formats.cda.hl7 import (
    CODE,
    EFFECTIVE_TIME,
    HIGH,
    ID,
    LOW,
    NS,
    ORIGINAL_TEXT,
    STATUS_CODE,
    TEMPLATE_ID,
    VALUE,
    XSI_TYPE,
    Element,
)
from maillon.formats.cda.place import Place
from maillon.formats.cda.thaw import maker_of
from maillon.formats.document import Result

make_result: Final = maker_of(Result)

_INTERPRETATION: Final = NS + "interpretationCode"
_RANGE: Final = NS + "referenceRange"
_HL7_INTERPRETATION: Final = "2.16.840.1.113883.5.83"
_NUMBERS: Final = frozenset({"PQ", "INT", "REAL"})
_READ: Final = (CODE, STATUS_CODE, EFFECTIVE_TIME, VALUE, _INTERPRETATION, _RANGE)
_REQUIRED: Final = (CODE, STATUS_CODE, VALUE)
_SKIPPED: Final = frozenset({TEMPLATE_ID, ID})


class _Shape(NamedTuple):
    """Where each child stands among its siblings; -1 where there is none."""

    code: int
    status: int
    time: int
    value: int
    flag: int
    range: int


@lru_cache(maxsize=256)
def _shape_of(tags: tuple[str, ...]) -> _Shape | None:
    """Observations of a report are alike: the same sequence of children is looked into once."""
    counted = [tag for tag in tags if tag not in _SKIPPED]
    if len(set(counted)) != len(counted) or not set(_REQUIRED) <= set(counted) <= set(_READ):
        return None
    return _Shape(*(tags.index(tag) if tag in counted else -1 for tag in _READ))


def plain_result(element: Element, place: Place) -> Result | None:
    """None where the observation has another shape."""
    children = list(element)
    shape = _shape_of(tuple([child.tag for child in children]))
    if shape is None:
        return None
    code, value = children[shape.code], children[shape.value]
    number, known, label = value.get("value"), code.get("code"), code.get("displayName")
    kind = value.get(XSI_TYPE)
    if not (number and known and label) or kind not in _NUMBERS or len(value) or not _is_bare(code):
        return None
    bounds = _bounds(children[shape.range]) if shape.range >= 0 else _UNBOUNDED
    flag = _flag(children[shape.flag]) if shape.flag >= 0 else None
    time = children[shape.time].get("value") if shape.time >= 0 else None
    if bounds is None or flag == _ELSEWHERE or (time is None and shape.time >= 0):
        return None
    return make_result(
        code=known,
        system=code.get("codeSystem"),
        label=" ".join(label.split()),
        value=number,
        unit=value.get("unit") or None,
        interpretation=flag,
        low=bounds[0],
        high=bounds[1],
        at=iso(time) or place.at,
        status=children[shape.status].get("code"),
        specimen=place.specimen,
        negated=element.get("negationInd") == "true",
        section_code=place.section,
        group=place.group,
        value_kind=None if kind == "PQ" else kind,
        **place.panel,
        device_id=place.device[0],
        device=place.device[1],
    )


def _is_bare(code: Element) -> bool:
    """Nothing in it, or the original text alone, which adds nothing to a label."""
    return not len(code) or (len(code) == 1 and code[0].tag == ORIGINAL_TEXT)


_ELSEWHERE: Final = "(codé ailleurs)"


def _flag(element: Element) -> str | None:
    system = element.get("codeSystem")
    return element.get("code") if system == _HL7_INTERPRETATION or system is None else _ELSEWHERE


_UNBOUNDED: Final = (None, None)


def _bounds(range_: Element) -> tuple[str | None, str | None] | None:
    """Low and high of a range that holds nothing else; None where it does."""
    if len(range_) != 1:
        return None
    children = list(range_[0])
    if not children or children[0].tag != VALUE:
        return None
    if len(children) > 1 and (len(children) > 2 or children[1].tag != _INTERPRETATION):
        return None
    low = high = None
    for child in children[0]:
        tag = child.tag
        if tag == LOW:
            low = child.get("value") or None
        elif tag == HIGH:
            high = child.get("value") or None
        else:
            return None
    return (low, high) if low or high else None
