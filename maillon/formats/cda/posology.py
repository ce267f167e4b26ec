"""How much, how often, how long: the dosage of a substanceAdministration, in fields and as one French sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from maillon.formats import wording
from maillon.formats.cda.dates import iso, period
from maillon.formats.cda.hl7 import (
    CODE,
    ENTRY_RELATIONSHIP,
    NS,
    ORIGINAL_TEXT,
    SUBSTANCE_ADMINISTRATION,
    TEXT,
    TRANSLATION,
    WIDTH,
    XSI_TYPE,
    Element,
    Parts,
    child_of,
    first,
    parts_of,
)
from maillon.formats.cda.narrative_table import beside
from maillon.formats.cda.narrative_text import Narrative
from maillon.formats.cda.values import bounds, coded, ratio_text, text_of

_EFFECTIVE_TIME: Final = NS + "effectiveTime"
_HEADINGS: Final = ("posologie", "dose", "fréquence", "frequence", "schéma")

_PERIODS: Final = {
    "s": ("seconde", "secondes"), "min": ("minute", "minutes"), "h": ("heure", "heures"), "d": ("jour", "jours"),
    "wk": ("semaine", "semaines"), "mo": ("mois", "mois"), "a": ("an", "ans"),
}  # fmt: skip
_FEMININE: Final = frozenset({"s", "min", "h", "wk"})

# Counts written as UCUM annotations.
_COUNTED: Final = {
    "tablet": ("comprimé", "comprimés"), "tbl": ("comprimé", "comprimés"), "cp": ("comprimé", "comprimés"),
    "capsule": ("gélule", "gélules"), "count": ("unité", "unités"), "unit": ("unité", "unités"),
    "drop": ("goutte", "gouttes"), "puff": ("bouffée", "bouffées"), "application": ("application", "applications"),
    "sachet": ("sachet", "sachets"), "vial": ("flacon", "flacons"), "ampule": ("ampoule", "ampoules"),
    "suppository": ("suppositoire", "suppositoires"), "patch": ("patch", "patchs"),
}  # fmt: skip

# HL7 TimingEvent: doses tied to the moments of the day.
_EVENTS: Final = {
    "AC": "avant les repas", "ACM": "avant le petit déjeuner", "ACD": "avant le déjeuner", "ACV": "avant le dîner",
    "C": "aux repas", "CM": "au petit déjeuner", "CD": "au déjeuner", "CV": "au dîner", "PC": "après les repas",
    "PCM": "après le petit déjeuner", "PCD": "après le déjeuner", "PCV": "après le dîner", "HS": "au coucher",
    "WAKE": "au réveil", "IC": "entre les repas", "ICM": "entre le petit déjeuner et le déjeuner",
    "ICD": "entre le déjeuner et le dîner", "ICV": "entre le dîner et le coucher",
    "MORN": "le matin", "NOON": "à midi", "AFT": "l’après-midi", "EVE": "le soir", "NIGHT": "la nuit",
}  # fmt: skip


class Posology(NamedTuple):
    dose: str | None = None
    dose_unit: str | None = None
    frequency: str | None = None
    start: str | None = None
    end: str | None = None
    sentence: str | None = None


def posology(parts: Parts, *, product: str | None, narrative: Narrative) -> Posology:
    """`product` is the reference by which the entry names its product in the narrative."""
    dose, unit = _dose(first(parts, NS + "doseQuantity"), narrative)
    start, end, length = _course(parts.get(_EFFECTIVE_TIME, []))
    frequency = _frequency(parts.get(_EFFECTIVE_TIME, []), narrative)
    steps = _steps(parts.get(ENTRY_RELATIONSHIP, []), narrative)
    said = [
        _dose_in_words(dose, unit),
        frequency,
        _limit(parts, "rateQuantity", "débit", narrative),
        _limit(parts, "maxDoseQuantity", "maximum", narrative),
        length,
        *steps,
    ]
    sentence = ", ".join(one for one in said if one) or beside(_named(product, narrative), headings=_HEADINGS)
    return Posology(dose, unit, frequency, start, end, sentence)


def _named(reference: str | None, narrative: Narrative) -> Element | None:
    return narrative.elements.get((reference or "").lstrip("#").strip())


def _dose_in_words(dose: str | None, unit: str | None) -> str | None:
    if dose is None:
        return None
    bare = (unit or "").strip("{}")
    if bare != unit:
        one, many = _COUNTED.get(bare.lower(), (bare, bare))
        return f"{dose} {one if dose in ('1', '0,5') else many}".strip()
    return " ".join(part for part in (dose, _said_unit(unit)) if part)


def _said_unit(unit: str | None) -> str:
    """« mg/j » for mg/d; a bare EDQM code says nothing to a reader."""
    shown = "" if (unit or "").isdigit() else wording.shown_unit(unit)
    return f"{shown[:-2]}/j" if shown.endswith("/d") else shown


def _dose(element: Element | None, narrative: Narrative) -> tuple[str | None, str | None]:
    """« 1 » or « 1 à 2 », and the unit; where there is no unit, the words of its translation."""
    low, high, unit = bounds(element)
    if element is None or not (low or high):
        return None, None
    shown = wording.shown_number(low or high)
    if low and high and low != high:
        shown = f"{wording.shown_number(low)} à {wording.shown_number(high)}"
    return shown, unit or _unit_in_words(element, narrative)


def _unit_in_words(element: Element, narrative: Narrative) -> str | None:
    original = next(element.iter(ORIGINAL_TEXT), None)
    return text_of(original, narrative)


def _course(times: list[Element]) -> tuple[str | None, str | None, str | None]:
    for time in times:
        kind = (time.get(XSI_TYPE) or "IVL_TS").rpartition(":")[2]
        if kind in ("IVL_TS", "TS"):
            start, end = period(time)
            return start, end, _length(child_of(time, WIDTH))
    return None, None, None


def _length(width: Element | None) -> str | None:
    if width is None or not width.get("value"):
        return None
    return f"pendant {_duration(width)}"


def _duration(element: Element) -> str:
    value, unit = element.get("value") or "", element.get("unit") or ""
    one, many = _PERIODS.get(unit, (unit, unit))
    return f"{wording.shown_number(value)} {one if value == '1' else many}".strip()


def _frequency(times: Iterable[Element], narrative: Narrative) -> str | None:
    said = [_timing(time, narrative) for time in times if time.get("operator") == "A" or _recurs(time)]
    return " et ".join(one for one in said if one) or None


def _recurs(time: Element) -> bool:
    return (time.get(XSI_TYPE) or "").rpartition(":")[2] in ("PIVL_TS", "EIVL_TS", "SXPR_TS", "PIVL_PPD_TS")


def _timing(time: Element, narrative: Narrative) -> str | None:
    kind = (time.get(XSI_TYPE) or "").rpartition(":")[2]
    components = [*time.iterchildren(NS + "comp")]
    if components:
        return " et ".join(one for part in components if (one := _timing(part, narrative))) or None
    if kind.startswith("EIVL") or child_of(time, NS + "event") is not None:
        return _event(time, narrative)
    return _every(child_of(time, NS + "period"), narrative) or _at_hours(time)


def _event(time: Element, narrative: Narrative) -> str | None:
    code = coded(child_of(time, NS + "event"), narrative)
    said = _EVENTS.get(code.code or "") or code.label
    offset = child_of(time, NS + "offset")
    delay = child_of(offset, NS + "low") if offset is not None and len(offset) else offset
    if said and delay is not None and (delay.get("value") or "0").lstrip("-") != "0":
        return f"{said} ({_duration(delay)})"
    return said


def _every(element: Element | None, narrative: Narrative) -> str | None:
    if element is None:
        return None
    told = text_of(child_of(element, TRANSLATION, ORIGINAL_TEXT), narrative)
    if told:
        return told
    value, unit = element.get("value"), element.get("unit") or ""
    if not value:
        return None
    if value == "1" and unit in _PERIODS:
        return f"1 fois par {_PERIODS[unit][0]}"
    return f"{'toutes' if unit in _FEMININE else 'tous'} les {_duration(element)}"


def _at_hours(time: Element) -> str | None:
    when = iso(time.get("value"))
    return f"le {wording.shown_date(when, with_time=True)}" if when else None


def _limit(parts: Parts, name: str, word: str, narrative: Narrative) -> str | None:
    element = first(parts, NS + name)
    if element is None:
        return None
    top, bottom = child_of(element, NS + "numerator"), child_of(element, NS + "denominator")
    if top is not None:
        said = (ratio_text(top, bottom) or "").replace("/1 d", "/j").replace("/1 h", "/h") or None
    else:
        dose, unit = _dose(element, narrative)
        said = _dose_in_words(dose, unit)
    return f"{word}{wording.NARROW_SPACE}: {said}" if said else None


def _steps(relationships: list[Element], narrative: Narrative) -> list[str]:
    """Doses that follow one another or differ within the day (IHE PCC 4.8 to 4.11, CI-SIS sous-doses)."""
    found = []
    for relationship in relationships:
        nested = child_of(relationship, SUBSTANCE_ADMINISTRATION)
        if nested is None or relationship.get("typeCode") not in ("COMP", "SUBJ"):
            continue
        parts = parts_of(nested)
        step = posology(parts, product=None, narrative=narrative)
        said = step.sentence or text_of(first(parts, TEXT), narrative) or coded(first(parts, CODE), narrative).text
        dates = _dates(step)
        if said:
            found.append(" ".join(one for one in (said, dates) if one))
    return found


def _dates(step: Posology) -> str | None:
    if step.start and step.end:
        return f"du {wording.shown_date(step.start)} au {wording.shown_date(step.end)}"
    return f"à partir du {wording.shown_date(step.start)}" if step.start else None
