"""Another nature is another file: states with guards that refuse by their code, a decision tree that says its path."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine

from maillon.kernel import clock
from maillon.kernel.key import PatientId
from maillon.kernel.message import UserMessage
from maillon.pathways import checking, guards, moving, tree
from maillon.pathways.definition import Node
from maillon.questions.api import Question, Subject
from maillon.record import api as record
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team
from tests.pathways.test_one_file import THYROID

SURGERY = (
    THYROID.replace("code: THYR-07", "code: AMBU-01")
    .replace("nature: ppspr", "nature: ambulatoire")
    .replace("theme: hypothyroïdie", "theme: ambulatoire")
    .replace(
        "etapes:\n",
        """dates: [{nom: intervention, libelle: Date de l’intervention}]
etats:
  - {nom: prevu, libelle: Prévu, genre: attente, vers: [programme]}
  - {nom: programme, libelle: Programmé, genre: actif, vers: [sorti, annule]}
  - nom: sorti
    libelle: Sorti
    genre: fin
    exige:
      - {si: 'réponse("PADSS", "total") >= 9', refus: E-AMB-01, dire: Score d’aptitude inférieur à 9}
      - {si: 'document("11490-0")', refus: E-AMB-02, dire: Lettre de liaison non signée}
      - {regle: alertes_acquittees, refus: E-AMB-06, dire: Une alerte attend une réponse}
  - {nom: annule, libelle: Annulé, genre: fin, motifs: [Fièvre, Sans accompagnant]}
etapes:
  - {id: VEILLE, qui: [G15_60], quoi: Appel de la veille, quand: {depuis: intervention, a: [J-1]}, ouvre: 1 jour, fenetre: 6 heures}
""",  # noqa: E501
        1,
    )
)


def test_a_guard_refuses_by_its_code_and_says_what_is_not_known(cast: Cast, hands: time_machine.Traveller) -> None:
    assert checking.look_at(SURGERY, "AMBU-01.yaml").faults == ()
    version = team.in_force(cast, "AMBU-01", text=SURGERY)
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    team.says(patient, "problem", "E03.9", "Hypothyroïdie", team.ICD10)
    with pytest.raises(UserMessage) as without:
        team.include(cast, patient, version)
    assert without.value.code == "E-PRO-12"  # the date of the operation
    plan = team.include(cast, patient, version, dates={"intervention": dt.date(2026, 12, 10)})
    access = team.key(patient, cast.claire)
    due = plan.steps.get(step="VEILLE").due_at
    assert due.date() == dt.date(2026, 12, 9)
    moving.choose(access, plan.uuid, {}, dates={"intervention": dt.date(2026, 12, 17)})
    moved = plan.steps.filter(step="VEILLE").exclude(state="annulee").get()
    assert moved.due_at.date() == dt.date(2026, 12, 16)
    moving.choose(access, plan.uuid, {}, dates={"intervention": dt.date(2026, 12, 10)})
    back = plan.steps.filter(step="VEILLE").exclude(state="annulee").get()
    assert back.due_at.date() == dt.date(2026, 12, 9)

    def leave() -> str:
        with pytest.raises(UserMessage) as refused:
            moving.move(access, plan.uuid, "sorti")
        plan.refresh_from_db()
        assert plan.state == "programme"
        return f"{refused.value.code} {refused.value.message}"

    assert leave().startswith("E-AMB-01 Score d’aptitude inférieur à 9\u202f: rien au dossier")
    _scored(cast, patient, "8")
    assert "Total 8" in leave()
    _scored(cast, patient, "9")
    assert leave().startswith("E-AMB-02")
    making.file(patient, making.filing(type_code="11490-0", title="Lettre de liaison"))
    moving.move(access, plan.uuid, "sorti")


def _scored(cast: Cast, patient: PatientId, total: str) -> None:
    record.note_answers(
        team.key(patient, cast.nadia), response=uuid.uuid4(), form="PADSS", title="PADSS", type_code="34120-6",
        at=clock.now(), answers=[record.NotedAnswer(item="total", label="Total", value=Decimal(total))],
    )  # fmt: skip


def test_a_rule_that_nobody_gives_refuses() -> None:
    with pytest.raises(ValueError, match="guard_names"):
        guards.rule("inconnue")
    assert {"consentement", "alertes_acquittees", "protocole_actif"} <= set(guards.given())


def _asked(text: str) -> Question:
    return Question.of_text(text)


NODES = (
    Node("N1", "18 à 55 ans", si=_asked("âge >= 18 et âge <= 55"), oui="N2", non="N9", inconnu="N9"),
    Node("N2", "Risque", si=_asked('réponse("T", "te") = "non"'), oui="N8", non="APPEL", inconnu="APPEL"),
    Node("APPEL", "Appeler le délégant", appel="te", suite="N8"),
    Node("N8", "Prendre en charge", issue="prise en charge"),
    Node("N9", "Circuit ordinaire", issue="réorientation"),
)


def test_a_tree_says_its_path_stops_at_a_call_and_goes_on_from_its_answer() -> None:
    assert list(tree.faults(NODES)) == []
    today = dt.date(2026, 12, 1)
    young = tree.walk(NODES, Subject(birth_date=dt.date(2009, 12, 2)), today=today)
    assert (young.path, young.end.issue) == (("N1", "N9"), "réorientation")
    assert young.passed[0].because == ("16 ans (âge ≥ 18)",)
    adult = Subject(birth_date=dt.date(1990, 1, 1))
    stopped = tree.walk(NODES, adult, today=today)
    assert (stopped.path, stopped.end.appel) == (("N1", "N2", "APPEL"), "te")  # inconnu is never « non »
    assert tree.walk(NODES, adult, today=today, start=stopped.end.suite).end.issue == "prise en charge"
