"""The pages of the charter, and the items that a record's synthesis shows « à vérifier »."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from maillon.charter import api as charter
from maillon.charter.models import Confirmation, Signature, Version
from maillon.kernel.key import Actor
from tests.charter.conftest import agnes
from tests.conftest import Cast
from tests.web import world
from tests.web.conftest import Record

__all__ = ["agnes"]


@pytest.fixture
def writer(agnes: Actor) -> Client:
    return world.sign_in(Client(), agnes)  # type: ignore[return-value]


@pytest.fixture
def proposed(agnes: Actor) -> int:
    number = charter.draft(agnes)
    charter.propose(agnes, number)
    return number


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return html.unescape(answer.content.decode())


def test_from_the_first_draft_to_the_charter_in_force(writer: Client, claire: Client) -> None:
    assert "Aucune charte" in page(claire, "/charte")
    assert "Écrire une nouvelle version" not in page(claire, "/charte")
    assert writer.post("/charte").headers["Location"] == "/charte/1"
    assert claire.get("/charte/1").status_code == 404, "a draft"
    changed = {"code": "objet", "titre": "Notre but", "texte": "Se coordonner.", "reglage": "matrice"}
    assert writer.post("/charte/1/clause", changed).status_code == 302
    assert "Notre but" in page(writer, "/charte/1")
    assert writer.post("/charte/1/clause/depart/retirer").status_code == 302
    assert writer.post("/charte/1/proposer").status_code == 302
    shown = page(claire, "/charte/1")
    assert "Matrice d’habilitation" in shown
    assert "29/10/2023" in shown
    assert "Arriver, partir" not in shown
    signed = claire.post("/charte/1/signature", {"lu": "on", "empreinte": Version.objects.get().fingerprint})
    assert signed.headers["Location"] == "/charte/1?fait=signature#signatures"
    assert "J’ai lu cette version" not in page(claire, "/charte/1")
    assert writer.post("/charte/1/en-vigueur").status_code == 302
    assert "En vigueur" in page(claire, "/charte")


def test_nothing_typed_is_lost_when_a_clause_is_refused(writer: Client) -> None:
    writer.post("/charte")
    answer = writer.post("/charte/1/clause", {"code": "objet", "titre": "", "texte": "Un long texte déjà écrit"})
    assert answer.status_code == 422
    shown = html.unescape(answer.content.decode())
    assert "Donnez un titre et un texte" in shown
    assert "Un long texte déjà écrit" in shown
    again = {"code": "objet", "titre": "Objet", "texte": "Un long texte déjà écrit"}
    assert writer.post("/charte/1/clause", again).status_code == 302


def test_a_comment_refused_stays_typed_and_a_good_one_is_shown(claire: Client, proposed: int) -> None:
    long = "x" * 2001
    answer = claire.post(f"/charte/{proposed}/commentaire", {"clause": "objet", "commentaire": long})
    assert answer.status_code == 422
    assert long in answer.content.decode()
    said = {"clause": "objet", "commentaire": "Et les remplaçants ?"}
    assert claire.post(f"/charte/{proposed}/commentaire", said).headers["Location"].endswith("#objet")
    assert "Et les remplaçants ?" in page(claire, f"/charte/{proposed}")


def test_signing_without_reading_or_another_text_is_refused(claire: Client, proposed: int) -> None:
    fingerprint = Version.objects.get().fingerprint
    unread = claire.post(f"/charte/{proposed}/signature", {"empreinte": fingerprint})
    other = claire.post(f"/charte/{proposed}/signature", {"lu": "on", "empreinte": "0" * 64})
    assert (unread.status_code, other.status_code) == (422, 422)
    assert "Le texte a changé" in html.unescape(other.content.decode())
    assert not Signature.objects.exists()


def test_a_member_who_does_not_write_is_told_so(claire: Client, proposed: int) -> None:
    assert claire.post("/charte").status_code == 422
    assert claire.post(f"/charte/{proposed}/en-vigueur").status_code == 422
    assert claire.post(f"/charte/{proposed}/supprimer").status_code == 404
    assert "Mettre en vigueur" not in page(claire, f"/charte/{proposed}")


def test_another_structure_and_what_does_not_exist_are_one_page(paul: Client, proposed: int) -> None:
    there, nowhere = paul.get(f"/charte/{proposed}"), paul.get("/charte/99")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert len(there.content) == len(nowhere.content)
    assert paul.post(f"/charte/{proposed}/signature", {"lu": "on"}).status_code == 404
    assert "Aucune charte" in page(paul, "/charte")


def test_the_next_version_is_compared_to_the_former(writer: Client, claire: Client, agnes: Actor, cast: Cast) -> None:
    first = charter.draft(agnes)
    charter.propose(agnes, first)
    charter.sign(cast.claire, first, fingerprint=Version.objects.get().fingerprint, has_read=True)
    charter.enforce(agnes, first)
    writer.post("/charte")
    writer.post("/charte/2/clause", {"code": "objet", "titre": "Objet", "texte": "Tout autre chose."})
    writer.post("/charte/2/proposer")
    shown = page(claire, "/charte/2/comparer")
    assert "<ins>" in shown
    assert "<del>" in shown
    assert "Fermer derrière soi" not in shown, "what is the same is counted, not shown"
    assert "Première version" in page(claire, "/charte/1/comparer")


# ------------------------------------------------------------------------------------------------ « à vérifier »


def test_who_keeps_an_item_confirms_it_from_the_synthesis(record: Record, claire: Client) -> None:
    shown = page(claire, record.page("synthese"))
    assert "Jamais confirmé" in shown
    answer = claire.post(record.page("a-jour/allergies/confirmer"))
    assert answer.headers["Location"].endswith("/synthese?a-jour#a-jour")
    assert Confirmation.objects.get().item == "allergies"
    assert "par Dr Claire Morel" in page(claire, record.page("synthese"))
    assert page(claire, record.page("synthese")).count("Jamais confirmé") == shown.count("Jamais confirmé") - 1


def test_who_does_not_keep_it_is_refused_and_sees_no_button(record: Record, sylvie: Client, paul: Client) -> None:
    shown = page(sylvie, record.page("synthese"))
    assert "a-jour/identite/confirmer" in shown
    assert "Allergies</span>" not in shown
    assert sylvie.post(record.page("a-jour/allergies/confirmer")).status_code == 422
    assert paul.post(record.page("a-jour/allergies/confirmer")).status_code == 404
    assert not Confirmation.objects.exists()
