"""A new protocol is one YAML file: one that no code knows is put in force, a patient enters it and six months go by."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import time_machine

from maillon.kernel import clock
from maillon.kernel.key import PatientId
from maillon.pathways import checking, indicators, reactions, rehearsal
from maillon.pathways.models import Alert, PlanStep
from maillon.pathways.states import StepState
from maillon.record import api as record
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team

THYROID = """
code: THYR-07
nature: ppspr
statut: local
titre: Hypothyroïdie de l’adulte, équilibration du traitement
theme: hypothyroïdie
justification: Vingt patients par médecin, des TSH espacées de plus d’un an.
source: Accord de l’équipe
provenance: local
auteurs: ["Équipe d’essai"]
relu_le: 2026-11-28
a_revoir_le: 2027-11-28
professions: [G15_10, G15_60, G15_21]
objectifs: [{dire: "Huit TSH sur dix dans la cible", indicateurs: [R1]}]
population:
  inclusion: [{dire: "Hypothyroïdie", si: 'diagnostic("E03*")'}, {dire: "Adulte", si: "âge >= 18"}]
  exclusion: [{dire: "Grossesse", si: 'diagnostic("Z33*")'}]
parametres: [{nom: tsh, libelle: TSH visée, unite: "mUI/L", libre: true, minimum: 0.1, maximum: 10}]
information: {texte: "Nous vous proposons un suivi organisé de votre thyroïde.", consentement: oral}
etapes:
  - {id: TSH, qui: [G15_10], quoi: Dosage de TSH, quand: {tous_les: 6 semaines, sauf: [{si: 'au_moins(2, résultat("3016-3") <= cible("tsh"))', tous_les: 6 mois}]}, fait_quand: 'renseigné(résultat("3016-3") depuis 15 jours)', ouvre: 7 jours}
  - {id: ETAT, qui: [G15_60], quoi: "Fatigue, poids, frilosité", quand: {a: [J+10], tous_les: 3 mois}, formulaire: THYR, ouvre: 3 jours, fenetre: 5 jours}
  - {id: PHAR, qui: [G15_21], quoi: Prise à jeun, quand: {depuis: TSH, a: [7 jours]}, condition: 'résultat("3016-3") > cible("tsh")'}
alertes:
  - {id: HAUTE, sur: résultat, si: 'résultat("3016-3") depuis 1 mois > cible("tsh") + 6', niveau: orange, prevenir: G15_10, delai: 7 jours, dire: TSH très au-dessus de la cible}
  - {id: OUBLI, sur: jour, si: 'délai(résultat("3016-3")) > 60', niveau: orange, prevenir: G15_60, delai: 3 jours, dire: Pas de TSH depuis deux mois}
indicateurs:
  - {id: C1, libelle: Couverture, categorie: couverture, population: patients, denominateur: 'diagnostic("E03*")', numerateur: 'étape("inclusion")'}
  - {id: P1, libelle: État relevé à temps, categorie: processus, genre: etapes, etape: ETAT, sous: 5 jours}
  - {id: R1, libelle: TSH dans la cible, categorie: résultat, denominateur: 'étape("inclusion")', numerateur: 'résultat("3016-3") <= cible("tsh")', cible: 0.8}
bibliographie: [{titre: "Texte de l’équipe", date: 2026-01-10}]
avis_medical: ["Grossesse, trouble du rythme"]
regle_si: "L’hypothyroïdie est codée E03."
exemples:
  - titre: À l’inclusion
    patient: {age: 50, faits: [{dit: diagnostic, code: E03.9}, {dit: résultat, code: 3016-3, valeur: 14, il_y_a: 20 jours}], parametres: {tsh: 4}}
    attend: {inclusion: oui, taches: [TSH], alertes: [HAUTE]}
"""  # noqa: E501 (one line a thing, as in the files)


def test_one_file_and_six_months(cast: Cast, hands: time_machine.Traveller) -> None:
    looked = checking.look_at(THYROID, "THYR-07.yaml")
    assert looked.faults == ()
    assert looked.protocol is not None
    assert [rehearsal.mismatches(looked.protocol, each) for each in looked.protocol.exemples] == [[]]
    version = team.in_force(cast, "THYR-07", text=THYROID)
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    making.link(patient, cast.claire, "medecin_traitant")
    team.says(patient, "problem", "E03.9", "Hypothyroïdie", team.ICD10)
    plan = team.include(cast, patient, version, cast.claire, parameters={"tsh": "4"})

    values = {4: "14.0", 50: "5.2", 95: "3.1", 140: "2.9"}  # TSH, by the day on which they come
    for day in range(184):
        if day in values:
            team.report(patient, "3016-3", values[day], unit="m[IU]/L", label="TSH")
        if day in (11, 104):
            _answer(cast, patient)
        team.work()
        reactions.sweep()
        hands.shift(dt.timedelta(days=1))

    done = {(row.step, row.rank): row for row in PlanStep.objects.filter(plan=plan, state=StepState.DONE)}
    assert [step for step, _ in sorted(done)].count("TSH") == 4
    assert done["ETAT", 1].state == StepState.DONE
    last = PlanStep.objects.filter(plan=plan, step="TSH").order_by("rank").last()
    assert last is not None
    # At target twice: in six months.
    assert (last.rank, clock.in_paris(last.due_at).date() - clock.in_paris(done["TSH", 4].done_at).date()) == (
        5, dt.date(2027, 10, 20) - dt.date(2027, 4, 20),
    )  # fmt: skip
    # Above target twice: the pharmacist was asked twice, and no more once it was reached.
    asked = PlanStep.objects.filter(plan=plan, step="PHAR").exclude(state=StepState.AHEAD)
    assert asked.count() == 2
    assert [(alert.alert, alert.level) for alert in Alert.objects.order_by("id")] == [("HAUTE", "orange")]
    found = {each.indicator.id: each for each in indicators.measure(cast.claire, version)}
    assert (found["C1"].shown, found["R1"].shown) == ("100,0\u202f%", "100,0\u202f%")
    assert (found["P1"].numerator, found["P1"].denominator) == (2, 2)


def _answer(cast: Cast, patient: PatientId) -> None:
    response = uuid.uuid4()
    record.note_answers(
        team.key(patient, cast.nadia), response=response, form="THYR", title="Thyroïde", type_code="34120-6",
        at=clock.now(), answers=[record.NotedAnswer(item="fatigue", label="Fatigue", text="non", value=Decimal(0))],
    )  # fmt: skip
    reactions.form_signed(
        reactions.FormSigned(response_uuid=response, patient_id=patient, form_code="THYR", origin="")
    )
