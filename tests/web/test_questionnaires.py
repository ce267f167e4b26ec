"""The pages of questionnaires: filled, saved at every pause, resumed, refused with what is missing, signed."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from maillon.forms import api as forms
from maillon.forms.models import Response
from maillon.kernel.key import Access
from tests.conftest import Cast
from tests.forms.test_responses import GOOD
from tests.web import world
from tests.web.conftest import Record


@pytest.fixture
def nadia(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.nadia)  # type: ignore[return-value]


def begun(client: Client, record: Record, code: str = "PADSS") -> str:
    answer = client.post(record.page("questionnaires"), {"questionnaire": code})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def typed(answers: dict[str, list[str]], revision: int = 1) -> dict[str, object]:
    return {"revision": revision} | {f"r-{code}": values for code, values in answers.items()}


def text(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]


def test_the_record_offers_what_one_s_profession_fills(nadia: Client, claire: Client, record: Record) -> None:
    page = text(nadia.get(record.page("questionnaires")))
    assert "Aptitude à la rue (PADSS)" in page
    assert "Score de Saint-Antoine" not in page, "a physician's"
    assert "Score de Saint-Antoine" in text(claire.get(record.page("questionnaires")))


def test_a_role_that_fills_nothing_is_offered_nothing(sylvie: Client, record: Record) -> None:
    page = text(sylvie.get(record.page("questionnaires")))
    assert "Remplir un questionnaire" not in page
    assert sylvie.post(record.page("questionnaires"), {"questionnaire": "PADSS"}).status_code == 422
    assert not Response.objects.exists()


def test_from_the_list_to_the_signature_and_the_timeline(nadia: Client, record: Record) -> None:
    place = begun(nadia, record)
    page = text(nadia.get(place))
    assert '<legend>Signes vitaux, comparés à ceux d’avant l’intervention' in page
    answer = nadia.post(place + "/signer", typed(GOOD))
    assert (answer.status_code, answer.headers["Location"]) == (302, place + "?signe")
    signed = text(nadia.get(answer.headers["Location"]))
    assert "Réponses signées" in signed
    assert "9 ou 10 : score atteint" in signed
    timeline = text(nadia.get(record.page("chronologie")))
    assert f'href="{place}"' in timeline
    assert "Score PADSS 9" in timeline
    assert f'href="{place}"' not in text(nadia.get(record.page("documents")))


def test_each_pause_saves_and_says_what_stands_and_what_is_calculated(claire: Client, record: Record) -> None:
    place = begun(claire, record, "CHUTE")
    said = claire.post(place, typed({"chute": ["oui"], "nombre": ["2"]}) | {"geste": "auto"}).json()
    assert said["revision"] == 2
    assert said["debout"]["nombre"] is True
    assert said["calculs"]["repetees"][0] == "Oui"
    assert said["groupes"][1] is True
    later = claire.post(place, typed({"chute": ["non"], "nombre": ["2"]}, 2) | {"geste": "auto"}).json()
    assert later["debout"]["nombre"] is False
    assert later["groupes"][1] is False
    resumed = text(claire.get(place))
    assert 'value="2"' in resumed, "what is not asked any more keeps what was typed"


def test_what_is_missing_is_listed_and_linked_and_nothing_typed_is_lost(nadia: Client, record: Record) -> None:
    place = begun(nadia, record)
    answer = nadia.post(place + "/signer", typed({"vitaux": ["stables"]}))
    page = text(answer)
    assert answer.status_code == 422
    assert '<a href="#r-marche">' in page
    assert 'id="r-marche" tabindex="-1" aria-invalid="true" aria-describedby="manque-marche"' in page
    assert re.search(r'value="stables" checked', page)
    assert Response.objects.get().signed_at is None


def test_a_signature_made_on_an_old_page_signs_nothing_and_shows_both(nadia: Client, record: Record) -> None:
    place = begun(nadia, record)
    nadia.post(place, typed({"vitaux": ["moyens"]}) | {"geste": "auto"})
    page = text(nadia.post(place + "/signer", typed(GOOD, 1)))
    assert "Ces réponses ont aussi été écrites ailleurs" in page
    assert Response.objects.get().signed_at is None


def test_a_correction_replaces_and_the_former_says_so(nadia: Client, record: Record) -> None:
    place = begun(nadia, record)
    nadia.post(place + "/signer", typed(GOOD))
    draft = nadia.post(place + "/corriger").headers["Location"]
    nadia.post(draft + "/signer", typed(GOOD | {"saignement": ["minime"]}))
    assert "Ces réponses ont été remplacées" in text(nadia.get(place))
    assert "10" in text(nadia.get(draft))


def test_nobody_else_opens_a_draft_and_a_draft_that_is_thrown_is_gone(
    nadia: Client, claire: Client, paul: Client, record: Record
) -> None:
    place = begun(nadia, record)
    absent = f"/dossier/{record.uuid}/questionnaire/{UUID(int=7)}"
    for client in (claire, paul):
        hidden, nowhere = client.get(place), client.get(absent)
        assert (hidden.status_code, hidden.content) == (nowhere.status_code, nowhere.content)
        assert client.post(place + "/signer", typed(GOOD)).status_code == 404
    assert nadia.post(place + "/jeter").status_code == 302
    assert nadia.get(place).status_code == 404


def test_a_questionnaire_is_not_asked_of_a_patient_without_a_door(claire: Client, record: Record) -> None:
    answer = claire.post(record.page("questionnaires/demander"), {"questionnaire": "OBSERVANCE"})
    assert answer.status_code == 422
    assert "Le patient n’a pas d’espace ouvert" in text(answer)
    refused = claire.post(record.page("questionnaires/demander"), {"questionnaire": "PADSS"})
    assert "ne se demande pas au patient" in text(refused)


def test_who_does_not_read_the_answers_of_patients_does_not_ask_for_them(sylvie: Client, record: Record) -> None:
    assert "Demander au patient" not in text(sylvie.get(record.page("questionnaires")))
    answer = sylvie.post(record.page("questionnaires/demander"), {"questionnaire": "SATISFACTION"})
    assert answer.status_code == 422
    assert "ne lit pas les réponses des patients" in text(answer)
    assert not Response.objects.exists()


def test_a_double_click_signs_once_and_shows_what_was_signed(
    nadia: Client, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second click came before the first was written: it read a draft, and found it signed."""
    place = begun(nadia, record)
    read, stale = forms.read, []

    def still_a_draft(access: Access, uuid: UUID) -> forms.ResponseView:
        view = read(access, uuid)
        stale.append(view)
        return stale[0]

    monkeypatch.setattr(forms, "read", still_a_draft)
    for _ in range(2):
        answer = nadia.post(place + "/signer", typed(GOOD))
        assert (answer.status_code, answer.headers.get("Location")) == (302, place + "?signe")
    assert Response.objects.filter(signed_at__isnull=False).count() == 1
