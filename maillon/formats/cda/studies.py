"""The object catalogue of an imaging report: study, series and images, as DICOM part 20 writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maillon.formats.cda.dates import moment
from maillon.formats.cda.hl7 import (
    ACT,
    CODE,
    EFFECTIVE_TIME,
    ENTRY_RELATIONSHIP,
    ID,
    OBSERVATION,
    QUALIFIER,
    REFERENCE,
    TEXT,
    VALUE,
    Element,
    Parts,
    child_of,
    first,
    full_id,
    parts_of,
    squeezed,
)
from maillon.formats.coded import Concept, ImagingInstance, ImagingSeries, ImagingStudy

_STUDY: Final = "113014"
_SERIES: Final = "113015"


def read_study(element: Element, parts: Parts, *, section: str | None) -> ImagingStudy | None:
    """None for an act that is no study, or that does not say which."""
    uid = full_id(first(parts, ID))
    if uid is None or _code_of(element) != _STUDY:
        return None
    return ImagingStudy(
        uid=uid, at=moment(first(parts, EFFECTIVE_TIME)), series=tuple(_series(parts)), section_code=section
    )


def _series(study: Parts) -> Iterator[ImagingSeries]:
    for element, parts, uid in _inside(study, ACT):
        if _code_of(element) == _SERIES:
            modality = _concept(child_of(first(parts, CODE), QUALIFIER, VALUE))
            yield ImagingSeries(
                uid=uid,
                modality=modality,
                at=moment(first(parts, EFFECTIVE_TIME)),
                instances=tuple(_instances(parts)),
            )


def _instances(series: Parts) -> Iterator[ImagingInstance]:
    for _, parts, uid in _inside(series, OBSERVATION):
        reference = child_of(first(parts, TEXT), REFERENCE)
        yield ImagingInstance(
            uid=uid,
            sop_class=_concept(first(parts, CODE)),
            at=moment(first(parts, EFFECTIVE_TIME)),
            address=reference.get("value") if reference is not None else None,
        )


def _inside(parts: Parts, tag: str) -> Iterator[tuple[Element, Parts, str]]:
    for relationship in parts.get(ENTRY_RELATIONSHIP, ()):
        for one in relationship.iterchildren(tag):
            inside = parts_of(one)
            if uid := full_id(first(inside, ID)):
                yield one, inside, uid


def _code_of(element: Element) -> str | None:
    code = child_of(element, CODE)
    return code.get("code") if code is not None else None


def _concept(element: Element | None) -> Concept:
    if element is None:
        return Concept()
    return Concept(
        code=element.get("code"), system=element.get("codeSystem"), label=squeezed(element.get("displayName"))
    )
