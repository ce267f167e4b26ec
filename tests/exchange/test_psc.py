"""The whole way with an independent OpenID provider: `simulators/psc`, npm oidc-provider in a process of its own."""

from __future__ import annotations

import http.cookiejar
import json
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from maillon.access.models import Account, Session
from maillon.exchange import psc_line
from maillon.kernel import config
from maillon.professionals.models import Attachment
from tests.conftest import Cast

NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
MODULE = config.ROOT / "node_modules" / "oidc-provider"
pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not (NODE and MODULE.exists()), reason="Node or npm oidc-provider is absent (npm ci)"),
]
SECRET = "secret-du-client"  # noqa: S105
PEOPLE = {
    "claire": ("899000000011", "Claire", "MOREL", "10", ("990000016",), False),
    "karim": ("899000000029", "Karim", "BENALI", "10", ("990000016", "990000024"), True),
    "inconnu": ("899000000094", "Jean", "INCONNU", "10", ("990000016",), False),
}


class Person:
    """Somebody's browser at the provider: cookies, no automatic redirection to us."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), _Stop(), urllib.request.ProxyHandler({})
        )

    def ask(self, address: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """(where one is led, what one reads)"""
        data = urlencode(form).encode() if form is not None else None
        try:
            with self._opener.open(address, data=data, timeout=10) as answer:
                return answer.headers.get("Location", ""), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.headers.get("Location", ""), error.read().decode()

    def signs_in(self, address: str, issuer: str, national_id: str) -> str:
        """Through the pages of the provider, until it sends back to us."""
        where, _ = self.ask(address)
        if "/interaction/" in where:
            _, page = self.ask(f"{issuer}{urlsplit(where).path}")
            assert "Pro Santé Connect — simulateur" in page
            where, _ = self.ask(f"{issuer}{urlsplit(where).path}", {"personne": national_id})
            where, _ = self.ask(where)
        return where


class _Stop(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@pytest.fixture
def issuer(cast: Cast, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    names = ("national_id", "given_name", "family_name", "profession", "sites", "is_regulation")
    people = []
    for person in PEOPLE.values():
        told = dict(zip(names, person, strict=True))
        sites = [{"finess": site, "name": f"Site {site}", "sector": "SA07"} for site in person[4]]
        people.append(told | {"sites": sites, "civility": "MME", "shown_name": person[1], "role": "médecin"})
    settings = {
        "client_id": "maillon", "client_secret": SECRET, "people": people,
        "redirect_uris": ["http://testserver/connexion/psc/retour"],
        "post_logout_redirect_uris": ["http://testserver/connexion"],
        "backchannel_logout_uri": f"{live_server.url}/connexion/psc/deconnexion",
    }  # fmt: skip
    (tmp_path / "reglages.json").write_text(json.dumps(settings), encoding="utf-8")
    started = subprocess.Popen(
        [sys.executable, "-m", "simulators.psc", "--dossier", str(tmp_path)], cwd=config.ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    announced, deadline = tmp_path / "psc.json", time.monotonic() + 30
    while not announced.exists():
        assert started.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    found = json.loads(announced.read_text(encoding="utf-8"))["issuer"]
    monkeypatch.setenv("MAILLON_PSC_EMETTEUR", found)
    monkeypatch.setenv("MAILLON_PSC_CLIENT", "maillon")
    monkeypatch.setenv("MAILLON_SECRET_PSC", SECRET)
    psc_line.line_to.cache_clear()
    yield found
    started.send_signal(signal.SIGTERM)
    started.wait(timeout=10)


def come_in(client: Client, issuer: str, who: str, *, person: Person | None = None) -> Any:
    begun = client.get("/connexion/psc")
    back = (person or Person()).signs_in(begun.headers["Location"], issuer, PEOPLE[who][0])
    return client.get(BACK, {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()})


BACK = "/connexion/psc/retour"


@pytest.mark.django_db(transaction=True)
def test_a_professional_comes_in_by_their_national_number(issuer: str, client: Client) -> None:
    assert come_in(client, issuer, "claire").headers["Location"] == "/journee"
    session = Session.objects.get()
    assert session.account.identifier == "claire@demo"
    assert (session.method, session.assurance, session.is_regulation) == ("psc", 2, False)
    assert session.provider_session
    assert "Dr Claire Morel" in client.get("/journee").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_situations_of_practice_are_a_question_and_regulation_is_kept(
    issuer: str, client: Client, cast: Cast
) -> None:
    Attachment.objects.create(
        professional_id=cast.karim.professional_id, structure_id=cast.elsewhere_id, start="2024-01-01"
    )
    assert come_in(client, issuer, "karim").headers["Location"] == "/connexion/situation"
    assert client.get("/journee").headers["Location"].startswith("/connexion/situation")
    page = client.get("/connexion/situation").content.decode()
    assert "Maison de santé des Tilleuls" in page
    assert "Cabinet du Port" in page
    assert client.post("/connexion/situation", {"structure": "999999"}).status_code == 422
    assert client.post("/connexion/situation", {"structure": cast.elsewhere_id}).headers["Location"] == "/journee"
    assert "Cabinet du Port" in client.get("/journee").content.decode()
    assert Session.objects.get().is_regulation


@pytest.mark.django_db(transaction=True)
def test_whoever_renounces_or_has_no_account_stays_outside(issuer: str, client: Client) -> None:
    assert "n’a pas abouti" in come_in_as(client, issuer, "").content.decode()
    assert "aucun compte Maillon" in come_in(client, issuer, "inconnu").content.decode()
    assert not Session.objects.exists()


def come_in_as(client: Client, issuer: str, national_id: str) -> Any:
    back = Person().signs_in(client.get("/connexion/psc").headers["Location"], issuer, national_id)
    return client.get(BACK, {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()})


@pytest.mark.django_db(transaction=True)
def test_leaving_leaves_the_provider_too_and_comes_back_here(issuer: str, client: Client) -> None:
    person = Person()
    come_in(client, issuer, "claire", person=person)
    page = client.post("/deconnexion").content.decode()
    assert not Session.objects.exists()
    address = re.search(r'content="0; url=([^"]+)"', page)
    assert address is not None
    _, asked = person.ask(address[1].replace("&amp;", "&"))
    secret = re.search(r'name="xsrf" value="([^"]+)"', asked)
    assert secret is not None
    where, _ = person.ask(f"{issuer}/session/end/confirm", {"xsrf": secret[1], "logout": "yes"})
    assert where.startswith("http://testserver/connexion")
    again, _ = person.ask(client.get("/connexion/psc").headers["Location"])
    assert "/interaction/" in again, "the provider asks again who is there"


@pytest.mark.django_db(transaction=True)
def test_leaving_the_provider_ends_the_session_here(issuer: str, client: Client) -> None:
    """Back-channel logout: the provider's server calls ours."""
    person = Person()
    come_in(client, issuer, "claire", person=person)
    _, asked = person.ask(f"{issuer}/session/end")
    secret = re.search(r'name="xsrf" value="([^"]+)"', asked)
    assert secret is not None
    person.ask(f"{issuer}/session/end/confirm", {"xsrf": secret[1], "logout": "yes"})
    assert not Session.objects.exists()
    assert client.get("/journee").headers["Location"] == "/connexion"


@pytest.mark.django_db(transaction=True)
def test_the_same_person_lifts_the_lock_through_the_provider_and_another_does_not(issuer: str, client: Client) -> None:
    come_in(client, issuer, "claire")
    number = Session.objects.get().pk
    client.post("/verrou")
    assert client.get("/journee").status_code == 401
    assert "prompt=login" in client.get("/connexion/psc").headers["Location"]
    assert come_in(client, issuer, "claire").headers["Location"] == "/journee"
    assert Session.objects.get().pk == number
    client.post("/verrou")
    come_in(client, issuer, "karim")
    session = Session.objects.get()
    assert session.pk != number, "the locked session is over"
    assert session.account == Account.objects.get(identifier="karim@demo")
