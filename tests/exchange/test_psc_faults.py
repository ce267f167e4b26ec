"""What a forger, a careless provider or a mixed-up browser may send: every kind is refused with one sentence, opens
nothing, and leaves its reason in the security journal."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from maillon.access.models import Challenge, Session, SignInEvent
from maillon.exchange import psc, psc_line
from maillon.professionals.models import Professional
from tests.conftest import Cast
from tests.exchange.psc_provider import (
    EC,
    NEXT_RSA,
    OTHER_RSA,
    RSA,
    SHORT_RSA,
    Provider,
    public_key_as_secret,
    running,
)

BACK = "/connexion/psc/retour"
Answer = dict[str, Any]


@pytest.fixture
def provider(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with running() as found:
        monkeypatch.setenv("MAILLON_PSC_EMETTEUR", found.issuer)
        monkeypatch.setenv("MAILLON_PSC_CLIENT", found.client)
        monkeypatch.setenv("MAILLON_SECRET_PSC", found.secret)
        psc_line.line_to.cache_clear()
        yield found


def begin(client: Client, provider: Provider) -> Answer:
    """The browser goes to the provider; what an honest one would send it back with."""
    answer = client.get("/connexion/psc")
    assert answer.status_code == 302, answer.content.decode()
    parts = urlsplit(answer.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}" == provider.issuer
    provider.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {"code": provider.code, "state": provider.asked["state"], "iss": provider.issuer}


def come_back(client: Client, answer: Answer) -> HttpResponse:
    return client.get(BACK, answer)  # type: ignore[return-value]


def reasons() -> list[str]:
    return list(SignInEvent.objects.filter(outcome="refuse").values_list("reason", flat=True))


def is_refused(answer: HttpResponse) -> bool:
    return answer.status_code == 422 and psc.REFUSED.message in answer.content.decode() and not Session.objects.exists()


def test_an_honest_answer_opens_a_session_of_two_factors(provider: Provider, client: Client) -> None:
    answer = come_back(client, begin(client, provider))
    assert answer.headers["Location"] == "/journee"
    session = Session.objects.get()
    assert (session.method, session.assurance, session.account.identifier) == ("psc", 2, "claire@demo")
    assert "Ma journée" in client.get("/journee").content.decode()


def test_the_request_is_bound_to_everything_it_should_be(provider: Provider, client: Client) -> None:
    begin(client, provider)
    asked = provider.asked
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid scope_all"
    assert asked["acr_values"] == "eidas1"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"http://testserver{BACK}"
    again = Client()
    first = dict(asked)
    begin(again, provider)
    assert all(first[name] != provider.asked[name] for name in ("state", "nonce", "code_challenge"))


# ------------------------------------------------------------------------- what the provider, or a forger, says

NOW = int(time.time())
DAY = 86_400


def claims(**changes: Any) -> Callable[[Provider], None]:
    return lambda provider: provider.claims.update(changes)


def header(signing: Any = None, **changes: Any) -> Callable[[Provider], None]:
    def change(provider: Provider) -> None:
        provider.header |= changes
        provider.header = {name: value for name, value in provider.header.items() if value is not None}
        provider.signing = signing or provider.signing

    return change


def tokens(**changes: Any) -> Callable[[Provider], None]:
    return lambda provider: provider.tokens.update(changes)


def person(**changes: Any) -> Callable[[Provider], None]:
    return lambda provider: provider.person.update(changes)


def keys(*found: Any) -> Callable[[Provider], None]:
    return lambda provider: setattr(provider, "keys", list(found))


def answering(path: str, status: int, data: bytes, media_type: str = "application/json") -> Callable[[Provider], None]:
    return lambda provider: provider.answers.update({path: lambda: (status, media_type, data)})


def both(*changes: Callable[[Provider], None]) -> Callable[[Provider], None]:
    def change(provider: Provider) -> None:
        for each in changes:
            each(provider)

    return change


def altered(part: int) -> Callable[[Provider], None]:
    def alter(token: str) -> str:
        parts = token.split(".")
        if part == 1:
            held = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
            parts[1] = base64.urlsafe_b64encode(json.dumps(held | {"sub": "autre"}).encode()).rstrip(b"=").decode()
        else:
            parts[2] = parts[2][::-1]
        return ".".join(parts)

    return lambda provider: setattr(provider, "id_token", alter)


def confused(provider: Provider) -> None:
    provider.header |= {"alg": "HS256"}
    provider.signing = public_key_as_secret()


def embedded(provider: Provider) -> None:
    provider.header |= {"jwk": OTHER_RSA.as_dict(private=False)}
    provider.signing = OTHER_RSA


PRIVATE = RSA.as_dict(private=True)
PUBLIC = RSA.as_dict(private=False)

TOKEN_FAULTS: dict[str, tuple[Callable[[Provider], None], str]] = {
    "alg none": (header(alg="none"), "alg"),
    "alg HS256, public key taken for a secret": (confused, "alg"),
    "alg RS512, not of ours": (header(alg="RS512"), "alg"),
    "signed with another key of the same kid": (header(OTHER_RSA), "signature"),
    "key embedded in the header": (embedded, "jeton_forme"),
    "kid unknown": (header(NEXT_RSA, kid="clé-9"), "kid_inconnu"),
    "kid absent": (header(kid=None), "kid_absent"),
    "two keys of one kid": (keys(PUBLIC, OTHER_RSA.as_dict(private=False)), "cle"),
    "key of another family": (both(header(EC, alg="ES256", kid="clé-1"), keys(PUBLIC)), "cle"),
    "key for encryption": (keys(PUBLIC | {"use": "enc"}), "cle"),
    "private key published": (keys(PRIVATE), "cle"),
    "RSA of 1024 bits": (both(header(SHORT_RSA, kid="courte"), keys(SHORT_RSA.as_dict(private=False))), "cle_courte"),
    "no keys": (keys(), "kid_inconnu"),
    "critical header not understood": (header(typ="secevent+jwt"), "entete"),
    "payload altered": (altered(1), "signature"),
    "signature altered": (altered(2), "signature"),
    "two parts only": (lambda p: setattr(p, "id_token", lambda token: token.rsplit(".", 1)[0]), "jeton_forme"),
    "not a token": (tokens(id_token="x.y.z"), "jeton_forme"),
    "id_token absent": (tokens(id_token=None), "id_token_absent"),
    "id_token that is a number": (tokens(id_token=7), "id_token_absent"),
    "token type MAC": (tokens(token_type="mac"), "token_type"),
    "access token with a line break": (tokens(access_token="acces\r\nX: 1"), "access_token"),
    "issuer other": (claims(iss="https://ailleurs.test"), "iss"),
    "issuer with a slash more": (lambda p: p.claims.update(iss=p.issuer + "/"), "iss"),
    "issuer absent": (claims(iss=None), "iss"),
    "audience other": (claims(aud="autre"), "aud"),
    "audience absent": (claims(aud=None), "aud"),
    "audience with a stranger beside us": (claims(aud=["maillon", "autre"], azp="maillon"), "aud"),
    "authorized party other": (claims(azp="autre"), "azp"),
    "expired": (claims(exp=NOW - DAY), "exp"),
    "expiry absent": (claims(exp=None), "exp"),
    "expiry that is a text": (claims(exp="demain"), "exp"),
    "expiry that is a boolean": (claims(exp=True), "exp"),
    "issued in the future": (claims(iat=NOW + DAY), "iat"),
    "issued yesterday": (claims(iat=NOW - DAY), "iat"),
    "issued never": (claims(iat=None), "iat"),
    "not yet valid": (claims(nbf=NOW + DAY), "nbf"),
    "nonce other": (claims(nonce="celui d’un autre"), "nonce"),
    "nonce absent": (claims(nonce=None), "nonce"),
    "acr absent": (claims(acr=None), "acr"),
    "acr too low": (claims(acr="0"), "acr"),
    "at_hash of another access token": (claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "at_hash"),
    "c_hash of another code": (claims(c_hash="AAAAAAAAAAAAAAAAAAAAAA"), "c_hash"),
    "subject absent": (claims(sub=None), "sub"),
    "subject too long": (claims(sub="x" * 300), "sub"),
    "userinfo of somebody else": (person(sub="f:autre"), "userinfo_sub"),
    "userinfo without subject": (person(sub=None), "userinfo_sub"),
    "national id of another form": (person(SubjectNameID="99000000011"), "identifiant_national"),
    "national id absent": (person(SubjectNameID=None), "SubjectNameID"),
    "national id other than the subject's": (
        person(SubjectNameID="899000000029", preferred_username="899000000029"), "identifiants_differents",
    ),
    "national id other than the user name": (person(preferred_username="899000000029"), "identifiants_differents"),
    "userinfo refused": (answering("/userinfo", 403, b"{}"), "userinfo"),
    "userinfo that is no JSON": (answering("/userinfo", 200, b"<html>", "text/html"), "userinfo"),
    "token answer that is a list": (answering("/token", 200, b"[]"), "jetons"),
    "token answer redirected": (answering("/token", 302, b"https://ailleurs.test/token"), "jetons"),
    "token answer too long": (answering("/token", 200, b'{"a":"' + b"x" * 300_000 + b'"}'), "jetons"),
    "provider in error": (answering("/token", 500, b"{}"), "jetons"),
    "keys that are no list": (answering("/keys", 200, b'{"keys":{}}'), "cles"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOKEN_FAULTS)
def test_what_the_provider_says_wrongly_opens_nothing(name: str, provider: Provider, client: Client) -> None:
    change, reason = TOKEN_FAULTS[name]
    answer = begin(client, provider)
    change(provider)
    assert is_refused(come_back(client, answer))
    assert reasons() == [reason]


# ------------------------------------------------------------------------------------ what the browser brings back

ANSWER_FAULTS: dict[str, tuple[Callable[[Answer], Answer], str]] = {
    "state absent": (lambda a: {k: v for k, v in a.items() if k != "state"}, "parametre_state"),
    "state unknown": (lambda a: a | {"state": "x" * 43}, "state"),
    "state twice": (lambda a: a | {"state": [a["state"], a["state"]]}, "parametre_state"),
    "state with a NUL": (lambda a: a | {"state": "a\0b"}, "state"),
    "code absent": (lambda a: {k: v for k, v in a.items() if k != "code"}, "parametre_code"),
    "code twice": (lambda a: a | {"code": [a["code"], "autre"]}, "parametre_code"),
    "code of nobody": (lambda a: a | {"code": "volé"}, "jetons"),
    "issuer absent": (lambda a: {k: v for k, v in a.items() if k != "iss"}, "parametre_iss"),
    "issuer of another provider": (lambda a: a | {"iss": "https://ailleurs.test"}, "iss_reponse"),
    "error": (lambda a: {"error": "access_denied", "state": a["state"], "iss": a["iss"]}, "erreur_access_denied"),
    "error beside a code": (lambda a: a | {"error": "server_error"}, "erreur_server_error"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWER_FAULTS)
def test_what_the_browser_brings_back_wrongly_opens_nothing(name: str, provider: Provider, client: Client) -> None:
    change, reason = ANSWER_FAULTS[name]
    assert is_refused(come_back(client, change(begin(client, provider))))
    assert reasons() == [reason]


def test_at_least_thirty_kinds_are_refused() -> None:
    assert len(TOKEN_FAULTS) + len(ANSWER_FAULTS) >= 30


def test_a_state_serves_once(provider: Provider, client: Client) -> None:
    answer = begin(client, provider)
    come_back(client, answer)
    Session.objects.all().delete()
    assert is_refused(come_back(client, answer))
    assert reasons() == ["state"]
    assert provider.calls.count("/token") == 1


def test_a_code_serves_once(provider: Provider, client: Client) -> None:
    come_back(client, begin(client, provider))
    Session.objects.all().delete()
    client.cookies.pop("maillon")
    assert is_refused(come_back(client, begin(client, provider)))
    assert reasons() == ["jetons"]


def test_the_answer_of_another_browser_opens_nothing(provider: Provider, client: Client) -> None:
    """Somebody makes another browser finish what theirs began, so that it works under their name."""
    answer = begin(client, provider)
    victim = Client()
    assert is_refused(come_back(victim, answer))
    begin(victim, provider)
    assert is_refused(come_back(victim, answer))
    assert reasons() == ["state", "state"]


def test_an_answer_comes_within_ten_minutes(provider: Provider, client: Client) -> None:
    answer = begin(client, provider)
    Challenge.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert is_refused(come_back(client, answer))


def test_another_provider_configured_meanwhile_is_a_mix_up(
    provider: Provider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = begin(client, provider)
    with running() as other:
        monkeypatch.setenv("MAILLON_PSC_EMETTEUR", other.issuer)
        assert is_refused(come_back(client, answer))
        assert other.calls == []
    assert reasons() == ["melange"]


def test_another_address_of_return_is_a_mix_up(provider: Provider, client: Client) -> None:
    answer = begin(client, provider)
    refused = client.get(BACK, answer, headers={"host": "localhost"})
    assert is_refused(refused)  # type: ignore[arg-type]
    assert reasons() == ["melange"]


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://ailleurs.test"},
        {"authorization_endpoint": "http://ailleurs.test/auth"},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "https://moi@ailleurs.test/auth"},
        {"authorization_endpoint": 7},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_asked(
    description: Answer, provider: Provider, client: Client
) -> None:
    provider.description = description
    answer = client.get("/connexion/psc")
    assert answer.status_code == 503
    assert psc.AWAY.message in answer.content.decode()


def test_a_provider_that_is_away_leaves_the_other_doors_open(
    provider: Provider, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLON_PSC_EMETTEUR", "http://127.0.0.1:9")
    answer = client.get("/connexion/psc")
    assert answer.status_code == 503
    assert "mot_de_passe" in answer.content.decode()


def test_keys_that_turn_are_asked_for_again_but_not_at_will(provider: Provider, client: Client) -> None:
    come_back(client, begin(client, provider))
    Session.objects.all().delete()
    client.cookies.pop("maillon")
    provider.keys, provider.signing = [NEXT_RSA.as_dict(private=False)], NEXT_RSA
    provider.header |= {"kid": "clé-2"}
    provider.code = "un-autre-code"
    assert is_refused(come_back(client, begin(client, provider))), "asked a moment ago: a forger does not make us ask"
    psc_line.line_to(provider.issuer)._keys_at -= psc_line.KEYS_AGAIN_AFTER + 1
    provider.code = "un-troisième-code"
    assert come_back(client, begin(client, provider)).status_code == 302


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "PS256")])
def test_the_other_algorithms_of_ours_are_understood(
    key: Any, algorithm: str, provider: Provider, client: Client
) -> None:
    public = key.as_dict(private=False)
    provider.keys, provider.signing = [public | {"alg": algorithm}], key
    provider.header |= {"alg": algorithm, "kid": public["kid"]}
    assert come_back(client, begin(client, provider)).status_code == 302


def test_somebody_without_an_account_is_told_so(provider: Provider, client: Client) -> None:
    Professional.objects.filter(national_id="899000000011").update(national_id="899000000099")
    answer = come_back(client, begin(client, provider))
    assert answer.status_code == 422
    assert "aucun compte Maillon" in answer.content.decode()
    assert reasons() == ["sans_compte"]


def test_a_situation_that_is_not_open_here_opens_nothing(provider: Provider, client: Client) -> None:
    provider.person["SubjectRefPro"] = {"exercices": [{"activities": [{"numeroFinessSite": "990999999"}]}]}
    answer = come_back(client, begin(client, provider))
    assert "situations d’exercice" in answer.content.decode()
    assert reasons() == ["sans_situation"]


@pytest.mark.parametrize("shape", [None, "x", [], {"exercices": "x"}, {"exercices": [7, {"activities": [7, {}]}]}])
def test_a_directory_entry_of_another_shape_names_no_site(shape: object, provider: Provider, client: Client) -> None:
    provider.person["SubjectRefPro"] = shape
    assert come_back(client, begin(client, provider)).status_code == 302


# ------------------------------------------------------------------------------------------- back-channel logout

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def logout_token(provider: Provider, **changes: Any) -> str:
    now = int(time.time())
    honest = {
        "iss": provider.issuer, "aud": provider.client, "iat": now, "exp": now + 120, "jti": "sortie-1",
        "sid": "session-1", "events": {EVENT: {}},
    }  # fmt: skip
    return provider.signed({name: value for name, value in (honest | changes).items() if value is not None})


def tell(token: str | list[str]) -> int:
    return Client(enforce_csrf_checks=True).post("/connexion/psc/deconnexion", {"logout_token": token}).status_code


def test_the_provider_ends_the_session_once(provider: Provider, client: Client) -> None:
    come_back(client, begin(client, provider))
    token = logout_token(provider)
    assert tell(token) == 200
    assert not Session.objects.exists()
    assert client.get("/journee").headers["Location"] == "/connexion"
    assert tell(token) == 400, "the same number is never obeyed twice"


def test_the_provider_ends_all_the_sessions_of_a_person_and_of_nobody_else(provider: Provider, client: Client) -> None:
    come_back(client, begin(client, provider))
    assert tell(logout_token(provider, sid=None, sub="f:quelqu’un", jti="a")) == 200
    assert Session.objects.count() == 1
    assert tell(logout_token(provider, sid=None, sub=provider.subject, jti="b")) == 200
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"events": None}, "events"),
        ({"events": {EVENT: True}}, "events"),
        ({"events": {"autre": {}}}, "events"),
        ({"nonce": "n"}, "nonce_de_trop"),
        ({"sid": None}, "sub_et_sid_absents"),
        ({"aud": "autre"}, "aud"),
        ({"iss": "https://ailleurs.test"}, "iss"),
        ({"iat": NOW - DAY}, "iat"),
        ({"exp": NOW - DAY}, "exp"),
        ({"jti": None}, "jti"),
    ],
)
def test_a_logout_that_is_not_one_ends_nothing(
    changes: Answer, reason: str, provider: Provider, client: Client
) -> None:
    come_back(client, begin(client, provider))
    assert tell(logout_token(provider, **changes)) == 400
    assert Session.objects.count() == 1
    assert reasons() == [reason]


def test_an_id_token_is_not_a_logout(provider: Provider, client: Client) -> None:
    come_back(client, begin(client, provider))
    assert tell(provider.signed(provider.honest_claims())) == 400
    assert tell(["a.b.c", "a.b.c"]) == 400
    assert tell([]) == 400
    assert Session.objects.count() == 1


def test_what_is_refused_is_journalled_without_token_or_code(provider: Provider, client: Client) -> None:
    answer = begin(client, provider)
    provider.claims["nonce"] = "autre"
    come_back(client, answer)
    (event,) = SignInEvent.objects.all()
    written = " ".join(str(value) for value in vars(event).values())
    assert (event.kind, event.outcome, event.reason) == ("psc", "refuse", "nonce")
    assert not any(secret in written for secret in (answer["code"], answer["state"], provider.secret, "127.0.0.1"))
