"""The cooperation of a structure on its pages: team, file of declaration, who can be called, suspension, report."""

from __future__ import annotations

import pytest
from django.test import Client

from maillon.kernel.key import Actor
from maillon.pathways.models import AuthorityNotice, ProtocolVersion, Suspension, TeamMember, TeamOpinion
from maillon.patients.models import Patient
from tests.conftest import Cast
from tests.pathways import delegating, team
from tests.pathways.conftest import hands
from tests.pathways.delegating import ankle, hugo, ready
from tests.web import world

__all__ = ["ankle", "hands", "hugo", "ready"]


@pytest.fixture
def claire(hands: object, cast: Cast) -> Client:
    return world.sign_in(Client(), cast.claire)  # type: ignore[return-value]


def said(who: Client, version: ProtocolVersion, gesture: str, **more: object) -> str:
    return who.post(f"/cooperation/{version.uuid}", {"geste": gesture, **more}, follow=True).content.decode()


def test_a_team_is_built_from_the_page(cast: Cast, claire: Client, hands: object, hugo: Actor) -> None:
    version = team.in_force(cast, "TORSION-CHEVILLE")
    empty = claire.get(f"/cooperation/{version.uuid}").content.decode()
    assert "Personne n’est encore volontaire" in empty
    assert "il n’est pas déclaré" in empty
    assert "Un rôle n’est pas tenu" in empty
    for who, role in ((hugo, "delegue"), (cast.karim, "delegant")):
        joined = said(claire, version, "rejoindre", qui=f"{role}:{who.professional_id}", engage="01102026")
        assert "Le volontaire est dans l’équipe" in joined
    him = str(TeamMember.objects.get(role="delegue").uuid)
    wrong = said(claire, version, "formation", membre=him, le="15102026", heures="dix", intitule="Cheville")
    assert "un nombre d’heures" in wrong
    assert 'value="Cheville"' in wrong  # nothing typed is lost
    said(claire, version, "formation", membre=him, le="15102026", heures="9,5", intitule="Cheville", formateur="Dr M")
    assert "il manque 0,5 h sur 10 h" in said(claire, version, "habiliter", membre=him)
    said(claire, version, "formation", membre=him, le="20102026", heures="0,5", intitule="Fin", formateur="Dr M")
    assert "L’habilitation est donnée" in said(claire, version, "habiliter", membre=him)
    assert "Actif" in said(claire, version, "declarer", le="01122026", reference="2026-17")
    listed = claire.get("/cooperation").content.decode()
    assert "1 sur 1" in listed.replace("\u202f", " ")


def test_a_delegating_physician_says_until_when_they_can_be_called(cast: Cast, ankle: ProtocolVersion) -> None:
    karim = world.sign_in(Client(), cast.karim)
    page = said(karim, ankle, "joignable", heures="4", telephone="06 12 34 56 78")
    assert "06 12 34 56 78" in page
    assert "Plus joignable" in page
    assert "Personne n’est joignable" in said(karim, ankle, "joignable", heures="0", telephone="06 12 34 56 78")


def test_the_file_leaves_as_paper_and_as_an_archive(cast: Cast, claire: Client, ready: ProtocolVersion) -> None:
    paper = claire.get(f"/cooperation/{ready.uuid}/declaration/pdf")
    assert paper.content.startswith(b"%PDF")
    assert claire.get(f"/cooperation/{ready.uuid}/declaration/zip").content.startswith(b"PK")
    assert claire.get(f"/cooperation/{ready.uuid}/declaration/doc").status_code == 404
    nadia = world.sign_in(Client(), cast.nadia)
    assert nadia.get(f"/cooperation/{ready.uuid}/declaration/pdf").status_code == 404
    title = "Attestations de formation"
    assert "La pièce est notée" in said(claire, ready, "piece", piece=title, lieu="classeur qualité")


def test_the_protocol_is_suspended_told_and_taken_up_again(
    cast: Cast, claire: Client, ready: ProtocolVersion, hugo: Actor
) -> None:
    patient = delegating.limping(cast)
    delegating.cared(team.key(patient, hugo), ready)
    assert "Choisissez le motif" in said(claire, ready, "suspendre", precision="à revoir")
    kept = said(claire, ready, "suspendre", motif="eig", precision="")
    assert "pourquoi le protocole est suspendu" in kept
    page = said(claire, ready, "suspendre", motif="eig", precision="fracture non vue")
    assert "aucun acte ne s’ouvre plus" in page
    assert "1\u202fpatient remis" in page
    notice = AuthorityNotice.objects.get()
    name = Patient.objects.get(pk=patient).birth_family_name
    refused = said(claire, ready, "envoye", signalement=str(notice.uuid), texte=f"Il s’agit de {name}.")
    assert "l’agence ne reçoit aucune identité" in refused
    assert f"Il s’agit de {name}." in refused
    assert "L’envoi du signalement est noté" in said(
        claire, ready, "envoye", signalement=str(notice.uuid), texte=notice.text
    )
    assert "La suspension est levée" in said(claire, ready, "lever", precision="équipe réunie")
    assert Suspension.objects.get().lifted_at is not None


def test_the_report_of_the_year_is_shown_and_leaves(
    cast: Cast, claire: Client, ready: ProtocolVersion, hugo: Actor
) -> None:
    delegating.cared(team.key(delegating.limping(cast), hugo), ready)
    karim = world.sign_in(Client(), cast.karim)
    assert "Votre avis est enregistré" in said(karim, ready, "avis", niveau="4")
    assert TeamOpinion.objects.get().level == 4
    page = claire.get(f"/cooperation/{ready.uuid}").content.decode()
    assert "100,0\u202f%" in page
    table = claire.get(f"/cooperation/{ready.uuid}/rapport/2026/csv").content.decode("utf-8-sig")
    assert "TORSION-CHEVILLE;2026;4;" in table
    assert claire.get(f"/cooperation/{ready.uuid}/rapport/2026/pdf").content.startswith(b"%PDF")
    assert claire.get(f"/cooperation/{ready.uuid}/rapport/1999/csv").status_code == 404
    assert "2025" in claire.get(f"/cooperation/{ready.uuid}?annee=2025").content.decode()


def test_a_structure_next_door_sees_nothing(cast: Cast, ready: ProtocolVersion) -> None:
    paul = world.sign_in(Client(), cast.paul)
    assert paul.get(f"/cooperation/{ready.uuid}").status_code == 404
    assert paul.post(f"/cooperation/{ready.uuid}", {"geste": "suspendre"}).status_code == 404
    assert "Aucun protocole de coopération" in paul.get("/cooperation").content.decode()


def test_whoever_does_not_answer_for_the_team_reads_and_changes_nothing(cast: Cast, ready: ProtocolVersion) -> None:
    nadia = world.sign_in(Client(), cast.nadia)
    page = nadia.get(f"/cooperation/{ready.uuid}").content.decode()
    assert "Ajouter un volontaire" not in page
    assert 'value="suspendre"' not in page
    assert "Rapport annuel" not in page
    assert nadia.get(f"/cooperation/{ready.uuid}/rapport/2026/csv").status_code == 404
    assert "tenue par la coordination ou un médecin" in said(nadia, ready, "declarer", le="01122026")
