"""An appendix out the same day: what each passage demands, and what the calls find."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest
import time_machine

from maillon.exchange import api as exchange
from maillon.forms import api as forms
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, StructureId
from maillon.kernel.message import UserMessage
from maillon.pathways import moving, reactions, showing
from maillon.pathways.models import Alert, Plan
from maillon.patients.models import Patient
from maillon.professionals import api as professionals
from maillon.record.models import TimelineEntry
from maillon.tasks import api as tasks
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.exchange.texting import Provider, sms
from tests.pathways import team

__all__ = ["sms"]
Hands = time_machine.Traveller
Answers = dict[str, list[str]]

SAT: Answers = {"imc": ["24"], "leucocytes": ["13,2"], "crp": ["22"], "perforation": ["non"], "diametre": ["9"]}
NOTHING_AGAINST: Answers = {
    name: ["non"] for name in ("grossesse", "immunodepression", "peritonite", "sepsis", "asa_instable", "seul")
}
ELIGIBLE: Answers = {
    "asa": ["1"], "urgence": ["oui"], "urgence_motif": ["Appendicite aiguë, opérée demain"],
} | {
    name: ["oui"]
    for name in (
        "comorbidites", "anticoagulants", "previsible", "douleur", "comprend", "accompagnant", "nuit", "telephone",
        "distance", "logement",
    )
}  # fmt: skip
PADSS: Answers = {
    "vitaux": ["stables"], "marche": ["seul"], "nausees": ["minimes"], "douleur": ["minime"], "saignement": ["modere"],
    "accompagnant": ["oui"], "nuit": ["oui"], "consignes": ["oui"], "medicaments": ["oui"], "numeros": ["oui"],
    "miction": ["oui"],
}  # fmt: skip
WELL: Answers = {
    "joint": ["oui"], "tentative": ["1"], "temperature": ["36,9"], "eva_repos": ["1"], "eva_mouvement": ["3"],
    "antalgiques": ["oui"], "nausees": ["non"], "saignement": ["propre"], "dyspnee": ["non"], "malaise": ["non"],
    "alimentation": ["oui"], "urines": ["oui"], "consignes": ["oui"], "recours": ["non"],
}  # fmt: skip


def operated(cast: Cast) -> Plan:
    """Included the evening before."""
    version = team.in_force(cast, "APPENDICE-AMBU")
    patient = making.patient(born=dt.date(2000, 2, 1))
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    making.link(patient, cast.karim, "medecin_traitant")
    team.says(patient, "problem", "K35.8", "Appendicite aiguë", team.ICD10)
    tomorrow = clock.today() + dt.timedelta(days=1)
    return team.include(cast, patient, version, cast.karim, dates={"operation": tomorrow})


def answer(plan: Plan, actor: Actor, code: str, answers: Answers) -> None:
    access = team.key(PatientId(plan.patient_id), actor)
    uuid = forms.begin(access, code)
    forms.save(access, uuid, answers, revision=forms.read(access, uuid).revision)
    forms.sign(access, uuid)
    team.work()


def file(plan: Plan, type_code: str) -> None:
    patient = PatientId(plan.patient_id)
    making.file(patient, making.filing(type_code=type_code, act_at=clock.now().isoformat()))
    team.work()


def move(plan: Plan, actor: Actor, to: str, reason: str = "") -> None:
    moving.move(team.key(PatientId(plan.patient_id), actor), plan.uuid, to, reason=reason)
    team.work()


def refusal(plan: Plan, actor: Actor, to: str, reason: str = "") -> tuple[str, str]:
    before = Plan.objects.get(pk=plan.pk).state
    with pytest.raises(UserMessage) as refused:
        move(plan, actor, to, reason)
    assert Plan.objects.get(pk=plan.pk).state == before  # nothing half done
    return refused.value.code, refused.value.message


def admitted(cast: Cast) -> Plan:
    plan = operated(cast)
    answer(plan, cast.karim, "SAT", SAT | NOTHING_AGAINST)
    answer(plan, cast.karim, "ELIGIBILITE-AMBU", ELIGIBLE)
    file(plan, "34749-2")
    move(plan, cast.karim, "admis")
    return plan


def at_home(cast: Cast) -> Plan:
    plan = admitted(cast)
    answer(plan, cast.nadia, "PADSS", PADSS)
    file(plan, "11490-0")
    move(plan, cast.karim, "rentre")
    return plan


# ------------------------------------------------------------------------------------------------ before


SCORES = {
    "five of five": (SAT, ""),
    "four of five": (SAT | {"crp": ["64"]}, ""),
    "three of five": (SAT | {"crp": ["64"], "diametre": ["12"]}, "E-AMB-05"),
    "one missing, four kept": ({name: SAT[name] for name in SAT if name != "crp"}, ""),
    "one missing, three kept": ({name: SAT[name] for name in SAT if name != "crp"} | {"diametre": ["12"]}, "E-AMB-05"),
}


@pytest.mark.parametrize("name", SCORES)
def test_ac5_2_a_missing_item_never_counts(cast: Cast, hands: Hands, name: str) -> None:
    given, code = SCORES[name]
    plan = operated(cast)
    answer(plan, cast.karim, "SAT", given | NOTHING_AGAINST)
    answer(plan, cast.karim, "ELIGIBILITE-AMBU", ELIGIBLE)
    file(plan, "34749-2")
    if code:
        assert refusal(plan, cast.karim, "admis")[0] == code
        return
    move(plan, cast.karim, "admis")


def test_e_amb_03_and_04_name_what_is_missing(cast: Cast, hands: Hands) -> None:
    plan = operated(cast)
    answer(plan, cast.karim, "SAT", SAT | NOTHING_AGAINST)
    assert refusal(plan, cast.karim, "admis")[0] == "E-AMB-04"  # nobody was asked about the first night
    alone = ELIGIBLE | {"nuit": ["non"], "compensation": ["Infirmier le soir et hôtel hospitalier"]}
    answer(plan, cast.karim, "ELIGIBILITE-AMBU", alone)
    assert refusal(plan, cast.karim, "admis")[0] == "E-AMB-04"
    answer(plan, cast.karim, "ELIGIBILITE-AMBU", ELIGIBLE | {"urgence": ["non"]})
    assert refusal(plan, cast.karim, "admis")[0] == "E-AMB-03"  # no consultation at all
    file(plan, "34749-2")
    assert refusal(plan, cast.karim, "admis")[0] == "E-AMB-03"  # today, and nobody says that it is urgent
    answer(plan, cast.karim, "ELIGIBILITE-AMBU", ELIGIBLE)
    move(plan, cast.karim, "admis")


def test_ac5_6_three_calls_without_an_answer_flag_text_and_find_the_coordinator(
    cast: Cast, hands: Hands, agnes: Actor, sms: Provider
) -> None:
    """The flag, the SMS that the patient's telephone received, the coordinator's task; the case is the first that she
    sees at seven on the day of the operation."""
    plan = operated(cast)
    Patient.objects.filter(pk=plan.patient_id).update(phone="06 99 00 00 12")
    other = making.patient("AUTRE")
    making.link(other, cast.tilleuls_id, "equipe_structure")
    older = tasks_of_another(cast, other, agnes)
    for attempt in ("1", "2"):
        answer(plan, cast.nadia, "APPEL-VEILLE", {"joint": ["non"], "tentative": [attempt]})
    assert not Alert.objects.filter(plan=plan).exists()
    answer(plan, cast.nadia, "APPEL-VEILLE", {"joint": ["non"], "tentative": ["3"]})
    raised = Alert.objects.get(plan=plan, alert="VEILLE-SANS-REPONSE")
    assert raised.level == "rouge"
    found = Task.objects.filter(patient_id=plan.patient_id, kind="alerte")
    assert {task.professional_id or task.role_code for task in found} == {
        "330", cast.karim.professional_id,
    }  # fmt: skip

    (note,) = sms.received()
    assert note["to"] == "0699000012"
    for word in ("Jeanne", "MARTIN", "opér", "chirurg", "hôpital", "intervention", "Tilleuls"):
        assert word.lower() not in note["text"].lower()
    hands.shift(dt.timedelta(minutes=2))
    team.work()
    shown = showing.plan(team.key(PatientId(plan.patient_id), cast.karim), plan.uuid).alerts[0]
    assert shown.text is not None
    assert (shown.text.state, shown.text.label) == ("delivered", "Demande de rappeler l’équipe")

    hands.move_to(dt.datetime.combine(clock.today() + dt.timedelta(days=1), dt.time(7), clock.PARIS))
    first = tasks.my_day(agnes).alerts[0]
    assert first.patient_id == plan.patient_id
    assert older in [line.uuid for line in tasks.my_day(agnes).alerts[1:]]


def tasks_of_another(cast: Cast, patient: PatientId, coordinator: Actor) -> UUID:
    """An orange alert of the same coordinator, that waits longer."""
    uuid = uuid4()
    tasks.raise_alert(
        team.key(patient, cast.nadia), uuid=uuid, title="Pas d’INR depuis 35 jours", level="orange", reason="essai",
        structure_id=StructureId(cast.tilleuls_id), due_at=clock.now() - dt.timedelta(days=3), role_code="330",
    )  # fmt: skip
    return uuid


# ------------------------------------------------------------------------------------------------ going home


def test_ac5_1_no_one_goes_home_under_nine_nor_without_letter_or_escort(cast: Cast, hands: Hands) -> None:
    plan = admitted(cast)
    assert refusal(plan, cast.karim, "rentre")[0] == "E-AMB-01"  # no score at all is not a score
    answer(plan, cast.nadia, "PADSS", PADSS | {"nausees": ["moderes"]})  # 2-2-1-2-1
    code, message = refusal(plan, cast.karim, "rentre")
    assert code == "E-AMB-01"
    assert "8" in message
    answer(plan, cast.nadia, "PADSS", PADSS | {"accompagnant": ["non"]})  # 2-2-2-2-1, and nobody to go with
    assert refusal(plan, cast.karim, "rentre")[0] == "E-AMB-01"
    answer(plan, cast.nadia, "PADSS", PADSS)
    assert refusal(plan, cast.karim, "rentre")[0] == "E-AMB-02"
    file(plan, "11490-0")
    move(plan, cast.karim, "rentre")
    assert Plan.objects.get(pk=plan.pk).state == "rentre"


def test_e_amb_07_a_conversion_has_a_reason(cast: Cast, hands: Hands) -> None:
    plan = admitted(cast)
    with pytest.raises(UserMessage):
        move(plan, cast.karim, "converti")
    move(plan, cast.karim, "converti", "Péritonite, abcès ou gangrène")
    assert Plan.objects.get(pk=plan.pk).end_reason == "Péritonite, abcès ou gangrène"


def test_ac5_4_a_red_answer_is_routed_within_the_hour_and_holds_the_path(cast: Cast, hands: Hands) -> None:
    plan = at_home(cast)
    hands.shift(dt.timedelta(hours=18))
    answer(plan, cast.nadia, "APPEL-LENDEMAIN", WELL | {"temperature": ["38,7"]})
    raised = Alert.objects.get(plan=plan, alert="LENDEMAIN-ROUGE")
    assert raised.due_at - clock.now() <= dt.timedelta(hours=1)
    assert not Alert.objects.filter(plan=plan, alert="LENDEMAIN-ORANGE").exists()
    code, message = refusal(plan, cast.nadia, "suivi")
    assert code == "E-AMB-06"
    assert "Appel du lendemain" in message
    access = team.key(PatientId(plan.patient_id), cast.karim)
    tasks.acknowledge(access, raised.uuid, outcome="fait", comment="Revu aux urgences, pas d’abcès")
    team.work()
    move(plan, cast.nadia, "suivi")


def test_ac5_7_the_path_is_not_closed_before_histology_is_read(cast: Cast, hands: Hands) -> None:
    plan = at_home(cast)
    hands.shift(dt.timedelta(hours=18))
    answer(plan, cast.nadia, "APPEL-LENDEMAIN", WELL)
    move(plan, cast.nadia, "suivi")
    reason = "Contrôle fait, histologie lue"
    assert refusal(plan, cast.karim, "clos", reason)[0] == "E-AMB-09"  # it has not come yet: pending is not closed
    hands.shift(dt.timedelta(days=8))
    file(plan, "60568-3")
    assert "HISTO" in team.open_tasks(PatientId(plan.patient_id))
    assert refusal(plan, cast.karim, "clos", reason)[0] == "E-AMB-09"
    hands.shift(dt.timedelta(days=4))
    reactions.sweep()
    assert Alert.objects.filter(plan=plan, alert="HISTO-NON-LUE").count() == 1
    step = plan.steps.get(step="HISTO")
    moving.do_step(team.key(PatientId(plan.patient_id), cast.karim), step.uuid, comment="Appendicite, pas de tumeur")
    assert refusal(plan, cast.karim, "clos", reason)[0] == "E-AMB-09"  # the control visit
    file(plan, "11488-4")
    move(plan, cast.karim, "clos", reason)


def test_ac5_5_the_letter_is_with_all_three_by_midnight_or_somebody_is_told(
    cast: Cast, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert of the day is looked at as the day ends: at 23:59 nothing is late yet, at midnight it is."""
    hands.shift(dt.timedelta(hours=1, minutes=20))
    plan = at_home(cast)  # 17:20
    patient = PatientId(plan.patient_id)
    hands.move_to(clock.in_paris(clock.now()).replace(hour=23, minute=59))
    reactions.sweep()
    assert not Alert.objects.filter(plan=plan, alert="LDL-J0").exists()
    hands.shift(dt.timedelta(minutes=61))
    reactions.sweep()
    assert Alert.objects.get(plan=plan, alert="LDL-J0").level == "rouge"
    for done, channel in enumerate(("dmp", "messagerie", "patient"), 1):
        sent(monkeypatch, plan, cast, done)
        hands.shift(dt.timedelta(hours=1, minutes=1))
        reactions.sweep()
        waiting = Alert.objects.filter(plan=plan, alert="LDL-J0", answered_at__isnull=True).exists()
        assert waiting is (done < 3), channel
    assert "LDL-J0" not in team.open_tasks(patient, "alerte")


def sent(monkeypatch: pytest.MonkeyPatch, plan: Plan, cast: Cast, many: int) -> None:
    """What `exchange` says was promised; that it says so is shown in tests/exchange."""
    assert cast.karim.professional_id is not None
    karim = professionals.professional(cast.karim.professional_id)
    doctor = (karim.national_id if karim else None) or ""
    letter = TimelineEntry.objects.get(patient_id=plan.patient_id, type_code="11490-0").document_id
    assert letter is not None
    said = [
        exchange.outgoing.reaching.Reached(
            patient_id=plan.patient_id, document_id=letter, type_code="11490-0", channel=channel, at=clock.now(),
            national_id=doctor if channel == "messagerie" else "",
        )
        for channel in ("dmp", "messagerie", "patient")[:many]
    ]  # fmt: skip
    monkeypatch.setattr(exchange.outgoing.reaching, "reached", lambda patients, types: said)


def test_ac5_5_a_letter_that_left_and_came_back_is_told_again(
    cast: Cast, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = at_home(cast)

    def waiting_after(many: int) -> int:
        sent(monkeypatch, plan, cast, many)
        hands.shift(dt.timedelta(hours=1, minutes=1))
        reactions.sweep()
        return Alert.objects.filter(plan=plan, alert="LDL-J0", answered_at__isnull=True).count()

    hands.shift(dt.timedelta(hours=12))
    assert [waiting_after(many) for many in (0, 3, 0, 0, 3, 0)] == [1, 0, 1, 1, 0, 1]
    told = Alert.objects.get(plan=plan, alert="LDL-J0", answered_at__isnull=True)
    access = team.key(PatientId(plan.patient_id), cast.karim)
    tasks.acknowledge(access, told.uuid, outcome="sans_suite", comment="remise en main propre")
    team.work()
    assert waiting_after(0) == 0  # whoever answered has answered for what they saw


def test_a_date_that_comes_back_asks_again_what_was_not_done(cast: Cast, hands: Hands) -> None:
    """Of two times before the operation, the first was done when the operation was moved, then moved back."""
    text = (team.checking.FOLDER / "APPENDICE-AMBU.yaml").read_text(encoding="utf-8")
    text = text.replace("quand: {depuis: operation, a: [J-1]}", "quand: {depuis: operation, a: [J-1, J+0]}", 1)
    version = team.in_force(cast, "APPENDICE-AMBU", text=text)
    step = next(each.id for each in team.checking.parsed(text).etapes if len(each.quand.a) == 2)
    patient = making.patient(born=dt.date(2000, 2, 1))
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    making.link(patient, cast.karim, "medecin_traitant")
    team.says(patient, "problem", "K35.8", "Appendicite aiguë", team.ICD10)
    tomorrow = clock.today() + dt.timedelta(days=1)
    access = team.key(patient, cast.karim)
    plan = team.include(cast, patient, version, cast.karim, dates={"operation": tomorrow})
    moving.do_step(access, plan.steps.filter(step=step).order_by("rank")[0].uuid)
    for day in (tomorrow + dt.timedelta(days=3), tomorrow, tomorrow):
        moving.choose(access, plan.uuid, {}, dates={"operation": day})
        reactions.sweep()
    standing = plan.steps.filter(step=step).exclude(state="annulee").order_by("rank")
    assert [(row.state, clock.in_paris(row.origin_at).date()) for row in standing] == [
        ("faite", tomorrow), (standing[1].state, tomorrow),
    ]  # fmt: skip
    assert standing[1].state in ("a_venir", "demandee")
