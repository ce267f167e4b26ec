"""The practice software of a journey against a server that listens: registered, it deposits once and reads again."""

from __future__ import annotations

from typing import Any

import pytest

from maillon.documents.models import Document
from simulators.journeys.orders import Order, person_as_json
from simulators.journeys.software import SCOPES, FhirError, Line, deposit
from simulators.journeys.writing import written
from simulators.outgoing import RenderedDocument, address_book, render
from tests.conftest import Cast
from tests.fhir_api.conftest import software
from tests.journeys.test_outside import TERRITORY
from tests.web import world

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "diabete"


def _made(key: str = "seance") -> RenderedDocument:
    order = Order(
        what="deposer", person=person_as_json(world.person(KEY)), at="2026-03-20T18:00:00+01:00", author="girard",
        key=key, type="11506-3", title="Suivi de soins", texts={"Constat": "Séance 8 sur 8."},
    )  # fmt: skip
    return render(written(order, TERRITORY).document, contacts=address_book(TERRITORY))


def _line(server: Any, cast: Cast) -> Line:
    one = software(cast.tilleuls_id, scopes=SCOPES, profession="G15_70")
    return Line(site=server.url, client_id=str(one.client_id), secret=one.secret)


def test_what_it_deposits_is_filed_once_and_read_again_byte_for_byte(live_server: Any, cast: Cast) -> None:
    world.follow(world.register(KEY), cast, treating=cast.claire)
    line = _line(live_server, cast)
    place, is_same = deposit(line, _made())
    assert is_same
    assert deposit(line, _made()) == (place, True)
    assert str(Document.objects.get().uuid) == place


def test_about_somebody_whom_the_structure_does_not_know_it_waits_for_a_person(live_server: Any, cast: Cast) -> None:
    assert deposit(_line(live_server, cast), _made()) == ("", False)
    assert not Document.objects.exists()


def test_with_a_wrong_secret_it_says_what_the_interface_said(live_server: Any, cast: Cast) -> None:
    line = _line(live_server, cast)
    with pytest.raises(FhirError, match="401 Logiciel inconnu"):
        deposit(Line(site=line.site, client_id=line.client_id, secret="faux"), _made())  # noqa: S106
