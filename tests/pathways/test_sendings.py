"""`envoi(…)`: a sending counts for the plan that asked it, and is told to nobody who may not read what was sent."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from maillon.access.models import DocumentMark
from maillon.exchange import api as exchange
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.pathways import moving, reactions
from maillon.pathways.models import Plan, ProtocolVersion
from maillon.pathways.states import StepState
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team
from tests.pathways.test_one_file import THYROID

Hands = time_machine.Traveller
LETTER = "34120-6"
SENDING = (
    THYROID.replace("code: THYR-07", "code: ENVOI-01")
    .replace("theme: hypothyroïdie", "theme: envoi")
    .replace(
        "etapes:\n",
        f"""etats:
  - {{nom: ouvert, libelle: Ouvert, genre: actif, vers: [rendu]}}
  - {{nom: rendu, libelle: Rendu, genre: actif, vers: [clos]}}
  - nom: clos
    libelle: Clos
    genre: fin
    exige: [{{si: 'envoi("{LETTER}/dmp")', refus: E-COOP-10, dire: La synthèse n’est pas partie}}]
etapes:
  - {{id: LETTRE, qui: [G15_60], quoi: Synthèse, quand: {{depuis: rendu}}, fait_quand: 'envoi("{LETTER}/dmp")'}}
""",
        1,
    )
)


@pytest.fixture
def plan(cast: Cast, hands: Hands) -> Plan:
    version = team.in_force(cast, "ENVOI-01", text=SENDING)
    return opened(cast, version)


def opened(cast: Cast, version: ProtocolVersion) -> Plan:
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    team.says(patient, "problem", "E03.9", "Hypothyroïdie", team.ICD10)
    return team.include(cast, patient, version)


def sent(monkeypatch: pytest.MonkeyPatch, plan: Plan) -> int:
    """A letter, promised to the national record now; that `exchange` says so is shown in tests/exchange."""
    document = making.file(plan.patient_id, making.filing(type_code=LETTER, act_at=clock.now().isoformat())).id
    reached = exchange.outgoing.reaching.Reached(
        patient_id=plan.patient_id, document_id=document, type_code=LETTER, channel="dmp", at=clock.now(), name="DMP"
    )
    monkeypatch.setattr(exchange.outgoing.reaching, "reached", lambda patients, types: [reached])
    return document


def rendered(cast: Cast, plan: Plan) -> None:
    moving.move(team.key(plan.patient_id, cast.nadia), plan.uuid, "rendu")


def test_a_sending_shows_the_step_done_with_the_letter(
    cast: Cast, plan: Plan, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(cast, plan)
    hands.shift(dt.timedelta(hours=2))
    letter = sent(monkeypatch, plan)
    reactions.sweep()
    step = plan.steps.get(step="LETTRE")
    assert (step.state, step.document_id, step.evidence) == (StepState.DONE, letter, "Envoi\u202f: DMP, le 01/12/2026")
    moving.move(team.key(plan.patient_id, cast.nadia), plan.uuid, "clos")


def test_what_was_sent_before_is_not_what_the_step_asks(
    cast: Cast, plan: Plan, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(monkeypatch, plan)
    hands.shift(dt.timedelta(hours=2))
    rendered(cast, plan)
    reactions.sweep()
    assert plan.steps.get(step="LETTRE").state == StepState.ASKED


def test_the_sending_of_a_marked_letter_is_told_to_nobody_who_may_not_read_it(
    cast: Cast, plan: Plan, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(cast, plan)
    hands.shift(dt.timedelta(hours=2))
    letter = sent(monkeypatch, plan)
    DocumentMark.objects.create(
        patient_id=plan.patient_id, document_id=letter, kind="masque_ps", since=clock.now(), set_by="essai"
    )
    reactions.sweep()
    step = plan.steps.get(step="LETTRE")
    assert (step.state, step.evidence) == (StepState.ASKED, "")
    with pytest.raises(UserMessage) as refused:
        moving.move(team.key(plan.patient_id, cast.nadia), plan.uuid, "clos")
    assert refused.value.code == "E-COOP-10"
