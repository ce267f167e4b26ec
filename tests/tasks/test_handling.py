"""Taking, giving back, entrusting, putting off; and the alerts, which say why and are not put off when red."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from maillon.documents.filing import Filed
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.tasks import api as tasks
from maillon.tasks.api import About, Escalation
from maillon.tasks.models import Escalation as Level
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.tasks.asking import DAY, HOUR, alert, row, to_do

handling = tasks.handling
NURSES = "G15_60"
PHYSICIANS = "G15_10"


def refused(verb: Any, *args: Any, **said: Any) -> str:
    with pytest.raises(UserMessage) as caught, transaction.atomic():
        verb(*args, **said)
    assert caught.value.message.endswith((".", "!", "?"))
    return caught.value.code


def titles(actor: Actor, part: str) -> list[str]:
    return [line.title for line in getattr(tasks.my_day(actor), part)]


def of_physicians(jeanne: PatientId, cast: Cast, **said: Any) -> UUID:
    return to_do(making.key(jeanne, cast.nadia), cast, role_code=PHYSICIANS, **said)


# ------------------------------------------------------------------------------------------------ taking


def test_what_one_of_the_role_takes_is_theirs_and_no_longer_waits_for_the_others(cast: Cast, jeanne: PatientId) -> None:
    uuid = of_physicians(jeanne, cast)
    assert (titles(cast.claire, "to_do"), titles(cast.karim, "to_do")) == (["Rappeler le patient"],) * 2
    handling.take(making.key(jeanne, cast.claire), uuid)
    assert titles(cast.claire, "to_do") == ["Rappeler le patient"]
    assert titles(cast.karim, "to_do") == []
    (aside,) = tasks.my_day(cast.karim).with_others
    assert (aside.owner, aside.is_held) == ("Dr Claire Morel", False)


def test_the_second_to_take_is_told_by_whom_it_was_taken_and_may_take_it_over(cast: Cast, jeanne: PatientId) -> None:
    uuid = of_physicians(jeanne, cast)
    claire, karim = making.key(jeanne, cast.claire), making.key(jeanne, cast.karim)
    handling.take(claire, uuid)
    handling.take(claire, uuid)
    with pytest.raises(UserMessage, match="Dr Claire Morel s’en occupe") as caught:
        handling.take(karim, uuid)
    assert caught.value.code == "E-TAC-05"
    assert refused(tasks.acknowledge, karim, uuid, outcome="fait") == "E-TAC-05", "first he takes it over"
    handling.take(karim, uuid, over=True)
    tasks.acknowledge(karim, uuid, outcome="fait")
    assert row(uuid).done_by_id == cast.karim.professional_id


def test_what_is_given_back_waits_again_for_everybody(cast: Cast, jeanne: PatientId) -> None:
    uuid = of_physicians(jeanne, cast)
    claire = making.key(jeanne, cast.claire)
    handling.take(claire, uuid)
    assert refused(handling.give_back, making.key(jeanne, cast.karim), uuid) == "E-TAC-01", "not his to give back"
    handling.give_back(claire, uuid)
    handling.give_back(claire, uuid)
    assert titles(cast.karim, "to_do") == ["Rappeler le patient"]


@pytest.mark.parametrize("verb", [handling.take, handling.give_back, handling.wake])
def test_a_task_that_is_not_mine_cannot_be_handled(cast: Cast, jeanne: PatientId, verb: Any) -> None:
    uuid = to_do(making.key(jeanne, cast.claire), cast)
    assert refused(verb, making.key(jeanne, cast.nadia), uuid) == "E-TAC-01"
    assert refused(verb, making.key(jeanne, cast.claire), uuid4()) == "E-TAC-01"
    tasks.acknowledge(making.key(jeanne, cast.claire), uuid, outcome="fait")
    assert refused(verb, making.key(jeanne, cast.claire), uuid) == "E-TAC-02"


# ------------------------------------------------------------------------------------------------ entrusting


def test_what_is_entrusted_is_done_by_the_colleague_and_followed_by_who_entrusted_it(
    cast: Cast, jeanne: PatientId
) -> None:
    uuid = to_do(making.key(jeanne, cast.claire), cast)
    handling.delegate(making.key(jeanne, cast.claire), uuid, to=_id(cast.nadia))
    assert titles(cast.claire, "to_do") == []
    (line,) = tasks.my_day(cast.claire).delegated
    assert (line.owner, line.taken_at, line.addressee) == ("Nadia Lefèvre", None, "Dr Claire Morel")
    (hers,) = tasks.my_day(cast.nadia).to_do
    assert (hers.entrusted_by, hers.is_mine) == ("Dr Claire Morel", True)
    tasks.acknowledge(making.key(jeanne, cast.nadia), uuid, outcome="fait")
    assert titles(cast.claire, "delegated") == []


def test_what_was_entrusted_comes_back_when_the_colleague_or_its_owner_says_so(cast: Cast, jeanne: PatientId) -> None:
    claire, nadia = making.key(jeanne, cast.claire), making.key(jeanne, cast.nadia)
    uuid = to_do(claire, cast)
    for giving in (nadia, claire):
        handling.delegate(claire, uuid, to=_id(cast.nadia))
        handling.give_back(giving, uuid)
        assert titles(cast.claire, "to_do") == ["Rappeler le patient"]
        assert titles(cast.nadia, "to_do") == []


def test_until_the_colleague_says_yes_it_still_climbs(cast: Cast, jeanne: PatientId) -> None:
    uuid = alert(making.key(jeanne, cast.claire), cast, escalations=(Escalation(HOUR, "remplacant"),))
    handling.take(making.key(jeanne, cast.claire), uuid)
    handling.delegate(making.key(jeanne, cast.claire), uuid, to=_id(cast.nadia))
    with time_machine.travel(clock.now() + HOUR, tick=False):
        assert tasks.escalate_due() == 1


def test_one_entrusts_to_a_colleague_who_may_read_what_it_is_about(cast: Cast, jeanne: PatientId) -> None:
    """A secretary does not read biology; somebody of another structure, somebody who never signs in: neither."""
    filed = making.file(jeanne, making.filing(type_code="11502-2"), making.reader(cast.claire))
    access, uuid = making.key(jeanne, cast.claire), Task.objects.get().uuid
    assert {line.id for line in handling.colleagues(access, uuid)} == {_id(cast.karim), _id(cast.nadia)}
    for nobody in (cast.sylvie, cast.paul, cast.claire):
        assert refused(handling.delegate, access, uuid, to=_id(nobody)) == "E-TAC-06"
    handling.delegate(access, uuid, to=_id(cast.nadia))
    assert titles(cast.nadia, "to_read") == [tasks.of_document(access, filed.uuid)[0].title]


def test_nobody_entrusts_what_is_not_theirs(cast: Cast, jeanne: PatientId) -> None:
    uuid = to_do(making.key(jeanne, cast.claire), cast)
    assert refused(handling.delegate, making.key(jeanne, cast.nadia), uuid, to=_id(cast.nadia)) == "E-TAC-01"


# ------------------------------------------------------------------------------------------------ putting off


def test_what_is_put_off_says_why_and_comes_back_by_itself(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    uuid = alert(access, cast, level="orange", escalations=(Escalation(DAY, NURSES),))
    end = clock.now() + 3 * DAY
    handling.snooze(access, uuid, until=end, reason="Contrôle déjà prescrit")
    assert (titles(cast.claire, "alerts"), titles(cast.claire, "snoozed")) == ([], ["INR à 6,4"])
    (line,) = tasks.my_day(cast.claire).snoozed
    assert (line.snooze_reason, line.snoozed_by) == ("Contrôle déjà prescrit", "Dr Claire Morel")
    assert tasks.alerts(access) == [], "the banner too"
    with time_machine.travel(end - HOUR, tick=False):
        assert tasks.escalate_due() == 0, "its levels wait as long as it does"
    with time_machine.travel(end, tick=False):
        assert titles(cast.claire, "alerts") == ["INR à 6,4"]
    with time_machine.travel(end + DAY, tick=False):
        assert tasks.escalate_due() == 1


def test_putting_off_again_and_waking_shift_the_levels_by_what_was_really_waited(cast: Cast, jeanne: PatientId) -> None:
    start = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        access = making.key(jeanne, cast.claire)
        uuid = alert(access, cast, level="orange", escalations=(Escalation(DAY, NURSES),))
        handling.snooze(access, uuid, until=start + 5 * DAY, reason="Vacances du patient")
        handling.snooze(access, uuid, until=start + 7 * DAY, reason="Vacances prolongées")
    with time_machine.travel(start + 2 * DAY, tick=False):
        handling.wake(access, uuid)
        handling.wake(access, uuid)
        assert titles(cast.claire, "alerts") == ["INR à 6,4"]
    assert Level.objects.get().at == start + 3 * DAY


def test_a_red_alert_is_put_off_within_its_delay_only_and_climbs_all_the_same(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    uuid = alert(access, cast, escalations=(Escalation(HOUR, NURSES),))
    due = row(uuid).due_at
    late = due + dt.timedelta(seconds=1)
    assert refused(handling.snooze, access, uuid, until=late, reason="Plus tard") == "E-TAC-09"
    assert row(uuid).snoozed_until is None
    handling.snooze(access, uuid, until=due, reason="Je rappelle à la sortie du bloc")
    assert titles(cast.claire, "alerts") == []
    with time_machine.travel(due - HOUR / 2, tick=False):
        assert tasks.escalate_due() == 1
        assert titles(cast.nadia, "alerts") == ["INR à 6,4"], "it is not put off for those to whom it climbed"
        assert titles(cast.claire, "alerts") == []
        assert tasks.alerts(access), "nor on the banner"


@pytest.mark.parametrize(
    ("days", "reason", "code"),
    [(1, "", "E-TAC-07"), (1, "  x ", "E-TAC-07"), (-1, "Trop tard", "E-TAC-08"), (29, "Bien trop long", "E-TAC-10")],
)
def test_an_odd_snooze_is_refused_and_a_right_one_then_holds(
    cast: Cast, jeanne: PatientId, days: int, reason: str, code: str
) -> None:
    access = making.key(jeanne, cast.claire)
    uuid = alert(access, cast, level="orange")
    assert refused(handling.snooze, access, uuid, until=clock.now() + days * DAY, reason=reason) == code
    assert titles(cast.claire, "alerts") == ["INR à 6,4"]
    handling.snooze(access, uuid, until=clock.now() + 28 * DAY, reason="Attendre le contrôle")
    assert titles(cast.claire, "alerts") == []


@pytest.mark.parametrize("hour", [0, 7, 23])
def test_the_longest_snooze_is_counted_in_days_whatever_the_hour(cast: Cast, jeanne: PatientId, hour: int) -> None:
    """At seven, « dans 4 semaines » at eight is 28 days and one hour later."""
    day = dt.datetime(2026, 11, 24, tzinfo=clock.PARIS)
    with time_machine.travel(day.replace(hour=hour), tick=False):
        access = making.key(jeanne, cast.claire)
        uuid = alert(access, cast, level="orange")
        too_late = day + 29 * DAY
        assert refused(handling.snooze, access, uuid, until=too_late, reason="Bien trop long") == "E-TAC-10"
        handling.snooze(access, uuid, until=too_late - HOUR, reason="Attendre le contrôle")
        assert titles(cast.claire, "alerts") == []


# ------------------------------------------------------------------------------------------------ closing


def test_to_leave_without_effect_one_says_why(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    uuid = to_do(access, cast)
    for nothing in ("", " ", "ok"):
        assert refused(tasks.acknowledge, access, uuid, outcome="sans_suite", comment=nothing) == "E-TAC-04"
    tasks.acknowledge(access, uuid, outcome="sans_suite", comment="Le patient est hospitalisé")
    assert (row(uuid).outcome, row(uuid).comment) == ("sans_suite", "Le patient est hospitalisé")


def test_a_withdrawn_document_takes_with_it_the_alert_that_it_raised(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.filing(type_code="11502-2"), making.reader(cast.claire))
    access = making.key(jeanne, cast.claire)
    alert(access, cast, about=about(filed))
    tasks.cancel_reading(access, document_id=filed.id, comment="Document retiré")
    assert {task.outcome for task in Task.objects.all()} == {"annule"}


# ------------------------------------------------------------------------------------------------ alerts


def about(filed: Filed) -> About:
    task = Task.objects.get(document_id=filed.id, kind="a_lire")
    return About(
        document_id=filed.id, document_uuid=filed.uuid, type_bit=task.type_bit, confidentiality=task.confidentiality
    )


def test_reds_come_first_then_what_is_due(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    for title, level, hours in (("b", "orange", 5), ("d", "rouge", 9), ("a", "orange", 1), ("c", "rouge", 4)):
        alert(access, cast, title=title, level=level, due_at=clock.now() + hours * HOUR)
    assert [line.title for line in tasks.alerts(access)] == ["c", "d", "a", "b"]
    assert titles(cast.claire, "alerts") == ["c", "d", "a", "b"]


def test_an_alert_says_why_or_is_not_kept(cast: Cast, jeanne: PatientId) -> None:
    for said in ({"reason": ""}, {"level": ""}, {"level": "violet"}):
        with pytest.raises((IntegrityError, StopIteration)), transaction.atomic():
            alert(making.key(jeanne, cast.claire), cast, **said)
    assert not Task.objects.exists()


def test_an_alert_about_a_document_is_read_by_those_who_may_read_it(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.filing(type_code="11502-2"), making.reader(cast.claire))
    uuid = alert(making.key(jeanne, cast.claire), cast, about=about(filed))
    assert [line.uuid for line in tasks.alerts(making.key(jeanne, cast.nadia))] == [uuid]
    assert tasks.alerts(making.key(jeanne, cast.sylvie)) == [], "a secretary does not read biology"


def test_an_alert_about_no_document_is_not_for_the_office_unless_addressed_to_it(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    alert(access, cast, title="Poids en hausse")
    alert(access, cast, title="Rendez-vous manqué", role_code="331")
    assert [line.title for line in tasks.alerts(making.key(jeanne, cast.sylvie))] == ["Rendez-vous manqué"]
    assert len(tasks.alerts(making.key(jeanne, cast.nadia))) == 2


def test_the_same_document_raises_the_same_alert_once_and_two_rules_raise_two(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.filing(type_code="11502-2"), making.reader(cast.claire))
    access, document = making.key(jeanne, cast.claire), about(filed)
    for origin in ("alerte:1/HBA1C", "alerte:1/HBA1C", "alerte:1/DFG"):
        alert(access, cast, about=document, origin=origin)
    assert len(tasks.alerts(access)) == 2


# ------------------------------------------------------------------------------------------------ windows, origins


def test_nothing_shows_before_it_opens_and_it_is_late_after_its_window(cast: Cast, jeanne: PatientId) -> None:
    start = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        access = making.key(jeanne, cast.claire)
        to_do(access, cast, opens_at=start + 3 * DAY, due_at=start + 5 * DAY, late_at=start + 8 * DAY)
        to_do(access, cast, title="Dans un mois", opens_at=start + 30 * DAY, due_at=start + 30 * DAY)
        assert (titles(cast.claire, "to_do"), titles(cast.claire, "to_come")) == ([], ["Rappeler le patient"])
    for days, is_late in ((3, False), (6, False), (9, True)):
        with time_machine.travel(start + days * DAY, tick=False):
            (line,) = tasks.my_day(cast.claire).to_do
            assert line.is_late is is_late


@pytest.mark.parametrize(("opens", "late"), [(2, None), (None, 0)])
def test_a_window_that_closes_before_it_opens_is_not_kept(
    cast: Cast, jeanne: PatientId, opens: int | None, late: int | None
) -> None:
    start = clock.now()
    said = {"opens_at": opens and start + opens * DAY, "late_at": start + late * DAY if late is not None else None}
    with pytest.raises(IntegrityError), transaction.atomic():
        to_do(making.key(jeanne, cast.claire), cast, due_at=start + DAY, **said)


def test_what_one_origin_asked_is_found_again_done_or_not(cast: Cast, jeanne: PatientId) -> None:
    access = making.key(jeanne, cast.claire)
    first = to_do(access, cast, origin="plan:12/M1")
    alert(access, cast, origin="plan:12/M2")
    to_do(access, cast, origin="plan:123/M1")
    to_do(access, cast, origin="plan_12/M1")
    tasks.acknowledge(access, first, outcome="fait")
    assert [line.origin for line in tasks.of_origin(access, "plan:12/")] == ["plan:12/M1", "plan:12/M2"]
    other = making.patient()
    making.link(other, cast.claire)
    assert tasks.of_origin(making.key(other, cast.claire), "plan:12/") == []


def _id(actor: Actor) -> Any:
    return actor.professional_id


def test_what_is_hidden_costs_no_statement_more(cast: Cast, jeanne: PatientId) -> None:
    """A task addressed to somebody who may not open its patient: neither shown, nor told by the work that it makes."""

    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            assert tasks.my_day(cast.paul).waiting == ()
        return len(found)

    before = statements()
    to_do(making.key(jeanne, cast.claire), cast, professional_id=cast.paul.professional_id)
    assert statements() == before
