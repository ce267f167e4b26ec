"""The « Plans » tab: a nurse includes a patient in two gestures, and what the page says is what was decided."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from maillon.kernel.key import PatientId
from maillon.pathways.models import Deviation, Goal, Plan, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState
from maillon.writing.models import Draft
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team
from tests.web import world


@pytest.fixture
def version(cast: Cast) -> ProtocolVersion:
    return team.in_force(cast, "DIAB-01")


@pytest.fixture
def patient(cast: Cast) -> PatientId:
    return team.diabetic(cast, treating=cast.claire)


@pytest.fixture
def nadia(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.nadia)  # type: ignore[return-value]


def page(patient: PatientId, tab: str = "plans") -> str:
    return f"/dossier/{making.uuid_of(patient)}/{tab}"


def included(cast: Cast, patient: PatientId, version: ProtocolVersion) -> Plan:
    return team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7"})


def test_a_nurse_includes_from_the_record_in_two_gestures(
    nadia: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    first = nadia.get(page(patient)).content.decode()  # the first: the tab « Plans »
    assert "Le dossier remplit les critères" in first
    assert "18 ans ou plus" in first
    assert "Diabète de type 2 le" in first
    assert "En incluant, vous dites avoir vérifié" in first
    second = nadia.post(page(patient), {"protocole": str(version.uuid), "accord": "oui"}, follow=True)
    said = second.content.decode()
    assert "Le patient est inclus" in said
    assert Plan.objects.get().is_running
    assert "à fixer par" in said  # the target, by the physician
    for who in ("Médecin", "Infirmier", "Pharmacien"):
        assert f'<h3 class="small-title in-card">{who}</h3>' in said


def test_a_refused_inclusion_says_why_on_the_same_page(
    nadia: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    team.says(patient, "problem", "Z33", "Grossesse", team.ICD10)
    shown = nadia.get(page(patient)).content.decode()
    assert "ce patient n’entre pas dans ce protocole" in shown
    answer = nadia.post(page(patient), {"protocole": str(version.uuid), "accord": "oui"})
    assert "critère d’exclusion présent" in answer.content.decode()
    assert not Plan.objects.exists()


def test_what_was_typed_comes_back_with_a_refusal(
    cast: Cast, nadia: Client, claire: Client, patient: PatientId
) -> None:
    version = team.in_force(cast, "APPENDICE-AMBU")
    team.says(patient, "problem", "K35.8", "Appendicite aiguë", team.ICD10)
    typed = {"protocole": str(version.uuid), "accord": "oui", "date-operation": "45/13/2026", "preuve": "classeur 12"}
    shown = nadia.post(page(patient), typed).content.decode()
    assert "Cette date n’est pas reconnue" in shown
    assert 'value="45/13/2026"' in shown
    assert 'value="classeur 12"' in shown
    nadia.post(page(patient), typed | {"date-operation": "31032027"})
    again = nadia.post(page(patient), typed | {"date-operation": "31032027"}).content.decode()
    assert "Un plan de ce protocole est déjà ouvert" in again, "although it is offered no more"
    here = page(patient, f"plan/{Plan.objects.get().uuid}")
    changed = claire.post(here, {"geste": "cible", "date-operation": "32/01/2027"}).content.decode()
    assert 'value="32/01/2027"' in changed
    assert Plan.objects.get().dates == {"operation": "2027-03-31"}


def test_a_revision_that_is_none_is_no_fault_of_ours(
    cast: Cast, claire: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    here = page(patient, f"plan/{included(cast, patient, version).uuid}")
    for revision in ("²", "", "-1"):
        assert claire.post(here, {"geste": "texte", "texte": "Marcher.", "revision": revision}).status_code == 302


def test_a_refusal_of_the_patient_is_shown_with_what_they_said(
    nadia: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    nadia.post(page(patient), {"protocole": str(version.uuid), "geste": "refus", "motif": "pas maintenant"})
    shown = nadia.get(page(patient)).content.decode()
    assert "refus du patient" in shown
    plan = Plan.objects.get()
    assert "pas maintenant" in nadia.get(page(patient, f"plan/{plan.uuid}")).content.decode()


def test_an_alert_shows_its_reason_and_the_row_of_the_table_with_nothing_to_fill_in(
    cast: Cast, claire: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    team.says(patient, "medication", "A10BA02", "Metformine", team.ATC)
    plan = included(cast, patient, version)
    team.report(patient, "62238-1", "26", unit="mL/min/{1.73_m2}", label="DFG")
    team.work()
    shown = claire.get(page(patient, f"plan/{plan.uuid}")).content.decode()
    assert "Débit de filtration sous 30 avec de la metformine" in shown
    row = re.search(r'<tr class="is-row">(.*?)</tr>', shown, re.S)
    assert row is not None
    assert "moins de 30" in row[1]
    assert "Contre-indiquée" in row[1]
    assert not re.search(r'name="(dose|posologie)', shown)


def test_every_gesture_on_a_plan(cast: Cast, claire: Client, patient: PatientId, version: ProtocolVersion) -> None:
    plan = included(cast, patient, version)
    here = page(patient, f"plan/{plan.uuid}")

    def act(gesture: str, **fields: str) -> str:
        return claire.post(here, {"geste": gesture} | fields, follow=True).content.decode()

    assert "L’étape est faite" in act("fait", etape=str(PlanStep.objects.get(step="M1").uuid), commentaire="vu")
    assert "Dites en quelques mots pourquoi" in act("non-fait", etape=str(PlanStep.objects.get(step="I3").uuid))
    assert "laissée" in act("non-fait", etape=str(PlanStep.objects.get(step="I3").uuid), commentaire="lecteur cassé")
    assert "L’objectif est enregistré" in act("objectif", texte="Jardiner", de="patient")
    goal = Goal.objects.get()
    act("objectif", objectif=str(goal.uuid), etat="atteint")
    assert "Le texte est enregistré" in act("texte", texte="Marcher.", revision="0")
    assert "choisissez" in act("texte", texte="Nager.", revision="0")
    assert "La cible est enregistrée" in act("cible", **{"cible-hba1c": "8.0"})
    assert "L’écart est noté" in act("ecart", motif="suivi en ville par le diabétologue")
    assert "ne passe pas à" in act("etat", etat="propose")
    assert "a changé d’état" in act("etat", etat="suspendu", motif="Hospitalisation", precision="huit jours")
    assert "Hospitalisation (huit jours)" in act("inconnu")
    assert "Le retrait est noté" in act("retrait", motif="fatigué")
    plan.refresh_from_db()
    assert (plan.is_over, Deviation.objects.count(), Goal.objects.get().state) == (True, 2, "atteint")
    assert PlanStep.objects.filter(state__in=[StepState.ASKED, StepState.AHEAD]).count() == 0


def test_a_plan_goes_out_as_a_letter_with_what_it_says(
    cast: Cast, claire: Client, nadia: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    plan = included(cast, patient, version)
    here = page(patient, f"plan/{plan.uuid}")
    claire.post(here, {"geste": "objectif", "texte": "Jardiner", "de": "patient"})
    answer = claire.post(here, {"geste": "courrier"})
    draft = Draft.objects.get()
    assert answer["Location"].endswith(f"/brouillon/{draft.uuid}")
    assert draft.content["texts"]["attentes"] == "Jardiner"
    assert "Médecin : Fixer la cible d’HbA1c" in draft.content["texts"]["actions"]
    assert "Envoyer comme document" not in nadia.get(here).content.decode()  # her profession does not write it


def test_the_protocol_s_page_counts_and_names_only_whom_one_may_see(
    cast: Cast, claire: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    included(cast, patient, version)
    listed = claire.get("/protocoles/suivi").content.decode()
    assert "Suivi coordonné du diabète" in listed
    shown = claire.get(f"/protocoles/suivi/{version.uuid}").content.decode()
    assert f"/dossier/{making.uuid_of(patient)}/plan/" in shown
    assert "100,0" in shown
    assert "non calculable" in shown
    paul = world.sign_in(Client(), cast.paul)
    assert paul.get(f"/protocoles/suivi/{version.uuid}").status_code == 404  # type: ignore[attr-defined]
    assert paul.get(page(patient)).status_code == 404  # type: ignore[attr-defined]


def test_the_proof_of_the_aci_is_for_those_who_must_give_it(
    cast: Cast, claire: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    included(cast, patient, version)
    from maillon.kernel import clock

    year = clock.today().year
    assert claire.get(f"/protocoles/suivi/aci/{year}").status_code == 404
    from maillon.access.models import Account

    Account.objects.filter(professional_id=cast.claire.professional_id).update(is_referent=True)
    answer = claire.get(f"/protocoles/suivi/aci/{year}")
    assert "DIAB-01" in answer.content.decode("utf-8-sig")
    assert "total;;;;;;100" in answer.content.decode("utf-8-sig")


def test_a_secretary_reads_no_plan(
    cast: Cast, sylvie: Client, patient: PatientId, version: ProtocolVersion
) -> None:
    plan = included(cast, patient, version)
    assert "ne sont pas ouverts à votre profession" in sylvie.get(page(patient)).content.decode()
    assert sylvie.get(page(patient, f"plan/{plan.uuid}")).status_code == 404
