"""One result of a laboratory report as an observation (IHE XD-LAB, CI-SIS FR-Resultat-examens-de-biologie)."""

from __future__ import annotations

from typing import Final

from maillon.formats.cda.blocks.actors import write_author, write_performer
from maillon.formats.cda.blocks.draft import Draft
from maillon.formats.cda.blocks.values import add_concept, add_reference, add_result_value, add_words, written_unit
from maillon.formats.cda.types.laboratory_specimen import write_comment
from maillon.formats.cda.types.laboratory_table import References
from maillon.formats.cda.write_xml import LOINC, XSI_TYPE, Element, add, add_code, add_templates, add_time
from maillon.formats.coded import Concept
from maillon.formats.document import PreviousValue, Result
from maillon.formats.wording import INTERPRETATION_WORDS

OBSERVATION: Final = ("1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80")
INTERPRETATION_SYSTEM: Final = "2.16.840.1.113883.5.83"


def write_result(
    parent: Element, result: Result, reference: References, *, draft: Draft, specimen: Concept | None
) -> None:
    """`specimen`: its material, where the chapter has several."""
    observation = _head(parent, result, reference)
    add_result_value(observation, result, reference=reference.value)
    if result.interpretation:
        words = INTERPRETATION_WORDS.get(result.interpretation)
        add_code(observation, "interpretationCode", result.interpretation, system=INTERPRETATION_SYSTEM, label=words)
    if result.method_code is not None or result.method:
        add_concept(observation, "methodCode", result.method_code, reference=reference.method)
    for site in result.sites:
        add_concept(observation, "targetSiteCode", site)
    if specimen is not None:
        role = add(add(observation, "specimen"), "specimenRole")
        add_concept(add(role, "specimenPlayingEntity"), "code", specimen, reference=reference.specimen)
    write_performer(observation, result.performer, draft=draft)
    write_author(observation, result.author, draft=draft)
    if result.comment:
        write_comment(observation, reference.comment, inverted=True)
    for old in result.previous:
        _previous(observation, result, reference, old=old)
    _reference_range(observation, result)


def _head(parent: Element, result: Result, reference: References) -> Element:
    negation = "true" if result.negated else None
    observation = add(parent, "observation", classCode="OBS", moodCode="EVN", negationInd=negation)
    add_templates(observation, *OBSERVATION)
    _code(observation, result, reference)
    add(observation, "statusCode", code=result.status or "completed")
    if result.at:
        add_time(observation, "effectiveTime", result.at)
    return observation


def _code(observation: Element, result: Result, reference: References) -> None:
    """A code outside LOINC may only stand as a translation of an empty code (BIO-CR-BIO 2024.01)."""
    universal = result.code is not None and result.system == LOINC
    translations = list(result.translations)
    if result.code is not None and not universal and (not translations or translations[0][0] != result.code):
        translations.insert(0, (result.code, result.system or "", result.label or result.code))
    code = (
        add_code(observation, "code", result.code, system=LOINC, label=result.label or result.code)
        if universal
        else add(observation, "code")
    )
    add_reference(code, "originalText", reference.label)
    for local_code, system, label in translations:
        add(code, "translation", code=local_code, displayName=label, codeSystem=system or None)


def _previous(observation: Element, result: Result, reference: References, *, old: PreviousValue) -> None:
    relationship = add(observation, "entryRelationship", typeCode="REFR")
    earlier = add(relationship, "observation", classCode="OBS", moodCode="EVN")
    add_templates(earlier, *OBSERVATION)
    _code(earlier, result, reference)
    add(earlier, "statusCode", code="completed")
    add_time(earlier, "effectiveTime", old.at or "")
    if old.value is not None:
        add(earlier, "value", value=old.value, unit=written_unit(old.unit)).set(XSI_TYPE, "PQ")
    else:
        add_words(earlier, old.value_text or "", unit=old.unit, kind=None)


def _reference_range(observation: Element, result: Result) -> None:
    if result.low is None and result.high is None and not result.range_text:
        return
    holder = add(observation, "referenceRange", typeCode="REFV")
    expected = add(holder, "observationRange", classCode="OBS", moodCode="EVN.CRT")
    if result.range_text:
        add(expected, "text", result.range_text)
    if result.low is not None or result.high is not None:
        interval = add(expected, "value")
        interval.set(XSI_TYPE, "IVL_PQ")
        for side, number in (("low", result.low), ("high", result.high)):
            if number is not None:
                add(interval, side, value=number, unit=written_unit(result.range_unit or result.unit))
    add_code(expected, "interpretationCode", "N", system=INTERPRETATION_SYSTEM, label="Normal")
