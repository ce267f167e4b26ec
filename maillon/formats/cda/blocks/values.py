"""Coded things as CDA elements: concepts, quantities, values, times, and texts named in the narrative."""

from __future__ import annotations

import re
from typing import Final

from maillon.formats.cda.write_xml import LOINC, XSI_TYPE, Element, add, add_time
from maillon.formats.coded import Concept, Part, Quantity
from maillon.formats.document import Result, Statement
from maillon.formats.refusal import Refused

ABSENT_SYSTEM: Final = "2.16.840.1.113883.5.1150.1"
_BOUND: Final = re.compile(r"^(<=|>=|<|>|≤|≥)\s*(\d+(?:[.,]\d+)?)(?:\s.*)?$")
_BETWEEN: Final = re.compile(r"^(\d+(?:[.,]\d+)?) – (\d+(?:[.,]\d+)?)$")
_BOOLEANS: Final = {"Oui": "true", "Non": "false"}
# Terminologies of which a reader checks the code beside the words; the others carry a check digit.
NAMED_SYSTEMS: Final = {
    "2.16.840.1.113883.6.3": "CIM-10",
    "2.16.840.1.113883.6.139": "CISP-2",
    "2.16.840.1.113883.6.347": "CIM-11",
    "1.2.250.1.215.300.1": "CCAM",
    "1.2.250.1.213.2.3.1": "CIS",
    "1.2.250.1.213.2.3.2": "CIP",
    "1.2.250.1.213.2.59": "MV",
    "1.2.250.1.213.2.68": "EMDN",
    "2.16.840.1.113883.6.73": "ATC",
}
CODED_KINDS: Final = frozenset({"CD", "CE", "CV", "CO", "CS", "CR"})


def add_reference(parent: Element, name: str, reference: str | None) -> None:
    """`text` or `originalText`, pointing at the words of the narrative."""
    if reference is not None:
        add(add(parent, name), "reference", value=reference)


def add_concept(
    parent: Element, name: str, concept: Concept | None, *, reference: str | None = None, kind: str | None = None
) -> Element:
    """`reference`: where the narrative says it. A concept without code is written by its words alone."""
    found = concept or Concept()
    coded = add(parent, name)
    if kind is not None:
        coded.set(XSI_TYPE, kind)
    if found.code is not None:
        _set_code(coded, found.code, found.system, found.label)
    add_reference(coded, "originalText", reference)
    for what, value in found.qualifiers:
        qualifier = add(coded, "qualifier")
        if what != Concept():
            add_concept(qualifier, "name", what)
        add_concept(qualifier, "value", value)
    for code, system, label in found.translations:
        _set_code(add(coded, "translation"), code, system, label)
    return coded


def _set_code(element: Element, code: str, system: str | None, label: str | None) -> None:
    for key, value in (("code", code), ("displayName", label), ("codeSystem", system)):
        if value:
            element.set(key, value)
    if system == LOINC:
        element.set("codeSystemName", "LOINC")


def concept_of(item: Statement | Result) -> Concept:
    """The code of a statement. Where only a translation was coded, the model has lifted it: it goes back there."""
    said = item.text if isinstance(item, Statement) and item.text != item.label else None
    lifted = item.code is not None and bool(item.translations) and item.translations[0][:2] == (
        item.code, item.system or ""
    )  # fmt: skip
    return Concept(
        code=None if lifted else item.code,
        system=None if lifted or item.code is None else item.system,
        label=bare_label(item) if isinstance(item, Statement) else item.label,
        text=said,
        translations=item.translations,
        qualifiers=item.qualifiers if isinstance(item, Statement) else (),
    )


def bare_label(item: Statement) -> str | None:
    """The label of the code alone: that of the model tells the qualifiers too, « TEP (avec injection) »."""
    return item.label.removesuffix(_told_qualifiers(item)) if item.label else item.label


def full_label(item: Statement) -> str | None:
    label = bare_label(item)
    return f"{label}{_told_qualifiers(item)}" if label else label


def _told_qualifiers(item: Statement) -> str:
    said = ", ".join(value.label for _, value in item.qualifiers if value.label)
    return f" ({said})" if said else ""


def codes_in_words(concept: Concept) -> str | None:
    """« CIM-10 E11 », « CIS 63564053 – ATC B01AC04 clopidogrel ». The label is told where the author's words stand
    in its place."""
    label = concept.label if concept.text is not None else None
    listed = [(concept.code, concept.system, label), *concept.translations]
    return " – ".join(one for one in (_code_in_words(*each) for each in listed) if one) or None


def _code_in_words(code: str | None, system: str | None, label: str | None) -> str | None:
    named = f"{NAMED_SYSTEMS[system or '']} {code}" if code and system in NAMED_SYSTEMS else None
    return " ".join(one for one in (named, label if code else None) if one) or None


def words_of(item: Statement | Result) -> str:
    said = item.text if isinstance(item, Statement) else None
    return said or item.label or item.code or ""


def written_unit(unit: str | None) -> str | None:
    """A pure number has no unit: the schema's default stands for « 1 », which the kit's list of units lacks."""
    return None if unit == "1" else unit


def add_quantity(
    parent: Element, name: str, quantity: Quantity, *, kind: str | None = None, reference: str | None = None
) -> Element:
    """One value as an attribute, two bounds as `low` and `high`. The words stand in a translation (CI-SIS)."""
    element = add(parent, name)
    if kind is not None:
        element.set(XSI_TYPE, kind)
    if quantity.low is not None and quantity.low == quantity.high:
        element.set("value", quantity.low)
        if unit := written_unit(quantity.unit):
            element.set("unit", unit)
        _words_of_quantity(element, reference)
        return element
    for side, number in (("low", quantity.low), ("high", quantity.high)):
        if number is not None:
            bound = add(element, side, value=number, unit=written_unit(quantity.unit))
            _words_of_quantity(bound, reference)
    return element


def add_bounds(parent: Element, name: str, quantity: Quantity, *, reference: str | None = None) -> Element:
    """Always both bounds, as a dose and a rate want them (CI-SIS FR-Traitement)."""
    element = add(parent, name)
    for side, number in (("low", quantity.low), ("high", quantity.high)):
        bound = add(element, side, value=number or quantity.low or quantity.high, unit=written_unit(quantity.unit))
        _words_of_quantity(bound, reference)
    return element


def _words_of_quantity(element: Element, reference: str | None) -> None:
    if reference is not None:
        add_reference(add(element, "translation"), "originalText", reference)


def add_period(parent: Element, name: str, *, start: str | None, end: str | None, unknown: str = "UNK") -> Element:
    """An interval with a beginning, even an unknown one."""
    interval = add(parent, name)
    if start is not None:
        add_time(interval, "low", start)
    else:
        add(interval, "low", nullFlavor=unknown)
    if end is not None:
        add_time(interval, "high", end)
    return interval


def add_moment(parent: Element, name: str, at: str | None, *, end: str | None = None, unknown: str = "NA") -> None:
    if at is None and end is None:
        add(parent, name, nullFlavor=unknown)
    elif end is None:
        add_time(parent, name, at or "")
    else:
        add_period(parent, name, start=at, end=end)


def add_result_value(observation: Element, result: Result, *, reference: str | None) -> None:
    kind = result.value_kind
    if result.absent:
        add(observation, "value", nullFlavor="UNK").set(XSI_TYPE, kind or "PQ")
    elif kind in ("TS", "IVL_TS"):
        _add_date(observation, kind, at=result.value_at, end=result.value_end)
    elif result.value is not None:
        number = Quantity(low=result.value, high=result.value, unit=result.unit)
        element = add_quantity(observation, "value", number, kind=kind or "PQ")
        if result.other_value is not None:
            add(element, "translation", value=result.other_value, code=written_unit(result.other_unit),
                codeSystem="2.16.840.1.113883.6.8")  # fmt: skip
    elif result.value_code is not None or kind in CODED_KINDS:
        coded = Concept(code=result.value_code, system=result.value_system, label=result.value_text)
        add_concept(observation, "value", coded, kind=kind or "CD", reference=reference)
    else:
        add_words(observation, result.value_text or "", unit=result.unit, kind=kind)


def add_part_value(observation: Element, part: Part, *, reference: str | None) -> None:
    if part.value is not None or part.kind in CODED_KINDS:
        add_concept(observation, "value", part.value, kind=part.kind or "CD", reference=reference)
    elif part.kind in ("TS", "IVL_TS"):
        _add_date(observation, part.kind, at=part.at, end=None)
    elif part.quantity is not None:
        both = part.quantity.low == part.quantity.high
        add_quantity(observation, "value", part.quantity, kind=part.kind or ("PQ" if both else "IVL_PQ"))
    elif part.text is not None:
        add_words(observation, part.text, unit=None, kind=part.kind)


def _add_date(observation: Element, kind: str, *, at: str | None, end: str | None) -> None:
    value = add_period(observation, "value", start=at, end=end) if end is not None else (
        add_time(observation, "value", at or "")
    )  # fmt: skip
    value.set(XSI_TYPE, kind)


def add_words(observation: Element, text: str, *, unit: str | None, kind: str | None) -> None:
    """« Oui » of a boolean, `< 1,0` and `5 – 10` as intervals with their unit; anything else is the text itself."""
    if kind == "BL":
        if text not in _BOOLEANS:
            raise Refused("E-ECR-06", "Une réponse par oui ou non dit autre chose.")
        add(observation, "value", value=_BOOLEANS[text]).set(XSI_TYPE, "BL")
        return
    bound, between = _BOUND.match(text), _BETWEEN.match(text)
    if unit is None or not (bound or between):
        add(observation, "value", text).set(XSI_TYPE, kind or "ST")
        return
    interval = add(observation, "value")
    interval.set(XSI_TYPE, kind or "IVL_PQ")
    if bound:
        sign, number = bound.groups()
        inclusive = "true" if sign in ("<=", ">=", "≤", "≥") else "false"
        add(interval, "high" if sign[0] in "<≤" else "low", value=_decimal(number), unit=unit, inclusive=inclusive)
    elif between:
        for side, number in zip(("low", "high"), between.groups(), strict=True):
            add(interval, side, value=_decimal(number), unit=unit)


def _decimal(number: str) -> str:
    return number.replace(",", ".")
