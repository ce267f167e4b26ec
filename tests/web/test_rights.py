"""Requests and copies, on the pages: deadlines, refusals that lose nothing, a copy only after a proof."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from django.test import Client

from maillon.access.models import JournalEntry, Session
from maillon.kernel import clock
from maillon.rights.models import Export, Request
from tests.conftest import PASSWORD
from tests.web.conftest import Record

REQUEST = {
    "nature": "acces",
    "moyen": "papier",
    "recue_le": "",
    "demandeur": "Le patient",
    "verification": "Carte d’identité",
    "precisions": "Souhaite une copie sur clé",
}
EXPORT = {"motif": "demande", "detail": "Remise en main propre à l’accueil"}


@pytest.fixture
def long_signed_in(claire: Client) -> Client:
    """The proof of the sign-in is no longer recent."""
    Session.objects.update(created_at=clock.now() - dt.timedelta(hours=1))
    return claire


def note(client: Client, record: Record, **changed: str) -> str:
    answer = client.post(record.page("droits"), REQUEST | changed)
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def test_a_request_is_noted_and_followed(sylvie: Client, record: Record) -> None:
    last_day = f"{clock.today() + dt.timedelta(days=8):%d/%m/%Y}"
    page = sylvie.get(note(sylvie, record)).content.decode()
    assert "La demande est notée" in page
    assert f"À répondre au plus tard le {last_day}" in page
    followed = sylvie.get("/droits").content.decode()
    assert f"/dossier/{record.uuid}/droits" in followed
    assert last_day in followed


def test_what_was_typed_is_not_lost(sylvie: Client, record: Record) -> None:
    answer = sylvie.post(record.page("droits"), REQUEST | {"verification": " ", "recue_le": "01/02/2026"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Dites comment l’identité" in page
    assert 'value="01/02/2026"' in page
    assert "Souhaite une copie sur clé" in page
    assert not Request.objects.exists()


def test_a_day_that_is_none_is_said(sylvie: Client, record: Record) -> None:
    assert sylvie.post(record.page("droits"), REQUEST | {"recue_le": "32/13/2026"}).status_code == 422


def test_an_answer_is_refused_before_forty_eight_hours_then_noted(sylvie: Client, record: Record) -> None:
    note(sylvie, record)
    address = record.page(f"droits/demande/{Request.objects.get().uuid}/repondre")
    answer = sylvie.post(address, {"reponse": "acceptee", "raison": ""})
    assert answer.status_code == 422
    assert "quarante-huit heures" in answer.content.decode()
    refused = sylvie.post(address, {"reponse": "refusee", "raison": ""})
    assert "Dites pourquoi" in refused.content.decode()
    assert sylvie.post(address, {"reponse": "refusee", "raison": "Identité non établie"}).status_code == 302
    assert "Refusée" in sylvie.get("/droits").content.decode()


def test_only_who_follows_sees_the_deadlines(claire: Client, paul: Client, record: Record) -> None:
    assert claire.get("/droits").status_code == 404
    assert paul.get("/droits").status_code == 404
    assert paul.get(record.page("droits")).status_code == 404


def test_a_copy_is_handed_over_and_remembered(claire: Client, record: Record) -> None:
    answer = claire.post(record.page("droits/exporter"), EXPORT | {"preuve": PASSWORD})
    assert answer.status_code == 200, answer.content[:3000].decode()
    assert answer.headers["Content-Disposition"].endswith('.zip"')
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    row = Export.objects.get()
    assert (row.by, row.reason, row.size) == ("Dr Claire Morel", "demande", len(answer.content))
    journal = JournalEntry.objects.get(action="export")
    assert (journal.decision, journal.resource_id) == ("allow", str(row.uuid))
    assert "Remise en main propre" in claire.get(record.page("droits")).content.decode()


@pytest.mark.parametrize("proof", ["", "pas la bonne phrase"])
def test_nothing_leaves_without_a_proof(long_signed_in: Client, record: Record, proof: str) -> None:
    answer = long_signed_in.post(record.page("droits/exporter"), EXPORT | {"preuve": proof})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "rien n’a été exporté" in page
    assert "Remise en main propre" in page
    assert not JournalEntry.objects.filter(action="export").exists()
    assert long_signed_in.post(record.page("droits/exporter"), EXPORT | {"preuve": PASSWORD}).status_code == 200


@pytest.mark.parametrize("changed", [{"motif": ""}, {"motif": "curiosité"}, {"detail": "court"}])
def test_nothing_leaves_without_a_reason(claire: Client, record: Record, changed: dict[str, str]) -> None:
    answer = claire.post(record.page("droits/exporter"), EXPORT | changed | {"preuve": PASSWORD})
    assert answer.status_code == 422
    assert not Export.objects.exists()
    assert not JournalEntry.objects.filter(action="export").exists()
