from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from maillon.documents.filing import Filed
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.tasks import api as tasks
from maillon.tasks.api import Reader
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.tasks.asking import DAY, alert

HOUR = dt.timedelta(hours=1)
ARRIVAL = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
ABNORMAL = (making.result(interpretation="HH"),)


def receive(patient: PatientId, *readers: Reader, at: dt.datetime | None = None, **changed: Any) -> Filed:
    given = {"type_code": "11502-2"} | changed
    return making.file(patient, making.filing(**given), *readers, received_at=at or clock.now())


def to_read(actor: Actor) -> list[str]:
    return [line.title for line in tasks.my_day(actor).to_read]


def escalated(actor: Actor) -> list[str]:
    return [line.title for line in tasks.my_day(actor).escalated]


def refusal(patient: PatientId, actor: Actor, task: Any, **changed: Any) -> str:
    with pytest.raises(UserMessage) as caught:
        tasks.acknowledge(making.key(patient, actor), task, **changed)
    return caught.value.code


def test_a_person_reads_what_is_addressed_to_them_and_nobody_else_does(cast: Cast, jeanne: PatientId) -> None:
    receive(jeanne, making.reader(cast.claire), title="Biologie")
    assert to_read(cast.claire) == ["Biologie"]
    assert [to_read(actor) for actor in (cast.karim, cast.nadia, cast.sylvie, cast.paul)] == [[], [], [], []]


def test_a_role_is_everybody_who_holds_it_in_this_structure(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.paul)
    receive(jeanne, making.role(cast.tilleuls_id, "G15_10"), title="Pour un médecin des Tilleuls")
    assert len(to_read(cast.claire)) == len(to_read(cast.karim)) == 1
    assert to_read(cast.nadia) == []
    assert to_read(cast.paul) == [], "a doctor, elsewhere"


def test_the_task_of_a_role_is_no_longer_that_of_who_left_the_structure(cast: Cast, jeanne: PatientId) -> None:
    from maillon.access.sessions import actor_of_account
    from maillon.professionals.models import Attachment

    making.link(jeanne, cast.sylvie)
    receive(jeanne, making.role(cast.tilleuls_id, "331"), type_code="ATTEST-DROITS-AM")
    assert len(to_read(cast.sylvie)) == 1
    Attachment.objects.filter(professional_id=cast.sylvie.professional_id).update(end=clock.today() - 24 * HOUR)
    assert cast.sylvie.account_id is not None
    assert to_read(actor_of_account(cast.sylvie.account_id)) == []


def test_a_task_about_a_patient_who_is_no_longer_ours_leaves_no_trace(cast: Cast) -> None:
    patient = making.patient()
    receive(patient, making.reader(cast.claire))
    day = tasks.my_day(cast.claire)
    assert (day.to_read, day.to_do, day.escalated) == ((), (), ())


def test_late_comes_first_then_abnormal_then_what_is_due_first(cast: Cast, jeanne: PatientId) -> None:
    claire = making.reader(cast.claire)
    with time_machine.travel(ARRIVAL, tick=False):
        receive(jeanne, claire, title="due tomorrow", at=ARRIVAL - HOUR)
        receive(jeanne, claire, title="due in three days", type_code="PRESC-KINE")
        receive(jeanne, claire, title="late", at=ARRIVAL - 25 * HOUR)
        receive(jeanne, claire, title="abnormal, late", at=ARRIVAL - 5 * HOUR, results=ABNORMAL)
        receive(jeanne, claire, title="abnormal", results=ABNORMAL)
        day = tasks.my_day(cast.claire)
    assert [line.title for line in day.to_read] == [
        "abnormal, late", "late", "abnormal", "due tomorrow", "due in three days",
    ]  # fmt: skip
    assert [line.is_late for line in day.to_read] == [True, True, False, False, False]
    assert [line.is_urgent for line in day.to_read] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("type_code", "is_abnormal", "hours"),
    [
        ("11502-2", False, 24),
        ("11502-2", True, 4),
        ("34112-3", True, 24),
        ("11488-4", False, 72),
        ("11488-4", True, 24),
    ],
)
def test_a_document_is_due_by_its_type_and_its_abnormality(
    cast: Cast, jeanne: PatientId, type_code: str, is_abnormal: bool, hours: int
) -> None:
    receive(
        jeanne, making.reader(cast.claire), at=ARRIVAL, type_code=type_code, results=ABNORMAL if is_abnormal else ()
    )
    (line,) = tasks.my_day(cast.claire).to_read
    assert line.due_at - ARRIVAL == hours * HOUR
    assert (line.is_urgent, line.abnormal_count) == (is_abnormal, int(is_abnormal))


@pytest.mark.parametrize(("after", "is_alerted"), [(23, False), (25, True)])
def test_a_report_unread_for_a_day_reaches_the_coordinator(
    cast: Cast, jeanne: PatientId, agnes: Actor, after: int, is_alerted: bool
) -> None:
    """AC7.4: unread for 25 hours, the coordinator is told; at 23 hours, not."""
    receive(jeanne, making.reader(cast.claire), at=ARRIVAL, title="CR", type_code="15507-7")
    with time_machine.travel(ARRIVAL + after * HOUR, tick=False):
        assert tasks.escalate_due() == int(is_alerted)
        assert escalated(agnes) == (["CR"] if is_alerted else [])
        assert to_read(cast.claire) == ["CR"], "the first addressee keeps it"
        assert escalated(cast.nadia) == [], "not her role"


def test_a_result_unread_for_a_day_reaches_the_other_physicians_whom_the_matrix_lets_read_it(
    cast: Cast, jeanne: PatientId, agnes: Actor
) -> None:
    receive(jeanne, making.reader(cast.claire), at=ARRIVAL, title="Biologie")
    with time_machine.travel(ARRIVAL + 25 * HOUR, tick=False):
        assert tasks.escalate_due() == 1
        assert escalated(cast.karim) == ["Biologie"]
        assert escalated(agnes) == [], "a coordinator does not read biology"


def test_what_was_read_in_time_does_not_climb(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    receive(jeanne, making.reader(cast.claire), at=ARRIVAL, type_code="15507-7")
    with time_machine.travel(ARRIVAL + HOUR, tick=False):
        (line,) = tasks.my_day(cast.claire).to_read
        tasks.acknowledge(making.key(jeanne, cast.claire), line.uuid)
    with time_machine.travel(ARRIVAL + 25 * HOUR, tick=False):
        assert tasks.escalate_due() == 0
        assert escalated(agnes) == []


def test_a_task_climbs_once_and_batch_by_batch(cast: Cast, jeanne: PatientId) -> None:
    for _ in range(5):
        receive(jeanne, making.reader(cast.claire), at=ARRIVAL)
    with time_machine.travel(ARRIVAL + 25 * HOUR, tick=False):
        assert [tasks.escalate_due(batch=2) for _ in range(4)] == [2, 2, 1, 0]


def test_the_coordinator_of_another_structure_is_not_told(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    making.link(jeanne, agnes)
    making.link(jeanne, cast.paul)
    receive(jeanne, making.reader(cast.paul), at=ARRIVAL, type_code="15507-7")
    with time_machine.travel(ARRIVAL + 25 * HOUR, tick=False):
        tasks.escalate_due()
        assert escalated(agnes) == []


def test_whoever_it_climbed_to_may_answer_and_closes_it_for_all(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    receive(jeanne, making.reader(cast.claire), at=ARRIVAL, type_code="15507-7")
    with time_machine.travel(ARRIVAL + 25 * HOUR, tick=False):
        (mine,) = tasks.my_day(cast.claire).to_read
        assert refusal(jeanne, agnes, mine.uuid) == "E-TAC-01", "not hers yet"
        tasks.escalate_due()
        (climbed,) = tasks.my_day(agnes).escalated
        assert (climbed.is_mine, climbed.is_climbed, climbed.addressee) == (True, True, "Dr Claire Morel")
        tasks.acknowledge(making.key(jeanne, agnes), climbed.uuid, comment="Vu avec le Dr Morel")
        assert to_read(cast.claire) == []
        assert escalated(agnes) == []


def test_answering_closes_the_task_and_counts_it_in_the_day(cast: Cast, jeanne: PatientId) -> None:
    filed = receive(jeanne, making.reader(cast.claire), results=ABNORMAL)
    access = making.key(jeanne, cast.claire)
    assert tasks.unread_abnormal(access) == 1
    (line,) = tasks.my_day(cast.claire).to_read
    tasks.acknowledge(access, line.uuid, comment="Rappeler demain")
    day = tasks.my_day(cast.claire)
    assert (day.to_read, day.done_today) == ((), 1)
    assert tasks.unread_abnormal(access) == 0
    (done,) = tasks.of_document(access, filed.uuid)
    assert (done.outcome, done.comment, done.is_late) == ("Lu", "Rappeler demain", False)
    assert done.done_at is not None


def test_the_day_begins_at_midnight_in_paris(cast: Cast, jeanne: PatientId) -> None:
    with time_machine.travel("2026-11-24T22:59:00+00:00", tick=False):
        receive(jeanne, making.reader(cast.claire))
        (line,) = tasks.my_day(cast.claire).to_read
        tasks.acknowledge(making.key(jeanne, cast.claire), line.uuid)
        assert tasks.my_day(cast.claire).done_today == 1
    with time_machine.travel("2026-11-24T23:00:00+00:00", tick=False):
        assert tasks.my_day(cast.claire).done_today == 0


def test_answering_twice_changes_nothing(cast: Cast, jeanne: PatientId) -> None:
    receive(jeanne, making.reader(cast.claire))
    access = making.key(jeanne, cast.claire)
    (line,) = tasks.my_day(cast.claire).to_read
    tasks.acknowledge(access, line.uuid, comment="une fois")
    tasks.acknowledge(access, line.uuid, comment="deux fois")
    assert Task.objects.get().comment == "une fois"


def test_a_task_that_is_not_mine_does_not_exist_for_me(cast: Cast, jeanne: PatientId) -> None:
    other = making.patient()
    making.link(other, cast.claire)
    receive(jeanne, making.reader(cast.claire))
    (line,) = tasks.my_day(cast.claire).to_read
    assert refusal(jeanne, cast.karim, line.uuid) == "E-TAC-01"
    assert refusal(other, cast.claire, line.uuid) == "E-TAC-01", "asked for within another record"
    assert refusal(jeanne, cast.claire, making.uuid_of(jeanne)) == "E-TAC-01"
    assert refusal(jeanne, making.MACHINE, line.uuid) == "E-TAC-01"
    assert Task.objects.get().done_at is None


def test_a_task_of_a_role_that_a_colleague_did_is_already_done(cast: Cast, jeanne: PatientId) -> None:
    receive(jeanne, making.role(cast.tilleuls_id, "G15_10"))
    (line,) = tasks.my_day(cast.claire).to_read
    tasks.acknowledge(making.key(jeanne, cast.claire), line.uuid)
    assert refusal(jeanne, cast.karim, line.uuid) == "E-TAC-02"
    assert Task.objects.get().done_by_id == cast.claire.professional_id


@pytest.mark.parametrize("outcome", ["", "annule", "n’importe quoi de long"])
def test_an_answer_is_one_of_those_that_a_person_may_give(cast: Cast, jeanne: PatientId, outcome: str) -> None:
    receive(jeanne, making.reader(cast.claire))
    (line,) = tasks.my_day(cast.claire).to_read
    assert refusal(jeanne, cast.claire, line.uuid, outcome=outcome) == "E-TAC-03"
    assert Task.objects.get().done_at is None


def test_a_comment_of_any_length_is_kept_as_far_as_it_fits(cast: Cast, jeanne: PatientId) -> None:
    receive(jeanne, making.reader(cast.claire))
    (line,) = tasks.my_day(cast.claire).to_read
    tasks.acknowledge(making.key(jeanne, cast.claire), line.uuid, comment="é\0" * 2000)
    assert len(Task.objects.get().comment) == 500


@pytest.mark.django_db(transaction=True)
def test_two_people_who_answer_at_once_leave_one_answer(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, "equipe_structure")
    receive(patient, making.role(cast.tilleuls_id, "G15_10"))
    (line,) = tasks.my_day(cast.claire).to_read
    gate, told = threading.Barrier(2), []

    def answer(actor: Actor) -> None:
        try:
            with transaction.atomic():
                access = making.key(patient, actor)
                gate.wait()
                tasks.acknowledge(access, line.uuid, comment=actor.label)
            told.append("done")
        except UserMessage as refused:
            told.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(actor,)) for actor in (cast.claire, cast.karim)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(told) == ["E-TAC-02", "done"]
    task = Task.objects.get()
    winner = cast.claire if task.done_by_id == cast.claire.professional_id else cast.karim
    assert task.comment == winner.label


def test_a_long_day_is_cut_and_says_so(cast: Cast, jeanne: PatientId, monkeypatch: pytest.MonkeyPatch) -> None:
    from maillon.tasks import lists

    monkeypatch.setattr(lists, "LONGEST_DAY", 3)
    for number in range(3):
        receive(jeanne, making.reader(cast.claire), title=str(number), at=ARRIVAL + number * HOUR)
    assert not tasks.my_day(cast.claire).is_cut
    receive(jeanne, making.reader(cast.claire), title="9", at=ARRIVAL + 9 * HOUR)
    day = tasks.my_day(cast.claire)
    assert day.is_cut
    assert {line.title for line in day.to_read} == {"0", "1", "2"}, "those due first"
    alert(making.key(jeanne, cast.claire), cast, due_at=clock.now() + 30 * DAY)
    day = tasks.my_day(cast.claire)
    assert [line.title for line in day.alerts] == ["INR à 6,4"], "a red alert is not what is cut, whatever is late"
    assert {line.title for line in day.to_read} == {"0", "1"}


def test_a_history_that_is_closed_says_so_and_touches_nothing_else(cast: Cast, jeanne: PatientId) -> None:
    old = receive(jeanne, making.reader(cast.claire), title="old")
    done = receive(jeanne, making.reader(cast.claire), title="done")
    receive(jeanne, making.reader(cast.claire), title="new")
    access = making.key(jeanne, cast.claire)
    (line,) = tasks.of_document(access, done.uuid)
    tasks.acknowledge(access, line.uuid, comment="lu par Claire")
    assert tasks.close_history([old.id, done.id]) == 1
    assert to_read(cast.claire) == ["new"]
    assert [task.comment for task in tasks.of_document(access, old.uuid)] == ["Reprise de l’historique"]
    assert [task.comment for task in tasks.of_document(access, done.uuid)] == ["lu par Claire"]


def test_the_tasks_of_a_document_show_everybody_who_must_read_it(cast: Cast, jeanne: PatientId) -> None:
    filed = receive(jeanne, making.reader(cast.claire), making.role(cast.tilleuls_id, "331"))
    shown = tasks.of_document(making.key(jeanne, cast.nadia), filed.uuid)
    assert [(line.addressee, line.is_mine) for line in shown] == [
        ("Dr Claire Morel", False), ("Maison de santé des Tilleuls", False),
    ]  # fmt: skip
    assert tasks.of_document(making.key(making.patient()), filed.uuid) == []
