"""Months in the order in which a territory lives: declared, brought, looked at, closed, noted late, declared anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from maillon.documents.models import Document
from maillon.kernel import clock
from maillon.kernel.key import Access, StructureId
from maillon.patients.models import Patient
from maillon.professionals.models import Attachment, Structure
from maillon.tasks.models import Task
from maillon.territory import api as territory
from maillon.territory.models import Basin, Month
from maillon.territory.rounds import look, make_rounds
from maillon.territory.working_days import working_days
from tests.documents.conftest import _nobody_is_remembered
from tests.territory.conftest import MONTH, World, refusal
from tests.territory.test_measures import tiles
from tests.web import world as pages

__all__ = ["_nobody_is_remembered"]

Part = territory.measuring.Part
counting = territory.counting
LONG_AGO = dt.date(2025, 1, 6)
LAST_DAY = counting.next_month(MONTH) - dt.timedelta(days=1)
HEAD = "finess;jour;fait;document;profession;nombre\n"


def statement(structure: StructureId, first: dt.date, last: dt.date, number: int = 5) -> bytes:
    """So many documents produced and deposited on each working day."""
    finess = Structure.objects.get(pk=structure).finess
    facts = ("documents_produits", "documents_deposes")
    lines = (f"{finess};{day};{fact};;;{number}\n" for day in working_days(first, last) for fact in facts)
    return (HEAD + "".join(lines)).encode()


def shown(world: World, *codes: str, **part: Any) -> list[tuple[int, int]]:
    found = tiles(world, **part)
    return [(found[code].now.numerator, found[code].now.denominator) for code in codes]


@pytest.fixture
def ours(world: World) -> StructureId:
    structure = StructureId(world.cast.tilleuls_id)
    declared = territory.structures.Declared(basin=world.basin("Aubre"), counted_here=True, equipped_on=LONG_AGO)
    territory.structures.enrol(world.steward, structure, declared)
    return structure


def followed(world: World) -> Access:
    return pages.follow(pages.register("diabete"), world.cast, treating=world.cast.claire)


# ------------------------------------------------------------------------------------------------ statements


def test_a_statement_moves_the_stages_before_its_months_are_counted(world: World) -> None:
    """As the page does: the statement is brought, then the hourly rounds pass."""
    begun = MONTH - dt.timedelta(days=60)
    place = world.place(world.basin("Merval"), equipped_on=begun, connected_on=begun)
    territory.statements.bring(world.steward, statement(place, counting.month_before(MONTH), LAST_DAY))
    for _ in range(2):
        assert world.stage(place) == "regulier"
        assert shown(world, "regularite", "premier_document", "regulier")[0] == (1, 1)
        assert [each.now.value for code, each in tiles(world).items() if code in ("premier_document", "regulier")] == [
            (next(iter(working_days(counting.month_before(MONTH), LAST_DAY))) - begun).days,
            (list(working_days(counting.month_before(MONTH), LAST_DAY))[19] - begun).days,
        ]
        make_rounds()


def test_a_first_document_that_comes_late_is_one_in_the_months_that_follow(world: World) -> None:
    place = world.place(world.basin("Merval"), equipped_on=LONG_AGO, connected_on=LONG_AGO)
    make_rounds()
    before = counting.month_before(MONTH, 3)
    territory.statements.bring(world.steward, statement(place, before, counting.next_month(before) - dt.timedelta(1)))
    assert not Month.objects.get(first=MONTH).is_final
    make_rounds()
    assert tiles(world)["premier_document"].now.denominator == 1
    assert Month.objects.get(first=MONTH).is_final


# ------------------------------------------------------------------------------------------------ what is declared


def test_a_month_does_not_close_before_anybody_is_in_the_deployment(world: World) -> None:
    make_rounds()
    assert not Month.objects.exists()
    basin = world.basin("Merval")
    for _ in range(6):
        world.place(basin, equipped_on=LONG_AGO, connected_on=LONG_AGO)
    make_rounds()
    assert shown(world, "equipement") == [(6, 6)]
    assert territory.public.publication(world.steward, MONTH).sheets[0].lines


def test_a_structure_that_enters_afterwards_enters_the_months_that_are_over(world: World) -> None:
    basin = world.basin("Merval")
    world.place(basin)
    make_rounds()
    assert shown(world, "equipement") == [(0, 1)]
    world.place(basin, equipped_on=LONG_AGO)
    assert not Month.objects.get(first=MONTH).is_final, "until then its figures are provisional"
    make_rounds()
    assert shown(world, "equipement") == [(1, 2)]
    assert Month.objects.get(first=MONTH).is_final


def test_a_date_that_is_corrected_changes_its_months_and_not_those_before(world: World) -> None:
    basin = world.basin("Merval")
    place = world.place(basin, equipped_on=LONG_AGO)
    make_rounds()
    declared = territory.structures.Declared(basin=basin, equipped_on=LAST_DAY + dt.timedelta(days=1))
    territory.structures.enrol(world.steward, place, declared)
    territory.structures.enrol(world.steward, place, replace(declared, equipped_on=MONTH))
    make_rounds()
    assert shown(world, "equipement") == [(1, 1)]
    territory.structures.enrol(world.steward, place, replace(declared, equipped_on=MONTH, software="Un autre"))
    territory.structures.enrol(world.steward, place, replace(declared, equipped_on=LAST_DAY))
    assert not Month.objects.get(first=MONTH).is_final
    assert Month.objects.get(first=counting.month_before(MONTH)).is_final


def test_a_structure_declared_in_the_wrong_basin_takes_its_counts_along(world: World, ours: StructureId) -> None:
    followed(world)
    Task.objects.all().delete()
    world.basin("Merval")
    counting.count_month(MONTH)
    here = Part(basin="merval")
    before = territory.measuring.sums(MONTH, Part())
    assert before["professionnels_equipes"] == 5
    declared = territory.structures.Declared(basin="merval", counted_here=True, equipped_on=LONG_AGO)
    territory.structures.enrol(world.steward, ours, declared)
    make_rounds()
    assert territory.measuring.sums(MONTH, here) == before
    assert not territory.measuring.sums(MONTH, Part(basin="aubre"))


# ------------------------------------------------------------------------------------------------ closed months


def test_a_late_note_leaves_what_was_held_when_the_month_closed(world: World, ours: StructureId) -> None:
    old = counting.month_before(MONTH, 3)
    with time_machine.travel(clock.midnight(old) + dt.timedelta(days=3), tick=False):
        patient = Patient.objects.filter(pk=followed(world).patient_id)
    identity = patient.values("identity_status", "ins", "ins_oid").get()
    patient.update(identity_status="PROV", ins=None, ins_oid=None)
    Basin.objects.update(population=12_000)
    with time_machine.travel(counting.closes_at(old) + dt.timedelta(hours=1), tick=False):
        make_rounds()
    patient.update(**identity)
    Basin.objects.update(population=13_000)
    territory.informing.note(world.cast.nadia, means="brochure", day=old, number=10)
    territory.tickets.open_one(world.cast.nadia, cause="ins", text="Refus")
    make_rounds()
    found = territory.measuring.sums(old, Part())
    assert Month.objects.get(first=old).is_final
    assert (found["patients_suivis"], found.get("patients_qualifies", 0)) == (1, 0)
    assert (found["patients_informes"], found["population"]) == (10, 12_000)


def test_a_structure_that_comes_to_maillon_enters_closed_months_once(world: World) -> None:
    """What our rooms hold of it was counted by nobody; what they hold of the others stays."""
    basin = world.basin("Merval")
    world.place(basin)
    make_rounds()
    structure = StructureId(world.cast.tilleuls_id)
    declared = territory.structures.Declared(basin=basin, counted_here=True, equipped_on=LONG_AGO)
    territory.structures.enrol(world.steward, structure, declared)
    make_rounds()
    assert territory.measuring.sums(MONTH, Part())["professionnels_equipes"] == 5
    Attachment.objects.filter(professional_id=world.cast.nadia.professional_id).update(end=MONTH)
    counting.count_again(MONTH)
    make_rounds()
    assert territory.measuring.sums(MONTH, Part())["professionnels_equipes"] == 5


def test_a_month_closes_seventy_two_hours_after_its_end(world: World, ours: StructureId) -> None:
    """Else what arrives in its last three days is never late, and what is deposited in its last night never counted."""
    after = counting.next_month(MONTH)
    pages.file_story(followed(world), "diabete", reader=world.cast.claire, most=3)
    reading = Task.objects.filter(kind="a_lire")
    reading.update(created_at=clock.midnight(LAST_DAY), done_at=None, outcome="")
    number = reading.count()
    assert number

    def late_at(moment: dt.datetime) -> int:
        with time_machine.travel(moment, tick=False):
            make_rounds()
        assert territory.measuring.sums(MONTH, Part())["lectures"] == number
        return territory.measuring.sums(MONTH, Part()).get("lectures_tardives", 0)

    assert late_at(clock.midnight(after) + dt.timedelta(hours=1)) == 0
    assert not Month.objects.get(first=MONTH).is_final
    assert refusal(territory.public.publication, world.steward, MONTH) == "E-TER-04"
    assert late_at(counting.closes_at(MONTH)) == number
    assert Month.objects.get(first=MONTH).is_final


def test_the_documents_of_who_left_are_of_the_structure_where_they_wrote_them(
    world: World, ours: StructureId
) -> None:
    claire = world.cast.claire.professional_id
    pages.file_story(followed(world), "diabete", most=3)
    Document.objects.update(
        author_professional_id=claire, written_at=clock.midnight(MONTH) + dt.timedelta(days=3, hours=9)
    )
    counting.count_month(MONTH)
    written = territory.measuring.sums(MONTH, Part())["documents_produits"]
    assert written
    there = Attachment.objects.filter(professional_id=claire)
    there.update(start=LONG_AGO, end=LAST_DAY - dt.timedelta(days=1))
    counting.count_month(MONTH)
    assert territory.measuring.sums(MONTH, Part())["documents_produits"] == written
    there.update(end=MONTH)
    counting.count_month(MONTH)
    assert "documents_produits" not in territory.measuring.sums(MONTH, Part())


def test_the_first_month_shown_is_one_that_is_over(world: World) -> None:
    with time_machine.travel(clock.midnight(counting.next_month(MONTH)) + dt.timedelta(days=1), tick=False):
        assert counting.last_over() == counting.month_before(MONTH)
    with time_machine.travel(counting.closes_at(MONTH), tick=False):
        assert counting.last_over() == MONTH
        look()
