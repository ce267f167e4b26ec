"""Therapeutic education: sessions with those who run and attend them, the contract and its evaluation, the refusals of
the sheet with what lifts them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
import time_machine

from maillon.access.api import AccessDenied
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.pathways import declarations, moving, protocols, serving, teams
from maillon.pathways.education import attendance, contract, of_patient, programme, sessions, showing
from maillon.pathways.education.contract import Competency
from maillon.pathways.education.sessions import Outsider, Wanted
from maillon.pathways.models import Attendance, EducationSession, Goal, Plan, ProtocolVersion, TeamMember
from maillon.professionals.models import Attachment
from maillon.tasks import api as tasks
from maillon.writing import api as writing
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team as scene
from tests.pathways.test_teams import hugo, joined

__all__ = ["hugo"]

Hands = time_machine.Traveller
Welcome = Callable[..., Plan]
CONTRACT = (
    Competency(family="sécurité", text="Reconnaître une crise et savoir quoi faire", criterion="Dit les trois signes"),
    Competency(family="autosoins", text="Prendre ses traitements inhalés comme il faut", criterion="Montre le geste"),
    Competency(family="adaptation", text="Courir de nouveau", criterion="Vingt minutes sans gêne"),
)
BEP = {
    "maladie": ["Asthme"], "quotidien": ["Travaille de nuit"], "connait": ["Mesure son souffle"],
    "projet": ["Courir"], "priorites": ["La crise"],
}  # fmt: skip


@pytest.fixture
def asthma(cast: Cast, hands: Hands) -> ProtocolVersion:
    """Declared: Nadia coordinates, Karim takes part, both trained and bound by the charter."""
    version = scene.in_force(cast, "ETP-ASTHME")
    joined(cast, version, cast.nadia, "coordonnateur", "40")
    joined(cast, version, cast.karim, "intervenant", "40")
    declarations.declare(cast.claire, version, on=clock.today())
    for actor in (cast.nadia, cast.karim):
        programme.sign_charter(actor, version.uuid)
    return version


@pytest.fixture
def asthmatic(cast: Cast, hands: Hands) -> Welcome:
    """A patient enters; a minute later the shared assessment is signed, and the contract agreed."""

    def welcomed(version: ProtocolVersion, *, assessed: bool = True, agreed: bool = False) -> Plan:
        patient = making.patient()
        making.link(patient, cast.tilleuls_id, "equipe_structure")
        making.link(patient, cast.karim, "medecin_traitant")
        scene.says(patient, "problem", "J45.9", "Asthme", scene.ICD10)
        plan = scene.include(cast, patient, version)
        hands.shift(dt.timedelta(minutes=1))
        if assessed:
            answer(key(plan, cast.nadia), "BEP", BEP)
        if agreed:
            contract.agree(key(plan, cast.nadia), plan.uuid, CONTRACT)
        return plan

    return welcomed


def answer(access: Access, form: str, typed: dict[str, list[str]]) -> None:
    uuid = forms.begin(access, form)
    forms.save(access, uuid, typed, revision=forms.read(access, uuid).revision)
    forms.sign(access, uuid)
    scene.work()


def key(plan: Plan, actor: Actor) -> Access:
    return scene.key(PatientId(plan.patient_id), actor)


def member(actor: Actor) -> UUID:
    return TeamMember.objects.get(professional_id=actor.professional_id or 0, withdrawn_on=None).uuid


def session(
    actor: Actor, version: ProtocolVersion, *people: Actor, template: str = "S1", days: int = 0
) -> EducationSession:
    at = clock.now() + dt.timedelta(days=days)
    wanted = Wanted(template=template, at=at, members=tuple(member(each) for each in people or (actor,)))
    return sessions.plan(actor, version.uuid, wanted)


def code_of(refused: pytest.ExceptionInfo[UserMessage]) -> str:
    return refused.value.code


# ------------------------------------------------------------------------------------------------ sessions


def test_ac4_4_four_hours_short_and_the_session_is_not_held(
    cast: Cast, hands: Hands, hugo: Actor, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    joined(cast, asthma, hugo, "intervenant", "36")
    programme.sign_charter(hugo, asthma.uuid)
    row = session(cast.nadia, asthma, hugo)
    plan = asthmatic(asthma)
    made = attendance.enrol(key(plan, cast.nadia), row.uuid, plan.uuid)
    attendance.mark(key(plan, cast.nadia), made.uuid, state="present", learned="Les signes d’une crise")
    with pytest.raises(UserMessage) as refused:
        sessions.hold(hugo, row.uuid)
    assert (code_of(refused), "il manque 4 h à Hugo Delmas" in refused.value.message) == ("E-ETP-03", True)
    row.refresh_from_db()
    assert (row.state, [each.code for each in sessions.lacks(row)]) == ("prevue", ["E-ETP-03"])
    teams.note_training(
        cast.claire, asthma, member(hugo), on=clock.today(), hours=Decimal(4), title="Complément", trainer="Dr Morel"
    )
    assert sessions.hold(hugo, row.uuid).state == "tenue"


def test_one_trained_person_is_enough(cast: Cast, hands: Hands, hugo: Actor, asthma: ProtocolVersion) -> None:
    joined(cast, asthma, hugo, "intervenant")
    programme.sign_charter(hugo, asthma.uuid)
    row = session(cast.nadia, asthma, hugo, cast.nadia)
    assert sessions.lacks(row) == []


def test_e_etp_02_consent_then_the_assessment_then_the_session(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    row, plan = session(cast.nadia, asthma), asthmatic(asthma, assessed=False)
    access = key(plan, cast.nadia)
    with pytest.raises(UserMessage) as refused:
        attendance.enrol(access, row.uuid, plan.uuid)
    assert (code_of(refused), "bilan éducatif" in refused.value.message) == ("E-ETP-02", True)
    with pytest.raises(UserMessage) as refused:
        contract.agree(access, plan.uuid, CONTRACT)
    assert code_of(refused) == "E-ETP-02"
    answer(access, "BEP", BEP)
    assert attendance.enrol(access, row.uuid, plan.uuid) == attendance.enrol(access, row.uuid, plan.uuid)
    Plan.objects.filter(pk=plan.pk).update(consent_at=None)
    with pytest.raises(UserMessage) as refused:
        attendance.enrol(access, session(cast.nadia, asthma).uuid, plan.uuid)
    assert (code_of(refused), "consentement" in refused.value.message) == ("E-ETP-02", True)


def test_e_etp_04_no_company_runs_or_watches_a_session(cast: Cast, hands: Hands, asthma: ProtocolVersion) -> None:
    wanted = Wanted(template="S1", at=clock.now(), members=(member(cast.nadia),))
    for watches in (True, False):
        somebody = Outsider(name="Une visiteuse", organization="Laboratoire", is_observer=watches, is_company=True)
        with pytest.raises(UserMessage) as refused:
            sessions.plan(cast.nadia, asthma.uuid, dataclasses.replace(wanted, outsiders=(somebody,)))
        assert code_of(refused) == "E-ETP-04"
    assert not EducationSession.objects.exists()
    TeamMember.objects.filter(professional_id=cast.karim.professional_id or 0).update(industry="Laboratoire")
    with pytest.raises(UserMessage) as refused:
        session(cast.nadia, asthma, cast.karim)
    assert code_of(refused) == "E-ETP-04"
    patient = Outsider(name="Odile Martin", organization="Association de patients", has_signed=True)
    row = sessions.plan(cast.nadia, asthma.uuid, dataclasses.replace(wanted, outsiders=(patient,)))
    assert sessions.lacks(row) == []


def test_e_etp_07_a_session_waits_for_the_declaration_of_another_coordinator(
    cast: Cast, hands: Hands, hugo: Actor, asthma: ProtocolVersion
) -> None:
    row = session(cast.karim, asthma)
    joined(cast, asthma, hugo, "intervenant", "40")
    assert sessions.lacks(row) == []  # somebody more is told with the year's report
    teams.withdraw(cast.claire, asthma, member(cast.nadia))
    joined(cast, asthma, cast.claire, "coordonnateur", "40")
    assert [each.code for each in sessions.lacks(row)] == ["E-ETP-07"]
    assert "déclaration modificative" in showing.programme_page(cast.claire, asthma.uuid).obstacle
    declarations.declare(cast.claire, asthma, on=clock.today())
    assert sessions.lacks(row) == []


def test_a_programme_that_is_not_declared_holds_no_session(cast: Cast, hands: Hands) -> None:
    version = scene.in_force(cast, "ETP-ASTHME")
    joined(cast, version, cast.nadia, "coordonnateur", "40")
    programme.sign_charter(cast.nadia, version.uuid)
    assert [each.code for each in sessions.lacks(session(cast.nadia, version))] == ["E-ETP-07"]


def test_e_etp_08_the_eleventh_is_a_warning_that_stays(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    row = session(cast.nadia, asthma)
    plans = [asthmatic(asthma) for _ in range(11)]
    for plan in plans[:10]:
        attendance.enrol(key(plan, cast.nadia), row.uuid, plan.uuid)
    row.refresh_from_db()
    assert row.warnings == []
    last = attendance.enrol(key(plans[10], cast.nadia), row.uuid, plans[10].uuid)
    attendance.mark(key(plans[10], cast.nadia), last.uuid, state="excuse")
    row.refresh_from_db()
    assert [each.split("\u202f")[0] for each in row.warnings] == ["E-ETP-08"]
    assert "11 personnes pour 10" in row.warnings[0]


def test_an_individual_session_is_of_one_person(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    row = session(cast.nadia, asthma, template="S3")
    first, second = asthmatic(asthma), asthmatic(asthma)
    made = attendance.enrol(key(first, cast.nadia), row.uuid, first.uuid)
    with pytest.raises(UserMessage) as refused:
        attendance.enrol(key(second, cast.nadia), row.uuid, second.uuid)
    assert code_of(refused) == "E-ETP-14"
    attendance.mark(key(first, cast.nadia), made.uuid, state="excuse")
    attendance.enrol(key(second, cast.nadia), row.uuid, second.uuid)


def test_e_etp_10_each_facilitator_signs_the_charter(
    cast: Cast, hands: Hands, hugo: Actor, asthma: ProtocolVersion
) -> None:
    joined(cast, asthma, hugo, "intervenant", "40")
    row = session(cast.nadia, asthma, hugo, cast.nadia)
    (lack,) = sessions.lacks(row)
    assert (lack.code, "Hugo Delmas" in lack.message, "Nadia" in lack.message) == ("E-ETP-10", True, False)
    programme.sign_charter(hugo, asthma.uuid)
    assert sessions.lacks(row) == []
    with pytest.raises(UserMessage) as refused:
        programme.sign_charter(cast.claire, asthma.uuid)  # answers for the team, is not of it
    assert code_of(refused) == "E-PRO-22"


def test_a_session_is_complete_or_is_not_kept(cast: Cast, hands: Hands, asthma: ProtocolVersion) -> None:
    good = Wanted(
        title="Le sport", kind="collective", objective="Reprendre", at=clock.now(), minutes=60,
        members=(member(cast.nadia),),
    )  # fmt: skip
    for change in ({"title": " "}, {"kind": "autre"}, {"at": None}, {"minutes": 0}, {"members": ()}, {"objective": ""}):
        with pytest.raises(UserMessage) as refused:
            sessions.plan(cast.nadia, asthma.uuid, dataclasses.replace(good, **change))
        assert code_of(refused) == "E-ETP-12"
    assert not EducationSession.objects.exists()
    assert sessions.plan(cast.nadia, asthma.uuid, good).most == 10


def test_a_session_is_held_once_in_its_time_and_with_somebody(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    row, plan = session(cast.nadia, asthma, days=2), asthmatic(asthma)
    access = key(plan, cast.nadia)
    made = attendance.enrol(access, row.uuid, plan.uuid)
    for early in (
        lambda: sessions.hold(cast.nadia, row.uuid),
        lambda: attendance.mark(access, made.uuid, state="present"),
    ):
        with pytest.raises(UserMessage) as refused:
            early()
        assert code_of(refused) == "E-ETP-13"
    hands.shift(dt.timedelta(days=2, minutes=1))
    access = key(plan, cast.nadia)
    with pytest.raises(UserMessage) as refused:
        sessions.hold(cast.nadia, row.uuid)
    assert code_of(refused) == "E-ETP-13"  # nobody is noted there
    attendance.mark(access, made.uuid, state="present", learned="Sait appeler le 15")
    sessions.hold(cast.nadia, row.uuid)
    for late in (
        lambda: sessions.hold(cast.nadia, row.uuid),
        lambda: sessions.cancel(cast.nadia, row.uuid, reason="pluie"),
        lambda: attendance.enrol(access, row.uuid, plan.uuid),
    ):
        with pytest.raises(UserMessage) as refused:
            late()
        assert code_of(refused) == "E-ETP-11"
    attendance.mark(access, made.uuid, state="present", learned="Sait appeler le 15, le refait")  # completed afterwards
    assert Attendance.objects.get().learned.endswith("le refait")


def test_a_cancelled_session_says_why_and_takes_nobody(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    row, plan = session(cast.nadia, asthma), asthmatic(asthma)
    made = attendance.enrol(key(plan, cast.nadia), row.uuid, plan.uuid)
    with pytest.raises(UserMessage) as refused:
        sessions.cancel(cast.nadia, row.uuid, reason=" ")
    assert code_of(refused) == "E-PRO-17"
    sessions.cancel(cast.nadia, row.uuid, reason="Salle indisponible")
    with pytest.raises(UserMessage) as refused:
        attendance.mark(key(plan, cast.nadia), made.uuid, state="present")
    assert code_of(refused) == "E-ETP-11"


def test_the_programme_is_of_its_team_alone(
    cast: Cast, hands: Hands, hugo: Actor, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    row, plan = session(cast.nadia, asthma), asthmatic(asthma)
    for stranger in (cast.paul, cast.sylvie, hugo):
        for asked in (
            lambda who: showing.programme_page(who, asthma.uuid), lambda who: showing.session_page(who, row.uuid),
            lambda who: sessions.plan(who, asthma.uuid, Wanted()),
        ):  # fmt: skip
            with pytest.raises(AccessDenied):
                asked(stranger)
    with pytest.raises(AccessDenied):
        attendance.enrol(key(plan, hugo), row.uuid, plan.uuid)  # cares for the patient, is not of the programme
    assert not Attendance.objects.exists()


def test_what_one_may_not_open_is_not_in_the_list(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    row, seen, hidden = session(cast.nadia, asthma), asthmatic(asthma), asthmatic(asthma)
    for plan in (seen, hidden):
        attendance.enrol(key(plan, cast.nadia), row.uuid, plan.uuid)
    from maillon.access.models import CareTeamMembership

    CareTeamMembership.objects.filter(patient_id=hidden.patient_id).update(ended_at=clock.now(), ended_by="essai")
    shown = showing.session_page(cast.nadia, row.uuid)
    assert [each.plan_uuid for each in shown.lines] == [seen.uuid]
    (line,) = showing.programme_page(cast.nadia, asthma.uuid).to_come
    assert line.expected == 1
    assert hidden.patient_id not in {
        each.patient_id for _, some in showing.programme_page(cast.nadia, asthma.uuid).patients for each in some
    }


# ------------------------------------------------------------------------------------------------ the contract


def test_a_contract_is_of_three_to_six_competencies_each_with_its_criterion(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma)
    access = key(plan, cast.nadia)
    for wrong in (CONTRACT[:2], CONTRACT * 3, (*CONTRACT[:2], dataclasses.replace(CONTRACT[2], criterion=" "))):
        with pytest.raises(UserMessage) as refused:
            contract.agree(access, plan.uuid, wrong)
        assert code_of(refused) == "E-ETP-09"
    assert not Goal.objects.exists()
    contract.agree(access, plan.uuid, CONTRACT)
    agreed = contract.contract_of(plan)
    assert [(each.family, each.is_of_patient, each.by) for each in agreed][0] == ("sécurité", True, cast.nadia.label)
    changed = [
        Competency(uuid=each.uuid, family=each.family, text=each.text, criterion=each.criterion) for each in agreed
    ]
    changed[2] = dataclasses.replace(changed[2], uuid=None, text="Marcher une heure")
    contract.agree(access, plan.uuid, changed)
    assert [each.text for each in contract.contract_of(plan)][2] == "Marcher une heure"
    assert Goal.objects.filter(state=Goal.State.DROPPED).count() == 1


def test_the_session_works_on_the_competency_of_the_contract(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    made = attendance.enrol(key(plan, cast.nadia), session(cast.nadia, asthma, template="S2").uuid, plan.uuid)
    assert made.goal is not None
    assert made.goal.text == "Reconnaître une crise et savoir quoi faire"
    other = contract.contract_of(plan)[2]
    again = attendance.enrol(key(plan, cast.nadia), session(cast.nadia, asthma).uuid, plan.uuid, goal=other.uuid)
    assert again.goal == other


def test_e_etp_05_a_programme_ends_with_its_evaluation(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    access = key(plan, cast.nadia)
    moving.move(access, plan.uuid, "programme")

    def end() -> None:
        moving.move(key(plan, cast.nadia), plan.uuid, "clos", reason="Programme terminé")

    with pytest.raises(UserMessage) as refused:
        end()
    assert code_of(refused) == "E-ETP-05"
    draft = contract.begin_evaluation(access, plan.uuid)
    view = forms.read(access, draft)
    assert view.sheet.lines["objet_3"].shown == "Courir de nouveau"
    typed = {code: line.typed for code, line in view.sheet.lines.items() if line.typed}
    typed |= {"etat_1": ("acquis",), "etat_2": ("partiel",), "etat_3": ("non",), "decision": ("renforcement",)}
    forms.save(access, draft, typed, revision=view.revision)
    forms.sign(access, draft)
    scene.work()
    assert [each.state for each in contract.contract_of(plan)] == ["atteint", "partiel", "non"]
    end()
    plan.refresh_from_db()
    assert (plan.state, plan.is_over) == ("clos", True)


def test_a_competency_without_a_result_keeps_the_programme_open(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    moving.move(key(plan, cast.nadia), plan.uuid, "programme")
    answer(
        key(plan, cast.nadia), "ETP-FIN", {"objet_1": ["Courir de nouveau"], "etat_1": ["acquis"], "decision": ["fin"]}
    )
    with pytest.raises(UserMessage) as refused:
        moving.move(key(plan, cast.nadia), plan.uuid, "clos", reason="Programme terminé")
    assert (code_of(refused), "Reconnaître une crise" in refused.value.message) == ("E-ETP-05", True)


def test_e_etp_06_the_gp_is_told_with_the_agreement_of_the_patient(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    access = key(plan, cast.nadia)
    for said in (None, False):
        if said is not None:
            contract.say_whether_gp_is_told(access, plan.uuid, agreed=said)
        with pytest.raises(UserMessage) as refused:
            contract.begin_letter(access, plan.uuid)
        assert code_of(refused) == "E-ETP-06"
    assert writing.mine(cast.nadia) == []
    contract.say_whether_gp_is_told(access, plan.uuid, agreed=True)
    hands.shift(dt.timedelta(seconds=1))
    draft = writing.read(access, contract.begin_letter(access, plan.uuid))
    assert "Courir de nouveau : en cours" in draft.content.texts["constat"]
    assert "Vingt minutes sans gêne" in draft.content.texts["objectifs"]
    assert contract.agreement_of(plan) is True
    assert len(plan.agreements.all()) == 2


def test_ac4_5_leaving_at_the_second_session_asks_nothing_more_and_says_nothing_hard(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    first, second = session(cast.nadia, asthma), session(cast.nadia, asthma, template="S2", days=7)
    for row in (first, second):
        attendance.enrol(key(plan, cast.nadia), row.uuid, plan.uuid)
    page = of_patient.patient_page(key(plan, cast.nadia), plan.uuid)
    assert page.motives[0] == "Choix du patient"
    moving.withdraw_consent(key(plan, cast.nadia), plan.uuid, reason="Horaires")
    plan.refresh_from_db()
    assert (plan.state, plan.is_over, scene.open_tasks(PatientId(plan.patient_id))) == ("abandon", True, {})
    assert "Horaires" in plan.end_reason
    assert [each.has_left for each in showing.session_page(cast.nadia, second.uuid).lines] == [True]
    assert [each.expected for each in showing.programme_page(cast.nadia, asthma.uuid).to_come] == [0, 0]
    hard = ("sanction", "pénalité", "rembours", "perdre")
    shown = of_patient.patient_page(key(plan, cast.nadia), plan.uuid)
    assert not any(word in f"{shown.motives} {plan.end_reason}".lower() for word in hard)


# ------------------------------------------------------------------------------------------------ steps by hand


def test_the_sessions_of_a_plan_are_said_done_by_somebody_trained(
    cast: Cast, hands: Hands, hugo: Actor, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    moving.move(key(plan, cast.nadia), plan.uuid, "programme")
    step = plan.steps.get(step="SEANCES").uuid
    with pytest.raises(UserMessage) as refused:
        moving.do_step(key(plan, hugo), step)
    assert (code_of(refused), "pas dans l’équipe" in refused.value.message) == ("E-ETP-03", True)
    joined(cast, asthma, hugo, "intervenant", "36")
    with pytest.raises(UserMessage) as refused:
        moving.do_step(key(plan, hugo), step)
    assert (code_of(refused), "il vous manque 4 h" in refused.value.message) == ("E-ETP-03", True)
    moving.do_step(key(plan, cast.nadia), step)
    assert plan.steps.get(step="SEANCES").state == "faite"


def test_the_letter_is_not_said_sent_against_the_will_of_the_patient(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    moving.move(key(plan, cast.nadia), plan.uuid, "programme")
    moving.do_step(key(plan, cast.nadia), plan.steps.get(step="SEANCES").uuid)
    hands.shift(dt.timedelta(minutes=1))
    moving.do_step(key(plan, cast.nadia), plan.steps.get(step="EVALUATION").uuid)
    letter = plan.steps.get(step="LETTRE").uuid
    asked = plan.steps.get(step="LETTRE").task_uuid
    for answered in (
        lambda: moving.do_step(key(plan, cast.nadia), letter),
        lambda: tasks.acknowledge(key(plan, cast.nadia), asked, outcome="fait"),
    ):
        with pytest.raises(UserMessage) as refused:
            answered()
        assert code_of(refused) == "E-ETP-06"
    contract.say_whether_gp_is_told(key(plan, cast.nadia), plan.uuid, agreed=True)
    moving.do_step(key(plan, cast.nadia), letter)
    assert plan.steps.get(step="LETTRE").state == "faite"


@pytest.mark.parametrize("state", Goal.State)
def test_a_goal_leaves_in_fhir_whatever_its_state(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome, state: Goal.State
) -> None:
    plan = asthmatic(asthma, agreed=True)
    goal = plan.goals.order_by("id")[0]
    goal.state = state
    told = serving.goal_as_fhir(goal, patient={"reference": "Patient/x"})
    assert told["achievementStatus"]["text"] == state.label


def test_a_contract_that_is_sent_again_is_the_same_contract(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    before = [each.uuid for each in contract.contract_of(plan)]
    contract.agree(key(plan, cast.nadia), plan.uuid, CONTRACT)  # the page was sent twice
    assert [each.uuid for each in contract.contract_of(plan)] == before
    assert not Goal.objects.filter(state=Goal.State.DROPPED).exists()


def test_who_has_just_entered_is_not_cut_out_of_the_list(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    asthmatic(asthma)
    latest = asthmatic(asthma)
    monkeypatch.setattr(showing, "MOST_LISTED", 1)
    shown = showing.programme_page(cast.nadia, asthma.uuid)
    assert [line.plan_uuid for _, lines in shown.patients for line in lines] == [latest.uuid]
    assert shown.is_cut


def test_the_evaluation_of_one_programme_says_nothing_of_another(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    one = asthmatic(asthma, agreed=True)
    text = (scene.checking.FOLDER / "ETP-ASTHME.yaml").read_text()
    other = text.replace("code: ETP-ASTHME", "code: ETP-SOUFFLE").replace("éducation thérapeutique, asthme", "souffle")
    two = scene.include(cast, PatientId(one.patient_id), scene.in_force(cast, "ETP-SOUFFLE", text=other))
    hands.shift(dt.timedelta(minutes=1))
    answer(key(two, cast.nadia), "BEP", BEP)
    contract.agree(key(two, cast.nadia), two.uuid, CONTRACT)
    access = key(one, cast.nadia)
    draft = contract.begin_evaluation(access, one.uuid)
    view = forms.read(access, draft)
    typed = {code: line.typed for code, line in view.sheet.lines.items() if line.typed}
    typed |= {f"etat_{rank}": ("acquis",) for rank in (1, 2, 3)} | {"decision": ("fin",)}
    forms.save(access, draft, typed, revision=view.revision)
    forms.sign(access, draft)
    scene.work()
    assert {each.state for each in contract.contract_of(one)} == {"atteint"}
    assert {each.state for each in contract.contract_of(two)} == {"en_cours"}


def test_what_corrects_the_evaluation_corrects_the_contract(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    access = key(plan, cast.nadia)
    draft = contract.begin_evaluation(access, plan.uuid)

    def signed(uuid: UUID, *states: str) -> list[str]:
        view = forms.read(access, uuid)
        typed = {code: line.typed for code, line in view.sheet.lines.items() if line.typed}
        typed |= {f"etat_{rank}": (state,) for rank, state in enumerate(states, 1)} | {"decision": ("fin",)}
        forms.save(access, uuid, typed, revision=view.revision)
        forms.sign(access, uuid)
        scene.work()
        return [each.state for each in contract.contract_of(plan)]

    assert signed(draft, "acquis", "acquis", "acquis") == ["atteint", "atteint", "atteint"]
    assert signed(forms.correct(access, draft), "acquis", "non", "partiel") == ["atteint", "non", "partiel"]


def test_a_long_competency_comes_back_with_its_result(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    """Its two hundredth sign is a space, which a questionnaire does not keep."""
    plan = asthmatic(asthma)
    access = key(plan, cast.nadia)
    long = dataclasses.replace(CONTRACT[0], text=f"{'x' * 199} et la suite")
    contract.agree(access, plan.uuid, (long, *CONTRACT[1:]))
    draft = contract.begin_evaluation(access, plan.uuid)
    view = forms.read(access, draft)
    typed = {code: line.typed for code, line in view.sheet.lines.items() if line.typed}
    typed |= {"etat_1": ("acquis",), "etat_2": ("non",), "etat_3": ("non",), "decision": ("fin",)}
    forms.save(access, draft, typed, revision=view.revision)
    forms.sign(access, draft)
    scene.work()
    assert contract.contract_of(plan)[0].state == "atteint"


def test_e_etp_01_a_psychologist_is_no_second_profession_of_health(
    cast: Cast, hands: Hands, agnes: Actor
) -> None:
    version = scene.in_force(cast, "ETP-ASTHME")
    joined(cast, version, cast.karim, "coordonnateur", "40")
    member = joined(cast, version, cast.claire, "intervenant", "40")
    TeamMember.objects.filter(pk=member.pk).update(profession_code="93")
    with pytest.raises(UserMessage) as refused:
        declarations.declare(cast.claire, version, on=clock.today())
    assert code_of(refused) == "E-ETP-01"
    TeamMember.objects.filter(pk=member.pk).update(profession_code="G15_60")
    declarations.declare(cast.claire, version, on=clock.today())


def test_a_session_that_was_cancelled_is_not_told_to_the_gp(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma, agreed=True)
    access, told = key(plan, cast.nadia), []
    row = session(cast.nadia, asthma)
    made = attendance.enrol(access, row.uuid, plan.uuid)
    hands.move_to(row.at + dt.timedelta(hours=3))
    attendance.mark(key(plan, cast.nadia), made.uuid, state="present")
    protocol = protocols.protocol_of(asthma)
    told.append(contract.letter_texts(plan, protocol)["seances"])
    sessions.cancel(cast.nadia, row.uuid, reason="Salle fermée")
    told.append(contract.letter_texts(plan, protocol)["seances"])
    assert told == ["1", "0"]


def test_e_etp_07_a_programme_without_a_coordinator_holds_no_session(
    cast: Cast, hands: Hands, asthma: ProtocolVersion
) -> None:
    row = session(cast.karim, asthma)
    assert sessions.lacks(row) == []
    Attachment.objects.filter(professional_id=cast.nadia.professional_id).update(
        end=clock.today() - dt.timedelta(days=1)
    )
    assert [each.code for each in sessions.lacks(row)] == ["E-ETP-07"]
    Attachment.objects.update(end=None)
    teams.withdraw(cast.claire, asthma, member(cast.nadia))
    assert [each.code for each in sessions.lacks(row)] == ["E-ETP-07"]


def test_a_patient_on_a_former_version_stays_in_the_list(
    cast: Cast, hands: Hands, asthma: ProtocolVersion, asthmatic: Welcome
) -> None:
    plan = asthmatic(asthma)
    renamed = asthma.text.replace("nom: entre\n", "nom: accueil\n").replace("vers: [entre,", "vers: [accueil,")
    version = scene.in_force(cast, "ETP-ASTHME", text=renamed, number=2)
    newcomer = asthmatic(version)
    shown = showing.programme_page(cast.nadia, version.uuid).patients
    assert [(state.nom, [line.plan_uuid for line in lines]) for state, lines in shown] == [
        ("accueil", [newcomer.uuid]), ("entre", [plan.uuid]),
    ]  # fmt: skip


def test_a_training_that_is_sent_twice_was_followed_once(cast: Cast, hands: Hands, asthma: ProtocolVersion) -> None:
    for _ in range(2):
        teams.note_training(
            cast.claire, asthma, member(cast.nadia), on=dt.date(2026, 11, 2), hours=Decimal(6), title="Entretien",
            trainer="IREPS",
        )  # fmt: skip
    assert {str(each.hours) for each in teams.team_of(asthma).of_role("coordonnateur")} == {"46.00"}
