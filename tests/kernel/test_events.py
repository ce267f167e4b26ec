from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import transaction

from maillon.kernel import clock, events, outbox

pytestmark = pytest.mark.django_db


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Filed(events.Event):
    document_id: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Moved(events.Event):
    uuid: UUID
    day: dt.date
    at: dt.datetime
    ward: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unheard(events.Event):
    pass


seen: list[tuple[str, events.Event]] = []
broken: set[str] = set()


def _hear(name: str, event: events.Event) -> None:
    seen.append((name, event))
    if name in broken:
        raise RuntimeError("broken")


@events.reacts_to(Filed)
def first(event: Filed) -> None:
    _hear("first", event)


@events.reacts_to(Filed)
def second(event: Filed) -> None:
    _hear("second", event)


@events.reacts_to(Moved)
def moved(event: Moved) -> None:
    _hear("moved", event)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    seen.clear()
    broken.clear()
    yield
    broken.clear()


def test_every_reaction_receives_the_event() -> None:
    events.announce(Filed(document_id=7))
    assert seen == [], "not before its transaction is over"
    outbox.run_due()
    assert sorted(seen, key=str) == [("first", Filed(document_id=7)), ("second", Filed(document_id=7))]
    assert outbox.waiting() == 0


def test_an_event_announced_in_a_transaction_that_fails_was_never_told() -> None:
    with transaction.atomic():
        events.announce(Filed(document_id=7))
        transaction.set_rollback(True)
    outbox.run_due()
    assert seen == []


def test_a_reaction_that_fails_is_tried_again_alone() -> None:
    broken.add("first")
    events.announce(Filed(document_id=7))
    outbox.run_due()
    assert sorted(name for name, _ in seen) == ["first", "second"]
    assert outbox.waiting() == 1
    broken.clear()
    with time_machine.travel(clock.now() + dt.timedelta(minutes=5)):
        outbox.run_due()
    assert sorted(name for name, _ in seen) == ["first", "first", "second"]
    assert outbox.waiting() == 0


def test_what_a_failing_reaction_wrote_is_undone() -> None:
    broken.add("first")

    @events.reacts_to(Unheard)
    def writes_then_fails(event: Unheard) -> None:
        outbox.enqueue("test.never", {})
        raise RuntimeError("broken")

    events.announce(Unheard())
    outbox.run_due()
    assert outbox.waiting() == 1, "the reaction itself"


def test_an_event_arrives_with_the_types_that_it_left_with() -> None:
    event = Moved(uuid=uuid4(), day=dt.date(2026, 3, 29), at=dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC))
    events.announce(event)
    outbox.run_due()
    assert seen == [("moved", event)]


def test_only_events_that_somebody_hears_are_listed() -> None:
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Silent(events.Event):
        pass

    events.announce(Silent())
    listed = events.listed()
    assert outbox.waiting() == 0
    assert not any(name.endswith("Silent") for name in listed)
    assert [name.rsplit(".", 1)[1] for name in listed[f"{__name__}.Filed"]] == ["first", "second"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Counted(events.Event):
    number: int


batches: list[list[int]] = []


@events.reacts_together_to(Counted)
def counted(some: list[Counted]) -> None:
    batches.append([each.number for each in some])
    if len(some) > 1 and any(each.number == 13 for each in some):
        raise RuntimeError("one of them is broken")


def test_many_events_are_one_call_and_each_its_own_when_one_is_broken() -> None:
    batches.clear()
    for number in (1, 2, 3):
        events.announce(Counted(number=number))
    outbox.run_due()
    assert batches == [[1, 2, 3]]
    events.announce(Counted(number=4))
    events.announce(Counted(number=13))
    outbox.run_due()
    assert batches[1:] == [[4, 13], [4], [13]]
