"""The library of questionnaires: read, carried to other software, looked at when one comes from elsewhere."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from maillon.forms import api as forms
from tests.conftest import Cast
from tests.forms.test_carrying import FOREIGN
from tests.forms.test_responses import GOOD
from tests.web import world
from tests.web.conftest import Record
from tests.web.test_questionnaires import begun, typed


@pytest.fixture
def nadia(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.nadia)  # type: ignore[return-value]


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


def test_every_questionnaire_is_shown_with_what_other_software_would_not_read(claire: Client) -> None:
    listed = text(claire.get("/questionnaires"))
    for code in forms.definitions():
        assert f'href="/questionnaires/{code}"' in listed
        assert claire.get(f"/questionnaires/{code}").status_code == 200
    page = text(claire.get("/questionnaires/CHUTE"))
    assert "seul Maillon y lit son unité" in page
    assert claire.get("/questionnaires/ABSENT").status_code == 404
    assert claire.get("/questionnaires/PADSS/absent").status_code == 404


@pytest.mark.parametrize("shape", sorted(forms.carrying.WRITERS))
def test_what_is_downloaded_reads_again(claire: Client, shape: str) -> None:
    answer = claire.get(f"/questionnaires/CHUTE/{shape}")
    assert "attachment" in answer.headers["Content-Disposition"]
    came = forms.carrying.READERS[shape](answer.content)
    assert came.asked.titre == "Risque de chute"


def test_one_that_comes_is_shown_as_text_with_what_it_lacks(claire: Client) -> None:
    sent = SimpleUploadedFile("sortie.csv", (FOREIGN / "sortie.csv").read_bytes())
    page = text(claire.post("/questionnaires", {"fichier": sent}))
    assert "il manque : relu_le" in page
    assert "code: SORTIE" in page


def test_what_cannot_be_read_is_refused_in_french(claire: Client) -> None:
    for name, data, told in (
        ("essai.txt", b"x", "Choisissez un fichier"),
        ("essai.json", b'{"resourceType": "Patient"}', "E-QST-31"),
        ("essai.json", b"{", "E-FHIR-10"),
        ("essai.xlsx", b"x", "E-FMT"),
        ("essai.csv", b"a,b\n", "E-QST-33"),
    ):
        answer = claire.post("/questionnaires", {"fichier": SimpleUploadedFile(name, data)})
        assert answer.status_code == 422
        assert told in text(answer), (name, data)
    assert claire.post("/questionnaires").status_code == 422


def test_signed_answers_leave_as_fhir_and_a_draft_does_not(nadia: Client, record: Record) -> None:
    place = begun(nadia, record)
    assert nadia.get(place + "/fhir").status_code == 404
    nadia.post(place + "/signer", typed(GOOD))
    made = json.loads(nadia.get(place + "/fhir").content)
    assert made["resourceType"] == "QuestionnaireResponse"
    assert made["questionnaire"] == "urn:maillon:questionnaire:PADSS|1"
    assert made["status"] == "completed"
    items = {each["linkId"]: each for group in made["item"] for each in group["item"]}
    assert items["douleur"]["answer"] == [
        {"valueCoding": {"code": "minime", "display": "Absente ou minime"}}
    ]
    assert items["total"]["answer"] == [{"valueDecimal": 9}]
    assert items["apte"]["answer"] == [{"valueBoolean": True}]
    asked = forms.definition("PADSS")
    assert asked is not None
    assert forms.carrying.read_response(asked, made) == GOOD
