"""Behind the patient's door: what rubs is said to the team, and nobody is named."""

from __future__ import annotations

import html

import pytest

from maillon.access import api as access_room
from maillon.irritants.models import Irritant
from maillon.kernel.key import PatientId
from maillon.patients.models import Patient
from tests.access.test_visitors import jeanne
from tests.access.visiting import telephone
from tests.conftest import Cast
from tests.web.test_door import Home, home
from tests.web.test_door_record import _nobody_is_remembered

__all__ = ["_nobody_is_remembered", "home", "jeanne", "telephone"]


def test_a_patient_says_what_rubs_and_is_not_named(home: Home, jeanne: PatientId, cast: Cast) -> None:
    assert "Quelque chose ne va pas" in html.unescape(home.get(""))
    page = html.unescape(home.get("/signaler"))
    assert "Votre nom n’est pas joint" in page
    number = "0198c0f0-0000-7000-8000-000000000001"
    said = {"texte": "Le résultat arrive tard. Jeanne", "gravite": "2", "numero": number}
    for _ in range(2):
        assert home.post("/signaler", said).status_code == 302
    kept = Irritant.objects.get()
    assert (kept.source, kept.reported_by, kept.reporter_id, kept.severity) == ("patient", "Un patient", None, 2)
    assert kept.structure_id == cast.tilleuls_id
    assert kept.text == "Le résultat arrive tard. [personne]"
    assert "JEANNE" not in " ".join(map(str, vars(kept).values())).upper()


def test_a_refusal_gives_back_what_was_typed(home: Home) -> None:
    said = {"texte": "Je suis née le 3 mars et rien ne vient", "gravite": "1"}
    refused = home.post("/signaler", said)
    page = html.unescape(refused.content.decode())
    assert refused.status_code == 422
    assert "désigner un patient" in page
    assert "rien ne vient" in page
    assert not Irritant.objects.exists()
    assert home.post("/signaler", said | {"texte": "Rien ne vient"}).status_code == 302


def test_without_a_treating_physician_nobody_would_read_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"texte": "Rien ne vient", "gravite": "1"}
    with monkeypatch.context() as patched:
        patched.setattr(access_room.team, "treating_physician", lambda access: None)
        refused = home.post("/signaler", said)
    assert refused.status_code == 422
    assert "Écrivez un message" in html.unescape(refused.content.decode())
    assert home.post("/signaler", said).status_code == 302


def test_every_name_of_the_record_is_taken_out(home: Home, jeanne: PatientId) -> None:
    """People sign by the name that the pages do not show too."""
    Patient.objects.filter(pk=jeanne).update(used_family_name="LEROY")
    home.post("/signaler", {"texte": "On me connaît comme Jeanne Martin, ou Leroy.", "gravite": "1"})
    assert Irritant.objects.get().text == "On me connaît comme [personne], ou [personne]."


def test_a_form_that_was_gone_back_to_says_another_thing(home: Home) -> None:
    number = "0198c0f0-0000-7000-8000-000000000001"
    for text in ("Le résultat arrive tard.", "Et le rendez-vous a été annulé.", "Et le rendez-vous a été annulé."):
        assert home.post("/signaler", {"texte": text, "gravite": "1", "numero": number}).status_code == 302
    assert [each.text for each in Irritant.objects.order_by("id")] == [
        "Le résultat arrive tard.", "Et le rendez-vous a été annulé.",
    ]  # fmt: skip
