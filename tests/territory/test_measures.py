"""What is measured: the acceptance figures, the counting units, the months, and that parts add up to the whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillon.kernel import clock, content
from maillon.kernel.key import ProfessionalId, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Professional, Structure
from maillon.territory import api as territory
from maillon.territory import catalogue
from maillon.territory.models import Attendance, Basin, Month, MonthlyCount, Session
from maillon.territory.rates import Count, mean, share
from maillon.territory.rounds import look
from tests.conftest import Cast
from tests.territory.conftest import MONTH, World, keep, refusal
from tests.territory.examples import days

Part = territory.measuring.Part


def tiles(world: World, month: dt.date = MONTH, **part: Any) -> dict[str, territory.measuring.Tile]:
    board = territory.measuring.board(world.steward, month, Part(**part))
    return {tile.measure.code: tile for _, family in board for tile in family}


# ------------------------------------------------------------------------------------------------ acceptance


def test_ac13_1_equipment_and_connection_counted_from_the_structures(world: World) -> None:
    """Forty structures, thirty-four equipped, twenty-five with a document within thirty days."""
    basin = world.basin("Merval")
    end = territory.counting.next_month(MONTH) - dt.timedelta(days=1)
    for number in range(40):
        equipped = dt.date(2025, 1, 6) if number < 34 else None
        place = world.place(basin, equipped_on=equipped, connected_on=equipped)
        if number < 25:
            world.fed(place, [end - dt.timedelta(days=number)])  # from the last day of the month back
        elif number < 34:
            world.fed(place, [end - dt.timedelta(days=30 + number)])
    look()
    territory.counting.count_month(MONTH)
    found = tiles(world)
    assert f"{found['equipement'].now.value:.1f}" == "85.0"
    assert f"{found['raccordement'].now.value:.1f}" == "73.5"
    assert (found["equipement"].colour, found["raccordement"].colour) == ("vert", "orange")


def test_ac13_2_feeding_and_delay_of_a_statement(world: World) -> None:
    place = world.place(world.basin("Merval"))
    finess = Structure.objects.get(pk=place).finess
    day = MONTH.isoformat()
    text = "finess;jour;fait;document;profession;nombre\n" + "".join(
        f"{finess};{day};{fact};biologie;G15_10;{number}\n"
        for fact, number in (("documents_produits", 1200), ("documents_deposes", 660), ("documents_meme_jour", 594))
    )
    brought = territory.statements.bring(world.steward, text.encode())
    assert (brought.lines, brought.structures, brought.months) == (3, 1, (MONTH,))
    found = tiles(world)
    assert f"{found['alimentation'].now.value:.1f}" == "55.0"
    assert f"{found['delai'].now.value:.1f}" == "90.0"
    assert (found["alimentation"].now.numerator, found["alimentation"].now.denominator) == (660, 1200)
    assert tiles(world, document="biologie", profession="G15_10")["delai"].now.value == 90
    assert tiles(world, document="imagerie")["delai"].now.value is None, "nothing to share is not 0 %"
    territory.statements.bring(world.steward, text.replace(";660", ";600").encode())
    assert f"{tiles(world)['alimentation'].now.value:.1f}" == "50.0", "a second statement replaces the first"


counts = st.integers(min_value=0, max_value=400)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(st.integers(0, 2), st.booleans(), counts, counts, counts, counts), max_size=12))
def test_ac13_4_basins_add_up_to_the_territory_on_every_tile(
    world: World, rows: list[tuple[int, bool, int, int, int, int]]
) -> None:
    """Counts are sums; a rate of the whole is the rate of the basins weighted by what they divide by."""
    with transaction.atomic():
        basins = [world.basin(name) for name in ("Aubre", "Merval", "Erlon")]
        for number, (rank, is_pharmacy, *numbers) in enumerate(rows):
            place = Structure.objects.create(name=f"S{number}", type_code="SA33" if is_pharmacy else "SA08")
            facts = list(catalogue.known_facts())
            keep(
                MONTH, basins[rank], place.pk,
                **{code: numbers[i % 4] for i, code in enumerate(facts)},
            )  # fmt: skip
        for part in ({}, {"structure_type": "SA33"}, {"profession": "G15_10"}, {"document": "imagerie"}):
            whole = tiles(world, **part)
            parts = [tiles(world, basin=basin, **part) for basin in basins]
            for code, tile in whole.items():
                if tile.not_by:
                    assert all(each[code].not_by for each in parts)
                    continue
                assert tile.now.numerator == sum(each[code].now.numerator for each in parts), code
                assert tile.now.denominator == sum(each[code].now.denominator for each in parts), code
                shown = [each[code].now for each in parts]
                is_whole = all(each.value is not None or not each.numerator for each in shown)
                if tile.now.value is not None and is_whole:
                    weighted = sum((each.value or 0) * (each.denominator or 1) for each in shown)
                    assert abs(tile.now.value * (tile.now.denominator or 1) - weighted) < 1e-6, code
        transaction.set_rollback(True)


# ------------------------------------------------------------------------------------------------ refusals


def test_e_ter_01_a_share_of_two_units_is_refused_and_a_mean_is_not() -> None:
    documents, patients = Count(number=3, unit="documents"), Count(number=6, unit="patients")
    assert refusal(share, documents, patients) == "E-TER-01"
    assert mean(documents, patients) == 0.5
    assert share(patients, patients) == 100


def test_e_ter_01_is_said_with_the_line_of_the_content() -> None:
    text = (catalogue.FOLDER / "indicateurs" / "alimentation.yaml").read_text(encoding="utf-8")
    wrong = text.replace("denominateur: [documents_produits]", "denominateur: [patients_suivis]")
    with pytest.raises(content.ContentError, match="E-TER-01, Un taux ne mélange pas documents et patients") as caught:
        catalogue.read_family(wrong, "alimentation.yaml")
    line = next(rank for rank, each in enumerate(wrong.splitlines(), 1) if "patients_suivis" in each)
    assert f"ligne {line} " in str(caught.value)
    assert catalogue.read_family(text, "alimentation.yaml").code == "alimentation"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("genre: taux", "genre: nombre", "ne se divise pas"),
        ("[documents_deposes]", "[documents_perdus]", "fait inconnu"),
        ("[documents_deposes]", "[documents_deposes, patients_suivis]", "E-TER-01"),
        ("sens: haut", 'sens: ""', "demandent un sens"),
    ],
)
def test_a_measure_that_says_nothing_is_refused(old: str, new: str, said: str) -> None:
    text = (catalogue.FOLDER / "indicateurs" / "alimentation.yaml").read_text(encoding="utf-8")
    with pytest.raises(content.ContentError, match=said):
        catalogue.read_family(text.replace(old, new, 1), "alimentation.yaml")


def test_e_ter_02_a_part_larger_than_its_whole(world: World) -> None:
    assert refusal(share, Count(number=7, unit="patients"), Count(number=6, unit="patients")) == "E-TER-02"
    basin = world.basin("Merval")
    keep(MONTH, basin, world.place(basin), documents_produits=10, documents_deposes=12, documents_meme_jour=6)
    found = tiles(world)
    assert found["alimentation"].now.value is None
    assert found["alimentation"].now.refusal is not None
    assert found["alimentation"].now.refusal.code == "E-TER-02"
    assert found["delai"].now.value == 50, "the other tiles are shown"


def test_e_ter_02_in_a_statement_is_refused_whole(world: World) -> None:
    place = world.place(world.basin("Merval"))
    finess = Structure.objects.get(pk=place).finess
    head = "finess;jour;fait;document;profession;nombre\n"
    line = f"{finess};{MONTH.isoformat()};" + "{};biologie;;{}\n"
    produced, fed = line.format("documents_produits", 10), line.format("documents_deposes", 11)
    assert refusal(territory.statements.bring, world.steward, (head + produced + fed).encode()) == "E-TER-02"
    assert refusal(territory.statements.bring, world.steward, (head + fed).encode()) == "E-TER-02"
    assert not MonthlyCount.objects.exists()
    with pytest.raises(UserMessage) as caught:
        territory.statements.bring(world.steward, (head + produced + fed).encode())
    assert "ligne 3" in caught.value.message
    assert str(MONTH.year) in caught.value.message
    assert Structure.objects.get(pk=place).name in caught.value.message
    assert "«\u202fAlimentation\u202f» dépasserait 100\u202f% (11 sur 10)" in caught.value.message
    fed = line.format("documents_deposes", 10)
    assert territory.statements.bring(world.steward, (head + produced + fed).encode()).lines == 2


def test_a_statement_says_the_line_that_is_wrong(world: World) -> None:
    basin = world.basin("Merval")
    finess = Structure.objects.get(pk=world.place(basin)).finess
    ours = Structure.objects.get(pk=world.place(basin, counted_here=True)).finess
    head, day = "finess;jour;fait;document;profession;nombre\n", MONTH.isoformat()
    for row, what in (
        (f"990000000;{day};documents_recus;;;1", "FINESS"),
        (f"{ours};{day};documents_recus;;;1", "deux fois"),
        (f"{finess};hier;documents_recus;;;1", "AAAA-MM-JJ"),
        (f"{finess};{MONTH:%Y%m%d};documents_recus;;;1", "AAAA-MM-JJ"),
        (f"{finess};1926-10-05;documents_recus;;;1", "avant le 18/04/2011"),
        (f"{finess};0026-10-05;documents_recus;;;1", "avant le 18/04/2011"),
        (f"{finess};0001-01-01;documents_recus;;;1", "avant le 18/04/2011"),
        (f"{finess};{day};documents_recus;;;99999999\n{finess};{MONTH.replace(day=2)};documents_recus;;;1", "cent mil"),
        (f"{finess};{day};lectures;;;1", "relevé apporte"),
        (f"{finess};{day};documents_recus;biologie;;1", "type de document"),
        (f"{finess};{day};documents_recus;;G15_10;1", "profession"),
        (f"{finess};{day};documents_recus;;;-1", "entier positif"),
        (f"{finess};{day};documents_recus", "6 cases"),
        (f"{finess};{day};documents_recus;;;1\n{finess};{day};documents_recus;;;2", "plus haut"),
        ("", "vide"),
    ):
        with pytest.raises(UserMessage, match=what) as caught:
            territory.statements.bring(world.steward, f"{head}{row}\n".encode() if row else head.encode())
        assert caught.value.code == "E-TER-07"
        assert "ligne" in caught.value.message
    assert refusal(territory.statements.bring, world.steward, b"a;b\n") == "E-TER-07"
    assert refusal(territory.statements.bring, world.steward, b"\xff\xfe") == "E-TER-07"


def test_e_ter_04_a_month_that_is_not_over_is_provisional(world: World) -> None:
    place = world.place(world.basin("Merval"))
    finess = Structure.objects.get(pk=place).finess
    this = clock.today().replace(day=1)
    text = f"finess;jour;fait;document;profession;nombre\n{finess};{this.isoformat()};documents_recus;;;1\n"
    assert refusal(territory.statements.bring, world.steward, text.encode()) == "E-TER-04"
    territory.counting.count_month(this)
    assert not Month.objects.get(first=this).is_final
    assert refusal(territory.public.publication, world.steward, this) == "E-TER-04"
    assert refusal(territory.public.publication, world.steward, MONTH) == "E-TER-04", "over, and not counted since"
    with time_machine.travel(territory.counting.closes_at(this), tick=False):
        assert territory.counting.count_due() >= 1
        assert Month.objects.get(first=this).is_final


def test_the_present_month_is_counted_at_each_round_and_a_final_one_once(world: World) -> None:
    basin = world.basin("Merval", population=12_000)
    world.place(basin)
    territory.rounds.make_rounds()
    assert tiles(world)["couverture"].now.denominator == 12_000
    Basin.objects.filter(code=basin).update(population=13_000)
    territory.rounds.make_rounds()
    assert tiles(world)["couverture"].now.denominator == 12_000
    assert tiles(world, clock.today().replace(day=1))["couverture"].now.denominator == 13_000


def test_what_is_noted_once_its_month_is_over_is_counted_at_the_next_round(world: World, cast: Cast) -> None:
    """The attendance of a session, patients informed: nobody writes them down before midnight on the last day."""
    basin = world.basin("Merval")
    world.place(basin)
    declared = territory.structures.Declared(basin=basin)
    territory.structures.enrol(world.steward, StructureId(cast.tilleuls_id), declared)
    territory.rounds.make_rounds()
    assert "seances" not in territory.measuring.sums(MONTH, Part())
    last_day = territory.counting.next_month(MONTH) - dt.timedelta(days=1)
    session = territory.trainings.prepare(
        world.steward,
        territory.trainings.Prepared(
            basin=basin, module="identite", place="Salle", day=last_day, minutes=60, trainer="Lise Arnaud"
        ),
    )
    territory.trainings.expect(world.steward, session, ProfessionalId(cast.nadia.professional_id or 0))
    (line,) = territory.trainings.show(world.steward, session).people
    territory.trainings.end(world.steward, session, present=[line.id], marks={})
    territory.informing.note(cast.nadia, means="brochure", day=last_day, number=40)
    assert not Month.objects.get(first=MONTH).is_final, "until then its figures are provisional"
    territory.rounds.make_rounds()
    found = territory.measuring.sums(MONTH, Part())
    assert (found["seances"], found["participants"], found["patients_informes"]) == (1, 1, 40)
    (line_noted,) = territory.informing.listed(cast.nadia, StructureId(cast.tilleuls_id))
    territory.informing.take_back(cast.nadia, StructureId(cast.tilleuls_id), line_noted.id)
    territory.rounds.make_rounds()
    assert "patients_informes" not in territory.measuring.sums(MONTH, Part())
    assert Month.objects.get(first=MONTH).is_final


def test_hours_of_several_structures_add_up_to_those_of_the_session(world: World) -> None:
    """Four structures, half an hour each: two hours, and not four half hours rounded up."""
    basin = world.basin("Merval")
    session = Session.objects.create(
        basin=Basin.objects.get(code=basin), module="identite", place="Salle", day=MONTH, minutes=30, trainer="x",
        prepared_by="x", prepared_at=clock.now(), ended_at=clock.now(),
    )  # fmt: skip
    for number in range(4):
        person = Professional.objects.create(family_name=f"P{number}", profession_code="331")
        Attendance.objects.create(
            session=session, structure_id=world.place(basin), professional=person, was_there=True
        )
    territory.counting.count_month(MONTH)
    found = territory.measuring.sums(MONTH, Part())
    assert (found["heures"], found["participants"]) == (2, 4)


def test_a_trend_of_three_months_says_whether_it_is_better(world: World) -> None:
    basin = world.basin("Merval")
    place = world.place(basin)
    for back, fed in ((3, 40), (2, 45), (1, 48), (0, 60)):
        month = territory.counting.month_before(MONTH, back)
        keep(month, basin, place, documents_produits=100, documents_deposes=fed, tickets=10, tickets_repetes=fed // 10)
    found = tiles(world)
    assert found["alimentation"].change == 20
    assert found["alimentation"].is_better is True
    assert found["tickets_repetes"].is_better is False
    assert [round(each.value.value or 0) for each in found["alimentation"].points] == [40, 45, 48, 60]


def test_a_filter_that_a_measure_does_not_know_is_said(world: World) -> None:
    keep(MONTH, world.basin("Merval"), None, population=100, patients_couverts=10)
    found = tiles(world, profession="G15_10")
    assert found["equipement"].not_by == "par profession"
    assert tiles(world, structure_type="SA33")["couverture"].not_by == "par structure"
    assert tiles(world, document="biologie")["boites"].not_by == "par type de document"


def test_basins_are_listed_in_as_many_queries_whatever_their_number(
    world: World, django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    """Every page of the territory lists them."""
    for name in ("Aubre", "Erlon", "Falaise", "Merval", "Ternes"):
        world.place(world.basin(name))
    with django_assert_max_num_queries(3):
        found = territory.structures.basins(world.steward)
    assert [(each.name, each.structures) for each in found][:2] == [("Aubre", 1), ("Erlon", 1)]


def test_one_measure_is_shared_out_by_basin_and_by_type(world: World) -> None:
    aubre, merval = world.basin("Aubre"), world.basin("Merval")
    keep(MONTH, aubre, world.place(aubre, "SA33"), documents_produits=100, documents_deposes=10)
    keep(MONTH, merval, world.place(merval, "SA25"), documents_produits=100, documents_deposes=90)
    found = territory.measuring.study(world.steward, "alimentation", MONTH, Part())
    assert found is not None
    assert [(each.label, each.value.value) for each in found.basins] == [("Merval", 90), ("Aubre", 10)]
    assert [each.code for each in found.types] == ["SA25", "SA33"]
    assert territory.measuring.study(world.steward, "inconnue", MONTH, Part()) is None


def test_days_make_the_time_to_value(world: World) -> None:
    basin = world.basin("Merval")
    begun = dt.date(2026, 3, 2)
    for wait in (10, 30):
        place = world.place(basin, equipped_on=begun, connected_on=begun)
        world.fed(place, days(begun + dt.timedelta(days=wait), 25))
    territory.rounds.make_rounds()
    found = tiles(world)
    assert found["premier_document"].now.value == 20
    assert found["regulier"].now.denominator == 2
