"""What a client of CDS Hooks sends: read strictly where it decides something, and left alone where the specification
lets it send more. `fhirServer` and `fhirAuthorization` are admitted and never used: this service calls nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from maillon.formats.cda import values
from maillon.formats.cds_hooks import Coded, Feedback, Order, Request
from maillon.formats.fhir.datatypes import oid_of
from maillon.formats.refusal import Refused

ATC: Final = "2.16.840.1.113883.6.73"
MOST_ORDERS: Final = 100
MOST_FEEDBACK: Final = 200
NO_REQUEST: Final = "E-CDS-01"
OTHER_HOOK: Final = "E-CDS-02"
NO_PATIENT: Final = "E-CDS-03"
ORDERS: Final = "E-CDS-04"
PREFETCH: Final = "E-CDS-05"
FEEDBACK: Final = "E-CDS-06"


def read_request(said: Any, *, hook: str) -> Request:
    """The call of a service whose hook is `hook`. Raises Refused (E-CDS-01…05), never half read."""
    if not isinstance(said, dict) or not isinstance(said.get("context"), dict):
        raise Refused(NO_REQUEST, "Un appel CDS Hooks est attendu\u202f: hook, hookInstance et context.")
    if said.get("hook") != hook:
        raise Refused(OTHER_HOOK, f"Ce service répond au moment {hook}.")
    context = said["context"]
    patient = context.get("patientId")
    if not isinstance(patient, str) or not patient:
        raise Refused(NO_PATIENT, "context.patientId est attendu\u202f: le numéro du patient dans cette interface.")
    prefetch = said.get("prefetch")
    if prefetch is not None and not isinstance(prefetch, dict):
        raise Refused(PREFETCH, "prefetch est une table de ressources par leur clé.")
    return Request(
        hook=hook,
        instance=_uuid(said.get("hookInstance"), NO_REQUEST, "hookInstance"),
        patient=patient.removeprefix("Patient/"),
        orders=_orders(context, hook),
        selections=_selections(context),
        **_prefetched(prefetch or {}, patient.removeprefix("Patient/")),
    )


def _orders(context: dict[str, Any], hook: str) -> tuple[Order, ...]:
    bundle = context.get("draftOrders")
    if hook == "patient-view":
        return ()
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise Refused(ORDERS, "context.draftOrders est attendu\u202f: un Bundle des prescriptions en cours.")
    found = [each for each in _resources(bundle, ORDERS) if each.get("resourceType") == "MedicationRequest"]
    if len(found) > MOST_ORDERS:
        raise Refused(ORDERS, f"Au plus {MOST_ORDERS} prescriptions à la fois.")
    return tuple(_order(each) for each in found)


def _order(resource: dict[str, Any]) -> Order:
    dosages = resource.get("dosageInstruction")
    texts = [each.get("text") for each in dosages if isinstance(each, dict)] if isinstance(dosages, list) else []
    return Order(
        reference=f"MedicationRequest/{resource.get('id', '')}",
        medicine=_medicine(resource),
        dosage=", ".join(_text(each) for each in texts if each),
    )


def _medicine(resource: dict[str, Any]) -> Coded:
    """medicationCodeableConcept, or a contained Medication, or the words of a reference."""
    concept = resource.get("medicationCodeableConcept")
    reference = resource.get("medicationReference")
    if isinstance(concept, dict):
        return _coded(concept)
    if isinstance(reference, dict):
        name = str(reference.get("reference", "")).removeprefix("#")
        contained = resource.get("contained")
        for each in contained if isinstance(contained, list) else []:
            if isinstance(each, dict) and each.get("id") == name and isinstance(each.get("code"), dict):
                return _coded(each["code"])
        return Coded(text=_text(reference.get("display")))
    return Coded(text="")


def _coded(concept: dict[str, Any]) -> Coded:
    """The words as the client shows them; of its codes, the one that says most to us (ATC before any other)."""
    codings = concept.get("coding")
    codings = [each for each in codings if isinstance(each, dict)] if isinstance(codings, list) else []
    words = [concept.get("text"), *(each.get("display") for each in codings)]
    text = next((_text(each) for each in words if _text(each)), "")
    coded = [(oid_of(_text(each.get("system"))), _text(each.get("code"))) for each in codings]
    coded = sorted((each for each in coded if all(each)), key=lambda each: each[0] != ATC)
    if not coded:
        return Coded(text=text)
    return Coded(text=text or coded[0][1], code=coded[0][1], system=coded[0][0])


def _selections(context: dict[str, Any]) -> tuple[str, ...]:
    said = context.get("selections", [])
    if not isinstance(said, list) or not all(isinstance(each, str) for each in said):
        raise Refused(ORDERS, "context.selections est une liste de références.")
    return tuple(said)


_PREFETCHED: Final = {
    "allergies": ("AllergyIntolerance",),
    "treatments": ("MedicationRequest", "MedicationStatement"),
}


def _prefetched(prefetch: dict[str, Any], patient: str) -> dict[str, tuple[Coded, ...]]:
    """A prefetch that speaks of somebody else is refused: it would be mixed with this patient's record."""
    found: dict[str, tuple[Coded, ...]] = {}
    told = prefetch.get("patient")
    if isinstance(told, dict) and told.get("id") != patient:
        raise Refused(PREFETCH, "Le préchargement parle d’un autre patient que context.patientId.")
    for key, kinds in _PREFETCHED.items():
        bundle = prefetch.get(key)
        if bundle is None:
            continue
        if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
            raise Refused(PREFETCH, f"prefetch.{key} est un Bundle, ou null.")
        resources = [each for each in _resources(bundle, PREFETCH) if each.get("resourceType") in kinds]
        for each in resources:
            if _subject(each) not in ("", patient):
                raise Refused(PREFETCH, "Le préchargement parle d’un autre patient que context.patientId.")
        stated = [_stated(each) for each in resources if _is_in_force(each)]
        if len(stated) > MOST_ORDERS:
            raise Refused(PREFETCH, f"prefetch.{key}\u202f: au plus {MOST_ORDERS} ressources en vigueur.")
        found[key] = tuple(each for each in stated if not _says_absent(each))
    return found


def _says_absent(said: Coded) -> bool:
    """« Aucune allergie connue », in words or in code: heard, it would be met as an allergy."""
    return values.Coded(code=said.code, system=said.system, label=said.text).says_absent


def _stated(resource: dict[str, Any]) -> Coded:
    if resource.get("resourceType") == "AllergyIntolerance":
        code = resource.get("code")
        return _coded(code) if isinstance(code, dict) else Coded(text="")
    return _medicine(resource)


def _is_in_force(resource: dict[str, Any]) -> bool:
    """What is refuted, entered in error or over is nothing to be warned of."""
    states = [resource.get("status", "")]
    for name in ("clinicalStatus", "verificationStatus"):
        concept = resource.get(name)
        codings = concept.get("coding") if isinstance(concept, dict) else None
        states += [each.get("code") for each in codings if isinstance(each, dict)] if isinstance(codings, list) else []
    return not set(map(str, states)) & _OUT_OF_FORCE


_OUT_OF_FORCE: Final = frozenset(
    {"refuted", "entered-in-error", "resolved", "inactive", "completed", "stopped", "cancelled", "not-taken"}
)


def _subject(resource: dict[str, Any]) -> str:
    for name in ("subject", "patient"):
        reference = resource.get(name)
        if isinstance(reference, dict):
            return _text(reference.get("reference")).rpartition("/")[2]
    return ""


def _resources(bundle: dict[str, Any], code: str) -> Iterator[dict[str, Any]]:
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Refused(code, "Les entrées d’un Bundle sont une liste.")
    for entry in entries:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield resource


def read_feedback(said: Any) -> tuple[Feedback, ...]:
    """Raises Refused (E-CDS-06)."""
    listed = said.get("feedback") if isinstance(said, dict) else None
    if not isinstance(listed, list) or not listed or len(listed) > MOST_FEEDBACK:
        raise Refused(FEEDBACK, f"feedback est une liste de 1 à {MOST_FEEDBACK} réponses à des cartes.")
    return tuple(_feedback(each) for each in listed)


def _feedback(said: Any) -> Feedback:
    if not isinstance(said, dict) or said.get("outcome") not in ("accepted", "overridden"):
        raise Refused(FEEDBACK, "Une réponse dit accepted ou overridden (outcome).")
    override = said.get("overrideReason")
    override = override if isinstance(override, dict) else {}
    reason = override.get("reason")
    return Feedback(
        card=_uuid(said.get("card"), FEEDBACK, "card"),
        is_accepted=said["outcome"] == "accepted",
        reason=_text(reason.get("code")) if isinstance(reason, dict) else "",
        comment=_text(override.get("userComment")),
        at=_instant(said.get("outcomeTimestamp")),
    )


def _instant(said: Any) -> dt.datetime:
    """RFC 3339, with its zone."""
    try:
        found = dt.datetime.fromisoformat(said) if isinstance(said, str) else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise Refused(FEEDBACK, "outcomeTimestamp est un instant, avec son fuseau (RFC 3339).")


def _uuid(said: Any, code: str, name: str) -> UUID:
    try:
        return UUID(str(said).removeprefix("urn:uuid:")) if isinstance(said, str) else UUID("")
    except ValueError:
        raise Refused(code, f"{name} est un UUID.") from None


def _text(said: Any) -> str:
    """Without NUL, which no base keeps."""
    return said.replace("\0", " ").strip()[:1000] if isinstance(said, str) else ""
