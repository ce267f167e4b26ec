"""A patient's plan: inclusion, tasks that come and go by themselves, alerts that are raised once."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.pathways import including, moving, reactions, refusals
from maillon.pathways.definition import Protocol
from maillon.pathways.models import Alert, Deviation, Plan, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState, VersionState
from maillon.record import api as record
from maillon.record.models import Observation
from maillon.tasks import api as tasks
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.pathways import team

Hands = time_machine.Traveller


def days(hands: Hands, count: float) -> None:
    hands.shift(dt.timedelta(days=count))


# ------------------------------------------------------------------------------------------------ inclusion


def test_inclusion_keeps_what_decided_it_and_asks_each_profession(cast: Cast, hands: Hands) -> None:
    version = team.in_force(cast, "DIAB-01")
    patient = team.diabetic(cast, treating=cast.karim)
    plan = team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7"})
    assert (plan.state, plan.is_running, plan.parameters) == ("inclus", True, {"hba1c": "7"})
    kept = {each["dire"]: each for each in plan.criteria}
    assert kept["Diabète de type 2 parmi les problèmes en cours"]["reponse"] == "oui"
    assert "Diabète de type 2 le 01/12/2026" in kept["Diabète de type 2 parmi les problèmes en cours"]["parce_que"][0]
    assert kept["Grossesse"] | {"parce_que": []} == {
        "dire": "Grossesse", "exclusion": True, "reponse": "inconnu", "parce_que": [],
    }  # fmt: skip
    assert plan.consent == "oral"
    assert plan.consent_text.startswith("Votre équipe vous propose un suivi organisé")
    asked = team.open_tasks(patient)
    assert {"M1", "B1", "B2", "I1", "I2", "R1"} <= set(asked)
    assert asked["M1"].professional_id == cast.karim.professional_id  # the médecin traitant
    assert (asked["I1"].professional_id, asked["I1"].role_code) == (None, "G15_60")
    assert asked["C1"].title.startswith("À organiser")  # nobody at the Tilleuls is a dentist
    assert "M2" not in asked  # in three months
    assert "O1" not in asked  # no grade is known: inconnu is not met


def test_inclusion_is_two_verbs_and_what_is_true_is_offered_first(cast: Cast, hands: Hands) -> None:
    team.in_force(cast, "AVK-01")
    version = team.in_force(cast, "DIAB-01")
    patient = team.diabetic(cast)
    offers = including.offered(team.key(patient, cast.nadia))
    assert [(each.version.code, each.eligibility.truth) for each in offers] == [("DIAB-01", True), ("AVK-01", None)]
    team.include(cast, patient, version)
    assert [each.version.code for each in including.offered(team.key(patient, cast.nadia))] == ["AVK-01"]


REFUSED = {
    "an exclusion is true": ("E-PPSPR-05", "Grossesse"),
    "an inclusion is not met": ("E-PRO-10", "à renseigner au dossier"),
    "no agreement": ("E-PRO-11", "d’accord"),
    "a target out of its list": ("E-PRO-12", "valeurs proposées"),
    "already included": ("E-PRO-13", "déjà ouvert"),
    "a protocol that is suspended": ("E-PRO-14", "pas en vigueur"),
    "a secretary": ("E-PRO-09", "équipe de soins"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_inclusion_that_may_not_be_is_refused_and_leaves_nothing(cast: Cast, hands: Hands, name: str) -> None:
    version = team.in_force(cast, "DIAB-01")
    patient = team.diabetic(cast)
    actor, given, agreed, before = cast.claire, {}, True, 0
    if name == "an exclusion is true":
        team.says(patient, "problem", "Z33", "Grossesse", team.ICD10)
    elif name == "an inclusion is not met":
        patient = making.patient()
        making.link(patient, cast.tilleuls_id, "equipe_structure")
    elif name == "no agreement":
        agreed = False
    elif name == "a target out of its list":
        given = {"parameters": {"hba1c": "5,2"}}
    elif name == "already included":
        team.include(cast, patient, version)
        before = 1
    elif name == "a protocol that is suspended":
        ProtocolVersion.objects.update(state=VersionState.SUSPENDED)
    else:
        actor = cast.sylvie
    code, words = REFUSED[name]
    with pytest.raises(UserMessage) as refused:
        including.include(team.key(patient, actor), str(version.uuid), agreed=agreed, **given)
    assert refused.value.code == code
    assert words in refused.value.message
    assert Plan.objects.count() == before
    assert bool(Task.objects.filter(patient_id=patient, origin__startswith="plan:").exists()) is bool(before)


def test_a_refusal_of_the_patient_is_kept_and_asks_nothing(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    access = team.key(patient, cast.nadia)
    plan = including.refuse(access, str(version.uuid), reason="ne souhaite pas de suivi organisé")
    assert (plan.is_over, plan.refused_reason) == (True, "ne souhaite pas de suivi organisé")
    assert team.open_tasks(patient) == {}
    team.include(cast, patient, version)  # and may change their mind


def test_whoever_does_not_care_for_the_patient_sees_no_plan(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    team.include(cast, patient, version)
    with pytest.raises(access_room.AccessDenied):
        team.key(patient, cast.paul)
    assert not including.may_keep(team.key(patient, cast.sylvie))


# ------------------------------------------------------------------------------------------------ alerts


def test_ac1_2_a_report_above_the_target_raises_one_orange_alert_due_in_28_days(cast: Cast, hands: Hands) -> None:
    version = team.in_force(cast, "DIAB-01")
    patient = team.diabetic(cast, treating=cast.karim)
    team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7.0"})
    team.work()
    days(hands, 3)
    filed = team.report(patient, "4548-4", "8.3", label="HbA1c")
    received = clock.now()
    team.work()
    (alert,) = Alert.objects.all()
    assert (alert.alert, alert.level, alert.due_at) == ("HBA1C", "orange", received + dt.timedelta(days=28))
    assert alert.document_id == filed
    assert "HbA1c 8,3 % le 04/12/2026" in alert.because[0]
    task = team.open_tasks(patient, "alerte")["HBA1C"]
    assert (task.professional_id, task.level, task.due_at) == (cast.karim.professional_id, "orange", alert.due_at)
    assert task.uuid == alert.uuid
    reactions.documents_filed([reactions.DocumentFiled(document_id=filed, patient_id=patient)])
    reactions.form_signed(
        reactions.FormSigned(response_uuid=uuid.uuid4(), patient_id=patient, form_code="PIED", origin="")
    )
    reactions.sweep()
    assert (Alert.objects.count(), Task.objects.filter(kind="alerte").count()) == (1, 1)
    days(hands, 90)  # another report, above as well, is another alert
    team.report(patient, "4548-4", "8.4", label="HbA1c")
    team.work()
    assert Alert.objects.count() == 2


def anticoagulated(cast: Cast) -> tuple[int, Plan]:
    version = team.in_force(cast, "AVK-01")
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    making.link(patient, cast.claire, "medecin_traitant")
    team.says(patient, "medication", "B01AA03", "Warfarine", team.ATC)
    plan = team.include(cast, patient, version, cast.claire, parameters={"inr": "2,5", "inr_bas": "2", "inr_haut": "3"})
    return patient, plan


def test_ac1_3_an_inr_of_6_4_goes_red_shows_its_row_and_climbs_to_the_substitute(cast: Cast, hands: Hands) -> None:
    patient, _ = anticoagulated(cast)
    replaced_by(cast.claire, cast.karim)
    team.report(patient, "6301-6", "6.4", unit=None, label="INR")
    team.work()
    alert = Alert.objects.get(alert="INR-6")
    assert (alert.level, alert.due_at) == ("rouge", clock.now() + dt.timedelta(hours=2))
    from maillon.pathways import protocols

    table = protocols.protocol_of(alert.plan.version).table("SURDOSAGE")
    assert table is not None
    assert alert.table_row is not None
    assert table.lignes[alert.table_row].cellules[0] == "6 à moins de 10"
    assert "mg" not in " ".join(alert.because)  # no dose is computed nor filled in
    tasks.escalate_due()
    assert not reached(alert.uuid)
    hands.shift(dt.timedelta(hours=2))  # 18:00
    tasks.escalate_due()
    assert reached(alert.uuid) == {cast.karim.professional_id}


def replaced_by(absent: Actor, substitute: Actor) -> None:
    from maillon.access.models import Replacement

    names = {field.name for field in Replacement._meta.fields}
    given = {"start": clock.today(), "end": clock.today() + dt.timedelta(days=3), "recorded_by": "essai"}
    Replacement.objects.create(
        replaced_id=absent.professional_id, replacing_id=substitute.professional_id,
        **{name: value for name, value in given.items() if name in names},
    )  # fmt: skip


def reached(task: uuid.UUID) -> set[int]:
    from maillon.tasks.models import Escalation

    found = Escalation.objects.filter(task__uuid=task, climbed_at__isnull=False, professional__isnull=False)
    return set(found.values_list("professional_id", flat=True))


@pytest.mark.parametrize(("ago", "alerts"), [(34, 0), (36, 1)])
def test_ac1_4_no_inr_for_36_days_is_one_orange_alert_to_the_nurse(
    cast: Cast, hands: Hands, ago: int, alerts: int
) -> None:
    patient, _ = anticoagulated(cast)
    team.report(patient, "6301-6", "2.4", unit=None, label="INR")
    team.work()
    for task in team.open_tasks(patient).values():  # the decision of that day
        if task.origin.endswith("/DEC"):
            tasks.acknowledge(team.key(patient, cast.claire), task.uuid, outcome="fait")
    team.work()
    days(hands, ago)
    for _ in range(3):
        reactions.sweep()
        hands.shift(dt.timedelta(minutes=70))
    found = list(Alert.objects.values_list("alert", "level"))
    assert found == [("SANS-INR", "orange")] * alerts
    if alerts:
        task = team.open_tasks(patient, "alerte")["SANS-INR"]
        assert (task.role_code, task.professional_id) == ("G15_60", None)
        team.report(patient, "6301-6", "2.6", unit=None, label="INR")  # what was missing comes: it settles itself
        team.work()
        assert "SANS-INR" not in team.open_tasks(patient, "alerte")
        assert Alert.objects.get(alert="SANS-INR").outcome == "sans_objet"


def test_an_alert_is_read_like_the_document_that_raised_it(cast: Cast, hands: Hands) -> None:
    patient, _ = anticoagulated(cast)
    team.report(patient, "6301-6", "6.4", unit=None, label="INR")
    team.work()
    visible = access_room.rule.VisibleWithin(team.key(patient, cast.nadia))
    assert Alert.objects.filter(visible, patient_id=patient).count() == 1
    hidden = access_room.rule.VisibleWithin(team.key(patient, cast.sylvie))
    assert Alert.objects.filter(hidden, patient_id=patient).count() == 0


# ------------------------------------------------------------------------------------------------ steps


def test_a_step_is_done_by_a_document_and_comes_back_at_its_rhythm(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7"})
    first = team.open_tasks(patient)["B1"]
    days(hands, 2)
    team.report(patient, "4548-4", "6.8", label="HbA1c")
    team.work()
    assert "B1" not in team.open_tasks(patient)
    first.refresh_from_db()
    assert first.comment == "Fait\u202f: HbA1c, le 03/12/2026"
    done, ahead = PlanStep.objects.filter(step="B1").order_by("rank")
    assert (done.state, ahead.state) == (StepState.DONE, StepState.AHEAD)
    assert clock.in_paris(ahead.due_at).date() == dt.date(2027, 3, 3)  # three months later
    days(hands, 80)
    reactions.sweep()
    assert "B1" in team.open_tasks(patient)  # it opens a fortnight before its day
    team.report(patient, "4548-4", "6.7", label="HbA1c")
    team.work()
    latest = PlanStep.objects.filter(step="B1").order_by("rank").last()
    assert latest is not None
    assert clock.in_paris(latest.due_at).date() == dt.date(2027, 8, 21)  # at target twice: six months


def test_a_step_is_done_by_its_task_and_left_with_a_reason_which_counts(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast, treating=cast.claire)
    team.include(cast, patient, version, cast.claire)
    asked = team.open_tasks(patient)
    tasks.acknowledge(team.key(patient, cast.claire), asked["M1"].uuid, outcome="fait", comment="Cible à 7")
    tasks.acknowledge(team.key(patient, cast.nadia), asked["I3"].uuid, outcome="sans_suite", comment="lecteur en panne")
    team.work()
    m1 = PlanStep.objects.get(step="M1")
    assert (m1.state, m1.done_by, m1.evidence) == (StepState.DONE, str(asked["M1"].professional), "Cible à 7")
    i3 = PlanStep.objects.get(step="I3", rank=1)
    assert (i3.state, i3.reason) == (StepState.LEFT, "lecteur en panne")
    assert list(Deviation.objects.values_list("step", "reason")) == [("I3", "lecteur en panne")]
    assert PlanStep.objects.get(step="I3", rank=2).state == StepState.AHEAD  # it comes back all the same


def test_a_form_shows_that_its_step_was_done_and_its_answers_open_others(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    team.include(cast, patient, version)
    answered(cast, patient, "PIED", grade=(Decimal(2), ""), plaie=(None, "non"))
    assert "I2" not in team.open_tasks(patient)
    again = PlanStep.objects.get(step="I2", rank=2)
    assert clock.in_paris(again.due_at).date() == dt.date(2027, 3, 1)  # grade 2: three months
    days(hands, 20)
    reactions.sweep()
    assert "O1" in team.open_tasks(patient)  # the podiatrist's care, since the grade is known


def answered(cast: Cast, patient: int, form: str, **items: tuple[Decimal | None, str]) -> None:
    access = team.key(patient, cast.nadia)  # type: ignore[arg-type]
    response = uuid.uuid4()
    noted = [record.NotedAnswer(item=name, label=name, value=value, text=text) for name, (value, text) in items.items()]
    record.note_answers(
        access, response=response, form=form, title=form, type_code="34120-6", at=clock.now(), answers=noted
    )
    reactions.form_signed(reactions.FormSigned(response_uuid=response, patient_id=patient, form_code=form, origin=""))


def test_what_answered_one_need_does_not_answer_the_next(cast: Cast, hands: Hands) -> None:
    """A wound that stagnates calls for an opinion each time, and an opinion given before is none of this time."""
    version, patient = team.in_force(cast, "PLAIE-01"), making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    team.says(patient, "problem", "L97", "Ulcère de jambe", team.ICD10)
    plan = team.include(cast, patient, version)
    for surface in ("12", "11.9", "11.8"):
        answered(cast, patient, "PLAIE", surface=(Decimal(surface), ""))
        days(hands, 1)
    for _ in range(2):  # it is asked for on the next day, and given on the day after
        making.file(patient, making.filing(type_code="85208-7", act_at=clock.now().isoformat()))
        team.work()
        days(hands, 1)
    assert plan.steps.get(step="A1").state == StepState.DONE
    answered(cast, patient, "PLAIE", surface=(Decimal("11.9"), ""))
    assert plan.steps.get(step="A1", rank=2).state == StepState.ASKED


def test_two_protocols_never_ask_the_same_examination_twice(cast: Cast, hands: Hands) -> None:
    first, text = team.in_force(cast, "DIAB-01"), (team.checking.FOLDER / "DIAB-01.yaml").read_text()
    other = text.replace("code: DIAB-01", "code: COEUR-01").replace("theme: diabète de type 2", "theme: coeur")
    second = team.in_force(cast, "COEUR-01", text=other)
    patient = team.diabetic(cast)
    team.include(cast, patient, first)
    before = Task.objects.filter(patient_id=patient, kind="a_faire").count()
    plan = team.include(cast, patient, second)
    shared = set(plan.steps.filter(shared_with__isnull=False).values_list("step", flat=True))
    assert {"M3", "I1", "B1", "B2", "R1", "I2"} <= shared
    alone = {"I3"}  # no word says what is examined: each protocol has its own
    assert Task.objects.filter(patient_id=patient, kind="a_faire").count() - before == len(
        set(plan.steps.filter(state=StepState.ASKED).values_list("step", flat=True)) - shared
    )
    assert alone & shared == set()
    team.report(patient, "4548-4", "6.8", label="HbA1c")
    team.work()
    assert set(PlanStep.objects.filter(step="B1", rank=1).values_list("state", flat=True)) == {StepState.DONE}
    ecg = team.open_tasks(patient)["M3"]
    tasks.acknowledge(team.key(patient, cast.claire), ecg.uuid, outcome="fait")
    team.work()
    assert set(PlanStep.objects.filter(step="M3", rank=1).values_list("state", flat=True)) == {StepState.DONE}


def test_what_one_plan_leaves_another_still_asks(cast: Cast, hands: Hands) -> None:
    first, text = team.in_force(cast, "DIAB-01"), (team.checking.FOLDER / "DIAB-01.yaml").read_text()
    other = text.replace("code: DIAB-01", "code: COEUR-01").replace("theme: diabète de type 2", "theme: coeur")
    second, patient = team.in_force(cast, "COEUR-01", text=other), team.diabetic(cast)
    one, two = team.include(cast, patient, first), team.include(cast, patient, second)
    access, step = team.key(patient, cast.claire), one.steps.get(step="M3")
    moving.leave_step(access, step.uuid, reason="déjà fait à l’hôpital")
    assert (one.steps.get(step="M3", rank=1).state, two.steps.get(step="M3").state) == ("non_faite", "demandee")
    assert "M3" in team.open_tasks(patient)
    moving.leave_step(access, two.steps.get(step="M3").uuid, reason="déjà fait à l’hôpital")
    assert "M3" not in team.open_tasks(patient)


def test_a_step_that_a_colleague_has_just_done_is_not_left_afterwards(
    cast: Cast, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    step = team.include(cast, patient, version).steps.get(step="M1")
    kept = moving.kept

    def behind_a_colleague(access: Access, plan: uuid.UUID) -> tuple[Plan, Protocol]:
        held = kept(access, plan)
        PlanStep.objects.filter(pk=step.pk).update(state=StepState.DONE, done_at=clock.now(), done_by="Dr Karim")
        return held

    monkeypatch.setattr(moving, "kept", behind_a_colleague)
    with pytest.raises(UserMessage) as refused:
        moving.leave_step(team.key(patient, cast.claire), step.uuid, reason="patient absent")
    assert refused.value.code == "E-PRO-16"


# ------------------------------------------------------------------------------------------------ moves


def test_suspended_nothing_is_asked_and_taken_up_again_it_is(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    plan = team.include(cast, patient, version)
    access = team.key(patient, cast.claire)
    with pytest.raises(UserMessage) as refused:
        moving.move(access, plan.uuid, "suspendu")
    assert refused.value is refusals.NO_REASON
    moving.move(access, plan.uuid, "suspendu", reason="Hospitalisation")
    assert team.open_tasks(patient) == {}
    days(hands, 60)
    reactions.sweep()
    team.report(patient, "4548-4", "9.9", label="HbA1c")
    team.work()
    assert team.open_tasks(patient, "alerte") == {}
    moving.move(access, plan.uuid, "en_cours")
    assert "I1" in team.open_tasks(patient)
    with pytest.raises(UserMessage) as wrong:
        moving.move(access, plan.uuid, "propose")
    assert wrong.value.code == "E-PRO-15"
    moving.move(access, plan.uuid, "sorti", reason="Déménagement")
    plan.refresh_from_db()
    assert (plan.is_over, plan.end_reason, team.open_tasks(patient)) == (True, "Déménagement", {})
    assert [move.target for move in plan.moves.order_by("id")] == ["inclus", "suspendu", "en_cours", "sorti"]


def test_ac1_7_running_plans_stay_on_their_version_until_each_is_decided(cast: Cast, hands: Hands) -> None:
    first = team.in_force(cast, "DIAB-01")
    patients = [team.diabetic(cast) for _ in range(12)]
    plans = [team.include(cast, patient, first) for patient in patients]
    text = first.text.replace("    delai: 28 jours\n    dire: HbA1c", "    delai: 14 jours\n    dire: HbA1c")
    text = text.replace("  - id: I3\n", "  - id: I9\n")
    second = team.in_force(cast, "DIAB-01", text=text, number=2)
    assert Plan.objects.filter(version=first).count() == 12
    reactions.sweep()
    assert Plan.objects.filter(version=first).count() == 12
    moving.migrate(team.key(patients[0], cast.claire), plans[0].uuid, str(second.uuid))
    assert Plan.objects.filter(version=first).count() == 11
    assert {"I9"} <= set(team.open_tasks(patients[0]))
    assert "I3" not in team.open_tasks(patients[0])
    assert "I3" in team.open_tasks(patients[1])
    plans[0].refresh_from_db()
    assert plans[0].moves.last().reason == "De la version 1 à la version 2"
    with pytest.raises(UserMessage):
        moving.migrate(team.key(patients[1], cast.claire), plans[1].uuid, str(first.uuid))  # replaced: no way back


def test_a_version_in_force_is_rewritten_by_nobody(cast: Cast) -> None:
    from django.db import DatabaseError, transaction

    version = team.in_force(cast, "DIAB-01")
    for change in ({"text": "autre"}, {"code": "X"}, {"state": VersionState.WRITING}, {"number": 7}):
        with pytest.raises(DatabaseError, match="E-PPSPR-08"), transaction.atomic():
            ProtocolVersion.objects.filter(pk=version.pk).update(**change)
    ProtocolVersion.objects.filter(pk=version.pk).update(state=VersionState.REPLACED)
    with pytest.raises(DatabaseError, match="E-PPSPR-08"), transaction.atomic():
        ProtocolVersion.objects.filter(pk=version.pk).update(state=VersionState.IN_FORCE)


def test_a_target_is_chosen_by_the_profession_that_decides_it(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    plan = team.include(cast, patient, version)
    with pytest.raises(UserMessage) as refused:
        moving.choose(team.key(patient, cast.nadia), plan.uuid, {"hba1c": "7"})
    assert refused.value.code == "E-PRO-12"
    team.report(patient, "4548-4", "8.3", label="HbA1c")
    team.work()
    assert Alert.objects.count() == 0  # no target: inconnu raises nothing
    moving.choose(team.key(patient, cast.claire), plan.uuid, {"hba1c": "7"})
    assert Alert.objects.count() == 1


# ------------------------------------------------------------------------------------------------ what was not so


def test_what_is_dated_of_noon_is_done_once_in_the_morning(cast: Cast, hands: Hands) -> None:
    """A vaccination has a day and no hour: it is counted at noon, and was filed at nine."""
    hands.move_to(dt.datetime(2026, 12, 1, 9, tzinfo=clock.PARIS))
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7"})
    team.says(patient, "vaccination", "J07BB02", "Grippe", team.ATC, start="2026-12-01")
    for hours in (0, 2, 2, 24):
        hands.shift(dt.timedelta(hours=hours))
        team.work()
        reactions.sweep()
        rows = PlanStep.objects.filter(step="P2").order_by("rank")
        assert [row.state for row in rows] == [StepState.DONE, StepState.AHEAD]


def withdrawn(number: int, patient: PatientId, by: Actor) -> None:
    documents.withdraw(team.key(patient, by), Document.objects.get(pk=number).uuid, reason="Autre patient")


def test_what_a_withdrawn_document_showed_done_is_to_be_done(cast: Cast, hands: Hands) -> None:
    """The result of somebody else: a year of follow-up does not rest on it, and its alert holds nothing."""
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7"})
    first = PlanStep.objects.get(step="B1")
    days(hands, 2)
    number = team.report(patient, "4548-4", "9.8", label="HbA1c")
    team.work()
    assert "B1" not in team.open_tasks(patient)
    assert Alert.objects.filter(answered_at__isnull=True).count() == 1
    days(hands, 1)
    withdrawn(number, patient, cast.claire)
    for _ in range(2):
        reactions.sweep()
        hands.shift(dt.timedelta(hours=2))
    assert Alert.objects.get().outcome == "sans_objet"
    rows = list(PlanStep.objects.filter(step="B1").order_by("rank"))
    assert [(row.state, row.due_at) for row in rows] == [("annulee", first.due_at), ("demandee", first.due_at)]
    assert "B1" in team.open_tasks(patient)
    team.report(patient, "4548-4", "9.8", label="HbA1c")  # the same value, of this patient
    team.work()
    done = PlanStep.objects.filter(step="B1").order_by("rank").values_list("state", flat=True)
    assert list(done) == ["annulee", "faite", "a_venir"]
    assert [*Alert.objects.order_by("id").values_list("outcome", flat=True)] == ["sans_objet", ""]


def test_a_former_time_whose_document_is_withdrawn_is_asked_of_nobody_today(cast: Cast, hands: Hands) -> None:
    version, patient = team.in_force(cast, "DIAB-01"), team.diabetic(cast)
    team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7"})
    days(hands, 2)
    former = team.report(patient, "4548-4", "6.8", label="HbA1c")
    team.work()
    days(hands, 80)
    team.report(patient, "4548-4", "6.9", label="HbA1c")
    team.work()
    withdrawn(former, patient, cast.claire)
    for _ in range(2):
        hands.shift(dt.timedelta(hours=2))
        reactions.sweep()
    states = PlanStep.objects.filter(step="B1").order_by("rank").values_list("state", flat=True)
    assert list(states) == ["non_faite", "faite", "a_venir"]


def test_a_step_that_does_not_come_back_is_asked_again_once_its_document_is_withdrawn(
    cast: Cast, hands: Hands
) -> None:
    text = (team.checking.FOLDER / "DIAB-01.yaml").read_text(encoding="utf-8")
    step = """
  - id: DEUX
    qui: [G15_10]
    quoi: Deux comptes rendus
    quand: {depuis: inclusion, a: [J+1, J+60]}
    fait_quand: 'document("11488-4")'
  - id: SUITE
    qui: [G15_10]
    quoi: Ce qui suit
    quand: {depuis: DEUX}
"""
    version = team.in_force(cast, "DIAB-01", text=text.replace("\netapes:\n", f"\netapes:{step}", 1))
    patient = team.diabetic(cast)
    team.include(cast, patient, version, cast.claire, parameters={"hba1c": "7"})
    days(hands, 2)
    filed = making.file(patient, making.filing(type_code="11488-4", act_at=clock.now().isoformat()))
    team.work()

    def standing(step: str) -> list[str]:
        return list(PlanStep.objects.filter(step=step).order_by("rank").values_list("state", flat=True))

    assert standing("DEUX")[0] == "faite"
    assert standing("SUITE")[0] == "demandee"
    withdrawn(filed.id, patient, cast.claire)
    hands.shift(dt.timedelta(hours=2))
    reactions.sweep()
    assert standing("DEUX") == ["demandee", "a_venir"]
    assert set(standing("SUITE")) == {"annulee"}
    assert not {"SUITE"} & set(team.open_tasks(patient))


def test_what_was_hidden_since_has_not_come_for_all_that(cast: Cast, hands: Hands) -> None:
    """« Pas d’INR depuis 35 jours » waits; its last INR is hidden: nobody knows any more, and nothing has arrived."""
    patient, _ = anticoagulated(cast)
    team.report(patient, "6301-6", "2.4", unit=None, label="INR")
    team.work()
    days(hands, 36)
    reactions.sweep()
    assert Alert.objects.get(alert="SANS-INR").answered_at is None
    Observation.objects.filter(patient_id=patient).update(confidentiality="R")
    hands.shift(dt.timedelta(hours=2))
    reactions.sweep()
    assert Alert.objects.get(alert="SANS-INR").answered_at is None


def test_each_silence_is_told(cast: Cast, hands: Hands) -> None:
    """« Rien depuis 35 jours » rests on no fact: what was known before tells one silence from the next."""
    text = (team.checking.FOLDER / "AVK-01.yaml").read_text(encoding="utf-8").replace(
        """si: 'délai(résultat("6301-6")) >= 35'""", """si: 'non au_moins(1, résultat("6301-6") depuis 35 jours)'"""
    )
    version = team.in_force(cast, "AVK-01", text=text)
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    team.says(patient, "medication", "B01AA03", "Warfarine", team.ATC)
    team.include(cast, patient, version, cast.claire, parameters={"inr": "2.5", "inr_bas": "2", "inr_haut": "3"})
    for times in (1, 2, 3):
        for _ in range(2):
            hands.shift(dt.timedelta(hours=2))
            reactions.sweep()
        assert Alert.objects.filter(alert="SANS-INR").count() == times
        task = team.open_tasks(patient, "alerte")["SANS-INR"]
        tasks.acknowledge(team.key(patient, cast.nadia), task.uuid, outcome="fait")
        team.work()
        team.report(patient, "6301-6", "2.5", unit=None, label="INR")
        team.work()
        days(hands, 36)


@pytest.mark.parametrize("typed", ["sNaN", "NaN", "Infinity", "1e40", "-1e13", "sept"])
def test_a_target_is_a_number_that_can_be_counted(cast: Cast, hands: Hands, typed: str) -> None:
    version, patient = team.in_force(cast, "AVK-01"), making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    team.says(patient, "medication", "B01AA03", "Warfarine", team.ATC)
    for name in ("inr", "inr_haut"):
        with pytest.raises(UserMessage) as refused:
            team.include(cast, patient, version, cast.claire, parameters={name: typed})
        assert refused.value.code == "E-PRO-12"
