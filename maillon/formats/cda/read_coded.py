"""The coded things of an entry as the model keeps them, every code as it was written (see `formats.coded`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.cda.dates import iso, period
from maillon.formats.cda.hl7 import (
    CODE,
    EFFECTIVE_TIME,
    ENTRY_RELATIONSHIP,
    NAME,
    NS,
    OBSERVATION,
    ORIGINAL_TEXT,
    PHARM,
    QUALIFIER,
    TEXT,
    TRANSLATION,
    VALUE,
    XSI_TYPE,
    Element,
    Parts,
    child_of,
    first,
    own_text,
    parts_of,
    squeezed,
)
from maillon.formats.cda.narrative_text import Narrative
from maillon.formats.cda.values import bounds, measured, text_of, type_of
from maillon.formats.coded import Concept, Dosage, Ingredient, Part, Product, Quantity, Role, Timing

_NUMERATOR: Final = NS + "numerator"
_DENOMINATOR: Final = NS + "denominator"
_RECURRING: Final = frozenset({"PIVL_TS", "EIVL_TS", "SXPR_TS", "PIVL_PPD_TS"})
_CODED_KINDS: Final = frozenset({"CD", "CE", "CV", "CO", "CS", "CR"})
_TOLD_KINDS: Final = frozenset({"CD", "PQ", "ST", "IVL_PQ"})  # what a value holds tells them


def concept(element: Element | None, narrative: Narrative) -> Concept | None:
    """None for what says nothing: no code, no label, no words."""
    if element is None:
        return None
    label = squeezed(element.get("displayName"))
    text = text_of(child_of(element, ORIGINAL_TEXT), narrative)
    found = Concept(
        code=element.get("code") or None,
        system=element.get("codeSystem"),
        label=label,
        text=text if text != label else None,
        translations=tuple(_translations(element)),
        qualifiers=tuple(_qualifiers(element, narrative)),
    )
    return found if found.code or found.words or found.translations or found.qualifiers else None


def concepts(elements: Iterable[Element], narrative: Narrative) -> tuple[Concept, ...]:
    return tuple(found for one in elements if (found := concept(one, narrative)) is not None)


def _translations(element: Element) -> Iterator[tuple[str, str, str]]:
    for one in element.iterchildren(TRANSLATION):
        if code := one.get("code"):
            yield code, one.get("codeSystem") or "", squeezed(one.get("displayName")) or ""


def _qualifiers(element: Element, narrative: Narrative) -> Iterator[tuple[Concept, Concept]]:
    for one in element.iterchildren(QUALIFIER):
        value = concept(child_of(one, VALUE), narrative)
        if value is not None:
            yield concept(child_of(one, NAME), narrative) or Concept(), value


def quantity(element: Element | None, narrative: Narrative) -> Quantity | None:
    low, high, unit = bounds(element)
    if element is None or not (low or high):
        return None
    return Quantity(low=low, high=high, unit=unit, text=text_of(next(element.iter(ORIGINAL_TEXT), None), narrative))


def ratio(element: Element | None, narrative: Narrative) -> tuple[Quantity, Quantity] | None:
    top = quantity(child_of(element, _NUMERATOR), narrative)
    bottom = quantity(child_of(element, _DENOMINATOR), narrative)
    return (top, bottom) if top is not None and bottom is not None else None


def dosage(parts: Parts, narrative: Narrative) -> Dosage | None:
    times = [one for one in parts.get(EFFECTIVE_TIME, ()) if one.get("operator") == "A" or _kind(one) in _RECURRING]
    found = Dosage(
        dose=quantity(first(parts, NS + "doseQuantity"), narrative),
        rate=quantity(first(parts, NS + "rateQuantity"), narrative),
        maximum=ratio(first(parts, NS + "maxDoseQuantity"), narrative),
        timings=tuple(_timing(one, narrative) for one in times),
    )
    return found if found != Dosage() else None


def _kind(time: Element) -> str:
    return (time.get(XSI_TYPE) or "").rpartition(":")[2]


def _timing(time: Element, narrative: Narrative) -> Timing:
    every, offset = child_of(time, NS + "period"), child_of(time, NS + "offset")
    start, end = period(child_of(time, NS + "phase"))
    return Timing(
        every=_bare(every),
        event=concept(child_of(time, NS + "event"), narrative),
        offset=_bare(child_of(offset, NS + "low") if offset is not None and len(offset) else offset),
        at=iso(time.get("value")),
        start=start,
        end=end,
        text=text_of(child_of(every, TRANSLATION, ORIGINAL_TEXT), narrative),
        together=tuple(_timing(one, narrative) for one in time.iterchildren(NS + "comp")),
    )


def _bare(element: Element | None) -> Quantity | None:
    if element is None or not element.get("value"):
        return None
    return Quantity(low=element.get("value"), high=element.get("value"), unit=element.get("unit"))


def product(material: Element, narrative: Narrative) -> Product | None:
    parts = parts_of(material)
    form = first(parts, PHARM + "formCode")
    found = Product(
        name=own_text(first(parts, NAME)) or own_text(first(parts, PHARM + "name")),
        form=concept(form if form is not None else first(parts, NS + "formCode"), narrative),
        classes=_medicines(parts, "asSpecializedKind", narrative),
        packages=_medicines(parts, "asContent", narrative),
        ingredients=tuple(_ingredient(one, narrative) for one in parts.get(PHARM + "ingredient", ())),
    )
    return found if found != Product() else None


def _medicines(parts: Parts, name: str, narrative: Narrative) -> tuple[Concept, ...]:
    inside = [child_of(one, PHARM + "code") for kind in parts.get(PHARM + name, ()) for one in kind]
    return concepts((one for one in inside if one is not None), narrative)


def _ingredient(element: Element, narrative: Narrative) -> Ingredient:
    substance = child_of(element, PHARM + "ingredient")
    return Ingredient(
        substance=concept(child_of(substance, PHARM + "code"), narrative) or Concept(),
        name=own_text(child_of(substance, PHARM + "name")),
        strength=ratio(child_of(element, PHARM + "quantity"), narrative),
    )


def value_kind(value: Element | None) -> str | None:
    """The type of a value, where what it holds does not tell it."""
    if value is None:
        return None
    kind = type_of(value)
    if kind == "CD" and not value.get("code"):
        return kind
    return None if kind in _TOLD_KINDS else kind


def part(element: Element, role: Role, narrative: Narrative, *, parts: tuple[Part, ...] = ()) -> Part:
    """An observation or an act that says something about the statement around it."""
    inside = parts_of(element)
    value = first(inside, VALUE)
    start, end = period(first(inside, EFFECTIVE_TIME))
    found = Part(
        role=role,
        code=concept(first(inside, CODE), narrative),
        negated=element.get("negationInd") == "true",
        start=start,
        end=end,
        parts=parts,
    )
    return _with_value(found, value, inside, narrative)


def _with_value(found: Part, value: Element | None, inside: Parts, narrative: Narrative) -> Part:
    told = text_of(first(inside, TEXT), narrative)
    if value is None:
        return replace(found, text=told if told != (found.code and found.code.words) else None)
    kind = type_of(value)
    if kind in _CODED_KINDS:
        return replace(found, value=concept(value, narrative), kind=value_kind(value))
    if kind in ("TS", "IVL_TS"):
        return replace(found, at=period(value)[0], kind=kind)
    said = measured(value, narrative)
    if said.value is not None or kind == "IVL_PQ":
        return replace(found, quantity=quantity(value, narrative), kind=value_kind(value))
    return replace(found, text=said.text, kind=value_kind(value))


def nested_severity(inside: Parts, narrative: Narrative) -> tuple[Part, ...]:
    found = []
    for relationship in inside.get(ENTRY_RELATIONSHIP, ()):
        nested = child_of(relationship, OBSERVATION)
        code = child_of(nested, CODE)
        if nested is not None and code is not None and code.get("code") == "SEV":
            found.append(part(nested, "severity", narrative))
    return tuple(found)
