"""Every address has a declared rule, and the rule is kept."""

from __future__ import annotations

import inspect
import re
import uuid
from pathlib import Path

import pytest
from django.test import Client
from django.urls import URLPattern

from maillon.web import urls, views
from maillon.web.rules import Ruled

OPEN_TO_ALL = {
    "", "statique/<str:digest>/<str:name>", "connexion", "connexion/cle", "connexion/cle/defi", "connexion/poste",
    "connexion/psc", "connexion/psc/retour", "connexion/psc/deconnexion", "deconnexion", "verrou/etat",
    "terrain", "terrain/<slug:guest>", "terrain/<slug:guest>/<slug:etape>",
}  # fmt: skip
OF_THE_PATIENT = "mon-espace"  # another door, whose addresses open with another session
OPEN_TO_ALL |= {"mon-espace/connexion", "mon-espace/connexion/code", "mon-espace/entrer/<str:secret>"}
LONGEST_VIEW = 25


def routes() -> list[URLPattern]:
    return list(urls.urlpatterns)


def example(route: URLPattern) -> str:
    address = str(route.pattern)
    address = re.sub(r"<uuid:\w+>", lambda _: str(uuid.uuid4()), address)
    address = re.sub(r"<slug:\w+>", "objet", address)
    return "/" + re.sub(r"<int:\w+>", "1", address)


@pytest.mark.parametrize("route", routes(), ids=lambda route: str(route.pattern) or "/")
def test_every_route_declares_its_rule(route: URLPattern) -> None:
    assert isinstance(route.callback, Ruled)


def test_only_the_addresses_of_the_door_are_open_to_everybody() -> None:
    assert {str(route.pattern) for route in routes() if "public" in route.callback.rule} == OPEN_TO_ALL


@pytest.mark.parametrize(
    "route", [each for each in routes() if str(each.pattern) not in OPEN_TO_ALL], ids=lambda route: str(route.pattern)
)
def test_nobody_enters_without_a_session(route: URLPattern, db: None, client: Client) -> None:
    if route.callback.method == "POST":
        assert client.post(example(route)).status_code == 401
    else:
        answer = client.get(example(route))
        assert answer.status_code == 302
        door = "/mon-espace/connexion" if str(route.pattern).startswith(OF_THE_PATIENT) else "/connexion"
        assert answer.headers["Location"].startswith(door)


def test_a_record_is_only_opened_through_a_key() -> None:
    of_a_patient = [each for each in routes() if "<uuid:patient>" in str(each.pattern)]
    assert of_a_patient
    assert all("opens_record:" in each.callback.rule for each in of_a_patient)
    of_a_document = [each for each in routes() if "<uuid:document>" in str(each.pattern)]
    assert all("opens_document:" in each.callback.rule for each in of_a_document)


def test_only_readings_and_what_ends_or_locks_a_session_go_without_a_token() -> None:
    exempt = {str(route.pattern) for route in routes() if route.callback.csrf_exempt}
    assert exempt == {
        "connexion/psc/deconnexion", "deconnexion", "mon-espace/deconnexion", "verrou", "presence", "patients",
        "dossier/<uuid:patient>/documents",
    }  # fmt: skip


def test_a_view_is_short() -> None:
    for path in Path(views.__file__).parent.glob("[a-z]*.py"):
        module = __import__(f"maillon.web.views.{path.stem}", fromlist=["x"])
        for name, ruled in vars(module).items():
            if isinstance(ruled, Ruled):
                assert len(inspect.getsource(ruled.view).splitlines()) <= LONGEST_VIEW + 2, f"{path.stem}.{name}"


def test_a_wrong_method_is_refused(claire: Client) -> None:
    answer = claire.post("/journee")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD"
