"""Who may act under a protocol: roles, hours, declarations, who can be reached; and the tree that they follow."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.pathways import checking, declarations, including, moving, protocols, rehearsal, teams
from maillon.pathways.definition import Example, Protocol
from maillon.pathways.models import Declaration, Plan, ProtocolVersion, TeamMember
from maillon.pathways.states import DeclarationState, MemberState, VersionState
from tests.conftest import Cast
from tests.pathways import team as scene
from tests.pathways.delegating import ankle, hugo, joined, limping, person

__all__ = ["ankle", "hugo"]

Hands = time_machine.Traveller


def state_of(version: ProtocolVersion, member: TeamMember) -> MemberState:
    return next(each.state for each in teams.team_of(version).lines if each.member.pk == member.pk)


def refusal(cast: Cast, version: ProtocolVersion, patient: PatientId, actor: Actor, *, agreed: bool = True) -> str:
    with pytest.raises(UserMessage) as refused:
        including.include(scene.key(patient, actor), str(version.uuid), agreed=agreed)
    assert not Plan.objects.filter(patient_id=patient, is_running=True).exists()
    return refused.value.code


# ------------------------------------------------------------------------------------------------ the tree


VECTORS = {"V1": "N8", "V2": "N6", "V3": "N4A", "V4": "N9", "V5": "N9", "V6": "N9J", "V7": "N6", "V8": "N9J"}


def vector(name: str) -> Example:
    protocol = checking.models()["TORSION-CHEVILLE"]
    return next(each for each in protocol.exemples if each.titre.startswith(name))


@pytest.mark.parametrize("name", VECTORS)
def test_ac2_1_the_tree_leads_where_the_sheet_says(name: str) -> None:
    played = rehearsal.play(checking.models()["TORSION-CHEVILLE"], vector(name).patient, now=clock.now())
    assert played.tree == VECTORS[name]


# ------------------------------------------------------------------------------------------------ who may act


def test_ac2_3_half_an_hour_short_is_not_trained(cast: Cast, hands: Hands, hugo: Actor) -> None:
    version = scene.in_force(cast, "TORSION-CHEVILLE")
    him = joined(cast, version, hugo, "delegue", "9.5")
    with pytest.raises(UserMessage) as refused:
        teams.entitle(cast.claire, version, him.uuid)
    assert (refused.value.code, "0,5 h sur 10 h" in refused.value.message) == ("E-COOP-01", True)
    assert state_of(version, him) == MemberState.TRAINING
    teams.note_training(
        cast.claire, version, him.uuid, on=clock.today(), hours=Decimal("0.5"), title="Complément", trainer="Dr Morel"
    )
    assert state_of(version, him) == MemberState.TRAINED
    teams.entitle(cast.claire, version, him.uuid)
    assert state_of(version, him) == MemberState.TO_DECLARE


def test_ac2_5_a_new_delegate_waits_for_the_date_of_their_declaration(
    cast: Cast, ankle: ProtocolVersion, hands: Hands, hugo: Actor
) -> None:
    TeamMember.objects.filter(professional_id=person(hugo)).update(withdrawn_on=clock.today())
    again = joined(cast, ankle, hugo, "delegue", "10")
    teams.entitle(cast.claire, ankle, again.uuid)
    assert state_of(ankle, again) == MemberState.TO_DECLARE
    teams.be_reachable(cast.karim, ankle, until=clock.now() + dt.timedelta(days=9))
    patient = limping(cast)
    assert refusal(cast, ankle, patient, hugo) == "E-COOP-01"
    declarations.declare(cast.claire, ankle, on=clock.today() + dt.timedelta(days=3))
    assert refusal(cast, ankle, patient, hugo) in ("E-COOP-01", "E-COOP-04")
    hands.shift(dt.timedelta(days=3))
    assert including.include(scene.key(patient, hugo), str(ankle.uuid), agreed=True).is_running


def test_no_act_without_a_physician_who_can_be_reached(cast: Cast, ankle: ProtocolVersion, hugo: Actor) -> None:
    patient = limping(cast)
    assert refusal(cast, ankle, patient, hugo) == "E-COOP-02"
    teams.be_reachable(cast.karim, ankle, until=clock.now() + dt.timedelta(hours=4), phone="06 00 00 00 00")
    assert including.include(scene.key(patient, hugo), str(ankle.uuid), agreed=True).is_running


def test_nobody_else_opens_an_act(cast: Cast, ankle: ProtocolVersion) -> None:
    teams.be_reachable(cast.karim, ankle, until=clock.now() + dt.timedelta(hours=4))
    assert refusal(cast, ankle, limping(cast), cast.nadia) == "E-COOP-01"


def test_a_suspended_protocol_opens_no_act_a_lifted_one_does(cast: Cast, ankle: ProtocolVersion, hugo: Actor) -> None:
    """AC2.4, first half: from the second of the suspension on."""
    teams.be_reachable(cast.karim, ankle, until=clock.now() + dt.timedelta(hours=4))
    patient = limping(cast)
    plan = including.include(scene.key(patient, hugo), str(ankle.uuid), agreed=True)
    ProtocolVersion.objects.filter(pk=ankle.pk).update(state=VersionState.SUSPENDED)
    other = limping(cast)
    assert refusal(cast, ankle, other, hugo) == "E-PRO-14"  # it is not even offered any more
    assert Plan.objects.get(pk=plan.pk).is_running  # whoever runs is not dropped
    ProtocolVersion.objects.filter(pk=ankle.pk).update(state=VersionState.IN_FORCE)
    assert including.include(scene.key(other, hugo), str(ankle.uuid), agreed=True).is_running


def test_ac2_6_a_refusal_is_kept_and_opens_nothing(cast: Cast, ankle: ProtocolVersion, hugo: Actor) -> None:
    teams.be_reachable(cast.karim, ankle, until=clock.now() + dt.timedelta(hours=4))
    patient = limping(cast)
    plan = including.refuse(scene.key(patient, hugo), str(ankle.uuid), reason="préfère voir un médecin")
    assert (plan.is_over, plan.refused_reason) == (True, "préfère voir un médecin")
    assert scene.open_tasks(patient) == {}


def test_a_delegating_physician_is_no_delegate(cast: Cast, hands: Hands) -> None:
    version = scene.in_force(cast, "TORSION-CHEVILLE")
    with pytest.raises(UserMessage) as refused:
        joined(cast, version, cast.karim, "delegue")
    assert refused.value.code == "E-PRO-22"


def test_whoever_does_not_answer_for_the_team_changes_nothing(cast: Cast, ankle: ProtocolVersion) -> None:
    with pytest.raises(UserMessage) as refused:
        teams.join(cast.nadia, ankle, professional=person(cast.nadia), role="delegue", engaged_on=clock.today())
    assert refused.value.code == "E-PRO-21"


def test_somebody_over_55_is_not_for_the_delegate(cast: Cast, ankle: ProtocolVersion, hugo: Actor) -> None:
    teams.be_reachable(cast.karim, ankle, until=clock.now() + dt.timedelta(hours=4))
    assert refusal(cast, ankle, limping(cast, years=85), hugo) == "E-PRO-10"


def test_a_motive_is_asked_to_hand_over(cast: Cast, ankle: ProtocolVersion, hugo: Actor) -> None:
    teams.be_reachable(cast.karim, ankle, until=clock.now() + dt.timedelta(hours=4))
    patient = limping(cast)
    plan = including.include(scene.key(patient, hugo), str(ankle.uuid), agreed=True)
    with pytest.raises(UserMessage):
        moving.move(scene.key(patient, hugo), plan.uuid, "relais")
    moving.move(scene.key(patient, hugo), plan.uuid, "relais", reason="Drapeau rouge")
    assert Plan.objects.get(pk=plan.pk).end_reason == "Drapeau rouge"


# ------------------------------------------------------------------------------------------------ declaring


def test_ac4_1_a_programme_without_a_physician_is_not_declared(cast: Cast, hands: Hands, hugo: Actor) -> None:
    version = scene.in_force(cast, "ETP-ASTHME")
    joined(cast, version, cast.nadia, "coordonnateur", "40")
    joined(cast, version, hugo, "intervenant", "40")
    with pytest.raises(UserMessage) as refused:
        declarations.declare(cast.claire, version, on=clock.today())
    assert (refused.value.code, "médecin" in refused.value.message) == ("E-ETP-01", True)
    joined(cast, version, cast.karim, "intervenant", "40")
    assert declarations.declare(cast.claire, version, on=clock.today()).state == DeclarationState.FILED


def test_ac4_2_two_months_of_silence_make_a_file_complete(cast: Cast, hands: Hands) -> None:
    hands.move_to(dt.datetime(2027, 3, 1, 9, tzinfo=clock.PARIS))
    version = scene.in_force(cast, "ETP-ASTHME")
    joined(cast, version, cast.nadia, "coordonnateur", "40")
    joined(cast, version, cast.karim, "intervenant", "40")
    filed = declarations.declare(cast.claire, version, on=clock.today())
    hands.move_to(dt.datetime(2027, 4, 30, 23, 59, tzinfo=clock.PARIS))
    assert declarations.deem_complete() == 0
    hands.move_to(dt.datetime(2027, 5, 1, 0, 1, tzinfo=clock.PARIS))
    assert declarations.deem_complete() == 1
    filed.refresh_from_db()
    assert (filed.state, DeclarationState(filed.state).label) == ("reputee", "Réputée complète")
    assert declarations.deem_complete() == 0


def test_e_etp_07_another_coordinator_asks_for_another_declaration(cast: Cast, hands: Hands, hugo: Actor) -> None:
    version = scene.in_force(cast, "ETP-ASTHME")
    nadia = joined(cast, version, cast.nadia, "coordonnateur", "40")
    joined(cast, version, cast.karim, "intervenant", "40")
    declarations.declare(cast.claire, version, on=clock.today())
    teams.demand_rules(teams.team_of(version))
    teams.withdraw(cast.claire, version, nadia.uuid)
    joined(cast, version, hugo, "coordonnateur", "40")
    with pytest.raises(UserMessage) as refused:
        teams.demand_rules(teams.team_of(version))
    assert refused.value.code == "E-ETP-07"
    declarations.declare(cast.claire, version, on=clock.today())
    teams.demand_rules(teams.team_of(version))


def test_e_etp_04_no_company_of_health_products(cast: Cast, hands: Hands, hugo: Actor) -> None:
    version = scene.in_force(cast, "ETP-ASTHME")
    with pytest.raises(UserMessage) as refused:
        teams.join(
            cast.claire, version, professional=person(hugo), role="intervenant", engaged_on=clock.today(),
            industry="Laboratoire Exemple",
        )  # fmt: skip
    assert refused.value.code == "E-ETP-04"
    assert teams.team_of(version).lines == ()


def test_the_checklist_says_what_is_there_and_what_is_missing(cast: Cast, ankle: ProtocolVersion) -> None:
    pieces = {piece.title: piece for piece in declarations.checklist(ankle)}
    named = next(piece for title, piece in pieces.items() if title.startswith("Chaque professionnel"))
    assert named.is_there
    assert "Hugo Delmas, kinésithérapeute délégué, habilité" in named.said
    assert not next(piece for title, piece in pieces.items() if title.startswith("Référent")).is_there


def test_a_declaration_to_come_closes_nothing_before_its_day(
    cast: Cast, ankle: ProtocolVersion, hands: Hands, hugo: Actor
) -> None:
    """Whoever is declared today stays so until the next declaration takes effect (CSP D4011-4)."""
    declarations.declare(cast.claire, ankle, on=clock.today() + dt.timedelta(days=7))
    assert teams.is_active(teams.team_of(ankle)) is None


@pytest.mark.parametrize("hours", ["NaN", "sNaN", "Infinity", "-1", "0", "501"])
def test_hours_that_are_no_number_of_hours_are_refused(
    cast: Cast, ankle: ProtocolVersion, hugo: Actor, hours: str
) -> None:
    him = TeamMember.objects.get(professional_id=person(hugo))
    given = {"on": clock.today(), "title": "Stage", "trainer": "Dr Morel"}
    with pytest.raises(UserMessage) as refused:
        teams.note_training(cast.claire, ankle, him.uuid, hours=Decimal(hours), **given)
    assert refused.value.code == "E-PRO-23"


def test_a_refusal_that_comes_meanwhile_is_not_taken_for_silence(
    cast: Cast, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = scene.in_force(cast, "ETP-ASTHME")
    joined(cast, version, cast.nadia, "coordonnateur", "40")
    joined(cast, version, cast.karim, "intervenant", "40")
    filed = declarations.declare(cast.claire, version, on=clock.today())
    hands.shift(dt.timedelta(days=90))
    protocol_of = protocols.protocol_of

    def answered_meanwhile(one: ProtocolVersion) -> Protocol:
        Declaration.objects.filter(pk=filed.pk).update(state=DeclarationState.REFUSED)
        return protocol_of(one)

    monkeypatch.setattr(declarations.protocols, "protocol_of", answered_meanwhile)
    assert declarations.deem_complete() == 0
    filed.refresh_from_db()
    assert filed.state == DeclarationState.REFUSED
