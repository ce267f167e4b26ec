"""The pages of leaving and arriving: a proof, a motive, a second person; and what the law says."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from django.test import Client

from maillon.access.models import Account, JournalEntry, Session
from maillon.kernel import clock, config, outbox
from maillon.kernel.key import Actor
from maillon.portability import api as portability
from maillon.portability.models import Arrival, ArrivalArchive, Departure
from maillon.rights.models import Export
from tests.conftest import PASSWORD, Cast
from tests.web import world
from tests.web.conftest import Record

TAKEN = {"motif": "relais", "detail": "Le patient déménage, nouveau médecin"}
MOTIVE = "Départ du cabinet le mois prochain, vers un autre logiciel."


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "data_dir", lambda: tmp_path)


@pytest.fixture
def referent(cast: Cast) -> Client:
    Account.objects.filter(pk=cast.karim.account_id).update(is_referent=True)
    return world.sign_in(Client(), dataclasses.replace(cast.karim))  # type: ignore[return-value]


@pytest.fixture
def administrator(cast: Cast) -> Client:
    Account.objects.filter(pk=cast.sylvie.account_id).update(is_administrator=True)
    return world.sign_in(Client(), cast.sylvie)  # type: ignore[return-value]


def asked(client: Client, actor: Actor | None) -> Departure:
    person = str(actor.professional_id) if actor else "tout"
    answer = client.post("/departs", {"personne": person, "motif": MOTIVE})
    assert answer.status_code == 302, answer.content.decode()
    return Departure.objects.latest("pk")


def test_one_record_is_taken_away_and_can_be_verified(claire: Client, record: Record, tmp_path: Path) -> None:
    page = claire.get(record.page("emporter")).content.decode()
    assert "La première copie remise au patient est gratuite" in page
    answer = claire.post(record.page("emporter"), TAKEN)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path / "export")
    report = portability.check(tmp_path / "export")
    assert (report.findings, report.documents) == ([], len(record.documents))
    assert Export.objects.get().by == "Dr Claire Morel"
    assert JournalEntry.objects.filter(action="export", decision="allow").count() == 1


@pytest.mark.parametrize("missing", ["motif", "detail"])
def test_a_motive_is_asked_for_and_nothing_typed_is_lost(claire: Client, record: Record, missing: str) -> None:
    answer = claire.post(record.page("emporter"), TAKEN | {missing: ""})
    assert answer.status_code == 422
    assert (TAKEN["detail"] if missing == "motif" else 'value="relais" selected') in answer.content.decode()
    assert not JournalEntry.objects.filter(action="export").exists()


def test_a_proof_is_asked_for_and_an_old_session_is_none(claire: Client, record: Record) -> None:
    Session.objects.update(created_at=clock.now() - dt.timedelta(hours=1))
    refused = claire.post(record.page("emporter"), TAKEN | {"preuve": "faux"})
    assert refused.status_code == 422
    assert "rien n’a été exporté" in refused.content.decode()
    assert claire.post(record.page("emporter"), TAKEN | {"preuve": PASSWORD}).status_code == 200


def test_outside_every_circle_nothing_opens(paul: Client, record: Record) -> None:
    assert paul.get(record.page("emporter")).status_code == 404
    assert paul.post(record.page("emporter"), TAKEN).status_code == 404


def test_a_departure_is_asked_agreed_made_and_downloaded(
    claire: Client, referent: Client, cast: Cast, record: Record, tmp_path: Path
) -> None:
    departure = asked(claire, cast.claire)
    assert "une autre personne, référente ou administratrice" in claire.get("/departs").content.decode()
    page = referent.get("/departs").content.decode()
    assert "48 heures" in page
    assert "Accorder" in page
    assert referent.post(f"/departs/{departure.uuid}/decision", {"decision": "accorder"}).status_code == 302
    while outbox.run_due():
        pass
    assert "Seul Dr Claire Morel peut le télécharger" in referent.get("/departs").content.decode()
    assert referent.post(f"/departs/{departure.uuid}/emporter").status_code == 404
    answer = claire.post(f"/departs/{departure.uuid}/emporter")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:  # type: ignore[attr-defined]
        archive.extractall(tmp_path / "export")
    assert portability.check(tmp_path / "export").findings == []


def test_progress_is_shown_while_it_is_written(claire: Client, referent: Client, cast: Cast, record: Record) -> None:
    departure = asked(claire, cast.claire)
    referent.post(f"/departs/{departure.uuid}/decision", {"decision": "accorder"})
    page = claire.get("/departs").content.decode()
    assert "hx-trigger" in page
    assert "<progress" in page


def test_nobody_agrees_with_oneself_on_the_page(referent: Client, cast: Cast) -> None:
    departure = asked(referent, cast.karim)
    answer = referent.post(f"/departs/{departure.uuid}/decision", {"decision": "accorder"})
    assert answer.status_code == 422
    assert "une autre personne" in answer.content.decode()


def test_everything_is_for_who_runs_the_machine(referent: Client, administrator: Client) -> None:
    departure = asked(referent, None)
    assert administrator.post(f"/departs/{departure.uuid}/decision", {"decision": "accorder"}).status_code == 302
    page = administrator.get("/departs").content.decode()
    assert f"maillon exporter --tout --accord {departure.uuid}" in page
    assert administrator.post(f"/departs/{departure.uuid}/emporter").status_code == 404


def test_a_colleague_asks_for_oneself_alone(claire: Client, cast: Cast) -> None:
    page = claire.get("/departs").content.decode()
    assert "Mes dossiers" in page
    assert "Tout" not in page.split("Demander un export")[1].split("</form>")[0]
    assert claire.post("/departs", {"personne": "tout", "motif": MOTIVE}).status_code == 404
    other = str(cast.karim.professional_id)
    assert claire.post("/departs", {"personne": other, "motif": MOTIVE}).status_code == 404


def test_a_short_motive_is_said_and_kept(claire: Client, cast: Cast) -> None:
    answer = claire.post("/departs", {"personne": str(cast.claire.professional_id), "motif": "Départ"})
    assert answer.status_code == 422
    assert "en 20 caractères au moins" in answer.content.decode()
    assert ">Départ</textarea>" in answer.content.decode()


def test_a_refusal_is_said(claire: Client, referent: Client, cast: Cast) -> None:
    departure = asked(claire, cast.claire)
    referent.post(f"/departs/{departure.uuid}/decision", {"decision": "refuser"})
    assert "Refusé" in claire.get("/departs").content.decode()


@pytest.fixture
def waiting(record: Record) -> ArrivalArchive:
    arrival = Arrival.objects.create(
        export_id="00000000-0000-4000-8000-000000000001", instance="00000000-0000-4000-8000-000000000002",
        export_type="MASSIF", export_status="COMPLETE", structure="Cabinet d’ailleurs", extracted_at=clock.now(),
        began_at=clock.now(),
    )  # fmt: skip
    return ArrivalArchive.objects.create(
        arrival=arrival, code="PAT00007", state="a_regler", sha256=bytes(32), refusal_code="E-POR-21",
        reasons=["Une personne d’ici porte la même identité."], candidates=[record.access.patient_id], at=clock.now(),
        traits={"birth_family_name": "DURAND", "birth_date": "1950-01-01", "sex": "F"},
    )  # fmt: skip


def test_what_arrived_and_waits_is_shown_to_who_is_in_charge(referent: Client, waiting: ArrivalArchive) -> None:
    assert 'href="/arrivees"' in referent.get("/a-regler").content.decode()
    page = referent.get("/arrivees").content.decode()
    assert "PAT00007, de Cabinet d’ailleurs" in page
    assert "Une personne d’ici porte la même identité." in page
    assert "diffère" in page


def test_a_colleague_sees_nothing_of_it(claire: Client, waiting: ArrivalArchive) -> None:
    assert "/arrivees" not in claire.get("/a-regler").content.decode()
    assert claire.get("/arrivees").status_code == 404
    assert claire.post(f"/arrivees/{waiting.uuid}/ecarter", {"motif": "Une raison assez longue"}).status_code == 404


def test_it_is_set_aside_with_a_reason(referent: Client, waiting: ArrivalArchive) -> None:
    refused = referent.post(f"/arrivees/{waiting.uuid}/ecarter", {"motif": "non"})
    assert refused.status_code == 422
    assert referent.post(f"/arrivees/{waiting.uuid}/ecarter", {"motif": "Suivi ailleurs, vérifié"}).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.state, waiting.settled_by) == ("ecarte", "Dr Karim Benali")


def test_an_archive_that_is_no_longer_there_is_said(referent: Client, waiting: ArrivalArchive) -> None:
    answer = referent.post(f"/arrivees/{waiting.uuid}/regler", {"patient": "", "motif": "Dates comparées"})
    assert answer.status_code == 422
    assert "relancez la reprise" in answer.content.decode()
    waiting.refresh_from_db()
    assert waiting.state == "a_regler"
