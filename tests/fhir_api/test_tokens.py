"""Tokens: to whom they are given, what they open, and how they end."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from maillon.access.api import partners
from maillon.access.models import CareTeamMembership, PartnerToken, Session
from maillon.kernel import clock
from maillon.kernel.key import StructureId
from maillon.kernel.message import UserMessage
from tests.conftest import Cast
from tests.fhir_api.conftest import (
    CHALLENGE,
    CONSOLE,
    EVERY_SYSTEM,
    RETURN,
    VERIFIER,
    Record,
    Software,
    alone,
    basic,
    code_of,
    consented,
    said,
    software,
    through,
)

pytestmark = pytest.mark.django_db
AUDIENCE = "http://testserver/oauth/token"


def asked_token(one: Software, **form: str) -> Any:
    return one.browser.post("/oauth/token", form, headers={"Authorization": basic(one)})


# ------------------------------------------------------------------------------------------------ alone


def test_a_software_alone(cast: Cast) -> None:
    one = software(cast.tilleuls_id)
    answer = asked_token(one, grant_type="client_credentials", scope="system/Patient.read openid")
    given = said(answer)
    assert given["token_type"] == "Bearer"
    assert given["scope"] == "system/Patient.read"
    assert given["expires_in"] == 300
    assert answer.headers["Cache-Control"] == "no-store"
    row = PartnerToken.objects.get()
    assert given["access_token"].encode() not in bytes(row.token_hash)


def test_by_the_form_as_well(cast: Cast) -> None:
    one = software(cast.tilleuls_id)
    form = {"grant_type": "client_credentials", "client_id": str(one.client_id), "client_secret": one.secret}
    assert Client().post("/oauth/token", form).status_code == 200


@pytest.mark.parametrize("wrong", ["secret", "number", "nothing"])
def test_whoever_does_not_prove_it_gets_one_answer(cast: Cast, wrong: str) -> None:
    one = software(cast.tilleuls_id)
    asked = {
        "secret": Software(one.client_id, "faux"), "number": Software(uuid.uuid4(), one.secret),
        "nothing": Software(one.client_id, ""),
    }[wrong]  # fmt: skip
    answer = asked_token(asked, grant_type="client_credentials")
    assert answer.status_code == 401
    assert said(answer)["error"] == "invalid_client"
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_scope_that_was_not_given(cast: Cast) -> None:
    one = software(cast.tilleuls_id, scopes=("system/Patient.read",))
    answer = asked_token(one, grant_type="client_credentials", scope="system/Observation.read user/Patient.read")
    assert (answer.status_code, said(answer)["error"]) == (400, "invalid_scope")
    assert said(asked_token(one, grant_type="password"))["error"] == "unsupported_grant_type"
    assert one.browser.get("/oauth/token").status_code == 400


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer faux", "Basic eDp5", "bearer " + "x" * 5000])
def test_without_a_good_token_nothing_opens(cast: Cast, record: Record, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    answer = Client().get(f"/fhir/Patient/{record.uuid}", headers=headers)
    assert (answer.status_code, code_of(answer)) == (401, "E-FHIR-01")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_ends(lgc: Software, record: Record) -> None:
    assert lgc.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 200
    with time_machine.travel(clock.now() + dt.timedelta(minutes=5, seconds=1), tick=False):
        assert lgc.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 401


def test_a_revoked_software_is_refused_at_its_next_request(lgc: Software, record: Record) -> None:
    partners.revoke(CONSOLE, lgc.client_id, reason="fin du contrat")
    assert lgc.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 401
    assert said(asked_token(lgc, grant_type="client_credentials"))["error"] == "invalid_client"


def test_a_link_that_ends_closes_the_record_to_the_software(lgc: Software, record: Record) -> None:
    CareTeamMembership.objects.filter(structure_id__isnull=False).update(ended_at=clock.now())
    assert lgc.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 404


def test_a_token_is_given_back(lgc: Software, record: Record) -> None:
    answer = lgc.browser.post("/oauth/revoke", {"token": lgc.token}, headers={"Authorization": basic(lgc)})
    assert answer.status_code == 200
    assert lgc.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 401
    unknown = lgc.browser.post("/oauth/revoke", {"token": "inconnu"}, headers={"Authorization": basic(lgc)})
    assert unknown.status_code == 200


# ------------------------------------------------------------------------------------------------ by signing


KEY = RSAKey.generate_key(2048, parameters={"kid": "1"})


@pytest.fixture
def signing(cast: Cast) -> str:
    asked = partners.Registration(
        name="Laboratoire", structure_id=StructureId(cast.tilleuls_id), profession_code="G15_10", scopes=EVERY_SYSTEM,
        keys=[KEY.as_dict(private=False)], reason="essai",
    )  # fmt: skip
    number, secret = partners.register(CONSOLE, asked)
    assert secret == ""
    return str(number)


def assertion(number: str, *, key: Any = KEY, algorithm: str = "RS384", **changed: Any) -> str:
    now = int(clock.now().timestamp())
    claims = {"iss": number, "sub": number, "aud": AUDIENCE, "exp": now + 60, "jti": str(uuid.uuid4())} | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "1"}, kept, key, algorithms=[algorithm])


def signed(text: str) -> Any:
    form = {
        "grant_type": "client_credentials", "client_assertion": text,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    }  # fmt: skip
    return Client().post("/oauth/token", form)


def test_a_software_that_signs(signing: str) -> None:
    text = assertion(signing)
    assert signed(text).status_code == 200
    assert signed(text).status_code == 401  # the same assertion is not good twice


FAULTS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "http://ailleurs.example/token"},
    "no audience": {"aud": None},
    "over": {"exp": 1},
    "too long": {"exp": 4_000_000_000},
    "no end": {"exp": None},
    "no number": {"jti": None},
    "another issuer": {"iss": "autre"},
    "another key": {"key": RSAKey.generate_key(2048, parameters={"kid": "1"})},
    "another kind of key": {"key": ECKey.generate_key("P-384", parameters={"kid": "1"}), "algorithm": "ES384"},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_an_assertion_with_a_fault_opens_nothing(signing: str, fault: dict[str, Any]) -> None:
    assert signed(assertion(signing, **fault)).status_code == 401


@pytest.mark.parametrize("text", ["", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "é" * 50])
def test_what_is_no_assertion(signing: str, text: str) -> None:
    assert signed(text).status_code == 401


def test_its_number_alone_is_no_proof(signing: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": signing, "client_secret": ""}
    assert Client().post("/oauth/token", form).status_code == 401


# ------------------------------------------------------------------------------------------------ for a person


def test_a_person_lends_their_eyes(cast: Cast, record: Record) -> None:
    given = consented(software(cast.tilleuls_id), cast.nadia, "user/Patient.read user/Observation.read online_access")
    assert given["scope"] == "online_access user/Observation.read user/Patient.read"
    assert given["expires_in"] == 900
    assert given["refresh_token"]


def test_a_code_is_good_once_and_its_second_use_ends_what_it_gave(cast: Cast, record: Record) -> None:
    one = software(cast.tilleuls_id)
    session, asked = _asked(one, cast, "user/Patient.read")
    code = partners.begin(session, asked).partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": RETURN, "code_verifier": VERIFIER}
    first = asked_token(one, **form)
    token = said(first)["access_token"]
    claire = Software(one.client_id, one.secret, token)
    assert claire.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 200
    assert said(asked_token(one, **form))["error"] == "invalid_grant"
    assert claire.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 401


def _asked(one: Software, cast: Cast, scope: str) -> Any:
    from maillon.access import api as access_room
    from tests.web import world

    session = access_room.sessions.actor_of(world.open_session(cast.claire))
    query = {
        "client_id": str(one.client_id), "redirect_uri": RETURN, "scope": scope, "response_type": "code",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return session, partners.ask(query, audience="http://testserver/fhir")


@pytest.mark.parametrize(
    "changed",
    [{"code_verifier": "un-autre-verificateur-tout-aussi-long-0123456789"}, {"redirect_uri": "https://ailleurs.example"},
     {"code": "faux"}],
    ids=str,
)  # fmt: skip
def test_a_code_is_for_who_asked(cast: Cast, changed: dict[str, str]) -> None:
    one = software(cast.tilleuls_id)
    session, asked = _asked(one, cast, "user/Patient.read")
    code = partners.begin(session, asked).partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": RETURN, "code_verifier": VERIFIER}
    assert said(asked_token(one, **form | changed))["error"] == "invalid_grant"
    other = software(cast.tilleuls_id, name="Un autre")
    assert said(asked_token(other, **form))["error"] == "invalid_grant"


def test_a_late_code(cast: Cast) -> None:
    one = software(cast.tilleuls_id)
    session, asked = _asked(one, cast, "user/Patient.read")
    code = partners.begin(session, asked).partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": RETURN, "code_verifier": VERIFIER}
    with time_machine.travel(clock.now() + dt.timedelta(seconds=61), tick=False):
        assert said(asked_token(one, **form))["error"] == "invalid_grant"


def test_renewed_the_former_is_worth_nothing_and_its_use_ends_them_all(cast: Cast, record: Record) -> None:
    one = software(cast.tilleuls_id)
    given = consented(one, cast.claire, "user/Patient.read online_access")
    second = said(asked_token(one, grant_type="refresh_token", refresh_token=given["refresh_token"]))
    claire = Software(one.client_id, one.secret, second["access_token"])
    assert claire.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 200
    again = asked_token(one, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert said(again)["error"] == "invalid_grant"
    assert claire.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 401


def test_the_software_ends_with_the_session_of_the_person(cast: Cast, record: Record) -> None:
    one = software(cast.tilleuls_id)
    given = consented(one, cast.claire, "user/Patient.read online_access")
    Session.objects.all().delete()
    claire = Software(one.client_id, one.secret, given["access_token"])
    assert claire.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 401
    renewed = asked_token(one, grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert said(renewed)["error"] == "invalid_grant"


def test_one_record_only(cast: Cast, record: Record) -> None:
    from tests.web import world

    other = world.follow(
        world.register(next(each.key for each in world.territory().patients if each.key != "diabete")), cast
    )
    one = software(cast.tilleuls_id)
    given = consented(one, cast.claire, "patient/*.read", patient=record.uuid)
    assert given["patient"] == str(record.uuid)
    claire = Software(one.client_id, one.secret, given["access_token"])
    assert claire.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 200
    assert claire.ask("GET", f"/fhir/Patient/{other.patient_uuid}").status_code == 404
    assert claire.found("/fhir/DocumentReference", patient=str(other.patient_uuid))["total"] == 0
    assert claire.found("/fhir/DocumentReference", patient=str(record.uuid))["total"] > 0


def test_a_person_opens_only_their_own_records_through_any_software(cast: Cast, record: Record) -> None:
    paul = through(software(cast.tilleuls_id), cast.paul)
    assert paul.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 404
    with pytest.raises(UserMessage):
        consented(software(cast.tilleuls_id, name="Un autre"), cast.paul, "patient/*.read", patient=record.uuid)


# ------------------------------------------------------------------------------------------------ registering


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": " "}, "E-PAR-01"), ({"structure_id": 999999}, "E-PAR-02"), ({"profession_code": "X"}, "E-PAR-03"),
        ({"scopes": ("system/Passeport.read",)}, "E-PAR-04"), ({"scopes": ()}, "E-PAR-04"),
        ({"scopes": ("user/*.read",)}, "E-PAR-05"), ({"redirect_uris": ("http://ailleurs.example/",)}, "E-PAR-05"),
        ({"redirect_uris": ("https://x.example/#a",)}, "E-PAR-05"), ({"end": dt.date(2020, 1, 1)}, "E-PAR-06"),
        ({"keys": [{"kty": "RSA"}]}, "E-PAR-08"), ({"keys": [KEY.as_dict(private=True)]}, "E-PAR-08"),
        ({"keys": [{"kty": "oct", "k": "AAAA"}]}, "E-PAR-08"),
    ],
    ids=str,
)  # fmt: skip
def test_an_odd_registration_is_refused(cast: Cast, changed: dict[str, Any], code: str) -> None:
    asked: dict[str, Any] = {
        "name": "Essai", "structure_id": StructureId(cast.tilleuls_id), "profession_code": "G15_10",
        "scopes": ("system/Patient.read",), "reason": "essai",
    }  # fmt: skip
    with pytest.raises(UserMessage) as refusal:
        partners.register(CONSOLE, partners.Registration(**asked | changed))
    assert refusal.value.code == code


def test_only_the_referent_registers_and_for_their_own_structure(cast: Cast) -> None:
    import dataclasses

    asked = partners.Registration(
        name="Essai", structure_id=StructureId(cast.tilleuls_id), profession_code="G15_10",
        scopes=("system/Patient.read",), reason="essai",
    )  # fmt: skip
    referent = dataclasses.replace(cast.karim, is_referent=True)
    number, _ = partners.register(referent, asked)
    assert [line.client_id for line in partners.listed(referent)] == [number]
    for other in (cast.claire, dataclasses.replace(cast.paul, is_referent=True)):
        with pytest.raises(UserMessage):
            partners.register(other, asked)
        with pytest.raises(UserMessage):
            partners.revoke(other, number, reason="essai")


def test_what_a_software_may_do_alone_it_may_not_do_for_a_person(cast: Cast, record: Record) -> None:
    one = software(cast.tilleuls_id, scopes=("system/Patient.read", "user/Observation.read"))
    machine, person = alone(one), through(one, cast.claire, "user/*.read")
    assert machine.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 200
    assert machine.get("/fhir/Observation", patient=str(record.uuid)).status_code == 403
    assert person.ask("GET", f"/fhir/Patient/{record.uuid}").status_code == 403
    assert person.get("/fhir/Observation", patient=str(record.uuid)).status_code == 200
