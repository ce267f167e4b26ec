"""What rubs, seen where people work: the row, the document, the day, the sending page, the counts."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from django.test import Client

from maillon.access.models import Account
from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange.dmp import holding
from maillon.exchange.dmp.rows import DmpAct
from maillon.formats.document import Author
from maillon.kernel import clock
from maillon.kernel.key import PatientId, StructureId
from maillon.noticed.models import Notice
from maillon.patients import api as patients
from maillon.patients.events import IdentityQualified
from maillon.patients.models import Patient
from maillon.professionals.models import Attachment, Professional
from maillon.web.views.noticed_page import percent
from tests.conftest import LONG_AGO, Cast
from tests.documents import making
from tests.documents.conftest import _nobody_is_remembered
from tests.exchange import national
from tests.web import world

__all__ = ["_nobody_is_remembered"]
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Scene:
    """A biology in PDF, a discharge letter that came late, a letter of Claire to Nadia, who has no address."""

    patient: UUID
    number: PatientId
    biology: UUID
    discharge: UUID
    letter: UUID

    @property
    def record(self) -> str:
        return f"/dossier/{self.patient}"


@pytest.fixture
def scene(cast: Cast) -> Scene:
    Professional.objects.filter(national_id="899000000011").update(skill_codes=["SM26"])
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    exchange.register_mailbox(
        address="accueil@msp-tilleuls.mssante.test", structure_id=StructureId(cast.tilleuls_id), imap_host="127.0.0.1",
        imap_port=9, smtp_host="127.0.0.1", smtp_port=9, username="accueil", password="secret",
    )  # fmt: skip
    biology = making.filing(
        type_code="11502-2", title="Biologie", media_type="text/xml", organization="Laboratoire du Port"
    )
    late = making.filing(
        type_code="11490-0", title="Lettre de liaison", media_type="text/xml", organization="CH du Littoral",
        ended_at=(clock.now() - dt.timedelta(days=2)).isoformat(),
    )  # fmt: skip
    row = Patient.objects.get(pk=patient)
    traits = replace(
        national.TRAITS, ins=None, ins_oid=None, birth_family_name=row.birth_family_name, used_family_name=None,
        birth_given_names=row.birth_given_names, first_birth_given_name=row.first_birth_given_name,
        used_given_name=None, birth_date=row.birth_date.isoformat(),
    )  # fmt: skip
    nadia = Author(
        id="899000000037", id_root="1.2.250.1.71.4.2.1", family_name="LEFÈVRE", given_name="Nadia",
        profession_code="G15_60", organization_id="1990000016", organization_name="Maison de santé des Tilleuls",
    )  # fmt: skip
    letter = replace(national.written(patient=traits), recipients=(nadia,))
    return Scene(
        patient=row.uuid,
        number=patient,
        biology=making.file(patient, biology, making.reader(cast.claire)).uuid,
        discharge=making.file(patient, late, making.reader(cast.claire)).uuid,
        letter=making.file_cda(patient, national.cda(letter)).uuid,
    )


@pytest.fixture
def agnes(cast: Cast) -> Client:
    """The coordinator."""
    person = Professional.objects.create(given_name="Agnès", family_name="Roux", profession_code="330")
    Attachment.objects.create(
        professional=person, structure_id=cast.tilleuls_id, start=LONG_AGO
    )
    account = Account.objects.create(identifier="agnes@demo", professional=person, structure_id=cast.tilleuls_id)
    from maillon.access.sessions import actor_of_account

    return world.sign_in(Client(), actor_of_account(account.pk))  # type: ignore[return-value]


def words(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.status_code
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.parametrize("tab", ["chronologie", "documents"])
def test_the_row_says_what_rubs(claire: Client, scene: Scene, tab: str) -> None:
    shown = words(claire, f"{scene.record}/{tab}")
    assert "Non structuré" in shown
    assert "Arrivée après la sortie" in shown


def test_the_document_says_what_to_do(claire: Client, scene: Scene) -> None:
    shown = words(claire, f"/document/{scene.biology}")
    assert "Biologie en PDF seul" in shown
    assert "Demander le compte rendu structuré au laboratoire" in shown
    shown = words(claire, f"/document/{scene.discharge}").replace("\u202f", " ")
    assert "(2 jours après la sortie, CH du Littoral)" in shown


def test_the_day_says_it_before_the_document_is_opened(claire: Client, scene: Scene) -> None:
    shown = words(claire, "/journee")
    assert "Non structuré" in shown
    assert "Arrivée après la sortie" in shown


def test_the_coordinator_sees_what_is_hers_and_says_it_is_seen(agnes: Client, nadia: Client, scene: Scene) -> None:
    assert "Ce qui a frotté" not in words(nadia, "/journee")
    shown = words(agnes, "/journee")
    assert "Ce qui a frotté" in shown
    assert "Lettre de liaison arrivée après le jour de la sortie" in shown
    notice = Notice.objects.get(fact="sortie_tardive")
    assert nadia.post(f"/ce-qui-a-frotte/{notice.uuid}/vu").status_code == 422
    assert agnes.post(f"/ce-qui-a-frotte/{notice.uuid}/vu").headers["Location"] == "/journee"
    assert "Ce qui a frotté" not in words(agnes, "/journee")
    assert "Ce qui a frotté" in words(agnes, f"{scene.record}/taches")


def test_the_counts_are_for_those_who_improve_how_the_team_works(agnes: Client, nadia: Client, scene: Scene) -> None:
    shown = words(agnes, "/ce-qui-a-frotte").replace("\u202f", " ")
    assert "IR8 · Document de l’hôpital arrivé trop tard 1 1" in shown
    assert "0 / 1 0 %" in shown, "« LDL J0 »"
    assert "effectif trop petit pour vous" in shown, "biology, which she does not read"
    assert nadia.get("/ce-qui-a-frotte").status_code == 404


@pytest.mark.parametrize(
    ("good", "total", "shown"),
    [(1999, 2000, "99,9"), (2000, 2000, "100"), (29, 100, "29"), (1, 3, "33,3"), (0, 1, "0")],
)
def test_hundred_percent_is_said_of_all_alone(good: int, total: int, shown: str) -> None:
    assert percent(good / total) == f"{shown}\u202f%"


def test_a_deposit_that_will_wait_says_so_before_and_after(
    claire: Client, sylvie: Client, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLON_DMP_ADRESSE", "https://dmp.invalide")
    page = f"/document/{scene.letter}"
    assert "L’identité n’est pas qualifiée" in words(claire, page)
    assert claire.post(f"{page}/dmp", {"acte": "deposer", "moyen": "oral"}).status_code == 302
    assert DmpAct.objects.get().state == "attente_ins"
    assert "En attente de l’INS" in words(claire, page)
    day = sylvie.get("/journee").content.decode()
    assert "Pièce d’identité à présenter" in day
    assert f"{scene.record}/identite" in day, "where the work is done"
    assert "Dépôt en attente de l’INS" in words(claire, f"{scene.record}/chronologie")


def test_the_secretary_is_told_what_waits_and_lets_it_go(
    claire: Client, sylvie: Client, scene: Scene, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AC7.2, in the pages: the task leads to the identity; the document that was presented qualifies it."""
    monkeypatch.setenv("MAILLON_DMP_ADRESSE", "https://dmp.invalide")
    page = f"{scene.record}/identite"
    assert "Des documents attendent" not in words(sylvie, page)
    claire.post(f"/document/{scene.letter}/dmp", {"acte": "deposer", "moyen": "oral"})
    assert "Des documents attendent Mon espace santé" in words(sylvie, page)
    row = Patient.objects.get(pk=scene.number)
    traits = patients.StrictTraits(
        birth_family_name=row.birth_family_name, birth_given_names=row.birth_given_names,
        first_birth_given_name=row.first_birth_given_name, birth_date=row.birth_date, sex=row.sex,
        birth_place_code="51215",
    )  # fmt: skip
    answer = patients.InsiAnswer(ins=national.INS, ins_oid=national.OID, traits=traits)
    patients.retrieve(making.key(scene.number, cast.sylvie), answer, reason="INSi")
    refused = sylvie.post(f"{page}/piece", {"piece": "permis"})
    assert (refused.status_code, "E-INS-15" in refused.content.decode()) == (422, True)
    assert "Qualifier l’identité" in words(sylvie, page)
    assert sylvie.post(f"{page}/piece", {"piece": "cni"}).headers["Location"] == f"{page}?piece"
    assert Patient.objects.get(pk=scene.number).identity_status == "QUAL"
    assert "La pièce contrôlée est notée" in words(sylvie, f"{page}?piece")
    holding.release(IdentityQualified(patient_id=scene.number))
    assert DmpAct.objects.get().state == "attente"
    assert "Des documents attendent" not in words(sylvie, page)
    assert "Pièce d’identité à présenter" not in words(sylvie, "/journee")
    assert sylvie.post(f"{page}/piece", {"piece": "cni"}).status_code == 404, "nothing more to control"


def test_a_document_presented_before_insi_answered_validates_the_identity(sylvie: Client, scene: Scene) -> None:
    page = f"{scene.record}/identite"
    assert sylvie.post(f"{page}/piece", {"piece": "passeport"}).status_code == 302
    assert Patient.objects.get(pk=scene.number).identity_status == "VALI"
    assert "Pièce présentée" not in words(sylvie, page)


def test_the_sender_learns_before_sending_and_has_the_paper_way(claire: Client, scene: Scene) -> None:
    page = f"/document/{scene.letter}/suite"
    shown = words(claire, page)
    assert "Sans adresse MSSanté connue" in shown
    assert "L’identité n’est pas qualifiée. Le remettre sur papier" in shown
    assert claire.post(f"{page}/papier/remis").headers["Location"].endswith("?fait=remis")
    assert claire.post(f"{page}/sans-adresse").headers["Location"].endswith("?fait=cherche")
    assert "remis sur papier" in words(claire, f"{page}?fait=remis")
    assert {(row.code, row.outcome) for row in Notice.objects.filter(document_uuid=scene.letter)} == {
        ("IR1", "Remis sur papier"), ("IR3", "")
    }  # fmt: skip
    assert "Un correspondant n’a pas d’adresse MSSanté" in words(claire, "/journee")
    Account.objects.filter(identifier="claire@demo").update(is_referent=True)
    assert "1 document remis sur papier" in words(claire, "/ce-qui-a-frotte").replace("\u202f", " ")


def test_a_letter_that_names_somebody_else_stays_and_the_page_says_why(
    claire: Client, sylvie: Client, scene: Scene
) -> None:
    Patient.objects.filter(pk=scene.number).update(birth_family_name="DURAND-ESSAI")
    page = f"/document/{scene.letter}/suite"
    answer = claire.post(f"{page}/envoyer", {"autre_adresse": "paul@cabinet-port.mssante.test"})
    assert answer.status_code == 422
    assert "Identité à vérifier" in words(claire, f"{scene.record}/chronologie")
    assert "Envoi arrêté" in words(claire, page)
    assert "Identitovigilance" in words(sylvie, "/journee")
    assert not Document.objects.filter(status="withdrawn").exists()


def test_who_does_not_open_the_record_controls_no_identity(paul: Client, scene: Scene) -> None:
    assert paul.post(f"{scene.record}/identite/piece", {"piece": "cni"}).status_code == 404
