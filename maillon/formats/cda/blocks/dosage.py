"""When, how much, how often: the times and doses of a substanceAdministration (CI-SIS FR-Traitement)."""

from __future__ import annotations

from typing import Final

from maillon.formats.cda.blocks.draft import Row
from maillon.formats.cda.blocks.values import (
    add_bounds,
    add_concept,
    add_period,
    add_reference,
    written_unit,
)
from maillon.formats.cda.write_xml import XSI_TYPE, Element, add, hl7_time
from maillon.formats.coded import Dosage, Quantity, Timing
from maillon.formats.document import Statement
from maillon.formats.wording import shown_date, shown_number, shown_unit

# The first heading is the one under which the reader looks for a dosage in free text.
DOSAGE_COLUMNS: Final = ("Posologie", "Fréquence", "Dose", "Débit", "Dose maximale", "Voie d’administration",
                         "Région d’administration", "Priorité")  # fmt: skip


def write_times(element: Element, item: Statement, *, row: Row) -> None:
    """First how long, then how often."""
    interval = add_period(element, "effectiveTime", start=item.start, end=item.end)
    interval.set(XSI_TYPE, "IVL_TS")
    if item.end is None:
        add(interval, "high", nullFlavor="UNK")
    if item.dosage is None:
        row.say("Posologie", item.posology)
        return
    for timing in item.dosage.timings:
        _timing(add(element, "effectiveTime"), timing, row=row).set("operator", "A")


def _timing(element: Element, timing: Timing, *, row: Row) -> Element:
    if timing.together:
        element.set(XSI_TYPE, "SXPR_TS")
        for one in timing.together:
            _timing(add(element, "comp"), one, row=row)
    elif timing.event is not None:
        _event(element, timing, row=row)
    elif timing.at is not None:
        element.set("value", hl7_time(timing.at))
        element.set(XSI_TYPE, "TS")
        row.say("Fréquence", f"le {shown_date(timing.at, with_time=True)}")
    else:
        _recurrence(element, timing, row=row)
    return element


def _event(element: Element, timing: Timing, *, row: Row) -> None:
    element.set(XSI_TYPE, "EIVL_TS")
    event = timing.event
    reference = row.say("Fréquence", (event.words or event.code) if event is not None else None)
    add_concept(element, "event", event, reference=reference if event is not None and event.text else None)
    if timing.offset is not None:
        offset = add(element, "offset")
        add(offset, "low", value=timing.offset.low, unit=written_unit(timing.offset.unit))


def _recurrence(element: Element, timing: Timing, *, row: Row) -> None:
    element.set(XSI_TYPE, "PIVL_TS")
    if timing.start or timing.end:
        add_period(element, "phase", start=timing.start, end=timing.end)
    if timing.every is None:
        return
    every = add(element, "period", value=timing.every.low, unit=written_unit(timing.every.unit))
    if timing.text:
        add_reference(add(every, "translation"), "originalText", row.say("Fréquence", timing.text))
    else:
        row.say("Fréquence", every_in_words(timing.every))


_PERIODS: Final = {"s": "s", "min": "min", "h": "h", "d": "jour(s)", "wk": "semaine(s)", "mo": "mois", "a": "an(s)"}


def every_in_words(every: Quantity) -> str:
    unit = _PERIODS.get(every.unit or "", every.unit or "")
    return f"toutes les {shown_number(every.low)} {unit}" if unit in ("s", "min", "h", "semaine(s)") else (
        f"tous les {shown_number(every.low)} {unit}"
    )  # fmt: skip


# EDQM codes of what a product is counted in; another code is shown as it is written.
_CONTAINERS: Final = {"30009000": "boîte(s)"}


def in_words(quantity: Quantity) -> str:
    """« 1 à 2 comprimés », « 500 mg »."""
    bounds = list(dict.fromkeys(shown_number(one) for one in (quantity.low, quantity.high) if one is not None))
    unit = shown_unit(quantity.unit).strip("{}")
    unit = _CONTAINERS.get(unit, f"[{unit}]") if unit.isdigit() and len(unit) > 1 else unit
    return " ".join(one for one in (" à ".join(bounds), unit) if one)


def write_dosage(element: Element, item: Statement, *, row: Row) -> None:
    dosage = item.dosage or Dosage()
    for name, column, quantity in (("doseQuantity", "Dose", dosage.dose), ("rateQuantity", "Débit", dosage.rate)):
        if quantity is None:
            continue
        reference = row.say(column, quantity.text or in_words(quantity))
        add_bounds(element, name, quantity, reference=reference if quantity.text else None)
    if dosage.maximum is not None:
        top, bottom = dosage.maximum
        row.say("Dose maximale", f"{in_words(top)} par {in_words(bottom)}")
        ratio = add(element, "maxDoseQuantity")
        for side, quantity in (("numerator", top), ("denominator", bottom)):
            add(ratio, side, value=quantity.low, unit=written_unit(quantity.unit))
