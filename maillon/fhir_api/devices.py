"""Observation and DetectedIssue, created: what a certified device of telemonitoring transmits (POST only)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.fhir_api import opening
from maillon.fhir_api.entry import Caller, answer, base_of, body_of, content_type_of, resource_of, served
from maillon.fhir_api.refusals import Refusal, of_message, wrong_body
from maillon.formats.fhir.datatypes import Resource
from maillon.formats.fhir.device_report import Transmission, read_alert, read_measure
from maillon.formats.fhir.outcome import issue, outcome
from maillon.formats.refusal import Refused
from maillon.kernel import clock, opaque
from maillon.kernel.message import UserMessage
from maillon.pathways import api as pathways

_BODIES: Final = frozenset({"application/fhir+json", "application/json", "application/json+fhir"})
SKEW: Final = dt.timedelta(hours=1)  # between the clock of a device and ours
TO_COME: Final = Refused(
    "E-FHIR-80", "Le moment de la mesure est dans le futur\u202f: vérifiez l’horloge du dispositif, puis renvoyez-la."
)
AGAIN: Final = issue("informational", "I-FHIR-03", "Cet envoi est déjà reçu.", severity="information")
KEPT: Final = issue("informational", "I-FHIR-04", "L’envoi est reçu.", severity="information")


@served("Observation", "write")
def measure(request: HttpRequest, caller: Caller) -> HttpResponse:
    return _received(request, caller, "Observation", read_measure)


@served("DetectedIssue", "write")
def alert(request: HttpRequest, caller: Caller) -> HttpResponse:
    return _received(request, caller, "DetectedIssue", read_alert)


def _received(
    request: HttpRequest, caller: Caller, kind: str, read: Callable[[Resource], Transmission]
) -> HttpResponse:
    if content_type_of(request) not in _BODIES:
        raise wrong_body("application/fhir+json")
    try:
        sent = read(resource_of(body_of(request), kind))
        if sent.at > clock.now() + SKEW:  # it would pass for the last one until that day
            raise TO_COME
        number = _kept(caller, sent)
    except Refused as refused:
        raise Refusal(422, "invalid", refused.code, refused.message) from None
    except UserMessage as message:
        raise of_message(message) from None
    if number is None:
        return answer(orjson.dumps(outcome(AGAIN)))
    made = answer(orjson.dumps(outcome(KEPT)), status=201)
    made.headers["Location"] = f"{base_of(request)}/Observation/{opaque.hide('Observation', str(number))}"
    return made


def _kept(caller: Caller, sent: Transmission) -> int | None:
    """A patient who is not there, one whose record is closed and one who awaits no device get the same answer."""
    try:
        with opening.record(caller, sent.patient, action="file", resource="device_report") as access:
            return pathways.devices.receive(access, sent)
    except access_room.AccessDenied:
        raise pathways.devices.NOT_AWAITED from None
