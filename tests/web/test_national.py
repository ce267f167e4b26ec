"""Mon espace santé and INSi in the pages: what is drawn, what is refused, what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client

from maillon.documents import api as documents
from maillon.documents import filing
from maillon.exchange import api as exchange
from maillon.exchange.dmp.rows import DmpAct, DmpEntry
from maillon.formats.cda.read import open_cda
from maillon.kernel import clock, outbox
from maillon.patients.models import Patient
from maillon.professionals.models import Professional
from tests.conftest import Cast
from tests.documents import making
from tests.exchange import national
from tests.exchange.dmp.conftest import plug, qualified
from tests.web import world

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[national.Teleservice]:
    running = national.Teleservice("simulators.dmp", tmp_path_factory.mktemp("dmp"), national.SETTINGS).start()
    yield running
    running.stop()


@dataclass(frozen=True)
class Scene:
    patient: UUID
    document: UUID
    unique_id: str

    @property
    def page(self) -> str:
        return f"/dossier/{self.patient}/dmp"

    @property
    def entry(self) -> UUID:
        return DmpEntry.objects.get(unique_id=self.unique_id).uuid


@pytest.fixture
def scene(cast: Cast, service: national.Teleservice, monkeypatch: pytest.MonkeyPatch) -> Scene:
    filing._known_authors.clear()
    plug(service, monkeypatch, way="fhir")
    national.Held(service.folder).empty()
    Professional.objects.filter(national_id="899000000011").update(skill_codes=["SM26"])
    patient = qualified(cast)
    document = national.written()
    data = national.cda(document)
    filed = documents.file(
        making.key(patient), documents.from_cda(open_cda(data).for_filing(), data), readers=(), received_at=clock.now()
    )
    uuid = Patient.objects.values_list("uuid", flat=True).get(pk=patient)
    return Scene(patient=uuid, document=filed.uuid, unique_id=document.version.id or "")


def words(answer: object) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))  # type: ignore[attr-defined]


def work() -> None:
    while outbox.run_due():
        pass


def test_a_document_is_fed_from_its_page_and_its_fate_is_told(claire: Client, scene: Scene) -> None:
    page = f"/document/{scene.document}"
    assert "Déposer dans Mon espace santé" in words(claire.get(page))
    refused = claire.post(f"{page}/dmp", {"acte": "deposer", "moyen": ""})
    assert refused.status_code == 422
    assert "E-DMP-04" in words(refused)
    assert claire.post(f"{page}/dmp", {"acte": "deposer", "moyen": "oral"}).status_code == 302
    assert "En attente" in words(claire.get(page))
    work()
    shown = words(claire.get(page))
    assert "Constaté dans le DMP" in shown
    assert "patient informé de vive voix" in shown
    assert "Simulateur du DMP" in shown
    assert "Déposer dans Mon espace santé" not in shown


def test_not_sending_asks_why(claire: Client, scene: Scene) -> None:
    page = f"/document/{scene.document}/dmp"
    assert claire.get(page).status_code == 200
    assert claire.post(page, {"acte": "ne_pas_envoyer", "motif": " "}).status_code == 422
    assert claire.post(page, {"acte": "ne_pas_envoyer", "motif": "brouillon"}).status_code == 302
    assert DmpAct.objects.get().state == "non_envoye"


def test_the_record_is_opened_by_consent_read_and_changed(
    claire: Client, scene: Scene, service: national.Teleservice
) -> None:
    refused = claire.post(f"{scene.page}/actualiser")
    assert (refused.status_code, "E-DMP-34" in words(refused)) == (422, True)
    assert "Le patient m’autorise" in words(refused)
    assert claire.post(f"{scene.page}/autorisation", {"moyen": ""}).status_code == 422
    assert claire.post(f"{scene.page}/autorisation", {"moyen": "oral"}).status_code == 302
    claire.post(f"/document/{scene.document}/dmp", {"acte": "deposer", "moyen": "oral"})
    work()
    assert claire.post(f"{scene.page}/actualiser").status_code == 302
    shown = words(claire.get(scene.page))
    assert "DMP actif" in shown
    assert "Consultation autorisée" in shown
    assert "Supprimer du DMP" in shown
    act = f"{scene.page}/{scene.entry}/acte"
    assert claire.post(act, {"acte": "supprimer", "motif": "erreur"}).status_code == 422  # not confirmed
    assert claire.post(act, {"acte": "supprimer", "motif": "erreur", "confirmation": "oui"}).status_code == 302
    work()
    assert national.Held(service.folder).entry(scene.unique_id).availability == "Deleted"
    assert "Supprimé du DMP" in words(claire.get(scene.page))


def test_what_is_brought_home_opens_as_a_document(
    claire: Client, scene: Scene, cast: Cast, service: national.Teleservice
) -> None:
    claire.post(f"{scene.page}/autorisation", {"moyen": "oral"})
    claire.post(f"/document/{scene.document}/dmp", {"acte": "deposer", "moyen": "oral"})
    work()
    DmpEntry.objects.update(document=None)
    from maillon.record.models import TimelineEntry
    from maillon.tasks.models import Task

    DmpAct.objects.update(document=None)
    assert TimelineEntry.objects.exists()
    assert not Task.objects.exists()
    answer = claire.post(f"{scene.page}/{scene.entry}/recuperer")  # ours already, by its uniqueId: found, not doubled
    assert answer.headers["Location"] == f"/document/{scene.document}"


def test_a_record_that_is_away_says_so_and_changes_nothing(
    claire: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLON_DMP_ADRESSE", "https://127.0.0.1:9")
    refused = claire.post(f"{scene.page}/actualiser")
    assert (refused.status_code, "E-DMP-30" in words(refused)) == (422, True)


def test_unplugged_nothing_is_offered(claire: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILLON_DMP_ADRESSE")
    assert "Mon espace santé" not in words(claire.get(f"/document/{scene.document}"))
    assert "Aucune ligne vers le DMP" in words(claire.get(scene.page))
    assert not exchange.dmp.is_plugged()


def test_nobody_outside_the_circle_sees_anything(paul: Client, scene: Scene) -> None:
    for address in (scene.page, f"/document/{scene.document}/dmp", f"/dossier/{scene.patient}/identite"):
        assert paul.get(address).status_code == 404
    assert paul.post(f"{scene.page}/actualiser").status_code == 404


def test_the_identity_page_waits_for_a_yes(
    claire: Client, scene: Scene, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/dossier/{scene.patient}/identite"
    assert "INSi n’est pas branché" in words(claire.get(page))
    person = {
        "matricule": national.INS, "oid": national.OID, "family": "PAT-TROIS", "given": "DOMINIQUE",
        "given_names": "DOMINIQUE MARIE-LOUISE", "birth_date": "1979-03-28", "sex": "F", "birth_place": "51215",
    }  # fmt: skip
    running = national.Teleservice("simulators.insi", tmp_path_factory.mktemp("insi"), {"people": [person]}).start()
    try:
        for name, key in (("ADRESSE", "address"), ("AUTORITE", "authority"), ("CERTIFICAT", "structure")):
            monkeypatch.setenv(f"MAILLON_INSI_{name}", running.said[key])
        monkeypatch.setenv("MAILLON_INSI_SIMULATEUR", "1")
        assert "Vérifier le matricule" in words(claire.get(page))
        assert claire.post(f"{page}/insi", {"acte": "verifier"}).status_code == 302
        assert "Matricule et traits confirmés" in words(claire.get(page))
        Patient.objects.update(identity_status="PROV", ins=None, ins_oid=None)
        assert claire.post(f"{page}/insi", {"acte": "chercher"}).status_code == 302
        shown = claire.get(page)
        assert "Reprendre ces traits et le matricule" in words(shown)
        assert "Simulateur d’INSi" in words(shown)
        action = re.search(rf"{page}/insi/[0-9a-f-]+", shown.content.decode())
        assert action is not None
        assert claire.post(action[0], {"decision": "repris"}).status_code == 302
        assert Patient.objects.get(uuid=scene.patient).identity_status == "RECUP"
        assert "Traits et matricule repris" in words(claire.get(page))
    finally:
        running.stop()


def test_the_settings_say_which_line_is_plugged_in(claire: Client, scene: Scene) -> None:
    assert re.search(r"DMP consulter et déposer.{0,40}simulateur", words(claire.get("/reglages")))


__all__ = ["world"]


def test_what_is_not_there_is_not_found(claire: Client, scene: Scene) -> None:
    nowhere = "00000000-0000-4000-8000-00000000dead"
    for address, said in (
        (f"{scene.page}/{nowhere}/recuperer", {}), (f"{scene.page}/{nowhere}/acte", {"acte": "archiver"}),
        (f"/dossier/{scene.patient}/identite/insi/{nowhere}", {"decision": "repris"}),
    ):  # fmt: skip
        assert claire.post(address, said).status_code == 404
