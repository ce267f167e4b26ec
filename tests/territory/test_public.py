"""What is public: no group under five is named, no number from one to four is said, nor found by subtraction."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from maillon.kernel.key import StructureId
from maillon.territory import api as territory
from maillon.territory import disclosure
from tests.territory.conftest import MONTH, World, keep, refusal

LARGE, SMALL, OTHER = 8, 3, 6


def fill(world: World, name: str, number: int, **facts: int) -> list[StructureId]:
    basin = world.basin(name)
    places = [world.place(basin) for _ in range(number)]
    for place in places:
        keep(MONTH, basin, place, structures_eligibles=1, structures_equipees=1, **facts)
    return places


def test_ac13_6_a_basin_of_fewer_than_five_is_in_the_others(world: World) -> None:
    fill(world, "Aubre", LARGE, documents_produits=100, documents_deposes=50)
    fill(world, "Merval", OTHER, documents_produits=100, documents_deposes=80)
    fill(world, "Erlon", SMALL, documents_produits=100, documents_deposes=20)
    fill(world, "Falaise", SMALL, documents_produits=100, documents_deposes=20)
    found = territory.public.publication(world.steward, MONTH).sheets[0]
    assert found.groups == ("Aubre", "Merval", "Autres", "Territoire")
    assert found.merged == ("Erlon", "Falaise")
    line = next(each for each in found.lines if each.measure.code == "alimentation")
    assert [each.value.numerator for each in line.cells if each.value] == [400, 480, 120, 1000]


def test_ac13_6_others_that_are_too_few_take_the_smallest_of_the_large(world: World) -> None:
    """Erlon alone would be what is left of the territory."""
    fill(world, "Aubre", LARGE, documents_produits=100)
    fill(world, "Merval", OTHER, documents_produits=100)
    fill(world, "Erlon", SMALL, documents_produits=100)
    assert territory.public.publication(world.steward, MONTH).sheets[0].groups == ("Aubre", "Autres", "Territoire")
    assert refusal(territory.public.publication, world.steward, MONTH, basin="erlon") == "E-TER-03"
    assert refusal(territory.public.publication, world.steward, MONTH, basin="merval") == "E-TER-03"
    assert territory.public.publication(world.steward, MONTH, basin="aubre").sheets[0].groups == ("Aubre",)


def test_e_ter_03_a_territory_of_four_structures_publishes_nothing(world: World) -> None:
    fill(world, "Aubre", 4)
    assert refusal(territory.public.publication, world.steward, MONTH) == "E-TER-03"


def test_a_structure_outside_the_deployment_is_not_found_between_the_two_sheets(world: World) -> None:
    """Alone of its type, it was in the total by basin and not in the total by type."""
    fill(world, "Aubre", LARGE, documents_produits=100, documents_deposes=50)
    for _ in range(OTHER):
        place = world.place("aubre", "SA33")
        keep(MONTH, "aubre", place, structures_eligibles=1, documents_produits=100, documents_deposes=50)
    alone = world.place("aubre", "SA01", is_eligible=False)
    keep(MONTH, "aubre", alone, documents_produits=900, documents_deposes=30)
    sheets = territory.public.publication(world.steward, MONTH).sheets
    totals = [
        next(line for line in sheet.lines if line.measure.code == "alimentation").cells[-1].value for sheet in sheets
    ]
    assert [(each.numerator, each.denominator) for each in totals if each] == [(700, 1400), (700, 1400)]


def test_a_small_number_is_kept_back_with_another_one(world: World) -> None:
    fill(world, "Aubre", LARGE, patients_suivis=100, patients_qualifies=50)
    fill(world, "Merval", OTHER, patients_suivis=90, patients_qualifies=40)
    rare = fill(world, "Erlon", 5, patients_suivis=80)
    keep(MONTH, "erlon", rare[0], patients_qualifies=3)
    written = territory.public.as_csv(territory.public.publication(world.steward, MONTH)).decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(written), delimiter=";") if row[4] == "Identités qualifiées"]
    by_basin = {row[2]: (row[6], row[8]) for row in rows if row[1] == "Par bassin"}
    assert by_basin == {
        "Aubre": ("400", "50,0"), "Erlon": ("secret", "secret"), "Merval": ("secret", "secret"),
        "Territoire": ("643", f"{64300 / 1740:.1f}".replace(".", ",")),
    }  # fmt: skip


def test_the_name_of_a_basin_is_never_a_formula(world: World) -> None:
    fill(world, "=1+1", LARGE, documents_produits=100)
    fill(world, "Merval", OTHER, documents_produits=100)
    written = territory.public.as_csv(territory.public.publication(world.steward, MONTH)).decode("utf-8-sig")
    assert ";'=1+1;" in written
    assert ";=1+1;" not in written


numbers = st.one_of(st.integers(0, 12), st.integers(0, 300))
tables = st.dictionaries(
    st.sampled_from("ABCDEF"), st.fixed_dictionaries({"tout": numbers, "part": numbers, "seul": numbers}), min_size=1
).map(lambda table: {group: facts | {"part": min(facts["part"], facts["tout"])} for group, facts in table.items()})


def test_a_month_keeps_the_groups_of_its_first_publication(world: World) -> None:
    """Erlon, named once it has five structures, would be what is left of the « Autres » of the first file."""
    fill(world, "Aubre", LARGE, documents_produits=100, documents_deposes=50)
    fill(world, "Merval", LARGE, documents_produits=100, documents_deposes=50)
    fill(world, "Erlon", 2, documents_produits=100, documents_deposes=10)
    before = territory.public.publication(world.steward, MONTH).sheets[0]
    assert before.groups == ("Merval", "Autres", "Territoire")
    for _ in range(3):
        keep(MONTH, "erlon", world.place("erlon"), structures_eligibles=1)
    fill(world, "Falaise", LARGE, documents_produits=100, documents_deposes=50)
    assert territory.public.publication(world.steward, MONTH).sheets[0].groups == before.groups
    written = territory.public.as_csv(territory.public.publication(world.steward, MONTH)).decode("utf-8-sig")
    assert "Erlon" not in written
    rows = [row for row in csv.reader(io.StringIO(written), delimiter=";") if row[4] == "Alimentation"]
    assert [row[6:8] for row in rows if row[1] == "Par bassin"] == [
        ["400", "800"], ["420", "1000"], ["820", "1800"],
    ]  # fmt: skip


def test_groups_are_those_of_the_month_and_not_of_today(world: World) -> None:
    fill(world, "Aubre", LARGE, documents_produits=100)
    fill(world, "Merval", LARGE, documents_produits=100)
    fill(world, "Erlon", 2, documents_produits=100)
    for _ in range(3):
        world.place("erlon")
    keep(MONTH, "aubre", None, seances=1)  # the month is final again
    assert territory.public.publication(world.steward, MONTH).sheets[0].groups == ("Merval", "Autres", "Territoire")


def test_the_rest_of_a_rate_is_not_found_by_subtraction(world: World) -> None:
    """Aubre 97 of 100, Merval 89 of 90: with Erlon and the territory, four patients whose identity is not qualified."""
    for name, followed, qualified in (("Aubre", 100, 97), ("Merval", 90, 89), ("Erlon", 200, 150)):
        one, *_ = fill(world, name, 5)
        keep(MONTH, name.lower(), one, patients_suivis=followed, patients_qualifies=qualified)
    written = territory.public.as_csv(territory.public.publication(world.steward, MONTH)).decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(written), delimiter=";") if row[4] == "Identités qualifiées"]
    assert {row[2]: row[6] for row in rows if row[1] == "Par bassin"} == {
        "Aubre": "secret", "Erlon": "secret", "Merval": "secret", "Territoire": "336",
    }  # fmt: skip


@given(table=tables)
def test_nothing_small_is_said_nor_found_by_subtraction(table: dict[str, dict[str, int]]) -> None:
    found = disclosure.hidden(table, [disclosure.Pair("part", "tout")])
    for fact in ("tout", "part", "seul"):
        kept_back = [group for group in table if (group, fact) in found.cells]
        shown = [group for group in table if group not in kept_back]
        assert not [group for group in shown if 0 < table[group][fact] < 5]
        if fact == "part":
            rests = [table[group]["tout"] - table[group]["part"] for group in shown]
            assert not [rest for rest in rests if 0 < rest < 5]
        total = sum(facts[fact] for facts in table.values())
        if fact not in found.totals:
            assert not 0 < total < 5
            assert len(kept_back) != 1, "what is alone is what is left"
            assert not kept_back or sum(table[group][fact] for group in kept_back) >= 5
    if not {"tout", "part"} & found.totals:
        unsaid = [group for group in table if {(group, "tout"), (group, "part")} & found.cells]
        assert not 0 < sum(table[group]["tout"] - table[group]["part"] for group in unsaid) < 5


@given(sizes=st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(1, 20), min_size=1))
def test_no_group_of_structures_is_under_five(sizes: dict[str, int]) -> None:
    group_of = disclosure.share_out(sizes)
    assert set(group_of) == set(sizes)
    groups: dict[str, int] = {}
    for code, group in group_of.items():
        groups[group] = groups.get(group, 0) + sizes[code]
    if sum(sizes.values()) >= 5:
        assert min(groups.values()) >= 5
