from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.conftest import PASSWORD, Cast
from tests.web import world


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


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(cast: Cast, client: Client) -> None:
    world.sign_in(client, cast.claire)
    cookie = client.cookies["maillon"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_cookie_is_bound_to_the_host_under_https(cast: Cast, client: Client, settings: object) -> None:
    settings.HTTPS = True  # type: ignore[attr-defined]
    world.sign_in(client, cast.claire)
    cookie = client.cookies["__Host-maillon"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_one_comes_back_where_one_was_going(cast: Cast, client: Client) -> None:
    answer = client.get("/reglages")
    assert answer.headers["Location"] == "/connexion?suite=%2Freglages"
    sent = {"identifiant": "claire@demo", "mot_de_passe": PASSWORD, "suite": "/reglages"}
    assert client.post("/connexion", sent).headers["Location"] == "/reglages"


@pytest.mark.parametrize(
    "address", ["https://ailleurs.test/", "//ailleurs.test/", "javascript:alert(1)", "/\\ailleurs.test"]
)
def test_a_link_made_elsewhere_leads_nowhere(address: str, cast: Cast, client: Client) -> None:
    sent = {"identifiant": "claire@demo", "mot_de_passe": PASSWORD, "suite": address}
    assert client.post("/connexion", sent).headers["Location"] == "/journee"


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
