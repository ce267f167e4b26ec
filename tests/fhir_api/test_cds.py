"""CDS Hooks 2.0 by HTTP: discovery, the three moments, what is refused, feedback; read also by a client of others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import time_machine

from maillon.access.models import JournalEntry
from maillon.formats.document import Statement
from maillon.prescribing.models import Activation, Answer, ShownCard
from tests.conftest import Cast
from tests.documents.conftest import _nobody_is_remembered
from tests.fhir_api.conftest import Software, alone, code_of, said, software, through
from tests.prescribing import told
from tests.web import world

__all__ = ["_nobody_is_remembered"]
pytestmark = pytest.mark.django_db

SCHEMA = json.loads(Path(__file__).with_name("cds_hooks.schema.json").read_text(encoding="utf-8"))
SIGN = "/cds-services/prescription-order-sign"
SCOPES = ("system/*.read", "system/GuidanceResponse.write", "user/*.read", "user/GuidanceResponse.write")
ATC = "http://www.whocc.no/atc"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


@pytest.fixture(autouse=True)
def _within_the_year_of_the_base() -> Iterator[None]:
    with time_machine.travel(told.A_DAY_OF_THE_BASE):
        yield


@pytest.fixture
def followed(cast: Cast) -> Any:
    access = world.follow(world.register("diabete"), cast, treating=cast.claire)
    told.turned_on(cast)
    told.state(
        access,
        allergies=[Statement(label="Pénicilline", status="active")],
        medications=["Warfarine 5 mg"],
        results=[told.filtration("38")],
    )
    return access


@pytest.fixture
def partner(cast: Cast) -> Software:
    return alone(software(cast.tilleuls_id, scopes=SCOPES))


def order(
    name: str, *, number: str = "1", how: str = "1 comprimé matin et soir, 7 jours", **more: Any
) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest", "id": number, "status": "draft", "intent": "order",
        "medicationCodeableConcept": {"text": name}, "dosageInstruction": [{"text": how}],
    } | more  # fmt: skip


def call(patient: Any, *orders: dict[str, Any], hook: str = "order-sign", **more: Any) -> dict[str, Any]:
    context: dict[str, Any] = {"userId": "Practitioner/1", "patientId": str(patient)}
    if hook != "patient-view":
        context["draftOrders"] = {
            "resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in orders],
        }  # fmt: skip
    context |= more.pop("context", {})
    return {"hook": hook, "hookInstance": INSTANCE, "context": context} | more


def ask(one: Software, body: Any, *, hook: str = "order-sign") -> Any:
    return one.ask(
        "POST", f"/cds-services/prescription-{hook}", body, kind="application/json", Accept="application/json"
    )


def cards(one: Software, body: Any, *, hook: str = "order-sign") -> dict[str, dict[str, Any]]:
    answer = ask(one, body, hook=hook)
    assert answer.status_code == 200, answer.content
    found = said(answer)
    jsonschema.validate(found, SCHEMA | {"$ref": "#/$defs/response"})
    return {ShownCard.objects.get(uuid=card["uuid"]).key: card for card in found["cards"]}


# ------------------------------------------------------------------------------------------------ discovery


def test_the_services_are_discovered_by_anybody(client: Any) -> None:
    answer = client.get("/cds-services")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    found = said(answer)
    jsonschema.validate(found, SCHEMA | {"$ref": "#/$defs/discovery"})
    assert {each["hook"]: each["id"] for each in found["services"]} == {
        hook: f"prescription-{hook}" for hook in ("patient-view", "order-select", "order-sign")
    }
    assert all("non certifiée, couverture partielle" in each["description"] for each in found["services"])


# ------------------------------------------------------------------------------------------------ the three moments


def test_ac10_1_order_sign_tells_an_allergy_with_reasons_to_pass_over(partner: Software, followed: Any) -> None:
    found = cards(partner, call(followed.patient_uuid, order("Amoxicilline 1 g")))
    card = found["allergie:penicillines:amoxicilline"]
    assert card["indicator"] == "critical"
    assert len(card["summary"]) <= 140
    assert "28/11/2026" in card["source"]["label"]
    assert {"code": "avis", "system": "urn:maillon:motif", "display": "Sur avis spécialisé"} in card["overrideReasons"]
    assert found["couverture"]["summary"].startswith("Couverture partielle\u202f: 1 ligne reconnue sur 1")


def test_ac10_3_and_10_5_by_codes_and_with_the_table(partner: Software, followed: Any) -> None:
    coded = order("Gel buccal", number="2")
    coded["medicationCodeableConcept"]["coding"] = [{"system": ATC, "code": "A01AB09", "display": "miconazole"}]
    found = cards(partner, call(followed.patient_uuid, coded, order("Metformine 2 g")))
    assert found["interaction:miconazole:warfarine"]["indicator"] == "critical"
    assert "| **de 30 à moins de 45** |" in found["rein:metformine"]["detail"]


def test_ac10_4_an_unknown_medicine_is_told_and_never_said_to_be_safe(partner: Software, followed: Any) -> None:
    found = cards(partner, call(followed.patient_uuid, order("Zolvadrine 20 mg")))
    assert [card for card in found.values() if card["summary"].startswith("Non contrôlé")]
    assert "aucune interaction" not in json.dumps(found, ensure_ascii=False).casefold()


def test_order_select_speaks_of_what_is_chosen_and_of_the_whole(partner: Software, followed: Any) -> None:
    orders = (order("Amoxicilline 1 g"), order("Miconazole gel", number="2"))
    chosen = call(followed.patient_uuid, *orders, hook="order-select", context={"selections": ["MedicationRequest/2"]})
    found = cards(partner, chosen, hook="order-select")
    assert "interaction:miconazole:warfarine" in found
    assert "allergie:penicillines:amoxicilline" not in found
    assert "couverture" in found


def test_patient_view_reviews_the_treatments_of_the_record(partner: Software, followed: Any) -> None:
    told.state(followed, medications=["Miconazole gel"])
    found = cards(partner, call(followed.patient_uuid, hook="patient-view"), hook="patient-view")
    assert found["interaction:miconazole:warfarine"]["indicator"] == "critical"


def test_a_structure_that_has_not_turned_it_on_is_told_so(partner: Software, followed: Any) -> None:
    Activation.objects.all().delete()
    found = cards(partner, call(followed.patient_uuid, order("Amoxicilline 1 g")))
    assert list(found) == ["eteinte"]
    assert found["eteinte"]["summary"].startswith("Rien n’est contrôlé")


def test_a_person_s_software_reads_as_that_person(cast: Cast, followed: Any) -> None:
    told.state(followed, allergies=["Ibuprofène"], confidentiality="V", author_national_id="899000000029")
    one = software(cast.tilleuls_id, scopes=SCOPES)
    karim, nadia = (through(one, actor, "user/*.read") for actor in (cast.karim, cast.nadia))
    body = call(followed.patient_uuid, order("Ibuprofène 400 mg"))
    assert "allergie:ibuprofene:ibuprofene" in cards(karim, body)
    assert "allergie:ibuprofene:ibuprofene" not in cards(nadia, body)


# ------------------------------------------------------------------------------------------------ prefetch


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}


def allergy(text: str, patient: Any, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance", "code": {"text": text}, "patient": {"reference": f"Patient/{patient}"}
    } | more  # fmt: skip


def test_a_prefetch_adds_what_the_client_knows_and_replaces_nothing(partner: Software, followed: Any) -> None:
    patient = followed.patient_uuid
    refuted = {"coding": [{"code": "refuted"}]}
    sent = {
        "patient": {"resourceType": "Patient", "id": str(patient)},
        "allergies": bundle(allergy("Macrolides", patient), allergy("Codéine", patient, verificationStatus=refuted)),
        "treatments": bundle(order("Simvastatine 20 mg", subject={"reference": f"Patient/{patient}"})),
        "unknown-key": None,
    }
    asked = call(patient, order("Clarithromycine 500 mg"), order("Amoxicilline 1 g", number="2"), prefetch=sent)
    found = cards(partner, asked)
    assert "selon votre logiciel" in found["allergie:macrolides:clarithromycine"]["detail"]
    assert "interaction:clarithromycine:simvastatine" in found
    assert "allergie:penicillines:amoxicilline" in found  # the record's own
    assert not [key for key in found if "codeine" in key]
    assert not Statement_exists("Simvastatine")  # heard, not kept


def Statement_exists(word: str) -> bool:  # noqa: N802
    from maillon.record.models import Statement as Row

    return Row.objects.filter(label__icontains=word).exists()


def test_no_known_allergy_is_neither_an_allergy_nor_an_answer_to_who_asks(cast: Cast, partner: Software) -> None:
    """It replaces nothing: the record says nothing of allergies, and that goes on being told."""
    told.turned_on(cast)
    patient = world.follow(world.register("diabete"), cast, treating=cast.claire).patient_uuid
    ips = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "716186003", "display": "No known allergy"}]}
    said = (
        allergy("Aucune allergie connue", patient), allergy("", patient, code=snomed),
        allergy("", patient, code={"coding": [{"system": ips, "code": "no-known-allergies", "display": "None"}]}),
    )  # fmt: skip
    found = cards(partner, call(patient, order("Amoxicilline"), prefetch={"allergies": bundle(*said)}))
    assert "allergies-non-renseignees" in found
    assert not [key for key in found if key.startswith("allergie-non-controlee")]


def test_more_than_is_read_of_a_prefetch_is_refused_and_not_cut(partner: Software, followed: Any) -> None:
    patient = followed.patient_uuid
    resolved = {"coding": [{"code": "resolved"}]}
    over = [allergy(f"Ancienne {rank}", patient, clinicalStatus=resolved) for rank in range(99)]
    held = [allergy(f"Pollen {rank}", patient) for rank in range(99)]
    last = allergy("Macrolides", patient)
    asked = call(patient, order("Josacine"), prefetch={"allergies": bundle(*over, *held, last)})
    assert "allergie:macrolides:josamycine" in cards(partner, asked)
    asked["prefetch"] = {"allergies": bundle(*held, *held, last)}
    assert code_of(ask(partner, asked)) == "E-CDS-05"


def test_a_long_prescription_is_answered_whole_and_its_cards_can_be_answered(partner: Software, followed: Any) -> None:
    long = "Paracétamol " + "préparé selon la formule du cahier " * 12
    names = (*(f"Zolvadrine {rank}" for rank in range(98)), "Clamoxyl 1 g", f"{long}\0")
    orders = [order(name, number=str(rank), how="") for rank, name in enumerate(names)]
    found = cards(partner, call(followed.patient_uuid, *orders))
    assert len(found) > 200
    assert "couverture" in found
    (card,) = (card for key, card in found.items() if key.startswith("posologie:paracetamol"))
    answer = {"card": card["uuid"], "outcome": "overridden", "overrideReason": {"reason": {"code": "av\0is"}}}
    assert tell(partner, feedback(answer)).status_code == 200


def test_a_prefetch_about_somebody_else_is_refused_whole(partner: Software, followed: Any) -> None:
    for sent in (
        {"patient": {"resourceType": "Patient", "id": str(uuid.uuid4())}},
        {"allergies": bundle(allergy("Macrolides", uuid.uuid4()))},
    ):
        answer = ask(partner, call(followed.patient_uuid, order("Amoxicilline"), prefetch=sent))
        assert (answer.status_code, code_of(answer)) == (400, "E-CDS-05")


def test_a_prefetch_opens_no_record(cast: Cast, followed: Any) -> None:
    """Paul's structure does not follow the patient: whatever is sent along, the answer is that of nobody."""
    Activation.objects.create(structure_id=cast.elsewhere_id, started_by="essai")
    elsewhere = alone(software(cast.elsewhere_id, scopes=SCOPES))
    sent = {"patient": {"resourceType": "Patient", "id": str(followed.patient_uuid)}}
    known = ask(elsewhere, call(followed.patient_uuid, order("Amoxicilline"), prefetch=sent))
    nobody = uuid.uuid4()
    unknown = ask(elsewhere, call(nobody, order("Amoxicilline"), prefetch={"patient": {"id": str(nobody)}}))
    assert known.status_code == unknown.status_code == 404
    assert known.content == unknown.content
    assert JournalEntry.objects.filter(resource_type="guidance", decision="deny").count() == 2


# ------------------------------------------------------------------------------------------------ refusals


def test_who_may_not_is_refused(cast: Cast, followed: Any, client: Any) -> None:
    body = call(followed.patient_uuid, order("Amoxicilline"))
    assert client.post(SIGN, body, content_type="application/json").status_code == 401
    narrow = alone(software(cast.tilleuls_id, scopes=("system/Observation.read",)))
    assert ask(narrow, body).status_code == 403
    reader = alone(software(cast.tilleuls_id, scopes=("system/GuidanceResponse.read",), name="Lecteur"))
    assert ask(reader, body).status_code == 200
    assert reader.ask("POST", f"{SIGN}/feedback", {"feedback": []}, kind="application/json").status_code == 403


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hook": "patient-view"}, "E-CDS-02"),
        ({"hookInstance": "un"}, "E-CDS-01"),
        ({"context": {"patientId": ""}}, "E-CDS-03"),
        ({"context": {"draftOrders": {"resourceType": "Patient"}}}, "E-CDS-04"),
        ({"context": {"draftOrders": {"resourceType": "Bundle", "entry": "x"}}}, "E-CDS-04"),
        ({"context": {"selections": "tout"}}, "E-CDS-04"),
        ({"prefetch": []}, "E-CDS-05"),
        ({"prefetch": {"allergies": {"resourceType": "Patient"}}}, "E-CDS-05"),
    ],
)
def test_a_call_that_is_not_one_is_refused_with_its_code(
    partner: Software, followed: Any, change: dict[str, Any], code: str
) -> None:
    answer = ask(partner, call(followed.patient_uuid, order("Amoxicilline"), **change))
    assert (answer.status_code, code_of(answer)) == (400, code)
    assert not ShownCard.objects.exists()


def test_bytes_that_are_no_json_and_a_service_that_is_not_there(partner: Software, followed: Any) -> None:
    assert code_of(ask(partner, b"{")) == "E-FHIR-10"
    assert ask(partner, call(followed.patient_uuid), hook="appointment-book").status_code == 404
    assert partner.get(SIGN).status_code == 405


def test_what_a_client_may_send_more_is_let_alone(partner: Software, followed: Any) -> None:
    asked = call(
        followed.patient_uuid, order("Amoxicilline"), order("Kiné", number="9", resourceType="ServiceRequest"),
        fhirServer="https://logiciel.example/fhir",
        fhirAuthorization={"access_token": "x", "token_type": "Bearer", "expires_in": 9, "scope": "s", "subject": "c"},
        extension={"org.example": 1},
    )  # fmt: skip
    assert "allergie:penicillines:amoxicilline" in cards(partner, asked)


# ------------------------------------------------------------------------------------------------ feedback


def feedback(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"feedback": [{"outcomeTimestamp": "2026-12-01T08:59:00Z"} | each for each in entries]}


def tell(one: Software, body: Any) -> Any:
    return one.ask("POST", f"{SIGN}/feedback", body, kind="application/json", Accept="application/json")


OVERRIDE = {"reason": {"code": "avis", "system": "urn:maillon:motif"}, "userComment": "Bilan négatif"}


def test_feedback_keeps_the_reason_once(partner: Software, followed: Any) -> None:
    card = cards(partner, call(followed.patient_uuid, order("Amoxicilline")))["allergie:penicillines:amoxicilline"]
    body = feedback({"card": card["uuid"], "outcome": "overridden", "overrideReason": OVERRIDE})
    jsonschema.validate(body, SCHEMA | {"$ref": "#/$defs/feedback"})
    assert tell(partner, body).status_code == tell(partner, body).status_code == 200
    row = Answer.objects.get()
    assert (row.key, row.outcome, row.reason, row.comment) == (
        "allergie:penicillines:amoxicilline", "overridden", "avis", "Bilan négatif",
    )  # fmt: skip
    assert (row.patient_id, row.knowledge) == (followed.patient_id, "2026.11")


def test_another_reason_at_the_same_instant_is_another_answer(partner: Software, followed: Any) -> None:
    card = cards(partner, call(followed.patient_uuid, order("Amoxicilline")))["allergie:penicillines:amoxicilline"]
    for code in ("avis", "benefice"):
        reason = {"reason": {"code": code, "system": "urn:maillon:motif"}}
        tell(partner, feedback({"card": card["uuid"], "outcome": "overridden", "overrideReason": reason}))
    assert set(Answer.objects.values_list("reason", flat=True)) == {"avis", "benefice"}


def test_the_same_call_gives_the_same_card_numbers(partner: Software, followed: Any) -> None:
    body = call(followed.patient_uuid, order("Amoxicilline"))
    assert cards(partner, body) == cards(partner, body)


def test_e_lap_02_a_critical_card_is_not_passed_over_without_a_reason(partner: Software, followed: Any) -> None:
    found = cards(partner, call(followed.patient_uuid, order("Amoxicilline"), order("Metformine 1 g", number="2")))
    critical, mild = found["allergie:penicillines:amoxicilline"], found["rein:metformine"]
    both = feedback(
        {"card": mild["uuid"], "outcome": "overridden"}, {"card": critical["uuid"], "outcome": "overridden"}
    )
    answer = tell(partner, both)
    assert (answer.status_code, code_of(answer)) == (422, "E-LAP-02")
    assert not Answer.objects.exists()  # nothing half kept
    assert tell(partner, feedback({"card": mild["uuid"], "outcome": "overridden"})).status_code == 200


def test_a_card_of_another_software_is_like_no_card(cast: Cast, partner: Software, followed: Any) -> None:
    card = cards(partner, call(followed.patient_uuid, order("Amoxicilline")))["couverture"]
    other = alone(software(cast.tilleuls_id, scopes=SCOPES, name="Autre logiciel"))
    accepted = {"outcome": "accepted", "acceptedSuggestions": []}
    theirs = tell(other, feedback({"card": card["uuid"], **accepted}))
    nobody = tell(other, feedback({"card": str(uuid.uuid4()), **accepted}))
    assert theirs.status_code == nobody.status_code == 404
    assert theirs.content == nobody.content


@pytest.mark.parametrize(
    "body",
    [
        {}, {"feedback": []}, {"feedback": [{"card": "x", "outcome": "accepted"}]},
        {"feedback": [{"card": INSTANCE, "outcome": "peut-être", "outcomeTimestamp": "2026-12-01T08:59:00Z"}]},
        {"feedback": [{"card": INSTANCE, "outcome": "accepted", "outcomeTimestamp": "hier"}]},
        {"feedback": [{"card": INSTANCE, "outcome": "accepted", "outcomeTimestamp": "0001-01-01T00:00:00+14:00"}]},
        {"feedback": [{"card": INSTANCE, "outcome": "accepted", "outcomeTimestamp": "2026-12-01T08:59:00"}]},
    ],
)  # fmt: skip
def test_feedback_that_is_none_is_refused(partner: Software, body: Any) -> None:
    answer = tell(partner, body)
    assert (answer.status_code, code_of(answer)) == (400, "E-CDS-06")


# ------------------------------------------------------------------------------------------------ a client of others

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / ".venv" / "cds-client"  # put there by bin/setup --tests
READS = """
import json, sys
from healthchain.models import CDSRequest, CDSResponse, CDSServiceInformation
said = json.load(sys.stdin)
services = CDSServiceInformation.model_validate(said["discovery"]).services
CDSRequest.model_validate(said["request"])
cards = CDSResponse.model_validate(said["response"]).cards
print(json.dumps([[each.hook for each in services], [[each.indicator.value, each.summary] for each in cards]]))
"""


def test_healthchain_reads_our_services_our_cards_and_agrees_on_the_request(
    client: Any, partner: Software, followed: Any
) -> None:
    if not CLIENT.exists():
        pytest.skip("bin/setup --tests has not put healthchain in .venv/cds-client: the client of others was not run")
    asked = call(followed.patient_uuid, order("Amoxicilline 1 g"), order("Zolvadrine", number="2"))
    asked["context"]["userId"] = "Practitioner/1"
    answered = said(ask(partner, asked))
    given = json.dumps({"discovery": said(client.get("/cds-services")), "request": asked, "response": answered})
    read = subprocess.run(
        [sys.executable, "-c", READS], input=given, capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CLIENT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert read.returncode == 0, read.stderr[-2000:]
    hooks, found = json.loads(read.stdout.splitlines()[-1])
    assert hooks == ["patient-view", "order-select", "order-sign"]
    assert found == [[card["indicator"], card["summary"]] for card in answered["cards"]]
    assert found[0][0] == "critical"
