from __future__ import annotations

import pytest
from django.test import Client

from tests.conftest import Cast
from tests.documents import making
from tests.web import world
from tests.web.conftest import Record


def found(client: Client, typed: str) -> str:
    answer = client.post("/patients", {"q": typed})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "typed", ["12041957", "12/04/1957", "lambert", "LAMBERT gérard", "157046938321546", "12041957 lam"]
)
def test_a_patient_is_found_by_what_people_type(typed: str, claire: Client, record: Record) -> None:
    page = found(claire, typed)
    assert f'href="/dossier/{record.uuid}/chronologie"' in page
    assert "Identité qualifiée" in page
    assert "12/04/1957" in page


def test_somebody_outside_finds_nobody(paul: Client, record: Record) -> None:
    page = found(paul, "12041957")
    assert "Aucun patient trouvé" in page
    assert "LAMBERT" not in page


def test_people_of_one_name_are_warned_about(claire: Client, cast: Cast) -> None:
    world.follow(world.register("homonyme-lyon"), cast)
    world.follow(world.register("homonyme-grenoble"), cast)
    page = found(claire, "dubois jean")
    assert page.count("DUBOIS JEAN") >= 2
    assert "noms voisins" in page


def test_a_date_that_is_none_is_explained(claire: Client) -> None:
    assert "tapez" in found(claire, "45/13/1950").lower()


def test_what_is_typed_never_stands_in_an_address(claire: Client) -> None:
    page = claire.get("/patients").content.decode()
    assert 'method="post"' in page
    assert 'hx-get="/patients' not in page
    assert "hx-push-url" not in page


def test_what_is_typed_comes_back_escaped(claire: Client) -> None:
    page = found(claire, '"><script>alert(1)</script>')
    assert "<script>alert" not in page


def test_a_list_that_shows_only_the_first_says_so(claire: Client, cast: Cast) -> None:
    for _ in range(21):
        making.link(making.patient("ZYTHUM"), cast.tilleuls_id, "equipe_structure")
    page = found(claire, "zythum")
    assert page.count('class="line-title"') == 20
    assert "20 patients au plus" in page
    assert "au plus" not in found(claire, "12041957")
