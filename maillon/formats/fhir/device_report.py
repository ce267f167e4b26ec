"""What a certified device of telemonitoring sends: one measure (Observation), or one alert of its own
(DetectedIssue, R4).

Pure: a resource in, a neutral transmission out. Raises Refused, in French.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal
from uuid import UUID

from maillon.formats.fhir.datatypes import Resource, objects
from maillon.formats.refusal import Refused

LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"
_PATIENT: Final = re.compile(r"(?:https?://[^\s]+/)?Patient/([0-9a-fA-F-]{36})")
_LEVELS: Final[dict[str, Literal["orange", "rouge"]]] = {"high": "rouge", "moderate": "orange"}


@dataclass(frozen=True, kw_only=True)
class Transmission:
    """`identifier`: that of the sender, « system|value », by which a second delivery is known. `device`: its CE
    identifier (UDI). A measure has `code` (LOINC), `value` and `unit` (UCUM); an alert has `level` and `says`."""

    identifier: str
    device: str
    patient: UUID
    at: dt.datetime
    code: str = ""
    label: str = ""
    value: Decimal | None = None
    unit: str = ""
    level: Literal["", "orange", "rouge"] = ""
    says: str = ""


def read_measure(resource: Resource) -> Transmission:
    if resource.get("status") != "final":
        raise Refused("E-FHIR-60", "Une mesure s’envoie avec l’état « final ».")
    coding = _coding(resource.get("code"), "code")
    quantity = _table(resource.get("valueQuantity"), "valueQuantity")
    if quantity.get("system") != UCUM or not quantity.get("code"):
        raise Refused("E-FHIR-61", "La mesure (valueQuantity) a une unité UCUM.")
    return Transmission(
        identifier=_identifier(resource), device=_device(resource.get("device")),
        patient=_patient(resource.get("subject"), "subject"),
        at=_moment(resource.get("effectiveDateTime"), "effectiveDateTime"), code=coding[0], label=coding[1],
        value=_number(quantity.get("value")), unit=str(quantity["code"])[:40],
    )  # fmt: skip


def read_alert(resource: Resource) -> Transmission:
    level = _LEVELS.get(str(resource.get("severity")))
    if level is None:
        raise Refused("E-FHIR-62", "Le niveau de l’alerte (severity) est « high » ou « moderate ».")
    if resource.get("status") not in ("final", "preliminary", "registered"):
        raise Refused("E-FHIR-60", "L’alerte a un état (status) « registered », « preliminary » ou « final ».")
    says = str(resource.get("detail") or "").strip()
    if not says:
        raise Refused("E-FHIR-63", "L’alerte dit ce qui l’a causée (detail).")
    return Transmission(
        identifier=_identifier(resource), device=_device(resource.get("author")),
        patient=_patient(resource.get("patient"), "patient"),
        at=_moment(resource.get("identifiedDateTime"), "identifiedDateTime"), level=level, says=says[:300],
    )  # fmt: skip


def _identifier(resource: Resource) -> str:
    found = resource.get("identifier")
    first = found[0] if isinstance(found, list) and found else None
    said = first if isinstance(first, dict) else {}
    system, value = str(said.get("system") or "").strip(), str(said.get("value") or "").strip()
    if not system or not value or len(system) + len(value) > 500:
        raise Refused("E-FHIR-64", "Chaque envoi porte un identifiant (system et value), le même s’il est répété.")
    return f"{system}|{value}"


def _device(said: Any) -> str:
    """« identifier.value » of a reference to the device: its CE identifier."""
    value = str(_table(_table(said, "device").get("identifier"), "device.identifier").get("value") or "").strip()
    if not value:
        raise Refused("E-FHIR-65", "L’identifiant CE du dispositif est attendu (device.identifier).")
    return value[:200]


def _patient(said: Any, place: str) -> UUID:
    found = _PATIENT.fullmatch(str(_table(said, place).get("reference") or ""))
    if found is None:
        raise Refused("E-FHIR-66", f"Le patient est nommé par son numéro (« {place} »\u202f: Patient/…).")
    return UUID(found[1])


def _moment(said: Any, place: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(str(said).replace("Z", "+00:00"))
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise Refused("E-FHIR-67", f"Le moment (« {place} ») est une date, une heure et un fuseau.")


def _number(said: Any) -> Decimal:
    try:
        value = Decimal(str(said))
    except InvalidOperation:
        value = Decimal("NaN")
    exponent = value.as_tuple().exponent
    if isinstance(said, bool) or not isinstance(exponent, int) or exponent < -30 or abs(value) >= 10**12:
        raise Refused("E-FHIR-68", "La valeur mesurée est un nombre.")
    return value


def _coding(said: Any, place: str) -> tuple[str, str]:
    for each in objects(_table(said, place).get("coding")):
        if each.get("system") == LOINC and each.get("code"):
            return str(each["code"])[:60], str(each.get("display") or each["code"])[:300]
    raise Refused("E-FHIR-69", "La mesure est codée en LOINC (code.coding).")


def _table(said: Any, place: str) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise Refused("E-FHIR-70", f"Il manque «\u202f{place}\u202f».")
    return said
