"""What documents state of a person: Condition, AllergyIntolerance, MedicationStatement, Immunization, Procedure,
DeviceUseStatement, ServiceRequest.

« Aucune allergie connue » is a resource whose code says so; a denied statement is refuted or not done: neither is ever
the same as silence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from maillon.formats.document import Statement
from maillon.formats.fhir.datatypes import Resource, concept, date_time, hl7_concept, known, reference

Writer = Callable[[Statement, Resource], Resource]

_OVER: Final = frozenset({"completed", "aborted", "cancelled"})


def statement(
    kind: str, said: Statement, *, resource_id: str, patient_id: str, source_id: str | None, at: str
) -> Resource:
    """`kind` is that of the record (problem, allergy…); `at` is when the document said it."""
    resource_type, patient, stated_at, write = _KINDS[kind]
    shared = known(
        resourceType=resource_type,
        id=resource_id,
        **{patient: reference(patient_id)} | ({stated_at: date_time(at)} if stated_at else {}),
        note=[{"text": each} for each in (said.comment, said.text) if each],
    )
    written = shared | write(said, concept(said.code, said.system, said.label))
    return written | (_source(resource_type, source_id) if source_id else {})


def _problem(said: Statement, code: Resource) -> Resource:
    is_over = bool(said.end) or said.status in _OVER
    return known(
        clinicalStatus={} if said.negated else hl7_concept("condition-clinical", "resolved" if is_over else "active"),
        verificationStatus=_verified("condition-ver-status", said),
        code=code,
        onsetDateTime=date_time(said.start),
        abatementDateTime=None if said.negated else date_time(said.end),
    )


def _allergy(said: Statement, code: Resource) -> Resource:
    is_over = bool(said.end) or said.status in _OVER
    clinical = hl7_concept("allergyintolerance-clinical", "resolved" if is_over else "active")
    return known(
        clinicalStatus={} if said.negated else clinical,
        verificationStatus=_verified("allergyintolerance-verification", said),
        code=code,
        onsetDateTime=date_time(said.start),
        reaction=[{"manifestation": [{"text": each} for each in said.reactions]}] if said.reactions else [],
    )


def _medication(said: Statement, code: Resource) -> Resource:
    dosage = said.posology or " ".join(part for part in (said.dose, said.dose_unit, said.frequency) if part)
    is_over = bool(said.end) or said.status in _OVER
    return known(
        status="not-taken" if said.negated else "completed" if is_over else "active",
        medicationCodeableConcept=code,
        effectivePeriod=_period(said),
        dosage=[known(text=dosage, route=known(text=said.route))] if dosage else [],
    )


def _vaccination(said: Statement, code: Resource) -> Resource:
    given = date_time(said.start)
    return known(
        status="not-done" if said.negated or said.absent else "completed",
        vaccineCode=code,
        occurrenceDateTime=given,
        occurrenceString=None if given else "date non précisée",
        lotNumber=said.lot,
        protocolApplied=[{"doseNumberString": said.rank}] if said.rank else [],
    )


def _procedure(said: Statement, code: Resource) -> Resource:
    when = date_time(said.start)
    return known(
        status="not-done" if said.negated or said.absent else "completed",
        code=code,
        performedDateTime=None if said.end else when,
        performedPeriod=_period(said) if said.end else {},
        bodySite=[{"text": said.site}] if said.site else [],
    )


def _device(said: Statement, code: Resource) -> Resource:
    """The device itself stands inside: nothing else of it is known than what it is."""
    return known(
        contained=[known(resourceType="Device", id="dispositif", type=code)],
        status="entered-in-error" if said.negated else "completed" if said.end else "active",
        device={"reference": "#dispositif"},
        timingPeriod=_period(said),
    )


def _plan(said: Statement, code: Resource) -> Resource:
    return known(
        status="revoked" if said.negated else "completed" if said.status == "completed" else "active",
        intent="plan",
        code=code,
        occurrenceDateTime=date_time(said.start),
    )


def _verified(system: str, said: Statement) -> Resource:
    return hl7_concept(system, "refuted" if said.negated else "confirmed")


def _period(said: Statement) -> Resource:
    return known(start=date_time(said.start), end=date_time(said.end))


def _source(resource_type: str, source_id: str) -> Resource:
    """Where the statement comes from; an extension of provenance for the resources that have no element for it."""
    source: Any = reference(source_id)
    if resource_type in ("MedicationStatement", "DeviceUseStatement"):
        return {"derivedFrom": [source]}
    if resource_type == "Condition":
        return {"evidence": [{"detail": [source]}]}
    if resource_type == "ServiceRequest":
        return {"supportingInfo": [source]}
    if resource_type == "Procedure":
        return {"report": [source]}
    return {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo",
                           "valueReference": source}]}  # fmt: skip


# kind -> (resource, its element for the patient, its element for when it was said, what is its own)
_KINDS: Final[dict[str, tuple[str, str, str, Writer]]] = {
    "problem": ("Condition", "subject", "recordedDate", _problem),
    "allergy": ("AllergyIntolerance", "patient", "recordedDate", _allergy),
    "medication": ("MedicationStatement", "subject", "dateAsserted", _medication),
    "vaccination": ("Immunization", "patient", "recorded", _vaccination),
    "procedure": ("Procedure", "subject", "", _procedure),  # it has no element for when it was said
    "device": ("DeviceUseStatement", "subject", "recordedOn", _device),
    "plan": ("ServiceRequest", "subject", "authoredOn", _plan),
}
