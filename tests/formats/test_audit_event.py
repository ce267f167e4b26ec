"""An AuditEvent says who, when, what, why, in the shape of the French traçabilité profile; never a trait."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from maillon.formats.fhir.audit_event import PROFILE, AuditRecord, audit_event

AT = dt.datetime(2026, 3, 31, 8, 30, 15, 123456, tzinfo=dt.UTC)
# TdE 2.0.0 (snapshot of tde-auditevent): path → (least, most).
TDE = {
    "type": (1, 1), "subtype": (0, 1), "period.start": (1, 1), "recorded": (1, 1), "agent": (1, 2),
    "agent.who": (1, 1), "agent.requestor": (1, 1), "source": (1, 1), "source.observer": (1, 1),
    "entity.detail.type": (1, 1), "entity.detail.valueString": (1, 1),
}  # fmt: skip
# IHE BALP Patient Read: two entities, the patient and the data; a purpose; an outcome.
BALP = {"action": (1, 1), "outcome": (1, 1), "purposeOfEvent": (1, 2), "entity": (1, 2), "entity.type": (1, 1),
        "entity.role": (1, 1)}  # fmt: skip
CODES = re.compile(r"^[CRUDE]$")


def record(**values: Any) -> AuditRecord:
    given: dict[str, Any] = {
        "id": 12, "at": AT, "action": "read", "purpose": "soin", "is_denied": False, "rule": "medecin_traitant",
        "actor_kind": "professional", "actor_name": "Dr Claire Morel", "actor_national_id": "899000000011",
        "profession_code": "G15_10", "organization": "Maison de santé des Tilleuls", "assurance": 2,
        "patient": "5f0c1f6e-4f6e-4c57-9b0a-0d6a3a0a9d11", "resource_type": "document",
        "resource_id": "0d1c8a86-1d0f-4f7a-8f0a-6f5a0b9a7c22", "type_code": "11502-2",
    }  # fmt: skip
    return AuditRecord(**given | values)


def misshapen(resource: dict[str, Any]) -> list[str]:
    """Where the number of elements is not what the profiles say, parent by parent."""
    return [path for path, bounds in (TDE | BALP).items() if not _fits([resource], path.split("."), bounds)]


def _fits(parents: list[dict[str, Any]], path: list[str], bounds: tuple[int, int]) -> bool:
    if len(path) > 1:
        inner = [child for parent in parents for child in _as_list(parent.get(path[0]))]
        return _fits(inner, path[1:], bounds)
    return all(bounds[0] <= len(_as_list(parent.get(path[0]))) <= bounds[1] for parent in parents)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@pytest.mark.parametrize(
    "changed",
    [
        {}, {"action": "download"}, {"is_denied": True, "rule": "A05"}, {"action": "list", "resource_type": "patient"},
        {"actor_kind": "machine", "actor_name": "réception", "actor_national_id": None, "profession_code": ""},
        {"actor_kind": "patient", "actor_national_id": None}, {"patient": None, "resource_id": ""},
        {"rule": "bris_de_glace"}, {"action": "un geste nouveau", "purpose": "inconnu"},
    ],
)  # fmt: skip
def test_every_row_has_the_shape_of_the_profiles(changed: dict[str, Any]) -> None:
    resource = audit_event(record(**changed))
    assert misshapen(resource) == []
    assert resource["meta"]["profile"] == [PROFILE]
    assert CODES.match(resource["action"])
    assert resource["recorded"] == resource["period"]["start"] == "2026-03-31T08:30:15.123Z"
    assert None not in resource.values()


def test_the_check_of_the_shape_can_fail() -> None:
    resource = audit_event(record())
    resource["agent"][0].pop("who")
    resource["subtype"] *= 2
    assert misshapen(resource) == ["subtype", "agent.who"]


def test_who_what_and_why() -> None:
    resource = audit_event(record())
    person, software = resource["agent"]
    assert person["who"]["identifier"] == {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "899000000011"}
    assert (person["requestor"], software["requestor"]) == (True, False)
    assert person["policy"] == ["urn:maillon:regle:medecin_traitant"]
    assert resource["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
    patient, document = resource["entity"]
    assert patient["what"]["identifier"]["value"] == "urn:uuid:5f0c1f6e-4f6e-4c57-9b0a-0d6a3a0a9d11"
    assert document["what"]["type"] == "DocumentReference"
    assert {"type": "type-de-document", "valueString": "11502-2"} in document["detail"]


@pytest.mark.parametrize(
    ("action", "letter", "interaction"),
    [("read", "R", "read"), ("file", "C", "create"), ("update", "U", "update"), ("withdraw", "D", "delete"),
     ("list", "E", "search")],
)  # fmt: skip
def test_the_gesture_becomes_its_interaction(action: str, letter: str, interaction: str) -> None:
    resource = audit_event(record(action=action))
    assert (resource["action"], resource["subtype"][0]["code"]) == (letter, interaction)


def test_a_refusal_and_an_emergency_are_told_apart() -> None:
    refused = audit_event(record(is_denied=True, rule="A05"))
    assert (refused["outcome"], refused["outcomeDesc"]) == ("4", "Accès refusé par la règle A05")
    assert audit_event(record())["outcome"] == "0"
    urgent = audit_event(record(rule="bris_de_glace"))
    assert [each["coding"][0]["code"] for each in urgent["purposeOfEvent"]] == ["TREAT", "BTG"]
