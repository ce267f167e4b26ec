from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import transaction

from maillon.kernel import clock, outbox

pytestmark = pytest.mark.django_db

done: list[int] = []


@outbox.handles("test.note")
def _note(payload: outbox.Payload) -> None:
    done.append(payload["number"])


@outbox.handles("test.fail")
def _fail(payload: outbox.Payload) -> None:
    raise RuntimeError("broken")


@pytest.fixture(autouse=True)
def _clean() -> None:
    done.clear()


def test_a_promised_job_is_done_once() -> None:
    outbox.enqueue("test.note", {"number": 7})
    assert outbox.run_due() == 1
    assert outbox.run_due() == 0
    assert done == [7]
    assert outbox.waiting() == 0


def test_the_same_key_is_promised_once() -> None:
    for _ in range(3):
        outbox.enqueue("test.note", {"number": 1}, key="once")
    outbox.run_due()
    assert done == [1]


def test_a_promise_made_in_a_transaction_that_fails_was_never_made() -> None:
    with transaction.atomic():
        outbox.enqueue("test.note", {"number": 2})
        transaction.set_rollback(True)
    assert outbox.waiting() == 0


def test_a_job_that_fails_is_kept_and_tried_again_later() -> None:
    outbox.enqueue("test.fail", {})
    assert outbox.run_due() == 1
    assert outbox.waiting() == 1
    assert outbox.run_due() == 0, "not at once"
    with time_machine.travel(clock.now() + dt.timedelta(minutes=5)):
        assert outbox.run_due() == 1


def test_a_lease_that_ran_out_is_taken_again() -> None:
    outbox.enqueue("test.note", {"number": 3})
    leased = outbox._lease(10)  # a worker that died with the job in its hands
    assert [job.kind for job in leased] == ["test.note"]
    assert outbox.run_due() == 0
    with time_machine.travel(clock.now() + outbox.LEASE + dt.timedelta(seconds=1)):
        outbox.run_due()
    assert done == [3]


together: list[list[int]] = []


@outbox.handles_together("test.together")
def _together(payloads: list[outbox.Payload]) -> None:
    numbers = [each["number"] for each in payloads]
    outbox.enqueue("test.note", {"number": sum(numbers)})
    together.append(numbers)
    if 13 in numbers:
        raise RuntimeError("broken")


def test_jobs_of_one_kind_are_done_together_and_once() -> None:
    together.clear()
    outbox.enqueue_many("test.together", [{"number": number} for number in range(5)])
    assert outbox.run_due() == 5
    assert together == [[0, 1, 2, 3, 4]]
    assert outbox.run_due() == 1
    assert (done, outbox.waiting()) == ([10], 0)


def test_one_that_is_broken_holds_up_no_other_and_leaves_nothing_half_done() -> None:
    together.clear()
    outbox.enqueue_many("test.together", [{"number": number} for number in (1, 13, 2)])
    assert outbox.run_due() == 3
    assert together == [[1, 13, 2], [1], [13], [2]]
    assert outbox.run_due() == 2
    assert (done, outbox.waiting()) == ([1, 2], 1)


begun: list[int] = []


@outbox.handles("test.begun", begin=lambda payload: outbox.enqueue("test.note", {"number": payload["number"]}))
def _begun(payload: outbox.Payload) -> None:
    begun.append(payload["number"])
    raise RuntimeError("dies in the middle")


def test_the_trace_of_a_beginning_outlives_what_was_begun() -> None:
    outbox.enqueue("test.begun", {"number": 5})
    outbox.run_due()
    outbox.run_due()
    assert (begun, done) == ([5], [5])


def test_a_worker_that_was_slow_leaves_alone_what_another_did_meanwhile() -> None:
    """The lease of the whole batch runs out while its first job works."""
    rounds: list[int] = []
    with time_machine.travel(clock.now(), tick=False) as hands:

        @outbox.handles("test.slow")
        def _slow(payload: outbox.Payload) -> None:
            rounds.append(1)
            if len(rounds) == 1:
                hands.shift(outbox.LEASE + dt.timedelta(seconds=1))
                outbox.run_due()  # the other worker

        outbox.enqueue("test.slow", {})
        outbox.enqueue("test.note", {"number": 3})
        outbox.run_due()
    assert done == [3]


def test_a_worker_that_failed_late_takes_the_job_from_nobody() -> None:
    with time_machine.travel(clock.now(), tick=False) as hands:
        outbox.enqueue("test.fail", {})
        (late,) = outbox._lease(10)
        hands.shift(outbox.LEASE + dt.timedelta(seconds=1))
        (other,) = outbox._lease(10)
        outbox._postpone(late, RuntimeError())
        hands.shift(dt.timedelta(seconds=30))
        assert outbox._lease(10) == []
        assert other.attempts == late.attempts + 1


def test_a_lease_of_a_clock_that_was_put_right_holds_nothing_up() -> None:
    outbox.enqueue("test.note", {"number": 4})
    with time_machine.travel(clock.now() + dt.timedelta(days=400)):
        outbox._lease(10)  # by a machine that believed in another year
    outbox.run_due()
    assert done == [4]
