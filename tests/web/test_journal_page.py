"""The journal's pages: the referent's, and nobody else's."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from maillon.access import api as access_room
from maillon.access.journal import oddities
from maillon.access.models import Account, JournalEntry, OddAccess
from maillon.kernel import clock
from maillon.kernel.key import PatientId, Purpose
from tests.conftest import Cast
from tests.web import world

PAGES = ("/journal", "/journal/acces-inhabituels")


@pytest.fixture
def followed(cast: Cast) -> PatientId:
    patient = world.register(world.territory().patients[0].key)
    world.follow(patient, cast, treating=cast.claire)
    with access_room.reading(cast.nadia, patient, purpose=Purpose.CARE):
        pass
    return patient


@pytest.fixture
def referent(cast: Cast) -> Client:
    Account.objects.filter(pk=cast.claire.account_id).update(is_referent=True)
    client: Any = world.sign_in(Client(), cast.claire)
    return client  # type: ignore[no-any-return]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def odd_access(cast: Cast, patient: PatientId) -> OddAccess:
    return OddAccess.objects.create(
        structure_id=cast.tilleuls_id, week=oddities.last_monday(), rule="meme_nom", patient_id=patient,
        professional_id=cast.nadia.professional_id, first_at=clock.now(), times=3,
    )  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_for_anybody_else_the_page_does_not_exist(claire: Client, address: str) -> None:
    answer = claire.get(address)
    assert answer.status_code == 404
    assert text(answer) == text(claire.get("/journal/n-existe-pas"))
    assert claire.post("/journal", {"patient": "x"}).status_code == 404
    assert claire.post("/journal/export").status_code == 404
    assert claire.post("/journal/acces-inhabituels/1", {"suite": "vu"}).status_code == 404


def test_the_referent_finds_who_opened_a_record(referent: Client, followed: PatientId, cast: Cast) -> None:
    family = world.territory().patients[0].birth_family_name
    shown = text(referent.get("/journal"))
    assert "Nadia Lefèvre" in shown
    assert "a consulté le dossier" in shown
    assert family in shown
    found = text(referent.post("/journal", {"patient": family, "personne": str(cast.nadia.professional_id)}))
    assert "Nadia Lefèvre" in found
    assert f'value="{family}"' in found  # what was typed stays
    assert JournalEntry.objects.filter(action="control", patient_id=followed).count() == 2


def test_older_lines_are_one_button_away(referent: Client, followed: PatientId, cast: Cast) -> None:
    for _ in range(51):
        with access_room.reading(cast.nadia, followed, purpose=Purpose.CARE):
            pass
    asked = {"personne": str(cast.nadia.professional_id)}
    first, second = (text(referent.post("/journal", asked | {"page": page})) for page in ("1", "2"))
    assert ("Plus anciens" in first, "Plus récents" in first) == (True, False)
    assert ("Plus anciens" in second, "Plus récents" in second) == (False, True)
    assert (first.count('class="said">Nadia'), second.count('class="said">Nadia')) == (50, 2)


def test_a_search_that_finds_nothing_says_so(referent: Client, followed: PatientId) -> None:
    assert "Aucun accès." in text(referent.post("/journal", {"decision": "deny"}))
    assert "Aucun patient suivi par vos structures" in text(referent.post("/journal", {"patient": "INTROUVABLE"}))


def test_a_date_that_does_not_exist_loses_nothing(referent: Client, followed: PatientId) -> None:
    typed = {"depuis": "45/13/2026", "patient": "DURAND", "decision": "deny"}
    for address in ("/journal", "/journal/export"):
        answer = referent.post(address, typed)
        assert answer.status_code == 422
        assert "Cette date n’existe pas" in text(answer)
        assert 'value="45/13/2026"' in text(answer)
        assert 'value="DURAND"' in text(answer)
    assert referent.post("/journal", typed | {"depuis": "31032026"}).status_code == 200


@pytest.mark.parametrize("typed", [{"personne": "9" * 30}, {"page": "-1"}, {"page": "9" * 9}, {"decision": "<script>"}])
def test_a_forged_field_breaks_nothing(referent: Client, followed: PatientId, typed: dict[str, str]) -> None:
    assert referent.post("/journal", typed).status_code == 200


def test_the_table_is_not_run_by_a_spreadsheet(referent: Client, followed: PatientId, cast: Cast) -> None:
    JournalEntry.objects.create(
        at=clock.now(), actor_kind="professional", actor_structure_id=cast.tilleuls_id, actor_label="=1+1",
        patient_id=followed, action="read", resource_type="record", purpose="soin", decision="deny", rule="A05",
    )  # fmt: skip
    answer = referent.post("/journal/export")
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    first = dict(zip(lines[0], lines[1], strict=True))
    assert (first["Personne"], first["Décision"], first["Geste"]) == ("'=1+1", "refusé", "a consulté le dossier")
    assert JournalEntry.objects.filter(action="export", patient_id=followed).count() == 1


def test_the_page_says_until_when_the_journal_is_proven(
    referent: Client, followed: PatientId, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLON_TEMOINS", str(tmp_path))
    assert "Aucun témoin n’a encore été exporté" in text(referent.get("/journal"))
    access_room.journal.tend()
    shown = text(referent.get("/journal"))
    assert "Journal prouvé jusqu’au" in shown
    assert "prévenez l’administrateur" not in shown


def test_an_odd_access_is_looked_at_then_settled(referent: Client, followed: PatientId, cast: Cast) -> None:
    odd = odd_access(cast, followed)
    assert "Même nom de famille" in text(referent.get("/journal/acces-inhabituels"))
    address = f"/journal/acces-inhabituels/{odd.pk}"
    refused = referent.post(address, {"suite": "a_expliquer", "commentaire": " "})
    assert refused.status_code == 422
    assert "Écrivez ce qui est à expliquer" in text(refused)
    assert referent.post(address, {"suite": "a_expliquer", "commentaire": "Voir Nadia"}).status_code == 302
    assert "Voir Nadia" in text(referent.get("/journal/acces-inhabituels?fait"))
    assert referent.post(address, {"suite": "vu", "commentaire": "Sa mère, elle l’a dit"}).status_code == 302
    odd.refresh_from_db()
    assert (odd.state, odd.settled_by) == ("vu", "Dr Claire Morel")
    assert referent.post("/journal/acces-inhabituels/999999", {"suite": "vu"}).status_code == 404
