"""QuestionnaireResponse by the FHIR API: signed answers, as the law opens them; nothing of a draft."""

from __future__ import annotations

from uuid import UUID

from maillon.access import api as access_room
from maillon.forms import api as forms
from maillon.kernel.key import Access, Actor
from tests.conftest import Cast
from tests.fhir_api.conftest import Software, said
from tests.forms.test_responses import GOOD
from tests.web.conftest import Record

PLACE = "/fhir/QuestionnaireResponse"


def key(actor: Actor, record: Record) -> Access:
    return access_room.open_record(
        actor, record.access.patient_id, purpose=access_room.rule.usual_purpose(actor)
    )


def signed(actor: Actor, record: Record) -> UUID:
    access = key(actor, record)
    uuid = forms.begin(access, "PADSS")
    forms.save(access, uuid, GOOD, revision=1)
    return forms.sign(access, uuid)


def test_signed_answers_are_read_and_searched(lgc: Software, record: Record, cast: Cast) -> None:
    uuid = signed(cast.nadia, record)
    one = said(lgc.ask("GET", f"{PLACE}/{uuid}"))
    assert (one["resourceType"], one["status"]) == ("QuestionnaireResponse", "completed")
    assert one["subject"] == {"reference": f"Patient/{record.uuid}"}
    patient = str(record.uuid)
    found = lgc.found(PLACE, patient=patient)
    assert [each["resource"] for each in found["entry"]] == [one]
    assert lgc.found(PLACE, patient=patient, questionnaire="urn:maillon:questionnaire:PADSS")["total"] == 1
    assert lgc.found(PLACE, patient=patient, questionnaire="urn:maillon:questionnaire:SAT")["total"] == 0
    assert lgc.found(PLACE, patient=patient, status="amended")["total"] == 0
    assert lgc.ask("GET", f"{PLACE}?patient={patient}&status=draft").status_code == 400


def test_a_correction_says_so_and_the_former_counts_no_more(lgc: Software, record: Record, cast: Cast) -> None:
    first = signed(cast.nadia, record)
    access = key(cast.nadia, record)
    second = forms.sign(access, forms.correct(access, first))
    states = {each["resource"]["id"]: each["resource"]["status"]
              for each in lgc.found(PLACE, patient=str(record.uuid))["entry"]}  # fmt: skip
    assert states == {str(first): "entered-in-error", str(second): "amended"}


def test_a_draft_and_an_absent_response_are_the_same_nothing(lgc: Software, record: Record, cast: Cast) -> None:
    draft = forms.begin(key(cast.nadia, record), "PADSS")
    hidden, absent = lgc.ask("GET", f"{PLACE}/{draft}"), lgc.ask("GET", f"{PLACE}/{UUID(int=7)}")
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
    assert hidden.status_code == 404
    assert lgc.found(PLACE, patient=str(record.uuid))["total"] == 0


def test_software_of_another_place_finds_nothing(elsewhere: Software, record: Record, cast: Cast) -> None:
    uuid = signed(cast.nadia, record)
    assert elsewhere.ask("GET", f"{PLACE}/{uuid}").status_code == 404
    assert elsewhere.found(PLACE, patient=str(record.uuid))["total"] == 0
