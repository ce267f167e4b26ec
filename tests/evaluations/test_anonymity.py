"""E-MAT-04: an individual answer is read by its author alone before closing, and by nobody after; no cell of what is
shown, added to or taken from the others, describes fewer than three people."""

from __future__ import annotations

import html
import itertools
import random
import re
from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from maillon.evaluations import api as evaluations
from maillon.evaluations import groups
from maillon.evaluations.models import Answer, Participant, Remark, Tally
from maillon.kernel.key import Actor
from maillon.portability import tables
from maillon.professionals.models import Professional
from tests.conftest import Cast
from tests.evaluations.conftest import answer, close, refusal
from tests.web import world

PROFESSIONS = st.lists(st.sampled_from(["G15_10", "G15_60", "G15_70", "G15_21", "331", "330"]), min_size=3, max_size=30)


@given(PROFESSIONS)
def test_groups_share_out_everybody_and_have_three_people(professions: list[str]) -> None:
    group_of = groups.share_out(professions)
    sizes = Counter(group_of[each] for each in professions)
    assert sizes.total() == len(professions)
    assert min(sizes.values()) >= groups.FEWEST


@given(PROFESSIONS)
def test_whatever_is_added_or_taken_away_three_people_remain(professions: list[str]) -> None:
    """What is shown is of groups and of the whole: each difference between two sums of them is a sum of groups."""
    sizes = list(Counter(groups.share_out(professions)[each] for each in professions).values())
    cells = [*sizes, sum(sizes)]
    for few, many in itertools.product(range(len(cells) + 1), repeat=2):
        left = sum(cells[:many]) - sum(cells[:few])
        assert left == 0 or abs(left) >= groups.FEWEST


def test_a_profession_of_one_is_never_alone() -> None:
    assert set(groups.share_out(["G15_10"] * 3 + ["G15_60"] * 4 + ["G15_21"]).values()) == {"G15_60", "autres"}
    assert set(groups.share_out(["G15_10"] * 3 + ["G15_21"]).values()) == {"ensemble"}
    assert set(groups.share_out(["G15_10"] * 3 + ["G15_60"] * 3).values()) == {"G15_10", "G15_60"}
    assert set(groups.share_out(["G15_10"] * 3 + ["G15_21", "331", "330"]).values()) == {"G15_10", "autres"}


def test_a_group_that_hardly_knows_hides_the_others_too() -> None:
    """Two said a level and one « je ne sais pas »: shown groups would leave those two."""
    assert groups.gap({"a": [1, 2, 3, 3], "b": [0, 4]}) is None
    assert groups.gap({"a": [1, 2, 3, 3], "b": [0, 4, 4]}) == 1.5
    assert groups.spread([1, 4]) is None


def pages(reader: Actor, number: int) -> str:
    """Everything that the room's pages show of a campaign."""
    client: Any = world.sign_in(Client(), reader)
    addresses = ["/journee", "/evaluations", "/maturite", f"/maturite/{number}"]
    found = []
    for address in addresses:
        given = client.get(address)
        text = html.unescape(given.content.decode())
        found.append(text.split("<main", 1)[-1].split("</main>")[0])
        client.cookies["maillon"] = world.open_session(reader)
    return "\n".join(found)


def _levels(draw: random.Random, people: int) -> list[int]:
    return [draw.randrange(5) for _ in range(people)]


def test_while_it_is_open_no_page_changes_with_what_others_answer(
    cast: Cast, agnes: Actor, ten: list[Actor], opened: int
) -> None:
    """Twins: the same campaign where everybody but the reader answered otherwise, and wrote otherwise."""
    for actor in ten:
        answer(actor, opened, 1, comment="avant")
    tokens = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    for reader in (cast.claire, agnes):
        before = tokens.sub("", pages(reader, opened))
        Answer.objects.exclude(participant__professional_id=reader.professional_id).update(level=4, comment="après")
        after = tokens.sub("", pages(reader, opened))
        assert before == after
        assert "après" not in after
        Answer.objects.update(level=1, comment="avant")


def test_while_it_is_open_results_are_refused_to_all(agnes: Actor, cast: Cast, ten: list[Actor], opened: int) -> None:
    answer(cast.claire, opened)
    for actor in (cast.claire, agnes):
        assert refusal(evaluations.results.results, actor, opened) == "E-MAT-04"
    assert evaluations.results.show(agnes, opened).results == ()


def test_one_reads_ones_own_answers_alone(cast: Cast, opened: int) -> None:
    evaluations.answering.say(cast.claire, opened, "A1", level=4, comment="La mienne")
    assert evaluations.answering.mine(cast.karim, opened).line("A1").level is None
    assert "La mienne" not in repr(evaluations.answering.mine(cast.karim, opened))


def test_after_closing_two_people_of_one_group_may_have_said_either(
    cast: Cast, agnes: Actor, ten: list[Actor], opened: int
) -> None:
    """Nothing that is kept differs when two physicians exchange their answers, comments included."""
    levels = [0, 4, 2, 3, 1, 2, 3, 1, 2, 0]
    for actor, level in zip(ten, levels, strict=True):
        answer(actor, opened, level, comment=f"dit {level}")

    def kept() -> list[Any]:
        evaluations.campaigns.close_answers(agnes, opened)
        rows = list(Tally.objects.order_by("pk").values_list("dimension", "group", "level", "number"))
        return [rows, list(Remark.objects.order_by("pk").values_list("dimension", "text"))]

    def after(change: Any) -> list[Any]:
        mark = transaction.savepoint()
        change()
        found = kept()
        transaction.savepoint_rollback(mark)
        return found

    def exchange() -> None:
        for one, other in ((ten[0], ten[1]),):
            first = list(Answer.objects.filter(participant__professional_id=one.professional_id))
            second = list(Answer.objects.filter(participant__professional_id=other.professional_id))
            for left, right in zip(first, second, strict=True):
                left.level, right.level = right.level, left.level
                left.comment, right.comment = right.comment, left.comment
                left.save()
                right.save()

    assert after(lambda: None) == after(exchange)


def test_after_closing_no_row_links_a_person_to_a_level(
    cast: Cast, agnes: Actor, ten: list[Actor], opened: int
) -> None:
    close(agnes, opened, ten, [0, 4, 2, 3, 1, 2, 3, 1, 2, 0])
    assert not Answer.objects.exists()
    tables_of_it = [model._meta.fields for model in apps.get_app_config("evaluations").get_models()]
    linked = [
        fields for fields in tables_of_it
        if "level" in {each.name for each in fields} and Professional in {each.related_model for each in fields}
    ]  # fmt: skip
    assert linked == [], "a table with a level names nobody"
    sizes = Counter(Participant.objects.values_list("profession_code", flat=True))
    assert {each for each, number in sizes.items() if number == 1}, "there is a profession with one member"
    assert set(Tally.objects.values_list("group", flat=True)) == {"G15_10", "G15_60", "autres"}


def test_exports_carry_no_answer_nor_who_was_asked() -> None:
    assert {"evaluations_answer", "evaluations_participant"} <= set(tables.STAYS)
    leaving = {name for part in tables.DECLARED.values() for name in part}
    assert "evaluations_tally" in leaving
    assert not {"evaluations_answer", "evaluations_participant"} & leaving


@pytest.mark.parametrize("seed", range(3))
def test_what_is_shown_is_of_three_levels_at_least(
    cast: Cast, agnes: Actor, ten: list[Actor], opened: int, seed: int
) -> None:
    draw = random.Random(seed)
    for actor in ten:
        for each in evaluations.answering.mine(actor, opened).lines:
            level = draw.choice([None, None, 0, 1, 2, 3, 4])
            evaluations.answering.say(actor, opened, each.dimension.code, level=level)
        evaluations.answering.hand_in(actor, opened)
    evaluations.campaigns.close_answers(agnes, opened)
    for each in evaluations.results.results(cast.sylvie, opened):
        rows = Tally.objects.filter(dimension=each.dimension.code).values_list("group", "number")
        known = Counter(group for group, number in rows for _ in range(number))
        assert (each.whole is not None) is (known.total() >= 3)
        assert bool(each.groups) is (each.gap is not None)
        if each.groups:
            assert min(number for number in known.values() if number) >= 3
