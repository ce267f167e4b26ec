"""The emergency pages: the form loses nothing, nobody and a refusal are one page, the record says it loudly."""

from __future__ import annotations

import datetime as dt
import html
from typing import Any

import pytest
from django.test import Client

from maillon.access.models import BreakGlass, JournalEntry, Wish
from maillon.kernel import clock, outbox
from maillon.patients.models import Patient
from tests.conftest import PASSWORD, Cast
from tests.web.conftest import Record

TEXT = "Malaise au cabinet, patient confus, traitement inconnu"


@pytest.fixture
def sent(record: Record) -> dict[str, str]:
    """The form as Paul fills it for the patient of the Tilleuls."""
    patient = Patient.objects.get(pk=record.access.patient_id)
    return {
        "matricule": "",
        "naissance": f"{patient.birth_date:%d%m%Y}",
        "nom": patient.birth_family_name,
        "prenom": patient.first_birth_given_name,
        "motif": "urgence_vitale",
        "texte": TEXT,
    }


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode()).replace("\u202f", " ").replace("\xa0", " ")


def test_the_record_opens_and_every_page_says_so_until_it_is_closed(
    paul: Client, record: Record, sent: dict[str, str]
) -> None:
    assert paul.get(record.page("chronologie")).status_code == 404
    answer = paul.post("/urgence", sent)
    assert answer.status_code == 302
    assert answer.headers["Location"] == record.page("chronologie")
    until = BreakGlass.objects.get().until
    hour = clock.in_paris(until).strftime("%H h %M")
    for tab in ("chronologie", "resultats", "synthese", "documents", "qui-peut-voir"):
        page = text_of(paul.get(record.page(tab)))
        assert "Bris de glace ouvert" in page
        assert f"fin à <span class=\"nowrap\">{hour}" in page
        assert "Fermer maintenant" in page
    document = text_of(paul.get(f"/document/{record.documents[-1].uuid}"))
    assert "Vous voyez ce document parce que vous avez ouvert ce dossier en urgence." in document
    closed = paul.post(f"/dossier/{record.uuid}/urgence/fermer")
    assert closed.headers["Location"] == "/urgence?terminee"
    assert "le dossier est refermé" in text_of(paul.get("/urgence?terminee"))
    assert paul.get(record.page("chronologie")).status_code == 404


def test_at_the_fourth_hour_the_page_no_longer_exists(paul: Client, record: Record, sent: dict[str, str]) -> None:
    paul.post("/urgence", sent)
    until = BreakGlass.objects.get().until
    BreakGlass.objects.update(until=clock.now(), since=clock.now() - dt.timedelta(hours=4))
    assert until > clock.now()
    assert paul.get(record.page("chronologie")).status_code == 404


def test_a_member_of_the_team_sees_no_countdown_and_has_no_need_of_it(
    claire: Client, record: Record, sent: dict[str, str]
) -> None:
    assert "Bris de glace ouvert" not in text_of(claire.get(record.page("synthese")))
    answer = claire.post("/urgence", sent)
    assert answer.status_code == 422
    assert "Vous avez déjà accès à ce dossier" in text_of(answer)
    assert record.page("chronologie") in text_of(answer)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"texte": "urgence"}, "au moins 20 caractères"),
        ({"motif": "autre"}, "Choisissez un motif"),
        ({"nom": "INCONNU"}, "Aucun dossier ne s’ouvre avec cette identité"),
        ({"naissance": "45131950"}, "date"),
    ],
)
def test_what_was_typed_comes_back_with_the_refusal(
    paul: Client, sent: dict[str, str], changed: dict[str, str], said: str
) -> None:
    typed = sent | changed
    answer = paul.post("/urgence", typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert said in page
    for name in ("naissance", "nom", "prenom", "texte"):
        assert typed[name] in page
    assert paul.post("/urgence", sent).status_code == 302, "and the recovery"


def test_nobody_and_a_refusal_give_the_same_page(paul: Client, record: Record, sent: dict[str, str]) -> None:
    Wish.objects.create(
        patient_id=record.access.patient_id, kind="refus_urgence", since=clock.now() - dt.timedelta(days=1),
        channel="oral", recorded_by="essai",
    )  # fmt: skip
    refused = _without_typed(paul.post("/urgence", sent), sent)
    Patient.objects.filter(pk=record.access.patient_id).update(norm_family="QUELQU UN")
    unknown = _without_typed(paul.post("/urgence", sent), sent)
    assert refused == unknown


def _without_typed(answer: Any, sent: dict[str, str]) -> tuple[int, str]:
    import re

    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text_of(answer))
    return answer.status_code, page


def test_a_secretary_is_told_clearly_that_she_may_not(sylvie: Client, sent: dict[str, str]) -> None:
    for answer in (sylvie.get("/urgence"), sylvie.post("/urgence", sent)):
        assert answer.status_code == 422
        assert "réservée aux médecins, sages-femmes, infirmiers et pharmaciens" in text_of(answer)
    assert "/urgence" not in text_of(sylvie.post("/patients", {"q": "introuvable"}))


def test_the_way_in_is_shown_where_a_patient_was_not_found(paul: Client, record: Record) -> None:
    assert 'href="/urgence"' in text_of(paul.post("/patients", {"q": "introuvable"}))
    assert 'href="/urgence"' in text_of(paul.get(record.page("synthese")))


def test_an_old_session_proves_itself_again(paul: Client, sent: dict[str, str]) -> None:
    from maillon.access.models import Session

    Session.objects.update(created_at=clock.now() - dt.timedelta(minutes=16))
    assert 'name="preuve"' in text_of(paul.get("/urgence"))
    refused = paul.post("/urgence", sent)
    assert refused.status_code == 422
    assert "Confirmez que c’est bien vous" in text_of(refused)
    assert paul.post("/urgence", sent | {"preuve": "pas le bon"}).status_code == 422
    assert paul.post("/urgence", sent | {"preuve": PASSWORD}).status_code == 302


def test_the_letter_is_printed_by_the_secretary_who_then_closes_her_task(
    paul: Client, sylvie: Client, claire: Client, record: Record, sent: dict[str, str]
) -> None:
    assert sylvie.get(f"/dossier/{record.uuid}/urgence/courrier").status_code == 404, "nothing to tell"
    paul.post("/urgence", sent)
    while outbox.run_due():
        pass
    day = text_of(sylvie.get("/journee"))
    assert "Prévenir le patient par courrier" in day
    letter = text_of(sylvie.get(f"/dossier/{record.uuid}/urgence/courrier"))
    assert "Paul Étranger (Médecin, Cabinet du Port)" in letter
    assert TEXT not in letter, "the free text is for the referent"
    assert f"/dossier/{record.uuid}/urgence/courrier" in day, "the task leads to the letter"
    action = day[day.index("/tache/") :][7:43]
    assert sylvie.post(f"/dossier/{record.uuid}/tache/{action}", {"suite": "fait"}).status_code == 302
    while outbox.run_due():
        pass
    glass = BreakGlass.objects.get()
    assert glass.patient_told_at is not None
    assert glass.patient_told_by == "courrier"


def test_the_patient_reads_in_the_journal_that_it_was_an_emergency(
    paul: Client, claire: Client, record: Record, sent: dict[str, str]
) -> None:
    paul.post("/urgence", sent)
    entry = JournalEntry.objects.get(action="break_glass", decision="allow")
    assert entry.patient_id == record.access.patient_id
    assert "a ouvert le dossier en urgence" in text_of(claire.get(record.page("qui-peut-voir")))


def test_the_form_tells_how_many_are_open(paul: Client, cast: Cast, record: Record, sent: dict[str, str]) -> None:
    paul.post("/urgence", sent)
    assert "1 dossier déjà ouvert en urgence" in text_of(paul.get("/urgence"))
