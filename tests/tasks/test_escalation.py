"""What nobody answers climbs, level after level, and is never taken from its first addressee."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import uuid4

import pytest
import time_machine

from maillon.kernel.key import Actor, PatientId
from maillon.professionals.models import Attachment
from maillon.tasks import api as tasks
from maillon.tasks.api import Escalation
from maillon.tasks.models import Escalation as Level
from tests.conftest import Cast
from tests.documents import making
from tests.tasks.asking import DAY, HOUR, absent, again, alert, row, to_do

FOUR = dt.datetime(2026, 11, 24, 16, 0, tzinfo=dt.timezone(HOUR))  # 16:00 in Paris


@pytest.fixture(autouse=True)
def _at_four() -> Iterator[None]:
    with time_machine.travel(FOUR, tick=False):
        yield


def climb_at(moment: dt.datetime) -> int:
    """The sweeps of the worker until then have found nothing left."""
    with time_machine.travel(moment, tick=False):
        total = 0
        while climbed := tasks.escalate_due():
            total += climbed
        return total


def alerts(actor: Actor, at: dt.datetime) -> list[tuple[str, bool]]:
    with time_machine.travel(at, tick=False):
        return [(line.title, line.is_climbed) for line in tasks.my_day(again(actor)).alerts]


def test_ac1_3_an_unacknowledged_red_inr_climbs_to_the_substitute(cast: Cast, jeanne: PatientId) -> None:
    """AC1.3: INR 6.4 at 16:00, unacknowledged at 18:00: the red alert climbs to the substitute."""
    chain = (Escalation(2 * HOUR, "remplacant"), Escalation(3 * HOUR, "coordination"))
    alert(making.key(jeanne, cast.claire), cast, escalations=chain)
    assert climb_at(FOUR + 2 * HOUR - dt.timedelta(seconds=1)) == 0
    assert alerts(cast.karim, FOUR + HOUR) == []
    assert climb_at(FOUR + 2 * HOUR) == 1
    assert alerts(cast.karim, FOUR + 2 * HOUR) == [("INR à 6,4", True)], "the colleague who may stand in for her"
    assert alerts(cast.claire, FOUR + 2 * HOUR) == [("INR à 6,4", False)], "the first addressee keeps it"
    assert alerts(cast.nadia, FOUR + 2 * HOUR) == [], "another profession"
    assert alerts(cast.paul, FOUR + 2 * HOUR) == [], "another structure"


def test_the_declared_substitute_comes_before_the_colleagues(cast: Cast, jeanne: PatientId) -> None:
    absent(cast.claire, cast.paul)
    alert(making.key(jeanne, cast.claire), cast, escalations=(Escalation(2 * HOUR, "remplacant"),))
    making.link(jeanne, cast.claire)
    assert climb_at(FOUR + 2 * HOUR) == 1
    assert Level.objects.get().professional_id == cast.paul.professional_id
    assert alerts(cast.karim, FOUR + 2 * HOUR) == []
    assert alerts(cast.paul, FOUR + 2 * HOUR) == [("INR à 6,4", False)], "he had it since 16:00, in her place"


@pytest.mark.parametrize("gesture", ["take", "answer"])
def test_what_was_acknowledged_or_answered_climbs_no_further(cast: Cast, jeanne: PatientId, gesture: str) -> None:
    access = making.key(jeanne, cast.claire)
    uuid = alert(access, cast, escalations=(Escalation(2 * HOUR, "G15_60"),))
    with time_machine.travel(FOUR + HOUR, tick=False):
        if gesture == "take":
            tasks.handling.take(access, uuid)
        else:
            tasks.acknowledge(access, uuid, outcome="fait")
    assert climb_at(FOUR + 3 * HOUR) == 0
    assert alerts(cast.nadia, FOUR + 3 * HOUR) == []


def test_an_alert_given_back_climbs_again_at_once_when_its_hour_has_passed(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    uuid = alert(access, cast, escalations=(Escalation(2 * HOUR, "G15_60"),))
    tasks.handling.take(access, uuid)
    assert climb_at(FOUR + 3 * HOUR) == 0
    tasks.handling.give_back(access, uuid)
    assert climb_at(FOUR + 3 * HOUR) == 1
    assert alerts(cast.nadia, FOUR + 3 * HOUR) == [("INR à 6,4", True)]


def test_an_alert_that_one_of_those_reached_takes_waits_no_more_for_the_others(cast: Cast, jeanne: PatientId) -> None:
    chain = (Escalation(HOUR, "G15_60"), Escalation(2 * HOUR, "remplacant"))
    uuid = alert(making.key(jeanne, cast.claire), cast, escalations=chain)
    climb_at(FOUR + 2 * HOUR)
    tasks.handling.take(making.key(jeanne, cast.karim), uuid)
    assert alerts(cast.nadia, FOUR + 3 * HOUR) == []
    (aside,) = tasks.my_day(cast.nadia).with_others
    assert (aside.owner, aside.is_climbed) == ("Dr Karim Benali", False)
    tasks.handling.give_back(making.key(jeanne, cast.karim), uuid)
    assert alerts(cast.nadia, FOUR + 3 * HOUR) == [("INR à 6,4", True)]


def test_a_task_that_was_taken_still_climbs_until_it_is_done(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    uuid = to_do(access, cast, escalations=(Escalation(DAY, "G15_60"),))
    tasks.handling.take(access, uuid)
    assert climb_at(FOUR + DAY) == 1


def test_levels_climb_one_after_the_other_and_all_stay(cast: Cast, jeanne: PatientId, agnes: Actor) -> None:
    chain = (Escalation(4 * HOUR, "coordination"), Escalation(HOUR, "G15_60"), Escalation(2 * HOUR, "remplacant"))
    alert(making.key(jeanne, cast.claire), cast, escalations=chain)
    assert climb_at(FOUR + HOUR) == 1
    assert [len(alerts(each, FOUR + HOUR)) for each in (cast.nadia, cast.karim, agnes)] == [1, 0, 0]
    assert climb_at(FOUR + 5 * HOUR) == 2, "a worker that was down catches up"
    assert [len(alerts(each, FOUR + 5 * HOUR)) for each in (cast.nadia, cast.karim, agnes)] == [1, 1, 1]
    assert climb_at(FOUR + 9 * HOUR) == 0, "each level once"


def test_a_level_that_reaches_nobody_gives_way_to_the_next_without_waiting(
    cast: Cast, jeanne: PatientId, agnes: Actor
) -> None:
    """The only physician: no substitute is declared and nobody else holds the profession there."""
    Attachment.objects.filter(professional_id=cast.karim.professional_id).delete()
    chain = (Escalation(2 * HOUR, "remplacant"), Escalation(DAY, "coordination"))
    alert(making.key(jeanne, cast.claire), cast, escalations=chain)
    assert climb_at(FOUR + 2 * HOUR) == 2
    assert alerts(agnes, FOUR + 2 * HOUR) == [("INR à 6,4", True)]


def test_the_last_level_waits_for_whoever_comes_to_hold_its_role(cast: Cast, jeanne: PatientId) -> None:
    alert(making.key(jeanne, cast.claire), cast, escalations=(Escalation(HOUR, "G15_70"),))
    assert climb_at(FOUR + HOUR) == 1
    assert Level.objects.get().role_code == "G15_70"


def test_without_a_chain_an_alert_climbs_as_the_content_says_of_its_level(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    for level in ("rouge", "orange"):
        uuid = alert(access, cast, level=level)
        rule = tasks.alert_rules().of_level(level)
        written = Level.objects.filter(task=row(uuid)).order_by("rank")
        assert [(each.at - FOUR, each.target) for each in written] == [
            (dt.timedelta(hours=step.apres_heures), step.vers) for step in rule.escalade
        ]


def test_a_chain_is_counted_from_when_the_task_opens(cast: Cast, jeanne: PatientId) -> None:
    to_do(
        making.key(jeanne, cast.claire), cast, opens_at=FOUR + 10 * DAY, due_at=FOUR + 20 * DAY,
        escalations=(Escalation(2 * DAY, "G15_60"),),
    )  # fmt: skip
    assert climb_at(FOUR + 11 * DAY) == 0
    assert climb_at(FOUR + 12 * DAY) == 1


def test_an_escalation_goes_to_somebody_who_exists() -> None:
    with pytest.raises(ValueError, match="samu"):
        Escalation(HOUR, "samu")


def test_done_tasks_leave_no_level_behind_for_the_sweeps(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    for uuid in [alert(access, cast) for _ in range(3)]:
        tasks.acknowledge(access, uuid, outcome="fait")
    climb_at(FOUR + 30 * DAY)
    assert not Level.objects.exists()


def test_the_same_number_asked_twice_is_one_task_with_one_chain(cast: Cast, jeanne: PatientId) -> None:
    access, uuid = making.key(jeanne, cast.claire), uuid4()
    for _ in range(2):
        alert(access, cast, uuid=uuid, escalations=(Escalation(HOUR, "G15_60"),))
    assert Level.objects.count() == 1


def test_a_level_whose_people_are_all_away_is_not_waited_for(cast: Cast, jeanne: PatientId) -> None:
    """The whole profession is on leave and nobody replaces them: two more hours would be nobody's."""
    absent(cast.karim, None)
    chain = (Escalation(2 * HOUR, "remplacant"), Escalation(9 * HOUR, "G15_60"))
    uuid = alert(making.key(jeanne, cast.claire), cast, escalations=chain)
    assert climb_at(FOUR + 2 * HOUR) == 2
    assert alerts(cast.nadia, FOUR + 2 * HOUR) == [("INR à 6,4", True)]
    assert alerts(cast.karim, FOUR + 2 * HOUR) == [("INR à 6,4", True)], "he finds it if he looks"
    assert row(uuid).escalated_at == FOUR + 2 * HOUR


def test_a_level_whose_people_are_replaced_is_waited_for(cast: Cast, jeanne: PatientId) -> None:
    absent(cast.karim, cast.paul)
    chain = (Escalation(2 * HOUR, "remplacant"), Escalation(9 * HOUR, "G15_60"))
    alert(making.key(jeanne, cast.claire), cast, escalations=chain)
    assert climb_at(FOUR + 2 * HOUR) == 1
    assert alerts(cast.nadia, FOUR + 2 * HOUR) == []


def test_a_red_alert_of_a_role_is_told_to_whoever_replaces_its_people(cast: Cast, jeanne: PatientId) -> None:
    absent(cast.claire, cast.paul)
    uuid = alert(making.key(jeanne, cast.claire), cast, professional_id=None, role_code="G15_10")
    told = tasks.alerting.to_tell(uuid)
    assert told is not None
    assert set(told.people) == {cast.karim.professional_id, cast.paul.professional_id}
