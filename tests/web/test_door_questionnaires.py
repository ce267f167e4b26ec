"""What the team asks of the patient: found behind the door, answered there, read by whoever asked."""

from __future__ import annotations

import re
from uuid import UUID

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.forms import api as forms
from maillon.forms.models import Response
from maillon.kernel.key import PatientId
from maillon.record import api as record
from maillon.tasks.models import Task
from tests.access.test_visitors import PARENT, child, jeanne
from tests.access.visiting import Telephone, come_in, key, own_key, telephone
from tests.conftest import Cast
from tests.documents import making
from tests.web.test_door import Home, home

__all__ = ["home", "jeanne", "telephone"]
ALL_NO = {f"r-{code}": "non" for code in ("ce_matin", "panne", "retard", "memoire", "mal", "trop")}


def asked(home: Home, cast: Cast, code: str = "OBSERVANCE") -> UUID:
    return forms.asked_of_patients.ask(key(cast.claire, home.patient), code)


def text(page: str) -> str:
    return re.sub(r"\s+", " ", page)


def test_the_patient_is_told_finds_it_answers_and_the_asker_reads(
    home: Home, cast: Cast, telephone: Telephone
) -> None:
    uuid = asked(home, cast)
    assert any("vous pose quelques questions" in each["text"] for each in telephone.notes())
    assert "Prise des médicaments" in home.get()
    page = home.get(f"/questionnaire/{uuid}")
    assert "Envoyer mes réponses" in page
    said = home.post(f"/questionnaire/{uuid}", {"revision": 1, "geste": "auto", "r-retard": "oui"})
    assert said.json()["calculs"]["oui"][2].startswith("non concluable")  # type: ignore[attr-defined]
    answer = home.post(f"/questionnaire/{uuid}/envoyer", ALL_NO | {"revision": 2, "r-retard": "oui"})
    assert answer.headers["Location"] == "/mon-espace/questionnaires?envoye"
    assert "Vos réponses sont parties" in home.get("/questionnaires?envoye")

    claire = key(cast.claire, home.patient)
    view = forms.read(claire, uuid)
    assert (view.is_for_patient, view.sheet.lines["oui"].shown) == (True, "1")
    assert "(patient)" in view.author
    (line,) = [each for each in record.timeline(claire) if each.response_uuid == uuid]
    assert line.type_code == "74465-6"
    assert Task.objects.get(title="Lire les réponses du patient à un questionnaire").professional_id == (
        cast.claire.professional_id
    )
    assert JournalEntry.objects.filter(resource_type="answers", action="create").exists()


def test_what_is_missing_is_said_and_nothing_is_sent(home: Home, cast: Cast) -> None:
    uuid = asked(home, cast)
    answer = home.post(f"/questionnaire/{uuid}/envoyer", {"revision": 1, "r-retard": "oui"})
    assert answer.status_code == 422
    page = text(answer.content.decode())
    assert "5 réponses à compléter ou à corriger" in page
    assert 'value="oui" checked' in page
    assert Response.objects.get().signed_at is None


def test_the_team_does_not_read_what_the_patient_is_writing(home: Home, cast: Cast) -> None:
    uuid = asked(home, cast)
    home.post(f"/questionnaire/{uuid}", {"revision": 1, "geste": "auto", "r-remarques": "Ne le dites à personne"})
    claire = key(cast.claire, home.patient)
    assert [each.uuid for each in forms.asked_of_patients.waiting(claire)] == [uuid]
    assert forms.signed(claire) == forms.drafts(claire) == []


def test_asked_twice_is_one_and_no_longer_asked_leaves_the_door(home: Home, cast: Cast) -> None:
    uuid = asked(home, cast)
    assert asked(home, cast) == uuid
    forms.asked_of_patients.cancel(key(cast.nadia, home.patient), uuid)
    forms.asked_of_patients.cancel(key(cast.nadia, home.patient), uuid)
    assert "Prise des médicaments" not in home.get()
    assert home.post(f"/questionnaire/{uuid}/envoyer", ALL_NO).status_code == 404
    assert asked(home, cast) != uuid


def test_a_patient_does_not_open_a_professional_s_draft(home: Home, cast: Cast) -> None:
    draft = forms.begin(key(cast.claire, home.patient), "CHEVILLE")
    hidden = home.client.get(f"/mon-espace/questionnaire/{draft}")
    assert hidden.status_code == 404
    assert home.post(f"/questionnaire/{draft}/envoyer", {}).status_code == 404


def test_a_parent_and_a_minor_do_not_read_what_the_other_answers(cast: Cast, telephone: Telephone) -> None:
    minor: PatientId = child(cast, age=15)
    making.link(minor, cast.claire, access_room.Basis.TREATING)
    of_claire = key(cast.claire, minor)
    access_room.visitors.invite_representative(of_claire, PARENT, kind="parent", evidence="livret de famille")
    assert PARENT.birth_date is not None
    parent = own_key(come_in(telephone, birth_date=PARENT.birth_date, contact=PARENT.email))
    uuid = forms.asked_of_patients.ask(of_claire, "SATISFACTION")
    forms.save(parent, uuid, {"global": ["tres"]}, revision=1)
    row = Response.objects.get(uuid=uuid)
    assert row.visitor_id == parent.actor.visitor_id
    forms.sign(parent, uuid)
    assert [each.uuid for each in forms.signed(parent)] == [uuid]
    other = forms.asked_of_patients.ask(of_claire, "SATISFACTION")
    Response.objects.filter(uuid=other).update(visitor_id=(parent.actor.visitor_id or 0) + 1_000)
    assert forms.drafts(parent) == []
