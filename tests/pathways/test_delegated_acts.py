"""A delegated act, from the eligibility to the end: the twelve refusals of the sheet, and AC2.1, 2.4, 2.6, 2.7."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from maillon.kernel import clock
from maillon.kernel.key import Access, Actor
from maillon.kernel.message import UserMessage
from maillon.pathways import declarations, reactions, teams
from maillon.pathways.cooperation import acting, acts, reports, suspending
from maillon.pathways.cooperation_states import ActState, CallOutcome, Decision, LegalGround, SuspensionMotive
from maillon.pathways.models import DelegatedAct, DerogatoryAct, Plan, ProtocolVersion, TeamMember
from maillon.professionals.models import Attachment
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import delegating, team
from tests.pathways.delegating import BEGINNING, MILD, NO_FLAG, NO_OTTAWA, WHOLE, Hands, ankle, hugo, ready

__all__ = ["ankle", "hugo", "ready"]


@pytest.fixture
def key(cast: Cast, hugo: Actor) -> Access:
    return team.key(delegating.limping(cast), hugo)


def karim_in(version: ProtocolVersion) -> TeamMember:
    return TeamMember.objects.get(code=version.code, role="delegant")


def code_of(verb: object, *given: object, **named: object) -> str:
    assert callable(verb)
    with pytest.raises(UserMessage) as refused:
        verb(*given, **named)
    return refused.value.code


# ------------------------------------------------------------------------------------------------ AC2.1


HARD = {**MILD, "appui": "impossible"}
VECTORS: list[tuple[str, int, Mapping[str, str], str, str]] = [
    ("V1", 34, WHOLE, "N8", "care"),
    ("V2", 34, {**BEGINNING, **NO_FLAG, "risque_te": "non", **NO_OTTAWA, "o1": "oui"}, "N6", "wait"),
    ("V3", 34, {**BEGINNING, "delai": "6", **NO_FLAG, "risque_te": "inconnu"}, "N4A", "call"),
    ("V4", 56, {}, "N9", "turn_away"),
    ("V5", 17, {}, "N9", "turn_away"),
    ("V6", 40, {**BEGINNING, "delai": "26", **NO_FLAG, "appui_24h": "oui"}, "N9J", "redirect"),
    ("V7", 40, {**BEGINNING, "delai": "3", **NO_FLAG, "risque_te": "non", **NO_OTTAWA, "o5": "oui"}, "N6", "wait"),
    ("V8", 29, {**BEGINNING, "delai": "48", **NO_FLAG, "plaie": "oui"}, "N9J", "redirect"),
]


@pytest.mark.parametrize(("name", "age", "said", "ends_at", "verb"), VECTORS, ids=[each[0] for each in VECTORS])
def test_ac2_1_an_act_leads_where_the_sheet_says_and_keeps_its_path_ground_and_version(
    cast: Cast, ready: ProtocolVersion, hugo: Actor, name: str, age: int, said: Mapping[str, str], ends_at: str,
    verb: str,
) -> None:  # fmt: skip
    access = team.key(delegating.limping(cast, years=age), hugo)
    uuid = acts.open_act(access, ready.uuid, ground=LegalGround.PROTOCOL)
    if verb == "turn_away":
        assert code_of(acts.judge, access, uuid) == "E-COOP-05"
        acts.turn_away(access, uuid)
    else:
        acts.judge(access, uuid)
        acts.agree(access, uuid, agreed=True, proof="classeur")
        delegating.answered(access, DelegatedAct.objects.get(uuid=uuid), said)
    if verb == "care":
        acts.care(access, uuid)
    elif verb == "redirect":
        acts.redirect(access, uuid, motive="Drapeau rouge")
    act = DelegatedAct.objects.get(uuid=uuid)
    assert [each["noeud"] for each in act.path][-1] == ends_at
    assert (act.ground, act.version_id) == ("cooperation", ready.pk)
    wanted = {
        "care": (ActState.AFTERMATH, Decision.CARE), "wait": (ActState.EXAM, ""), "call": (ActState.CALL, ""),
        "turn_away": (ActState.NOT_OPENED, Decision.REDIRECTED), "redirect": (ActState.AFTERMATH, Decision.REDIRECTED),
    }  # fmt: skip
    assert (act.state, act.decision) == wanted[verb]


def test_a_question_is_asked_when_its_node_comes(key: Access, ready: ProtocolVersion) -> None:
    act = delegating.begun(key, ready)
    protocol = acts.held(key, act.uuid)[1]
    assert acts.examining.examine(key, act, protocol).asks == ("torsion", "cote", "delai")
    act = delegating.answered(key, act, BEGINNING)
    assert len(acts.examining.examine(key, act, protocol).asks) == 11
    act = delegating.answered(key, act, NO_FLAG)
    assert acts.examining.examine(key, act, protocol).asks == ("risque_te",)
    act = delegating.answered(key, act, {"risque_te": "non", **NO_OTTAWA, "o1": "oui"})
    found = acts.examining.examine(key, act, protocol)
    assert (found.node.id, found.asks, found.awaits) == ("N6", (), ("radio_resultat",))
    act = delegating.answered(key, act, {"radio_resultat": "normale"})
    assert "eva" in acts.examining.examine(key, act, protocol).asks
    act = delegating.answered(key, act, MILD)
    acts.care(key, act.uuid)
    assert Plan.objects.get(pk=act.plan_id).state == "suivi"


def test_a_fracture_goes_to_a_physician_the_same_day(key: Access, ready: ProtocolVersion) -> None:
    act = delegating.begun(key, ready)
    said = {**BEGINNING, **NO_FLAG, "risque_te": "non", **NO_OTTAWA, "o1": "oui", "radio_resultat": "fracture"}
    act = delegating.answered(key, act, said)
    assert act.path[-1]["noeud"] == "N9J"
    acts.redirect(key, act.uuid, motive="Fracture ou doute")
    task = Task.objects.get(patient_id=key.patient_id, origin=f"acte:{act.uuid}/redirect")
    assert task.due_at == clock.now() + dt.timedelta(hours=12)


def test_an_old_injury_answers_for_nothing_today(cast: Cast, key: Access, ready: ProtocolVersion, hands: Hands) -> None:
    delegating.cared(key, ready)
    Plan.objects.update(is_over=True, is_running=False, state="clos")
    DelegatedAct.objects.update(state=ActState.REFUSED)
    hands.shift(dt.timedelta(days=400))
    TeamMember.objects.filter(role="delegant").update(reachable_until=clock.now() + dt.timedelta(days=1))
    again = delegating.begun(team.key(key.patient_id, key.actor), ready)
    assert [each["noeud"] for each in again.path] == ["N1"]


# ------------------------------------------------------------------------------------------------ the twelve refusals


def test_e_coop_01_nobody_but_an_entitled_delegate(cast: Cast, key: Access, ready: ProtocolVersion) -> None:
    nadia = team.key(key.patient_id, cast.nadia)
    assert code_of(acts.open_act, nadia, ready.uuid) == "E-COOP-01"
    him = TeamMember.objects.get(role="delegue")
    teams.suspend(cast.claire, ready, him.uuid, reason="arrêt")
    assert code_of(acts.open_act, key, ready.uuid) == "E-COOP-01"
    teams.entitle(cast.claire, ready, him.uuid)
    assert acts.open_act(key, ready.uuid)


def test_e_coop_02_a_delegating_physician_is_reachable_now(
    cast: Cast, key: Access, ankle: ProtocolVersion, hands: Hands
) -> None:
    assert code_of(acts.open_act, key, ankle.uuid) == "E-COOP-02"
    delegating.reachable(cast, ankle, hours=1)
    hands.shift(dt.timedelta(hours=2))
    assert code_of(acts.open_act, key, ankle.uuid) == "E-COOP-02"
    delegating.reachable(cast, ankle)
    assert acts.open_act(key, ankle.uuid)


def test_e_coop_03_no_derogatory_act_before_the_consent_nor_after_its_withdrawal(
    key: Access, ready: ProtocolVersion
) -> None:
    uuid = acts.open_act(key, ready.uuid)
    acts.judge(key, uuid)
    assert code_of(acting.note_derogatory, key, uuid, "paracetamol") == "E-COOP-03"
    assert code_of(acts.agree, key, uuid, agreed=False) == "E-COOP-03"
    assert code_of(acts.agree, key, uuid, agreed=True) == "E-COOP-03"  # written, and nobody says where it is kept
    acts.agree(key, uuid, agreed=True, proof="classeur")
    delegating.answered(key, DelegatedAct.objects.get(uuid=uuid), WHOLE)
    acting.note_derogatory(key, uuid, "paracetamol")
    acts.refuse(key, uuid, said="préfère arrêter")
    assert code_of(acting.note_derogatory, key, uuid, "dispositif") == "E-COOP-03"
    assert DerogatoryAct.objects.count() == 1


def test_e_coop_04_not_before_its_declaration(cast: Cast, key: Access, hands: Hands, hugo: Actor) -> None:
    version = team.in_force(cast, "TORSION-CHEVILLE")
    him = delegating.joined(cast, version, hugo, "delegue", "10")
    teams.entitle(cast.claire, version, him.uuid)
    delegating.joined(cast, version, cast.karim, "delegant")
    delegating.reachable(cast, version)
    assert code_of(acts.open_act, key, version.uuid) == "E-COOP-04"
    declarations.declare(cast.claire, version, on=clock.today())
    assert acts.open_act(key, version.uuid)


@pytest.mark.parametrize(("years", "is_in"), [(17, False), (18, True), (55, True), (56, False)])
def test_e_coop_05_the_age_has_bounds(
    cast: Cast, ready: ProtocolVersion, hugo: Actor, years: int, is_in: bool
) -> None:
    access = team.key(delegating.limping(cast, years=years), hugo)
    uuid = acts.open_act(access, ready.uuid)
    if is_in:
        acts.judge(access, uuid)
    else:
        assert code_of(acts.judge, access, uuid) == "E-COOP-05"


def test_e_coop_06_an_exclusion_or_a_red_flag(key: Access, ready: ProtocolVersion) -> None:
    team.says(key.patient_id, "medication", "B01AA03", "Warfarine", team.ATC)
    access = team.key(key.patient_id, key.actor)
    uuid = acts.open_act(access, ready.uuid)
    assert code_of(acts.judge, access, uuid) == "E-COOP-06"
    acts.turn_away(access, uuid)
    act = DelegatedAct.objects.get(uuid=uuid)
    assert "Anticoagulant" in act.reason
    assert [each["noeud"] for each in act.path] == ["N1"]


def test_e_coop_06_nothing_is_done_with_a_red_flag(key: Access, ready: ProtocolVersion) -> None:
    act = delegating.answered(key, delegating.begun(key, ready), {**BEGINNING, **NO_FLAG, "plaie": "oui"})
    assert code_of(acts.care, key, act.uuid) in ("E-COOP-06", "E-COOP-08")
    assert code_of(acting.note_derogatory, key, act.uuid, "paracetamol") in ("E-COOP-06", "E-COOP-08")


def test_e_coop_07_only_the_acts_of_the_list(key: Access, ready: ProtocolVersion) -> None:
    act = delegating.cared(key, ready)
    assert code_of(acting.note_derogatory, key, act.uuid, "infiltration") == "E-COOP-07"
    acting.note_derogatory(key, act.uuid, "diagnostic", detail="Entorse bénigne du ligament latéral")
    assert DerogatoryAct.objects.get().label == "Examen et diagnostic d’entorse"


def test_e_coop_08_the_thrombo_embolic_question_has_an_answer(key: Access, ready: ProtocolVersion) -> None:
    act = delegating.answered(key, delegating.begun(key, ready), {**BEGINNING, **NO_FLAG})
    assert code_of(acts.care, key, act.uuid) == "E-COOP-08"
    assert code_of(acting.note_derogatory, key, act.uuid, "radiographie") == "E-COOP-08"
    delegating.answered(key, act, {"risque_te": "non", **NO_OTTAWA, **MILD})
    acting.note_derogatory(key, act.uuid, "diagnostic")
    acts.care(key, act.uuid)


@pytest.mark.parametrize(("days", "is_kept"), [("", False), ("0", False), ("1", True), ("5", True), ("6", False)])
def test_e_coop_09_a_sick_note_is_bounded(key: Access, ready: ProtocolVersion, days: str, is_kept: bool) -> None:
    act = delegating.cared(key, ready)
    if is_kept:
        acting.note_derogatory(key, act.uuid, "arret", days=days)
        assert DerogatoryAct.objects.get().days == int(days)
    else:
        assert code_of(acting.note_derogatory, key, act.uuid, "arret", days=days) == "E-COOP-09"


def test_e_coop_10_no_end_without_the_report(
    cast: Cast, key: Access, ready: ProtocolVersion, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    delegating.reported(monkeypatch, key.patient_id, cast.karim)  # of something else, before
    hands.shift(dt.timedelta(hours=1))
    act = delegating.cared(key, ready)
    assert code_of(acting.close, key, act.uuid, reason="Guérison") == "E-COOP-10"
    delegating.reported(monkeypatch, key.patient_id, cast.karim)
    acting.close(key, act.uuid, reason="Guérison")
    act.refresh_from_db()
    assert (act.state, Plan.objects.get(pk=act.plan_id).state) == (ActState.CLOSED, "clos")
    assert code_of(acting.close, key, act.uuid, reason="Guérison") in ("E-PRO-16", "E-PRO-30")


def test_e_coop_10_holds_for_a_patient_who_was_handed_over(
    cast: Cast, key: Access, ready: ProtocolVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = delegating.answered(key, delegating.begun(key, ready), {**BEGINNING, **NO_FLAG, "plaie": "oui"})
    acts.redirect(key, act.uuid, motive="Drapeau rouge", said="plaie de la malléole")
    assert code_of(acting.close, key, act.uuid, reason="Autre") == "E-COOP-10"
    delegating.reported(monkeypatch, key.patient_id, cast.karim, type_code="11506-3")
    acting.close(key, act.uuid, reason="Autre")


def test_e_coop_11_nobody_calls_themself(cast: Cast, key: Access, ready: ProtocolVersion, hugo: Actor) -> None:
    act = delegating.begun(key, ready)
    karim = karim_in(ready)
    TeamMember.objects.filter(pk=karim.pk).update(professional_id=delegating.person(hugo))
    declared = {"member": karim.uuid, "outcome": CallOutcome.GOES_ON, "decision": "d’accord"}
    assert code_of(acting.call, key, act.uuid, **declared) == "E-COOP-11"
    assert code_of(acts.open_act, team.key(delegating.limping(cast), hugo), ready.uuid) == "E-COOP-11"
    TeamMember.objects.filter(pk=karim.pk).update(professional_id=delegating.person(cast.karim))
    acting.call(key, act.uuid, member=karim.uuid, outcome=CallOutcome.GOES_ON, decision="d’accord")


def test_e_coop_02_a_call_is_to_a_delegating_physician(key: Access, ready: ProtocolVersion) -> None:
    act = delegating.begun(key, ready)
    him = TeamMember.objects.get(role="delegue")
    given = {"member": him.uuid, "outcome": CallOutcome.GOES_ON, "decision": "d’accord"}
    assert code_of(acting.call, key, act.uuid, **given) == "E-COOP-02"


# ------------------------------------------------------------------------------------------------ the call


def waiting(key: Access, version: ProtocolVersion) -> DelegatedAct:
    said = {**BEGINNING, **NO_FLAG, "risque_te": "inconnu"}
    act = delegating.answered(key, delegating.begun(key, version), said)
    assert act.state == ActState.CALL
    return act


def test_a_compulsory_call_is_answered_before_anything_goes_on(key: Access, ready: ProtocolVersion) -> None:
    act = waiting(key, ready)
    assert code_of(acts.care, key, act.uuid) == "E-PRO-30"
    assert code_of(acting.note_derogatory, key, act.uuid, "diagnostic") == "E-PRO-30"
    karim = karim_in(ready).uuid
    acting.call(key, act.uuid, member=karim, outcome=CallOutcome.NOT_REACHED)
    act.refresh_from_db()
    assert act.state == ActState.CALL
    missing = {"member": karim, "outcome": CallOutcome.GOES_ON}
    assert code_of(acting.call, key, act.uuid, **missing) == "E-PRO-17"
    acting.call(key, act.uuid, member=karim, outcome=CallOutcome.GOES_ON, decision="Pas de facteur : poursuivre")
    act.refresh_from_db()
    assert act.state == ActState.EXAM
    assert list(act.calls.order_by("id").values_list("motive", "node", "outcome")) == [
        ("appel_te", "N4A", "non_joint"), ("appel_te", "N4A", "poursuivre"),
    ]  # fmt: skip
    act = delegating.answered(key, act, {**NO_OTTAWA, **MILD})
    acts.care(key, act.uuid)


def test_a_physician_who_does_the_act_takes_it_over(key: Access, ready: ProtocolVersion) -> None:
    act = waiting(key, ready)
    acting.call(
        key, act.uuid, member=karim_in(ready).uuid, outcome=CallOutcome.TAKES_OVER, decision="Écho-doppler, je le vois"
    )
    act.refresh_from_db()
    assert (act.state, act.decision) == (ActState.AFTERMATH, Decision.TAKEN_OVER)
    assert Task.objects.get(origin=f"acte:{act.uuid}/take_over").professional_id == key_person(ready)
    assert Plan.objects.get(pk=act.plan_id).is_over


def key_person(version: ProtocolVersion) -> int:
    return karim_in(version).professional_id


def test_a_physician_who_sends_the_patient_on_ends_the_act(key: Access, ready: ProtocolVersion) -> None:
    act = waiting(key, ready)
    acting.call(key, act.uuid, member=karim_in(ready).uuid, outcome=CallOutcome.REDIRECTS, decision="Aux urgences")
    act.refresh_from_db()
    assert (act.decision, act.reason) == (Decision.REDIRECTED, "Décision du délégant (Aux urgences)")


# ------------------------------------------------------------------------------------------------ AC2.6, AC2.7


def test_ac2_6_a_refusal_asks_the_ordinary_appointment_in_the_same_gesture(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    uuid = acts.open_act(key, ready.uuid)
    acts.judge(key, uuid)
    acts.refuse(key, uuid, said="préfère voir un médecin")
    act = DelegatedAct.objects.select_related("plan").get(uuid=uuid)
    assert (act.state, act.plan.is_over, act.plan.refused_reason) == (
        ActState.REFUSED, True, "préfère voir un médecin",
    )  # fmt: skip
    task = Task.objects.get(patient_id=key.patient_id)
    assert (task.title, task.role_code) == ("Rendez-vous médical ordinaire à donner", "331")
    assert code_of(acting.note_derogatory, key, uuid, "paracetamol") == "E-COOP-03"
    assert code_of(acts.agree, key, uuid, agreed=True, proof="x") == "E-PRO-30"


def alerts(patient: int) -> list[str]:
    return list(Task.objects.filter(patient_id=patient, kind="alerte").values_list("origin", flat=True))


def test_ac2_7_a_report_that_never_left_is_told_at_twenty_four_hours(
    key: Access, ready: ProtocolVersion, hands: Hands
) -> None:
    act = delegating.cared(key, ready)
    hands.shift(dt.timedelta(hours=23, minutes=59))
    assert (reports.watch(), alerts(key.patient_id)) == (0, [])
    hands.shift(dt.timedelta(minutes=1))
    assert reports.watch() == 1
    assert reports.watch() == 0
    hands.shift(dt.timedelta(days=1))
    reactions.sweep()  # its protocol does not say it a second time
    assert alerts(key.patient_id) == [f"acte:{act.uuid}/compte-rendu"] * 2  # the delegate, the coordination


def test_ac2_7_a_closed_act_whose_report_arrived_is_quiet(
    cast: Cast, key: Access, ready: ProtocolVersion, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = delegating.cared(key, ready)
    delegating.reported(monkeypatch, key.patient_id, cast.karim)
    acting.close(key, act.uuid, reason="Guérison")
    hands.shift(dt.timedelta(hours=25))
    assert (reports.watch(), alerts(key.patient_id)) == (0, [])


def test_ac2_7_a_closed_act_whose_report_failed_is_told(
    cast: Cast, key: Access, ready: ProtocolVersion, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = delegating.cared(key, ready)
    delegating.reported(monkeypatch, key.patient_id, cast.karim)
    acting.close(key, act.uuid, reason="Guérison")
    delegating.failed(monkeypatch)
    hands.shift(dt.timedelta(hours=24))
    assert reports.watch() == 1


def test_a_suspended_protocol_allows_no_more_derogatory_act(cast: Cast, key: Access, ready: ProtocolVersion) -> None:
    act = delegating.cared(key, ready)
    suspending.suspend(cast.claire, ready, motive=SuspensionMotive.NOT_KEPT, reason="à revoir")
    assert code_of(acting.note_derogatory, key, act.uuid, "arret", days="2") == "E-COOP-04"


def test_e_coop_06_nothing_derogatory_either_once_the_patient_was_sent_on(key: Access, ready: ProtocolVersion) -> None:
    act = delegating.answered(key, delegating.begun(key, ready), {**BEGINNING, **NO_FLAG, "plaie": "oui"})
    acts.redirect(key, act.uuid, motive="Drapeau rouge")
    assert code_of(acting.note_derogatory, key, act.uuid, "paracetamol") in ("E-COOP-06", "E-COOP-08")
    assert not DerogatoryAct.objects.exists()


def test_what_was_done_before_a_fracture_was_seen_is_still_noted(key: Access, ready: ProtocolVersion) -> None:
    said = {**BEGINNING, **NO_FLAG, "risque_te": "non", **NO_OTTAWA, "o1": "oui", "radio_resultat": "fracture"}
    act = delegating.answered(key, delegating.begun(key, ready), said)
    acts.redirect(key, act.uuid, motive="Fracture ou doute")
    acting.note_derogatory(key, act.uuid, "radiographie")


def test_the_consent_is_heard_by_the_delegate_who_leads_the_act(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    """The examination is the draft of whoever hears the consent: another's would be closed to the one who leads."""
    uuid = acts.open_act(key, ready.uuid)
    acts.judge(key, uuid)
    other = delegating.physiotherapist(cast, "lea")
    her = delegating.joined(cast, ready, other, "delegue", "10")
    teams.entitle(cast.claire, ready, her.uuid)
    declarations.declare(cast.claire, ready, on=clock.today())
    assert code_of(acts.agree, team.key(key.patient_id, other), uuid, agreed=True, proof="classeur") == "E-COOP-01"
    acts.agree(key, uuid, agreed=True, proof="classeur")


def test_an_act_goes_on_when_another_version_comes_into_force(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    act = delegating.begun(key, ready)
    later = team.in_force(cast, "TORSION-CHEVILLE", number=2)
    act = delegating.answered(key, act, WHOLE)
    acts.care(key, act.uuid)
    acting.note_derogatory(key, act.uuid, "seances")
    suspending.suspend(cast.claire, later, motive=SuspensionMotive.OTHER, reason="relecture")
    assert code_of(acting.note_derogatory, key, act.uuid, "seances") == "E-COOP-04"


def test_a_report_that_cannot_be_looked_at_does_not_hide_the_others(
    cast: Cast, key: Access, ready: ProtocolVersion, hugo: Actor, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = delegating.cared(key, ready)
    second = delegating.cared(team.key(delegating.limping(cast), hugo), ready)
    hands.shift(dt.timedelta(hours=24, minutes=1))
    is_reported = reports.is_reported

    def broken(act: DelegatedAct, protocol: object) -> bool:
        if act.pk == first.pk:
            raise ValueError("unreadable")
        return is_reported(act, protocol)  # type: ignore[arg-type]

    monkeypatch.setattr(reports, "is_reported", broken)
    assert reports.watch() == 1
    second.refresh_from_db()
    assert second.alerted_at is not None


def test_a_reason_may_hold_any_sign(key: Access, ready: ProtocolVersion) -> None:
    act = delegating.answered(key, delegating.begun(key, ready), {**BEGINNING, **NO_FLAG, "plaie": "oui"})
    acts.redirect(key, act.uuid, motive="Drapeau\x00rouge")
    act.refresh_from_db()
    assert act.reason == "Drapeau rouge"


def test_e_coop_10_says_whom_the_report_lacks(cast: Cast, ready: ProtocolVersion, hugo: Actor) -> None:
    alone = making.patient(born=dt.date(clock.today().year - 34, 1, 1))
    making.link(alone, cast.tilleuls_id, "equipe_structure")
    key = team.key(alone, hugo)
    act = delegating.cared(key, ready)
    with pytest.raises(UserMessage, match="n’a pas de médecin traitant au dossier") as refused:
        acting.close(key, act.uuid, reason="Guérison")
    assert refused.value.code == "E-COOP-10"


def test_a_call_answers_for_what_was_known_then(key: Access, ready: ProtocolVersion) -> None:
    """« Ne peut pas être vérifié: poursuivre » does not hold once the risk is found."""
    act, karim = waiting(key, ready), karim_in(ready).uuid
    said = {"member": karim, "outcome": CallOutcome.GOES_ON, "decision": "Aucun facteur connu : poursuivre"}
    acting.call(key, act.uuid, **said)
    act = delegating.answered(key, act, {"risque_te": "oui"})
    assert act.state == ActState.CALL
    assert code_of(acts.care, key, act.uuid) == "E-PRO-30"
    acting.call(key, act.uuid, **(said | {"decision": "Phlébite ancienne, sous contention : poursuivre"}))
    act = delegating.answered(key, act, {**NO_OTTAWA, **MILD})
    acts.care(key, act.uuid)
    assert list(act.calls.order_by("id").values_list("motive", "node")) == [("appel_te", ""), ("appel_te", "N4A")]


def test_a_patient_who_was_handed_over_may_still_withdraw(cast: Cast, key: Access, ready: ProtocolVersion) -> None:
    """The relay ends the plan, and not what the delegate may still note: the withdrawal does."""
    act = delegating.begun(key, ready)
    acts.redirect(key, act.uuid, motive="Fracture ou doute")
    assert Plan.objects.get(pk=act.plan_id).is_over
    acts.refuse(key, act.uuid, said="ne veut plus")
    act.refresh_from_db()
    plan = Plan.objects.get(pk=act.plan_id)
    assert (act.state, plan.state, plan.consent_withdrawn_at) == (ActState.REFUSED, "relais", clock.now())
    assert code_of(acting.note_derogatory, key, act.uuid, "radiographie") == "E-COOP-03"


def test_a_patient_who_gets_worse_again_is_asked_about_again(key: Access, ready: ProtocolVersion, hands: Hands) -> None:
    act = delegating.cared(key, ready)
    acts.redirect(key, act.uuid, motive="Pas d’amélioration à cinq jours")
    acts.redirect(key, act.uuid, motive="Pas d’amélioration à cinq jours")  # pressed twice
    seen = Task.objects.filter(origin=f"acte:{act.uuid}/redirect")
    assert seen.count() == 1
    seen.update(done_at=clock.now(), outcome="fait")
    hands.shift(dt.timedelta(days=3))
    acts.redirect(key, act.uuid, motive="Fracture ou doute")
    assert seen.filter(done_at__isnull=True).count() == 1


def test_e_coop_02_a_physician_who_left_the_structure_cannot_be_reached(
    cast: Cast, key: Access, ready: ProtocolVersion
) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    Attachment.objects.filter(professional_id=delegating.person(cast.karim)).update(end=yesterday)
    assert code_of(acts.open_act, key, ready.uuid) == "E-COOP-02"
