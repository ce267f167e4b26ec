from __future__ import annotations

import html
import re
from uuid import UUID

import pytest
from django.test import Client

from maillon.exchange import api as exchange
from maillon.exchange.models import ReceivedDocument
from maillon.kernel.key import Access
from tests.conftest import Cast
from tests.web import world


@pytest.fixture
def heart(cast: Cast) -> Access:
    access = world.follow(world.register("coeur"), cast, treating=cast.claire)
    world.receive(world.mailbox(cast), "contradicting_traits", "pdf_alone")
    return access


def case(cast: Cast, words: str) -> UUID:
    return next(each.uuid for each in exchange.to_settle(cast.sylvie) if words in " ".join((*each.reasons, each.name)))


def state(received: UUID) -> str:
    return ReceivedDocument.objects.get(uuid=received).state


def test_the_list_says_why_each_waits(sylvie: Client, heart: Access, cast: Cast) -> None:
    page = html.unescape(sylvie.get("/a-regler").content.decode())
    for waiting in exchange.to_settle(cast.sylvie):
        assert waiting.reasons[0] in page
    assert sylvie.get("/a-regler/nombre").content.decode().startswith("2<")


def test_traits_that_differ_are_marked_in_words(sylvie: Client, heart: Access, cast: Cast) -> None:
    page = sylvie.get(f"/a-regler/{case(cast, 'matricule')}").content.decode()
    rows = [each for each in re.findall(r"<tr>.*?</tr>", page, re.S) if "differs" in each]
    assert len(rows) == 2
    assert all("diffère" in each for each in rows)
    assert "BARRIÈRE" in page


def test_the_document_is_there_to_read_before_deciding(sylvie: Client, heart: Access, cast: Cast) -> None:
    received = case(cast, "matricule")
    page = sylvie.get(f"/a-regler/{received}").content.decode()
    assert "Créatinine" in page
    answer = sylvie.get(f"/a-regler/{received}/piece/0")
    assert answer.headers["Content-Type"] == "application/pdf"


def test_this_patient_files_it_with_the_reason(sylvie: Client, claire: Client, heart: Access, cast: Cast) -> None:
    received = case(cast, "matricule")
    sent = {"patient": str(heart.patient_uuid), "motif": "Nom mal saisi au laboratoire"}
    assert sylvie.post(f"/a-regler/{received}/rattacher", sent).headers["Location"] == "/a-regler"
    assert state(received) == "filed"
    timeline = f"/dossier/{heart.patient_uuid}/chronologie"
    assert "examens biologiques" in claire.get(timeline).content.decode()
    assert "examens biologiques" not in sylvie.get(timeline).content.decode(), "she settles, no more"


def test_another_patient_may_be_searched(sylvie: Client, heart: Access, cast: Cast) -> None:
    received = case(cast, ".pdf")
    page = sylvie.post(f"/a-regler/{received}/chercher", {"q": "barbier"}).content.decode()
    assert "Cherché" in page
    assert f'value="{heart.patient_uuid}"' in page


def test_a_document_without_identity_creates_nobody(sylvie: Client, heart: Access, cast: Cast) -> None:
    received = case(cast, ".pdf")
    assert "Créer ce patient" not in sylvie.get(f"/a-regler/{received}").content.decode()
    answer = sylvie.post(f"/a-regler/{received}/creer")
    assert answer.status_code == 422
    assert state(received) == "to_settle"


def test_setting_aside_asks_for_a_reason(sylvie: Client, heart: Access, cast: Cast) -> None:
    received = case(cast, ".pdf")
    refused = sylvie.post(f"/a-regler/{received}/ecarter", {"motif": " "})
    assert refused.status_code == 422
    assert "Indiquez le motif" in refused.content.decode()
    sylvie.post(f"/a-regler/{received}/ecarter", {"motif": "Erreur de destinataire"})
    assert state(received) == "discarded"


def test_another_structure_sees_nothing_of_it(paul: Client, heart: Access, cast: Cast) -> None:
    assert "Tout est réglé" in paul.get("/a-regler").content.decode()
    received = case(cast, "matricule")
    for part in ("", "/original", "/piece/0"):
        assert paul.get(f"/a-regler/{received}{part}").status_code == 404
    assert paul.post(f"/a-regler/{received}/ecarter", {"motif": "x"}).status_code in (404, 422)
    assert state(received) == "to_settle"


def test_a_patient_who_is_not_open_cannot_be_chosen(sylvie: Client, heart: Access, cast: Cast) -> None:
    received = case(cast, ".pdf")
    for patient in ("00000000-0000-4000-8000-000000000000", "n'importe quoi"):
        answer = sylvie.post(f"/a-regler/{received}/rattacher", {"patient": patient, "motif": "x"})
        assert answer.status_code in (404, 422)
    assert state(received) == "to_settle"


def test_a_document_in_the_wrong_record_is_sent_back(
    claire: Client, sylvie: Client, heart: Access, cast: Cast
) -> None:
    received = case(cast, "matricule")
    sylvie.post(f"/a-regler/{received}/rattacher", {"patient": str(heart.patient_uuid), "motif": "Nom mal saisi"})
    document = ReceivedDocument.objects.select_related("document").get(uuid=received).document
    assert document is not None
    assert "Ce n’est pas ce patient" in claire.get(f"/document/{document.uuid}").content.decode()
    answer = claire.post(f"/document/{document.uuid}/mal-classe", {"motif": "Homonyme"})
    assert answer.headers["Location"] == "/a-regler"
    assert state(received) == "to_settle"
    assert "retiré du dossier" in sylvie.get(f"/a-regler/{received}").content.decode()
    page = claire.get(f"/document/{document.uuid}").content.decode()
    assert "a été retiré" in page
    assert "mal-classe" not in page


def test_attaching_again_to_somebody_else_is_not_said_done(sylvie: Client, heart: Access, cast: Cast) -> None:
    received = case(cast, "matricule")
    other = world.follow(world.register("diabete"), cast, treating=cast.claire)
    sent = {"patient": str(heart.patient_uuid), "motif": "Nom mal saisi"}
    sylvie.post(f"/a-regler/{received}/rattacher", sent)
    answer = sylvie.post(f"/a-regler/{received}/rattacher", sent | {"patient": str(other.patient_uuid)})
    assert answer.status_code != 302
    assert "il y reste" in html.unescape(answer.content.decode())
