from __future__ import annotations

import re

import pyotp
import pytest
from django.http import HttpResponse
from django.test import Client

from maillon.access import factors
from maillon.access.models import Account
from tests.conftest import PASSWORD, Cast


def try_with(client: Client, identifier: str, password: str) -> str:
    answer = client.post("/connexion", {"identifiant": identifier, "mot_de_passe": password})
    assert answer.status_code == 422
    page = answer.content.decode().replace(identifier, "…")
    return re.sub(r'name="csrfmiddlewaretoken"\s+value="[^"]+"', "", page)


def test_unknown_and_wrong_give_one_page(cast: Cast, client: Client) -> None:
    assert try_with(client, "claire@demo", "mauvais") == try_with(client, "inconnu@demo", "mauvais")


def test_the_error_is_said_aloud_and_bound_to_the_fields(cast: Cast, client: Client) -> None:
    page = try_with(client, "claire@demo", "mauvais")
    assert 'role="alert"' in page
    assert page.count('aria-describedby="erreur"') == 2


def enter(client: Client, name: str = "claire", *, after: str = "") -> HttpResponse:
    """The password, then a code of the telephone: the answer to the second."""
    account = Account.objects.get(identifier=f"{name}@demo")
    secret = pyotp.random_base32()
    factors.set_code_secret(account.pk, secret)
    first = client.post("/connexion", {"identifiant": account.identifier, "mot_de_passe": PASSWORD, "suite": after})
    assert first.status_code == 302
    assert first.headers["Location"].startswith("/second-facteur")
    code = pyotp.TOTP(secret).now()
    return client.post("/second-facteur", {"code": code, "suite": after})  # type: ignore[return-value]


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(cast: Cast, client: Client) -> None:
    enter(client)
    cookie = client.cookies["maillon"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_cookie_is_bound_to_the_host_under_https(cast: Cast, client: Client, settings: object) -> None:
    settings.HTTPS = True  # type: ignore[attr-defined]
    enter(client)
    cookie = client.cookies["__Host-maillon"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_one_comes_back_where_one_was_going(cast: Cast, client: Client) -> None:
    answer = client.get("/reglages")
    assert answer.headers["Location"] == "/connexion?suite=%2Freglages"
    assert enter(client, after="/reglages").headers["Location"] == "/reglages"


@pytest.mark.parametrize(
    "address", ["https://ailleurs.test/", "//ailleurs.test/", "javascript:alert(1)", "/\\ailleurs.test"]
)
def test_a_link_made_elsewhere_leads_nowhere(address: str, cast: Cast, client: Client) -> None:
    assert enter(client, after=address).headers["Location"] == "/journee"


def test_signing_out_ends_the_session_itself(claire: Client) -> None:
    token = claire.cookies["maillon"].value
    claire.post("/deconnexion")
    claire.cookies["maillon"] = token
    assert claire.get("/journee").status_code == 302


def test_demonstration_is_named_only_in_a_demonstration(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Démonstration" not in client.get("/connexion").content.decode()
    monkeypatch.setenv("MAILLON_DEMO", "1")
    assert "Démonstration" in client.get("/connexion").content.decode()


def test_a_form_made_elsewhere_is_refused_in_french(cast: Cast) -> None:
    answer = Client(enforce_csrf_checks=True).post(
        "/connexion", {"identifiant": "claire@demo", "mot_de_passe": PASSWORD}
    )
    assert answer.status_code == 403
    assert "Cette page avait expiré" in answer.content.decode()
