"""The patient's door: coming in, what one factor opens, what neither session opens of the other."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from maillon.access import api as access_room
from maillon.access.models import JournalEntry, VisitorSession
from maillon.kernel import clock
from maillon.kernel.key import PatientId
from maillon.professionals.models import Professional
from tests.access.test_visitors import born, invite, jeanne
from tests.access.visiting import MAIL, PHONE, Telephone, telephone
from tests.conftest import Cast
from tests.documents import making
from tests.web import world

__all__ = ["jeanne", "telephone"]
INSIDE = (
    "", "/documents", "/acces", "/equipe", "/messages", "/signaler", "/deposer", "/proches", "/dossiers",
    "/equipe/opposition",
)  # fmt: skip


@dataclass(frozen=True)
class Home:
    """Jeanne's browser, once she is in, and her record."""

    client: Client
    patient: PatientId

    def get(self, place: str = "") -> str:
        answer = self.client.get(f"/mon-espace{place}")
        assert answer.status_code == 200, (place, answer.status_code)
        return answer.content.decode()

    def post(self, place: str, said: dict[str, object] | None = None) -> HttpResponse:
        answer: HttpResponse = self.client.post(f"/mon-espace{place}", said or {})
        return answer


def enter(telephone: Telephone, *, birth_date: dt.date, contact: str = MAIL) -> Client:
    """A browser that comes in by the pages: the link of the mail, then the code of the SMS."""
    client = Client()
    client.post("/mon-espace/connexion", {"contact": contact, "naissance": f"{birth_date:%d/%m/%Y}"})
    client.post(f"/mon-espace/entrer/{telephone.link()}")
    answer = client.post("/mon-espace/verification", {"code": telephone.code()})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/mon-espace")
    return client


@pytest.fixture
def home(cast: Cast, jeanne: PatientId, telephone: Telephone) -> Home:
    making.link(jeanne, cast.claire, access_room.Basis.TREATING)
    invite(cast, jeanne)
    return Home(client=enter(telephone, birth_date=born(jeanne)), patient=jeanne)


def masked(page: bytes) -> str:
    """Without what changes at each request for everybody."""
    text = re.sub(r'name="csrfmiddlewaretoken"\s+value="[^"]+"', "", page.decode())
    return re.sub(r'name="demande"\s+value="[^"]+"', "", text)


# ------------------------------------------------------------------------------------------------ coming in


def test_the_way_in(home: Home) -> None:
    for place in INSIDE:
        home.get(place)
    cookie = home.client.cookies["maillon-patient"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_cookie_is_bound_to_the_host_under_https(
    cast: Cast, jeanne: PatientId, telephone: Telephone, settings: object
) -> None:
    settings.HTTPS = True  # type: ignore[attr-defined]
    invite(cast, jeanne)
    client = Client()
    client.post("/mon-espace/connexion", {"contact": MAIL, "naissance": f"{born(jeanne):%d/%m/%Y}"})
    client.post(f"/mon-espace/entrer/{telephone.link()}")
    assert client.cookies["__Host-maillon-patient"]["secure"]


@pytest.mark.parametrize("contact", [MAIL, PHONE])
def test_known_and_unknown_give_one_page_for_the_same_statements(cast: Cast, jeanne: PatientId, contact: str) -> None:
    invite(cast, jeanne)
    day = born(jeanne)

    def asked(typed: str, naissance: str) -> tuple[int, str, list[tuple[str, str]], int]:
        client = Client()
        with CaptureQueriesContext(connection) as seen:
            answer = client.post("/mon-espace/connexion", {"contact": typed, "naissance": naissance})
        headers = sorted((name, value) for name, value in answer.headers.items() if name != "Content-Length")
        return answer.status_code, masked(answer.content), headers, len(seen.captured_queries)

    other = "personne@exemple.test" if "@" in contact else "06 99 99 99 99"
    known = asked(contact, f"{day:%d/%m/%Y}")
    assert known[0] == 200
    assert "Si ces informations correspondent" in known[1]
    assert known == asked(other, f"{day:%d/%m/%Y}") == asked(contact, "01/01/1930") == asked(contact, "n’importe quoi")


def test_reading_the_link_uses_nothing(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    client = Client()
    client.post("/mon-espace/connexion", {"contact": MAIL, "naissance": f"{born(jeanne):%d%m%Y}"})
    address = f"/mon-espace/entrer/{telephone.link()}"
    for _ in range(3):  # mail scanners
        assert client.get(address).status_code == 200
    assert not VisitorSession.objects.exists()
    assert client.post(address).headers["Location"] == "/mon-espace/verification"
    again = Client().post(address)
    assert again.status_code == 422
    assert "n’est plus valable" in again.content.decode()


def test_one_factor_sees_only_the_second_step(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    client = Client()
    client.post("/mon-espace/connexion", {"contact": MAIL, "naissance": f"{born(jeanne):%d/%m/%Y}"})
    client.post(f"/mon-espace/entrer/{telephone.link()}")
    for place in INSIDE:
        answer = client.get(f"/mon-espace{place}")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/mon-espace/verification")
    wrong = client.post("/mon-espace/verification", {"code": "000000"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.content.decode()
    assert client.post("/mon-espace/verification", {"code": telephone.code()}).status_code == 302
    assert client.get("/mon-espace").status_code == 200


def test_another_code_may_be_asked_for_but_not_for_ever(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    client = Client()
    client.post("/mon-espace/connexion", {"contact": MAIL, "naissance": f"{born(jeanne):%d/%m/%Y}"})
    client.post(f"/mon-espace/entrer/{telephone.link()}")
    codes = [client.post("/mon-espace/verification/renvoyer").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 200, 422]
    assert client.post("/mon-espace/verification", {"code": telephone.code()}).status_code == 302


def test_the_first_visit_with_one_contact(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    code = invite(cast, jeanne, phone="").first_code
    client = Client()
    client.post("/mon-espace/connexion", {"contact": MAIL, "naissance": f"{born(jeanne):%d/%m/%Y}"})
    client.post(f"/mon-espace/entrer/{telephone.link()}")
    assert "Votre première visite" in client.get("/mon-espace/verification").content.decode()
    short = client.post("/mon-espace/verification", {"code": code, "phrase": "court"})
    assert short.status_code == 422
    chosen = client.post("/mon-espace/verification", {"code": code, "phrase": "trois mots simples"})
    assert chosen.headers["Location"] == "/mon-espace"


def test_an_empty_form_says_what_is_missing(client: Client, db: None) -> None:
    answer = client.post("/mon-espace/connexion", {"contact": MAIL, "naissance": ""})
    assert answer.status_code == 422
    assert MAIL in answer.content.decode()  # what was typed is still there


# ------------------------------------------------------------------------------------------------ apart


def test_neither_session_opens_the_other_door(home: Home, cast: Cast) -> None:
    for address in ("/journee", "/patients", f"/dossier/{making.uuid_of(home.patient)}/chronologie"):
        assert home.client.get(address).headers["Location"].startswith("/connexion")
    claire = world.sign_in(Client(), cast.claire)
    for place in INSIDE:
        assert claire.get(f"/mon-espace{place}").headers["Location"] == "/mon-espace/connexion"  # type: ignore[attr-defined]


def test_leaving_and_idling_close_the_space(home: Home) -> None:
    with time_machine.travel(clock.now() + dt.timedelta(minutes=15, seconds=1), tick=False):
        assert home.client.get("/mon-espace").headers["Location"] == "/mon-espace/connexion"
        late = home.post("/messages", {"texte": "Bonjour"})
        assert late.status_code == 401
        assert "Rien n’a été envoyé" in late.content.decode()
    home.get()
    assert home.post("/deconnexion").headers["Location"] == "/mon-espace/connexion"
    assert home.client.get("/mon-espace").status_code == 302


def test_a_form_without_its_token_is_refused(home: Home) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = home.client.cookies
    for place in ("/equipe/opposition", "/messages", "/proches", "/equipe/urgence", "/dossiers"):
        assert strict.post(f"/mon-espace{place}").status_code == 403


def test_every_page_is_journalled_as_the_patient(home: Home) -> None:
    home.get("/documents")
    row = JournalEntry.objects.latest("id")
    assert (row.actor_kind, row.purpose, row.rule, row.patient_id) == ("patient", "personnel", "patient", home.patient)
    assert row.actor_label == "Jeanne MARTIN (patient)" or row.actor_label.endswith("(patient)")


@pytest.mark.parametrize(
    "address",
    [
        "/documents/{}", "/documents/{}/original", "/documents/{}/en-place", "/documents/{}/piece/0",
        "/equipe/opposition/{}",
    ],
)  # fmt: skip
def test_what_is_another_s_and_what_is_not_are_one_page(home: Home, cast: Cast, address: str) -> None:
    stranger = making.patient("ROUX")
    filed = making.file(stranger, making.filing())
    paul = Professional.objects.get(pk=making.person(cast.paul))  # who has nothing to do with Jeanne
    other = str(paul.uuid if "opposition" in address else filed.uuid)
    nothing = "00000000-0000-4000-8000-000000000000"
    pages = [home.client.get(f"/mon-espace{address.format(each)}") for each in (other, nothing)]
    assert [each.status_code for each in pages] == [404, 404]
    assert masked(pages[0].content) == masked(pages[1].content)
