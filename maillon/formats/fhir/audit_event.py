"""AuditEvent: one row of the journal of accesses, in the shape of the French traçabilité profile (TdE 2.0.0) and of IHE
BALP « Patient Read ». Pure: a plain record in, a dictionary out.

TdE allows two agents: the person and the software through which they read; the server is the source's observer.
Patients are named by our own number alone: what leaves the house holds no trait of theirs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from maillon.formats.fhir.datatypes import Resource, address_of, known

PROFILE: Final = "https://interop.esante.gouv.fr/ig/fhir/tde/StructureDefinition/tde-auditevent"
NATIONAL_IDS: Final = "urn:oid:1.2.250.1.71.4.2.1"  # IdNat_PS
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_INTERACTIONS: Final = "http://hl7.org/fhir/restful-interaction"

# What was done → the interaction of FHIR and the letter of the audit (C, R, U, D, E).
_DONE: Final = {
    "list": ("search", "E"),
    "search": ("search", "E"),
    "control": ("search", "E"),
    "file": ("create", "C"),
    "create": ("create", "C"),
    "settle": ("update", "U"),
    "update": ("update", "U"),
    "acknowledge": ("update", "U"),
    "consent": ("update", "U"),
    "close": ("update", "U"),
    "withdraw": ("delete", "D"),
    "delete": ("delete", "D"),
    "send": ("operation", "E"),
    "notify": ("operation", "E"),
    "break_glass": ("operation", "E"),
}
_READING: Final = ("read", "R")
_EXPORTS: Final = frozenset({"print", "export", "download", "send"})
# v3-ActReason
_PURPOSES: Final = {
    "soin": "TREAT",
    "coordination": "CAREMGT",
    "qualite": "HQUALIMP",
    "administratif": "PATADMIN",
    "reception": "HOPERAT",
    "personnel": "PATRQT",
    "assurance": "HPAYMT",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """`actor_kind`: professional, patient, representative, partner or machine. `rule`: the step of the law that
    decided."""

    id: int
    at: dt.datetime
    action: str
    purpose: str
    is_denied: bool
    rule: str
    actor_kind: str
    actor_name: str
    actor_national_id: str | None = None
    profession_code: str = ""
    organization: str = ""
    assurance: int = 0
    patient: str | None = None  # our number, a UUID
    patient_id: int | None = None  # for who asks the base again; it does not leave the house
    resource_type: str = ""
    resource_id: str = ""
    type_code: str = ""


def audit_event(record: AuditRecord, *, name: str = "") -> Resource:
    """`name`: the id under which it leaves, when the rank of its row must not be told."""
    interaction, letter = _DONE.get(record.action, _READING)
    moment = _instant(record.at)
    return known(
        resourceType="AuditEvent",
        id=name or f"journal-{record.id}",
        meta={"profile": [PROFILE]},
        type=_coding(_DICOM, "110106", "Export")
        if record.action in _EXPORTS
        else _coding(f"{_TERMS}/audit-event-type", "rest", "RESTful Operation"),
        subtype=[_coding(_INTERACTIONS, interaction)],
        action=letter,
        period={"start": moment, "end": moment},
        recorded=moment,
        outcome="4" if record.is_denied else "0",
        outcomeDesc=f"Accès refusé par la règle {record.rule}" if record.is_denied else None,
        purposeOfEvent=_purposes(record),
        agent=[_person(record), _software()],
        source={"observer": {"display": "Maillon"}, "type": [_coding(f"{_TERMS}/security-source-type", "4")]},
        entity=[each for each in (_patient(record), _resource(record)) if each],
    )


def _purposes(record: AuditRecord) -> list[Resource]:
    codes = [_PURPOSES.get(record.purpose, "HOPERAT")]
    if record.rule == "bris_de_glace" or record.action == "break_glass":
        codes.append("BTG")
    return [{"coding": [_coding(f"{_TERMS}/v3-ActReason", code)]} for code in codes]


def _person(record: AuditRecord) -> Resource:
    identifier = known(system=NATIONAL_IDS, value=record.actor_national_id) if record.actor_national_id else None
    shown = f"{record.actor_name}, {record.organization}" if record.organization else record.actor_name
    return known(
        type={"coding": [_coding(f"{_TERMS}/v3-ParticipationType", "IRCP", "information recipient")]},
        role=[{"text": record.profession_code}] if record.profession_code else None,
        who=known(type=_WHO[record.actor_kind], identifier=identifier, display=shown),
        requestor=True,
        policy=[f"urn:maillon:regle:{record.rule}"] if record.rule else None,
    )


_WHO: Final = {
    "professional": "Practitioner",
    "patient": "Patient",
    "representative": "RelatedPerson",
    "partner": "Device",
    "machine": "Device",
}


def _software() -> Resource:
    return {
        "type": {"coding": [_coding(_DICOM, "110152", "Destination Role ID")]},
        "who": {"type": "Device", "display": "Maillon"},
        "requestor": False,
    }


def _patient(record: AuditRecord) -> Resource | None:
    if record.patient is None:
        return None
    return {
        "what": {"type": "Patient", "identifier": _by_address(record.patient)},
        "type": _coding(f"{_TERMS}/audit-entity-type", "1", "Person"),
        "role": _coding(f"{_TERMS}/object-role", "1", "Patient"),
    }


def _resource(record: AuditRecord) -> Resource:
    """What was read, and on what ground: never what it says."""
    details = {
        "geste": record.action,
        "regle": record.rule,
        "objet": record.resource_type,
        "type-de-document": record.type_code,
        "facteurs": str(record.assurance),
    }
    is_document = record.resource_type == "document" and record.resource_id
    what = {"type": "DocumentReference", "identifier": _by_address(record.resource_id)} if is_document else None
    return known(
        what=what,
        type=_coding(f"{_TERMS}/audit-entity-type", "2", "System Object"),
        role=_coding(f"{_TERMS}/object-role", "4", "Domain Resource"),
        detail=[{"type": name, "valueString": value} for name, value in details.items() if value],
    )


def _by_address(uuid: str) -> Resource:
    return {"system": "urn:ietf:rfc:3986", "value": address_of(uuid)}


def _coding(system: str, code: str, display: str | None = None) -> Resource:
    return known(system=system, code=code, display=display)


def _instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
