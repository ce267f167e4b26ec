"""The digital referent's board: what waits, what is late, who has an account, what somebody would see."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client

from maillon.access.models import Account, BreakGlass
from maillon.exchange.models import Mailbox, OutgoingMail
from maillon.kernel import clock
from maillon.kernel.key import Actor
from tests.access.test_emergency import TEXT, broken, typed
from tests.conftest import Cast
from tests.documents import making
from tests.web import world
from tests.web.conftest import Record

PAGES = ("/referent", "/referent/habilitations", "/referent/voir-comme")


@pytest.fixture
def referent(cast: Cast, karim: Client) -> Client:
    Account.objects.filter(pk=cast.karim.account_id).update(is_referent=True)
    return karim


@pytest.fixture
def karim(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.karim)  # type: ignore[return-value]


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode()).replace("\u202f", " ").replace("\xa0", " ")


def opened(actor: Actor) -> BreakGlass:
    broken(actor, typed(making.patient("TRÉGUENNEC")))
    return BreakGlass.objects.latest("id")


def test_the_board_exists_for_the_referent_alone(claire: Client, sylvie: Client, referent: Client) -> None:
    for address in PAGES:
        assert referent.get(address).status_code == 200, address
        for other in (claire, sylvie):
            assert other.get(address).status_code == 404, address
    assert claire.get("/referent/nombre").status_code == 404
    assert claire.post("/referent/urgences/1/revue", {}).status_code == 404
    assert claire.post("/referent/urgences/1/courrier").status_code == 404
    assert claire.post("/referent/habilitations/1/retirer").status_code == 404
    assert claire.post("/referent/voir-comme", {"q": "x"}).status_code == 404
    assert 'href="/referent"' in text_of(referent.get("/journee"))
    assert 'href="/referent"' not in text_of(claire.get("/journee"))


def test_every_button_of_the_board_opens_a_page(cast: Cast, referent: Client, claire: Client) -> None:
    """An administrator reviews what a referent opened, and may read neither the journal nor the software."""
    Account.objects.filter(pk=cast.claire.account_id).update(is_administrator=True)
    for reader in (referent, claire):
        actions = re.search(r'<div class="actions">.*?</div>', text_of(reader.get("/referent")), re.S)
        assert actions is not None
        for address in re.findall(r'href="([^"]+)"', actions.group()):
            assert reader.get(address).status_code == 200, address
    assert "/referent/logiciels" in text_of(referent.get("/referent"))


def test_an_opening_is_reviewed_from_the_board_and_names_no_patient(cast: Cast, referent: Client) -> None:
    assert "Rien à relire." in text_of(referent.get("/referent"))
    assert referent.get("/referent/nombre").content == b""
    glass = opened(cast.nadia)
    board = text_of(referent.get("/referent"))
    assert "Nadia Lefèvre" in board
    assert TEXT in board
    assert "TRÉGUENNEC" not in board
    assert referent.get("/referent/nombre").content == b"1"
    answer = referent.post(
        f"/referent/urgences/{glass.pk}/revue", {"verdict": "injustifie", "commentaire": "Aucune urgence ce jour-là"}
    )
    assert answer.status_code == 302
    board = text_of(referent.get(answer.headers["Location"]))
    assert "La revue est enregistrée." in board
    assert "Aucune urgence ce jour-là" in board
    assert "Rien à relire." in board


def test_a_review_refused_keeps_what_was_typed_and_is_then_accepted(cast: Cast, referent: Client) -> None:
    glass = opened(cast.nadia)
    address = f"/referent/urgences/{glass.pk}/revue"
    refused = referent.post(address, {"verdict": "", "commentaire": "Vu avec l’équipe de garde"})
    assert refused.status_code == 422
    page = text_of(refused)
    assert "Dites si l’accès était justifié ou injustifié" in page
    assert "Vu avec l’équipe de garde</textarea>" in page
    accepted = referent.post(address, {"verdict": "justifie", "commentaire": "Vu avec l’équipe de garde"})
    assert accepted.status_code == 302
    again = referent.post(address, {"verdict": "injustifie", "commentaire": "Je change d’avis"})
    assert again.status_code == 422
    assert "déjà été relu" in text_of(again)


def test_ones_own_opening_has_no_form(cast: Cast, referent: Client) -> None:
    glass = opened(cast.karim)
    board = text_of(referent.get("/referent"))
    assert "C’est votre propre accès" in board
    assert f"/referent/urgences/{glass.pk}/revue" not in board


def test_what_is_late_is_escalated_and_closed(cast: Cast, referent: Client) -> None:
    glass = opened(cast.nadia)
    before = clock.now() - dt.timedelta(hours=80)
    BreakGlass.objects.update(
        since=before, until=before + dt.timedelta(hours=4), review_due_at=before + dt.timedelta(hours=72)
    )
    board = text_of(referent.get("/referent"))
    assert "Patients à prévenir, en retard" in board
    assert "Revue en retard" in board
    assert referent.post(f"/referent/urgences/{glass.pk}/courrier").status_code == 302
    assert "Patients à prévenir, en retard" not in text_of(referent.get("/referent"))


def test_a_mail_that_could_not_be_sent_is_shown(cast: Cast, referent: Client) -> None:
    assert "Tout est parti." in text_of(referent.get("/referent"))
    box = Mailbox.objects.get(pk=world.mailbox(cast))
    OutgoingMail.objects.create(
        mailbox=box, message_id="m@t", kind="avis", recipient="perdu@mssante.test", data=b"", state="failed",
        error="L’opérateur a refusé ce message.",
    )  # fmt: skip
    board = text_of(referent.get("/referent"))
    assert "perdu@mssante.test" in board
    assert "L’opérateur a refusé ce message." in board


def test_an_account_is_kept_then_another_is_closed(cast: Cast, referent: Client, claire: Client) -> None:
    page = text_of(referent.get("/referent/habilitations"))
    assert "4 comptes à revoir" in page
    assert "Paul Étranger" not in page
    assert referent.post(f"/referent/habilitations/{cast.nadia.account_id}/maintenir").status_code == 302
    assert "3 comptes à revoir" in text_of(referent.get("/referent/habilitations"))
    assert claire.get("/journee").status_code == 200
    assert referent.post(f"/referent/habilitations/{cast.claire.account_id}/retirer").status_code == 302
    assert claire.get("/journee").status_code == 302, "the next request finds no session"
    assert "Compte fermé" in text_of(referent.get("/referent/habilitations"))
    own = referent.post(f"/referent/habilitations/{cast.karim.account_id}/retirer")
    assert own.status_code == 422
    assert "On ne revoit pas sa propre habilitation" in text_of(own)


def test_see_as_goes_from_a_person_and_a_patient_to_an_answer(cast: Cast, referent: Client, record: Record) -> None:
    person = str(cast.nadia.account_id)
    born = world.person("diabete").birth_date.strftime("%d%m%Y")
    found = text_of(referent.post("/referent/voir-comme", {"personne": person, "q": born}))
    assert str(record.uuid) in found
    answer = text_of(referent.post("/referent/voir-comme", {"personne": person, "patient": str(record.uuid)}))
    assert "Nadia Lefèvre ouvrirait ce dossier" in answer
    assert "La matrice d’habilitation n’ouvre pas ce type de document à cette profession." in answer
    assert "(A05)" in answer
    for filed in record.documents:
        assert str(filed.uuid) not in answer
    refused = referent.post(
        "/referent/voir-comme", {"personne": str(cast.paul.account_id), "patient": str(record.uuid)}
    )
    assert refused.status_code == 404
    assert referent.post("/referent/voir-comme", {"personne": person, "patient": "pas un uuid"}).status_code == 404


def test_see_as_finds_only_the_patients_of_the_structure(cast: Cast, referent: Client) -> None:
    making.patient("INCONNUE")
    page = text_of(referent.post("/referent/voir-comme", {"personne": str(cast.nadia.account_id), "q": "inconnue"}))
    assert "Aucun patient trouvé." in page
    wrong = referent.post("/referent/voir-comme", {"personne": str(cast.nadia.account_id), "q": "1" * 15})
    assert wrong.status_code == 200
