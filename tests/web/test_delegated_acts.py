"""A physiotherapist at the patient's side, on the pages: from « Ouvrir un acte » to its end, and each refusal."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from maillon.access.models import JournalEntry
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.pathways import declarations, teams
from maillon.pathways.cooperation_states import ActState
from maillon.pathways.models import AdverseEvent, DelegatedAct, DerogatoryAct, Plan, ProtocolVersion, TeamMember
from maillon.tasks.models import Task
from maillon.writing.models import Draft
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import delegating
from tests.pathways.conftest import hands
from tests.pathways.delegating import BEGINNING, MILD, NO_FLAG, NO_OTTAWA, ankle, hugo, ready
from tests.web import world

__all__ = ["ankle", "hands", "hugo", "ready"]


@pytest.fixture
def patient(cast: Cast) -> PatientId:
    return delegating.limping(cast)


@pytest.fixture
def his(hands: object, hugo: Actor) -> Client:
    return world.sign_in(Client(), hugo)  # type: ignore[return-value]


def opened(his: Client, patient: PatientId, version: ProtocolVersion) -> str:
    sent = {"protocole": str(version.uuid), "fondement": "cooperation"}
    return his.post(f"/dossier/{making.uuid_of(patient)}/acte", sent).headers["Location"]


def said(his: Client, place: str, gesture: str, **more: object) -> str:
    return his.post(place, {"geste": gesture, **more}, follow=True).content.decode()


def answers(his: Client, place: str, answered: dict[str, str]) -> str:
    shown = his.get(place).content.decode()
    revision = re.search(r'name="revision" value="(\d+)"', shown)
    node = re.search(r'name="noeud" value="(\w+)"', shown)
    assert revision is not None
    assert node is not None
    typed = {f"r-{code}": text for code, text in answered.items()}
    return said(his, place, "repondre", revision=revision[1], noeud=node[1], **typed)


def test_an_act_from_the_plans_to_the_report(
    his: Client, patient: PatientId, ready: ProtocolVersion, hugo: Actor
) -> None:
    plans = his.get(f"/dossier/{making.uuid_of(patient)}/plans").content.decode()
    assert "Ouvrir un acte délégué" in plans
    place = opened(his, patient, ready)
    assert "Votre kinésithérapeute vous propose" in his.get(place).content.decode()
    assert "Dites où se trouve l’accord écrit" in said(his, place, "accord", accord="oui", preuve="")
    asked = said(his, place, "accord", accord="oui", preuve="classeur 3")
    assert "Torsion de cinq jours au plus" in asked
    assert "Traumatisme en torsion de la cheville" in asked
    assert "Plaie" not in asked  # one node at a time
    assert "Drapeau rouge" in answers(his, place, dict(BEGINNING))
    lacking = answers(his, place, dict(NO_FLAG) | {"fievre": ""})
    assert "Cette question attend une réponse" in lacking
    assert "Risque thrombo-embolique" in answers(his, place, {"fievre": "non"})
    answers(his, place, {"risque_te": "non"})
    answers(his, place, dict(NO_OTTAWA))
    assert "Prise en charge par le délégué" in answers(his, place, dict(MILD))
    assert "Le compte rendu est attendu" in said(his, place, "prise-en-charge")
    assert "De 1 à 5" in said(his, place, "derogatoire", acte="arret", jours="6")
    assert 'value="6"' in said(his, place, "derogatoire", acte="arret", jours="6")  # nothing typed is lost
    assert "3\u202fjours" in said(his, place, "derogatoire", acte="arret", jours="3")
    assert "n’est pas parti au médecin traitant" in said(his, place, "clore", motif="Guérison")
    written = his.post(place, {"geste": "compte-rendu"})
    draft = Draft.objects.get()
    assert written.headers["Location"].endswith(f"/brouillon/{draft.uuid}")
    texts = draft.content["texts"]
    assert "N8 Prise en charge par le délégué" in texts["examen"]
    assert "Arrêt de travail de courte durée, 3 jours" in texts["actes"]
    assert DerogatoryAct.objects.get().days == 3


def test_a_refusal_is_one_gesture_and_the_appointment_is_asked(
    his: Client, patient: PatientId, ready: ProtocolVersion
) -> None:
    place = opened(his, patient, ready)
    page = said(his, place, "refus", motif="préfère son médecin")
    assert "Le rendez-vous médical ordinaire est demandé" in page
    assert "préfère son médecin" in page
    assert Task.objects.filter(title__startswith="Rendez-vous médical").count() == 1


def test_an_age_out_of_bounds_leads_to_the_ordinary_circuit(
    cast: Cast, his: Client, ready: ProtocolVersion
) -> None:
    old = delegating.limping(cast, years=56)
    sent = {"protocole": str(ready.uuid), "fondement": "acces_direct"}
    page = his.post(f"/dossier/{making.uuid_of(old)}/acte", sent).content.decode()
    assert "Âge hors du protocole" in page
    act = DelegatedAct.objects.get()
    done = said(his, f"/dossier/{making.uuid_of(old)}/acte/{act.uuid}", "ordinaire")
    assert "Le rendez-vous médical ordinaire est demandé" in done
    act.refresh_from_db()
    assert (act.ground, act.state) == ("acces_direct", ActState.NOT_OPENED)


def test_nobody_to_call_is_said_with_the_way_out(his: Client, patient: PatientId, ankle: ProtocolVersion) -> None:
    sent = {"protocole": str(ankle.uuid)}
    answer = his.post(f"/dossier/{making.uuid_of(patient)}/acte", sent)
    assert "Aucun médecin délégant n’est joignable" in answer.content.decode()
    assert not DelegatedAct.objects.exists()


def test_a_compulsory_call_shows_whom_to_call_and_keeps_what_was_decided(
    his: Client, patient: PatientId, ready: ProtocolVersion
) -> None:
    place = opened(his, patient, ready)
    said(his, place, "accord", accord="oui", preuve="classeur")
    answers(his, place, dict(BEGINNING))
    answers(his, place, dict(NO_FLAG))
    page = answers(his, place, {"risque_te": "inconnu"})
    assert "Appel obligatoire du délégant" in page
    assert 'href="tel:0600000000"' in page
    karim = TeamMember.objects.get(role="delegant")
    given = {"delegant": str(karim.uuid), "issue": "poursuivre"}
    kept = said(his, place, "appel", **given, decision="")
    assert "Notez en quelques mots la décision" in kept
    assert "Dites ce que le délégant a décidé" in said(his, place, "appel", delegant=str(karim.uuid), decision="oui")
    assert "L’appel est noté" in said(his, place, "appel", **given, decision="Pas de facteur")


def test_a_plan_of_cooperation_is_moved_by_its_act_alone(
    his: Client, patient: PatientId, ready: ProtocolVersion
) -> None:
    here = f"/dossier/{making.uuid_of(patient)}"
    refused = his.post(f"{here}/plans", {"protocole": str(ready.uuid), "accord": "oui", "preuve": "x"})
    assert "se conduit par un acte délégué" in refused.content.decode()
    place = opened(his, patient, ready)
    plan = Plan.objects.get()
    assert "Conduire l’acte" in his.get(f"{here}/plan/{plan.uuid}").content.decode()
    moved = his.post(f"{here}/plan/{plan.uuid}", {"geste": "etat", "etat": "sorti", "motif": "Autre"})
    assert "se conduit par un acte délégué" in moved.content.decode()
    assert place.split("/")[-1] in his.get(f"{here}/plans").content.decode()


def test_an_adverse_event_is_declared_and_analysed_on_the_act(
    cast: Cast, his: Client, patient: PatientId, ready: ProtocolVersion, hugo: Actor
) -> None:
    from tests.pathways import team

    act = delegating.cared(team.key(patient, hugo), ready)
    place = f"/dossier/{making.uuid_of(patient)}/acte/{act.uuid}"
    typed = {"gravite": "eig", "nature": "diagnostic", "recit": "Fracture vue plus tard"}
    kept = said(his, place, "evenement", **typed, survenu="31022026")
    assert "Fracture vue plus tard" in kept
    assert not AdverseEvent.objects.exists()
    assert "L’événement est déclaré" in said(his, place, "evenement", **typed, survenu="01122026")
    event = AdverseEvent.objects.get()
    done = said(his, place, "analyse", evenement=str(event.uuid), causes="Radio tardive", mesures="Relire Ottawa")
    assert "Relire Ottawa" in done


def test_the_colleague_reads_the_act_and_does_not_answer_in_the_place_of_the_delegate(
    cast: Cast, his: Client, patient: PatientId, ready: ProtocolVersion
) -> None:
    place = opened(his, patient, ready)
    said(his, place, "accord", accord="oui", preuve="classeur")
    hers = world.sign_in(Client(), cast.nadia)
    page = hers.get(place).content.decode()
    assert "examine le patient" in page
    assert 'value="repondre"' not in page
    assert "Vous n’êtes pas habilité" in hers.post(place, {"geste": "repondre"}).content.decode()


def test_nobody_outside_reads_an_act(cast: Cast, his: Client, patient: PatientId, ready: ProtocolVersion) -> None:
    place = opened(his, patient, ready)
    paul = world.sign_in(Client(), cast.paul)
    assert paul.get(place).status_code == 404
    other = delegating.limping(cast)
    act = place.split("/")[-1]
    assert his.get(f"/dossier/{making.uuid_of(other)}/acte/{act}").status_code == 404


def test_the_examination_is_neither_thrown_away_nor_signed_under_its_act(
    his: Client, patient: PatientId, ready: ProtocolVersion
) -> None:
    place = opened(his, patient, ready)
    said(his, place, "accord", accord="oui", preuve="classeur")
    answers(his, place, dict(BEGINNING))
    draft = f"/dossier/{making.uuid_of(patient)}/questionnaire/{DelegatedAct.objects.get().response_uuid}"
    typed = {"revision": "1"} | {f"r-{code}": text for code, text in BEGINNING.items()}
    for sent in (his.get(draft), his.post(f"{draft}/jeter"), his.post(f"{draft}/signer", typed)):
        assert sent.headers["Location"] == place
    assert "Drapeau rouge" in his.get(place).content.decode()


def test_who_does_not_lead_the_act_is_denied_and_the_journal_says_so(
    cast: Cast, his: Client, patient: PatientId, ready: ProtocolVersion
) -> None:
    place = opened(his, patient, ready)
    said(his, place, "accord", accord="oui", preuve="classeur")
    lea = delegating.physiotherapist(cast, "lea")
    her = delegating.joined(cast, ready, lea, "delegue", "10")
    teams.entitle(cast.claire, ready, her.uuid)
    declarations.declare(cast.claire, ready, on=clock.today())
    hers = world.sign_in(Client(), lea)
    assert hers.post(place, {"geste": "repondre", "revision": "0", "r-torsion": "oui"}).status_code == 404
    denied = JournalEntry.objects.latest("id")
    assert (denied.decision, denied.actor_label) == ("deny", lea.label)
