"""The stages of a structure, from its deposits; and the calendar of working days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.kernel import clock
from maillon.kernel.key import StructureId
from maillon.territory import api as territory
from maillon.territory.models import Deployment, StageMove, Visit
from maillon.territory.rounds import look
from maillon.territory.stages import Evidence, Limits, standing
from maillon.territory.states import ORDER, STAGE
from maillon.territory.working_days import easter, holidays, is_working, working_days
from tests.territory.conftest import World
from tests.territory.examples import days

LIMITS = Limits(regular_days=20, silent_days=15)
BEGUN = dt.date(2026, 3, 2)


def after(day: dt.date, number: int) -> dt.date:
    """The day after so many working days."""
    return days(day + dt.timedelta(days=1), number)[-1] + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("year", "day"), [(2011, "2011-04-24"), (2025, "2025-04-20"), (2026, "2026-04-05"), (2038, "2038-04-25")]
)
def test_easter(year: int, day: str) -> None:
    assert easter(year) == dt.date.fromisoformat(day)


def test_the_eleven_holidays_of_the_law_are_not_worked() -> None:
    assert len(holidays(2026)) == 11
    assert {dt.date(2026, 4, 6), dt.date(2026, 5, 14), dt.date(2026, 5, 25), dt.date(2026, 7, 14)} < holidays(2026)
    assert not is_working(dt.date(2026, 11, 11))
    assert not is_working(dt.date(2026, 11, 14))  # a Saturday
    assert len(list(working_days(dt.date(2026, 5, 1), dt.date(2026, 5, 31)))) == 17


def test_nobody_is_at_a_stage_without_a_fact() -> None:
    assert standing(Evidence(), today=BEGUN, limits=LIMITS).stage == "non_equipe"
    assert standing(Evidence(equipped_on=BEGUN), today=BEGUN, limits=LIMITS).stage == "equipe"
    assert standing(Evidence(equipped_on=BEGUN, connected_on=BEGUN), today=BEGUN, limits=LIMITS).stage == "raccorde"


def test_a_document_proves_the_software_and_the_line() -> None:
    found = standing(Evidence(fed=[BEGUN]), today=BEGUN, limits=LIMITS)
    assert found.stage == "premier_document"
    assert [move.name for move in found.moves] == ["equip", "connect", "feed"]


def test_twenty_working_days_make_it_regular_and_a_hole_begins_again() -> None:
    fed = days(BEGUN, 20)
    assert standing(Evidence(fed=fed), today=fed[-1], limits=LIMITS).stage == "regulier"
    assert standing(Evidence(fed=fed[:19]), today=fed[18], limits=LIMITS).stage == "premier_document"
    with_a_hole = fed[:10] + fed[11:]
    assert standing(Evidence(fed=with_a_hole), today=fed[-1], limits=LIMITS).stage == "premier_document"


def test_a_holiday_and_a_weekend_break_nothing() -> None:
    fed = days(dt.date(2026, 4, 27), 20)  # over 1 May, 8 May, 14 May, 25 May
    assert standing(Evidence(fed=fed), today=fed[-1], limits=LIMITS).stage == "regulier"


def test_today_without_a_document_is_not_a_silence_yet() -> None:
    fed = days(BEGUN, 20)
    found = standing(Evidence(fed=fed), today=after(fed[-1], 0 + 1), limits=LIMITS)
    assert found.silent == 1
    assert found.run == 0


@pytest.mark.parametrize(("silent", "stage"), [(14, "regulier"), (15, "premier_document"), (16, "premier_document")])
def test_silence_takes_back_at_fifteen(silent: int, stage: str) -> None:
    fed = days(BEGUN, 20)
    assert standing(Evidence(fed=fed), today=after(fed[-1], silent), limits=LIMITS).stage == stage


def test_one_silence_takes_back_once_and_work_brings_forward_again() -> None:
    fed = days(BEGUN, 20)
    long_after = after(fed[-1], 60)
    found = standing(Evidence(fed=fed), today=long_after, limits=LIMITS)
    assert [move.name for move in found.moves] == ["equip", "connect", "feed", "settle", "fall"]
    again = days(long_after, 20)
    assert standing(Evidence(fed=fed + again), today=again[-1], limits=LIMITS).stage == "regulier"


def test_a_referent_who_leaves_takes_the_last_stage_away() -> None:
    fed = days(BEGUN, 30)
    there = Evidence(fed=fed, trained=((BEGUN, None),))
    assert standing(there, today=fed[-1], limits=LIMITS).stage == "referent_forme"
    gone = Evidence(fed=fed, trained=((BEGUN, fed[-3]),))
    assert standing(gone, today=fed[-1], limits=LIMITS).stage == "regulier"


offsets = st.integers(min_value=0, max_value=200)


@given(fed=st.sets(offsets, max_size=120), equipped=st.none() | offsets, connected=st.none() | offsets, until=offsets)
def test_whatever_is_known_every_move_is_an_arrow_of_the_table(
    fed: set[int], equipped: int | None, connected: int | None, until: int
) -> None:
    def day(offset: int | None) -> dt.date | None:
        return None if offset is None else BEGUN + dt.timedelta(days=offset)

    evidence = Evidence(
        equipped_on=day(equipped), connected_on=day(connected), fed=[BEGUN + dt.timedelta(days=each) for each in fed]
    )
    found = standing(evidence, today=BEGUN + dt.timedelta(days=until), limits=LIMITS)
    stage = ORDER[0]
    for move in found.moves:
        assert move.before == stage
        assert STAGE.target(move.name, source=stage) == move.after
        stage = move.after
    assert stage == found.stage
    backs = [move for move in found.moves if move.is_back]
    assert all(move.silent >= LIMITS.silent_days for move in backs)
    assert len(backs) <= len(fed), "one silence, one step back"


# ------------------------------------------------------------------------------------------------ AC13.3


def test_ac13_3_a_structure_silent_for_sixteen_working_days_goes_back_and_one_visit_is_asked(world: World) -> None:
    basin = world.basin("Merval")
    place = world.place(basin, equipped_on=BEGUN, connected_on=BEGUN)
    fed = days(BEGUN, 22)
    world.fed(place, fed)
    world.stated_until(place, after(fed[-1], 160))
    assert look(today=fed[-1]) == 0
    assert world.stage(place) == "regulier"
    assert look(today=after(fed[-1], 14)) == 0
    assert look(today=after(fed[-1], 16)) == 1
    assert world.stage(place) == "premier_document"
    assert [each.reason for each in Visit.objects.all()] == ["Rien n’est déposé depuis 16 jours ouvrés."]
    for later in (17, 18, 40):
        assert look(today=after(fed[-1], later)) == 0
    assert Visit.objects.count() == 1
    back = StageMove.objects.get(after="premier_document", before="regulier")
    assert "15 jours ouvrés" in back.reason
    again = days(after(fed[-1], 41), 20)
    world.fed(place, again)
    assert look(today=again[-1]) == 0
    assert world.stage(place) == "regulier"
    assert Visit.objects.get().state == "sans_objet", "it deposits again"
    assert look(today=after(again[-1], 16)) == 1
    assert Visit.objects.get(state="a_faire").silent_from == again[-1]


def test_a_visit_that_somebody_took_up_learns_a_new_silence(world: World) -> None:
    place = world.place(world.basin("Merval"), equipped_on=BEGUN, connected_on=BEGUN)
    fed = days(BEGUN, 22)
    world.fed(place, fed)
    world.stated_until(place, after(fed[-1], 160))
    look(today=after(fed[-1], 16))
    territory.visits.plan(world.steward, Visit.objects.get().uuid, on=clock.today(), visitor="Agnès Roux")
    again = days(after(fed[-1], 41), 20)
    world.fed(place, again)
    assert look(today=again[-1]) == 0
    assert look(today=after(again[-1], 16)) == 0
    assert Visit.objects.get().silent_from == again[-1]


def test_nobody_is_silent_for_want_of_a_statement(world: World) -> None:
    """Neither of its own, nor while another structure's has come."""
    basin = world.basin("Merval")
    place, other = (world.place(basin, equipped_on=BEGUN, connected_on=BEGUN) for _ in range(2))
    fed = days(BEGUN, 22)  # until the end of March
    world.fed(place, fed)
    world.fed(other, days(BEGUN, 42))
    assert look(today=after(fed[-1], 40)) == 0
    world.stated_until(other, dt.date(2026, 4, 30))
    assert look(today=after(fed[-1], 40)) == 0
    assert world.stage(place) == "regulier"
    assert {each.structure_id: each.seen_on for each in Deployment.objects.all()} == {
        place: dt.date(2026, 4, 1), other: dt.date(2026, 5, 1),
    }  # fmt: skip
    world.stated_until(place, dt.date(2026, 4, 30))  # its April was brought, and says that nothing was deposited
    assert look(today=after(fed[-1], 40)) == 1
    assert world.stage(place) == "premier_document"


def test_a_visit_is_without_object_once_a_document_is_known(world: World) -> None:
    """Unless somebody took it up, or asked for it."""
    basin = world.basin("Merval")
    places = [world.place(basin, equipped_on=BEGUN, connected_on=BEGUN) for _ in range(3)]
    fed = days(BEGUN, 22)
    for place in places:
        world.fed(place, fed)
        world.stated_until(place, after(fed[-1], 60))
    territory.visits.ask(world.steward, places[2], reason="Une nouvelle secrétaire arrive.")
    late = after(fed[-1], 30)
    assert look(today=late) == 2
    planned = Visit.objects.get(deployment__structure_id=places[1])
    territory.visits.plan(world.steward, planned.uuid, on=clock.today(), visitor="Agnès Roux")
    for place in places:
        world.fed(place, days(fed[-1] + dt.timedelta(days=1), 25))
    assert look(today=late) == 0
    found = dict(Visit.objects.values_list("deployment__structure_id", "state"))
    assert [found[place] for place in places] == ["sans_objet", "prevue", "a_faire"]
    report = Visit.objects.get(state="sans_objet").report
    assert "Un document est connu depuis" in report


def test_a_structure_that_is_retired_is_visited_by_nobody(world: World) -> None:
    basin = world.basin("Merval")
    place = world.place(basin, equipped_on=BEGUN, connected_on=BEGUN, is_eligible=False)
    other = world.place(basin, equipped_on=BEGUN, connected_on=BEGUN)
    fed = days(BEGUN, 22)
    for each in (place, other):
        world.fed(each, fed)
        world.stated_until(each, after(fed[-1], 60))
    assert look(today=after(fed[-1], 16)) == 1
    declared = territory.structures.Declared(basin=basin, is_eligible=False, equipped_on=BEGUN, connected_on=BEGUN)
    territory.structures.enrol(world.steward, other, declared)
    assert look(today=after(fed[-1], 16)) == 0
    assert not territory.visits.opened(world.steward)


def test_a_structure_that_was_visited_is_not_the_next_to_visit(world: World) -> None:
    place = world.place(world.basin("Merval"), equipped_on=BEGUN, connected_on=BEGUN)
    fed = days(BEGUN, 22)
    world.fed(place, fed)
    world.stated_until(place, after(fed[-1], 60))
    look()
    assert [each.visit for each in territory.visits.next_best(world.steward)] == [Visit.objects.get().uuid]
    territory.visits.settle(world.steward, Visit.objects.get().uuid, was_made=True, report="Fermée cet été.")
    look()
    assert territory.visits.next_best(world.steward) == ()
    assert Visit.objects.count() == 1


def test_people_who_are_known_here_count_when_none_are_declared(world: World) -> None:
    basin = world.basin("Merval")
    small = world.place(basin, equipped_on=BEGUN, staff=1)
    tilleuls = StructureId(world.cast.tilleuls_id)
    declared = territory.structures.Declared(basin=basin, counted_here=True, equipped_on=BEGUN)
    territory.structures.enrol(world.steward, tilleuls, declared)
    look()
    found = territory.visits.next_best(world.steward)
    assert [(each.structure.id, each.structure.staff) for each in found] == [(tilleuls, 5), (small, 1)]


def test_every_structure_is_looked_at_in_as_many_queries_whatever_their_number(
    world: World, django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    """The page that declares one looks at them all."""
    basin = world.basin("Merval")
    fed = days(BEGUN, 22)
    for _ in range(20):
        world.fed(world.place(basin, equipped_on=BEGUN, connected_on=BEGUN), fed)
    with django_assert_max_num_queries(30):
        look()
    with django_assert_max_num_queries(12):
        look()


def test_a_late_statement_adds_a_line_and_rewrites_none(world: World) -> None:
    place = world.place(world.basin("Merval"), equipped_on=BEGUN, connected_on=BEGUN)
    fed = days(BEGUN, 22)
    world.fed(place, fed)
    world.stated_until(place, after(fed[-1], 16))
    look(today=after(fed[-1], 16))
    before = list(StageMove.objects.values_list("pk", flat=True))
    world.fed(place, days(fed[-1] + dt.timedelta(days=1), 16))
    look(today=after(fed[-1], 16))
    assert world.stage(place) == "regulier"
    added = StageMove.objects.exclude(pk__in=before).get()
    assert "autre chose" in added.reason
