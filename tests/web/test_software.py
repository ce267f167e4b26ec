"""A person lends a software their eyes; the referent says which software may ask."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from maillon.access.api import partners
from maillon.access.models import Account, PartnerClient
from tests.conftest import Cast
from tests.fhir_api.conftest import CHALLENGE, RETURN, VERIFIER, Software, basic, software
from tests.web import world
from tests.web.conftest import Record

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode()).replace("\u202f", " ").replace("\xa0", " ")


def address(one: Software, **changed: str) -> str:
    query = {
        "response_type": "code", "client_id": str(one.client_id), "redirect_uri": RETURN, "scope": "user/Patient.read",
        "state": "état", "code_challenge": CHALLENGE, "code_challenge_method": "S256", "aud": "http://testserver/fhir",
    }  # fmt: skip
    return "/oauth/autoriser?" + urlencode({name: value for name, value in (query | changed).items() if value})


def taken_back(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(RETURN)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_a_person_authorises_and_the_software_asks_for_them(claire: Client, cast: Cast, record: Record) -> None:
    one = software(cast.tilleuls_id)
    shown = claire.get(address(one))
    assert "lire l’identité, à votre place" in text_of(shown)
    assert f"form-action 'self' {RETURN.rpartition('/')[0]}" in shown.headers["Content-Security-Policy"]
    said = taken_back(claire.post(address(one), {"decision": "autoriser"}))
    assert said["state"] == ["état"]
    form = {
        "grant_type": "authorization_code", "code": said["code"][0], "redirect_uri": RETURN, "code_verifier": VERIFIER,
    }  # fmt: skip
    given = Client().post("/oauth/token", form, headers={"Authorization": basic(one)}).json()
    answer = Client().get(f"/fhir/Patient/{record.uuid}", headers={"Authorization": f"Bearer {given['access_token']}"})
    assert answer.status_code == 200


def test_a_person_refuses(claire: Client, cast: Cast) -> None:
    one = software(cast.tilleuls_id)
    assert taken_back(claire.post(address(one), {"decision": "refuser"}))["error"] == ["access_denied"]


def test_nobody_authorises_without_signing_in(client: Client, cast: Cast) -> None:
    answer = client.get(address(software(cast.tilleuls_id)))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/connexion?suite=%2Foauth%2Fautoriser")


def test_one_record_is_chosen(claire: Client, cast: Cast, record: Record) -> None:
    one = software(cast.tilleuls_id)
    asked = address(one, scope="patient/*.read")
    assert "Pour quel patient" in text_of(claire.get(asked))
    refused = claire.post(asked, {"decision": "autoriser"})
    assert refused.status_code == 422
    assert "Choisissez le dossier" in text_of(refused)
    born = world.person("diabete").birth_date
    typed = born if isinstance(born, str) else born.strftime("%d%m%Y")
    found = claire.post(asked, {"decision": "chercher", "q": typed})
    assert str(record.uuid) in text_of(found)
    assert "code" in taken_back(claire.post(asked, {"decision": "autoriser", "patient": str(record.uuid)}))


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"), ({"code_challenge": "court"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"aud": "http://ailleurs.example"}, "invalid_request"),
        ({"scope": "system/Patient.read"}, "invalid_scope"), ({"scope": ""}, "invalid_scope"),
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_request_is_told_to_the_software(claire: Client, cast: Cast, changed: dict[str, str], error: str) -> None:
    assert taken_back(claire.get(address(software(cast.tilleuls_id), **changed)))["error"] == [error]


@pytest.mark.parametrize(
    "changed",
    [{"redirect_uri": "https://ailleurs.example/"}, {"client_id": "inconnu"}, {"redirect_uri": RETURN + "/x"}],
    ids=str,
)
def test_nobody_is_sent_to_an_unregistered_address(claire: Client, cast: Cast, changed: dict[str, str]) -> None:
    answer = claire.get(address(software(cast.tilleuls_id), **changed))
    assert answer.status_code == 422
    assert "E-PAR-20" in text_of(answer)


# ------------------------------------------------------------------------------------------------ the referent


@pytest.fixture
def referent(cast: Cast) -> Client:
    Account.objects.filter(pk=cast.karim.account_id).update(is_referent=True)
    return world.sign_in(Client(), cast.karim)  # type: ignore[return-value]


def test_the_referent_registers_and_ends(referent: Client, claire: Client, cast: Cast) -> None:
    form = {
        "logiciel": "Laboratoire des Halles", "structure": str(cast.tilleuls_id), "profession": "G15_10",
        "raison": "convention", "portees": ["system/DocumentReference.write", "system/Patient.read"],
    }  # fmt: skip
    assert claire.get("/referent/logiciels").status_code == 404
    assert claire.post("/referent/logiciels", form).status_code == 404
    shown = text_of(referent.post("/referent/logiciels", form))
    number = PartnerClient.objects.get().client_id
    found = re.search(r"Son secret : <code>([\w-]+)</code>", shown)
    assert found is not None
    assert partners.client_of_secret(str(number), found[1]) is not None
    assert found[1] not in text_of(referent.get("/referent/logiciels"))
    assert referent.post(f"/referent/logiciels/{number}/terminer", {"raison": ""}).status_code == 422
    assert claire.post(f"/referent/logiciels/{number}/terminer", {"raison": "x"}).status_code == 404
    assert referent.post(f"/referent/logiciels/{number}/terminer", {"raison": "fin"}).status_code == 302
    assert partners.client_of_secret(str(number), found[1]) is None


def test_what_is_wrong_is_said_and_what_was_typed_stays(referent: Client, cast: Cast) -> None:
    form = {"logiciel": "Labo", "structure": str(cast.tilleuls_id), "profession": "G15_10", "raison": "", "cles": "{"}
    answer = referent.post("/referent/logiciels", form)
    assert answer.status_code == 422
    assert 'value="Labo"' in text_of(answer)
    assert not PartnerClient.objects.exists()
