"""What several resources are made of: codes, dates, references, and an element that is there only when it is known."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any, Final

Resource = dict[str, Any]

_NAMESPACE: Final = uuid.UUID("0b1e4f52-7a6c-5d0f-8d53-5a2d6b6a1f10")
_INSTANT: Final = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$")
_DATE: Final = re.compile(r"^\d{4}(-\d{2}(-\d{2})?)?")
# The code systems that have an address of their own; the others are named by their OID.
_SYSTEMS: Final = {
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.96": "http://snomed.info/sct",
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.6.73": "http://www.whocc.no/atc",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    "2.16.840.1.113883.5.1150.1": "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips",
}


def known(**elements: Any) -> Resource:
    """Only the elements that say something; FHIR has no empty value. `class_` and the like lose their underscore."""
    return {name.rstrip("_"): value for name, value in elements.items() if value not in (None, "", [], {}, ())}


def system_of(oid: str | None) -> str | None:
    return _SYSTEMS.get(oid or "", f"urn:oid:{oid}") if oid else None


def oid_of(system: str) -> str:
    """The same, read; empty for an address that no OID is known of."""
    return _OIDS.get(system, system.removeprefix("urn:oid:") if system.startswith("urn:oid:") else "")


_OIDS: Final = {address: oid for oid, address in _SYSTEMS.items()}


def concept(code: str | None, system: str | None, label: str | None) -> Resource:
    coding = known(system=system_of(system), code=code, display=label) if code else {}
    return known(coding=[coding] if coding else [], text=label)


def hl7_concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def date_time(iso: str | None) -> str | None:
    """A partial date stays partial; a time without its seconds or its zone keeps the day only."""
    if not iso or _INSTANT.match(iso):
        return iso or None
    found = _DATE.match(iso)
    return found.group(0) if found else None


def identity_of(kind: str, *parts: object) -> str:
    """The same thing always bears the same id, so that two exports can be compared."""
    return str(uuid.uuid5(_NAMESPACE, "|".join((kind, *map(str, parts)))))


def address_of(resource_id: str) -> str:
    return f"urn:uuid:{resource_id}"


def objects(value: Any) -> list[Resource]:
    """Those of a list from outside; none of what is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def reference(resource_id: str) -> Resource:
    return {"reference": address_of(resource_id)}


def relative(kind: str, resource_id: object) -> Resource:
    """A reference within the server that answers: « Patient/… »."""
    return {"reference": f"{kind}/{resource_id}"}


def instant(moment: dt.datetime) -> str:
    """To the millisecond, in UTC."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unique_identifier(unique_id: str) -> Resource:
    """An XDS uniqueId: an OID, with or without an extension; or a UUID."""
    root, caret, extension = unique_id.partition("^")
    if caret:
        return {"system": f"urn:oid:{root}", "value": extension}
    return {"system": "urn:ietf:rfc:3986", "value": root if ":" in root else f"urn:oid:{root}"}


def unique_id_of(identifier: Resource) -> str:
    """The same, read; empty when it says nothing."""
    system, value = str(identifier.get("system") or ""), str(identifier.get("value") or "")
    if system.startswith("urn:oid:") and value:
        return f"{system.removeprefix('urn:oid:')}^{value}"
    return value.removeprefix("urn:oid:")
