"""Observation: one result, as its document gave it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

from maillon.formats.document import Result
from maillon.formats.fhir.datatypes import Resource, concept, date_time, hl7_concept, known, reference

_UCUM: Final = "http://unitsofmeasure.org"


def observation(result: Result, *, resource_id: str, patient_id: str, source_id: str | None) -> Resource:
    """`source_id` is the DocumentReference from which the result comes."""
    value = _decimal(result.value)
    return known(
        resourceType="Observation",
        id=resource_id,
        status="final",
        code=concept(result.code, result.system, result.label),
        subject=reference(patient_id),
        effectiveDateTime=date_time(result.at),
        valueQuantity=_quantity(value, result.unit),
        valueString=result.value_text if value is None else None,
        interpretation=_interpretation(result.interpretation),
        referenceRange=_range(result),
        derivedFrom=[reference(source_id)] if source_id else [],
    )


def _quantity(value: Decimal | None, unit: str | None) -> Resource:
    if value is None:
        return {}
    return known(value=value, unit=unit, system=_UCUM if unit else None, code=unit)


def _interpretation(code: str | None) -> list[Resource]:
    return [hl7_concept("v3-ObservationInterpretation", code)] if code else []


def _range(result: Result) -> list[Resource]:
    found = known(
        low=_quantity(_decimal(result.low), result.unit),
        high=_quantity(_decimal(result.high), result.unit),
        text=result.range_text,
    )
    return [found] if found else []


def _decimal(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
