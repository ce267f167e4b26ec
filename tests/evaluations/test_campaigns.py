"""The maturity matrix, from the preparation of a campaign to its evaluation: sheet §3, AC3.1 to AC3.5."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.evaluations.models import Answer, Campaign, Consensus, Tally
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.professionals.models import Attachment
from tests.conftest import Cast
from tests.evaluations.conftest import MATURITY, answer, close, engage, refusal

campaigns, answering = evaluations.campaigns, evaluations.answering
consensus, results = evaluations.consensus, evaluations.results


def state(number: int) -> str:
    return Campaign.objects.get(number=number).state


@pytest.fixture
def closed(agnes: Actor, ten: list[Actor], opened: int) -> int:
    close(agnes, opened, ten, [1, 1, 2, 3, 3, 3, 2, 2, 1, 0])
    return opened


@pytest.fixture
def discussed(agnes: Actor, closed: int) -> int:
    campaigns.discuss(agnes, closed)
    consensus.agree(agnes, closed, "A1", level=2, votes=5, present=9)
    return closed


def decide(actor: Actor, number: int, *, owner: Actor | None, days: int | None = 30) -> UUID:
    return consensus.decide(
        actor, number, dimension="A1", title="Écrire la règle", owner=owner.professional_id if owner else None,
        due_on=clock.today() + dt.timedelta(days=days) if days is not None else None,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ AC3.1


@pytest.fixture
def five_professions(cast: Cast, agnes: Actor) -> dict[str, list[Actor]]:
    """Ten members: three physicians, three nurses, two physiotherapists, a secretary and a coordinator."""
    added = [engage(cast.tilleuls_id, given, code) for given, code in (
        ("Luc", "G15_10"), ("Rose", "G15_60"), ("Anne", "G15_60"), ("Marc", "G15_70"), ("Zoé", "G15_70"),
    )]  # fmt: skip
    return {
        "physicians": [cast.claire, cast.karim, added[0]], "nurses": [cast.nadia, added[1], added[2]],
        "physiotherapists": added[3:], "secretary": [cast.sylvie], "coordinator": [agnes],
    }  # fmt: skip


def test_ac3_1_six_answers_of_ten_from_five_professions_close(
    agnes: Actor, five_professions: dict[str, list[Actor]]
) -> None:
    number = campaigns.prepare(agnes, MATURITY)
    campaigns.open_answers(agnes, number)
    for people in five_professions.values():
        answer(people[0], number)
    assert refusal(campaigns.close_answers, agnes, number) == "E-MAT-06", "five are 50 %"
    answer(five_professions["physicians"][1], number)
    campaigns.close_answers(agnes, number)
    assert (state(number), Campaign.objects.get().answered) == ("close", 6)


def test_ac3_1_six_answers_from_four_professions_do_not(agnes: Actor, five_professions: dict[str, list[Actor]]) -> None:
    number = campaigns.prepare(agnes, MATURITY)
    campaigns.open_answers(agnes, number)
    of = five_professions
    for actor in (*of["physicians"][:2], *of["nurses"][:2], *of["secretary"], *of["coordinator"]):
        answer(actor, number)
    assert refusal(campaigns.close_answers, agnes, number) == "E-MAT-06"
    found = campaigns.participation(Campaign.objects.get())
    assert (found.answered, found.needed, found.waited_for) == (6, 6, ("Masseur-kinésithérapeute",))
    assert state(number) == "ouverte"
    assert Answer.objects.count() == 6 * 16, "nothing is lost by the refusal"
    answer(of["physiotherapists"][0], number)
    campaigns.close_answers(agnes, number)


def test_ac3_1_closes_at_the_quorum_and_not_under_it(agnes: Actor, ten: list[Actor], opened: int) -> None:
    one_of_each = [ten[0], ten[2], ten[3], ten[4], ten[6], ten[7]]  # six professions
    for actor in one_of_each[:5]:
        answer(actor, opened)
    assert refusal(campaigns.close_answers, agnes, opened) == "E-MAT-06"
    answer(one_of_each[5], opened)
    campaigns.close_answers(agnes, opened)
    assert state(opened) == "close"


# ------------------------------------------------------------------------------------------------ AC3.2


def test_ac3_2_median_and_spread_without_a_name(cast: Cast, agnes: Actor) -> None:
    people = [cast.claire, cast.karim, cast.nadia, cast.sylvie, agnes, engage(cast.tilleuls_id, "Rose", "G15_60")]
    number = campaigns.prepare(agnes, MATURITY)
    campaigns.open_answers(agnes, number)
    close(agnes, number, people, [1, 1, 2, 3, 3, 3])
    shown = results.results(cast.claire, number)
    assert {(each.whole.median, each.whole.iqr) for each in shown if each.whole} == {(2.5, 1.75)}
    assert len(shown) == 16
    assert not [actor.label for actor in people if actor.label in repr(shown)]


# ------------------------------------------------------------------------------------------------ AC3.3


def test_ac3_3_a_consensus_has_more_than_half_of_those_present(agnes: Actor, closed: int) -> None:
    campaigns.discuss(agnes, closed)
    consensus.agree(agnes, closed, "B1", level=2, votes=5, present=9)
    assert refusal(consensus.agree, agnes, closed, "B2", level=2, votes=4, present=9) == "E-MAT-17"
    assert refusal(consensus.agree, agnes, closed, "B2", level=2, votes=4, present=8) == "E-MAT-17", "half is not more"
    assert [each.dimension for each in Consensus.objects.all()] == ["B1"]
    consensus.agree(agnes, closed, "B2", level=2, votes=5, present=8)


@pytest.mark.parametrize(("votes", "present"), [(0, 0), (10, 9), (-1, 3), (1, 501)], ids=str)
def test_votes_are_counted_among_those_present(agnes: Actor, closed: int, votes: int, present: int) -> None:
    campaigns.discuss(agnes, closed)
    assert refusal(consensus.agree, agnes, closed, "B2", level=2, votes=votes, present=present) == "E-MAT-17"


def test_the_database_holds_the_majority(agnes: Actor, discussed: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Consensus.objects.filter(dimension="A1").update(votes=4)


# ------------------------------------------------------------------------------------------------ AC3.4


def test_ac3_4_no_plan_without_an_action(agnes: Actor, discussed: int) -> None:
    assert refusal(campaigns.plan, agnes, discussed) == "E-MAT-02"
    assert state(discussed) == "consensus"


@pytest.mark.parametrize(("has_owner", "days"), [(False, 30), (True, None), (True, -1)], ids=str)
def test_an_action_has_an_owner_and_a_day_to_come(agnes: Actor, discussed: int, has_owner: bool, days: int) -> None:
    assert refusal(decide, agnes, discussed, owner=agnes if has_owner else None, days=days) == "E-MAT-02"
    decide(agnes, discussed, owner=agnes)
    campaigns.plan(agnes, discussed)
    assert state(discussed) == "plan"


def test_who_answers_for_an_action_works_here(cast: Cast, agnes: Actor, discussed: int) -> None:
    assert refusal(decide, agnes, discussed, owner=cast.paul) == "E-MAT-02"


# ------------------------------------------------------------------------------------------------ AC3.5


def _second(agnes: Actor, ten: list[Actor], key: str) -> int:
    number = campaigns.prepare(agnes, key)
    campaigns.open_answers(agnes, number)
    close(agnes, number, ten, [3] * 10)
    campaigns.discuss(agnes, number)
    return number


def test_ac3_5_sixteen_deltas_on_the_same_version(agnes: Actor, ten: list[Actor], discussed: int) -> None:
    codes = [each.dimension.code for each in results.results(agnes, discussed)]
    for code in codes:
        consensus.agree(agnes, discussed, code, level=1, votes=9, present=9)
    second = _second(agnes, ten, MATURITY)
    for code in codes:
        consensus.agree(agnes, second, code, level=3, votes=9, present=9)
    found = results.compare(agnes, second, discussed)
    assert found.is_same_version
    assert [each.delta for each in found.deltas] == [2] * 16
    assert {each.median_after for each in found.deltas} == {3.0}


OTHER_VERSION = """
code: maturite-has
version: "locale-2"
nature: maturite
titre: Notre matrice
source: essai
provenance: local
auteurs: [essai]
relu_le: 2026-11-28
a_revoir_le: 2027-11-28
echelle: [{valeur: 0, libelle: Non}, {valeur: 1, libelle: Oui}]
axes:
AXES
correspondances: MAPPINGS
exemples: []
"""
ONE_AXIS = """
  - code: XCODE
    libelle: Axe CODE
    dimensions:
      - code: CODE
        libelle: Dimension CODE
        niveaux: [{niveau: 0, constats: [a], preuve: b}, {niveau: 1, constats: [c], preuve: d}]
"""


def other_version(codes: str = "KLMN", mappings: str = "[]") -> bytes:
    axes = "".join(ONE_AXIS.replace("CODE", code) for code in codes)
    return OTHER_VERSION.replace("AXES", axes).replace("MAPPINGS", mappings).encode()


def test_ac3_5_another_version_compares_the_mapped_dimensions_only(
    agnes: Actor, ten: list[Actor], discussed: int
) -> None:
    mappings = '[{code: maturite-has, version: "2013-1", dimensions: {K: A1, L: B1}}]'
    key = evaluations.grids.bring(agnes, other_version(mappings=mappings), name="locale.yaml")
    number = campaigns.prepare(agnes, key)
    campaigns.open_answers(agnes, number)
    close(agnes, number, ten, [1] * 10)
    campaigns.discuss(agnes, number)
    consensus.agree(agnes, number, "K", level=1, votes=9, present=9)
    found = results.compare(agnes, number, discussed)
    assert not found.is_same_version
    assert [(each.dimension.code, each.before, each.after) for each in found.deltas] == [("K", 2, 1), ("L", None, None)]
    assert found.without == ("Dimension M", "Dimension N")


def test_e_mat_05_two_versions_that_nothing_maps_do_not_compare(agnes: Actor, ten: list[Actor], discussed: int) -> None:
    key = evaluations.grids.bring(agnes, other_version(), name="locale.yaml")
    number = campaigns.prepare(agnes, key)
    campaigns.open_answers(agnes, number)
    close(agnes, number, ten, [1] * 10)
    assert refusal(results.compare, agnes, number, discussed) == "E-MAT-05"
    assert refusal(results.compare, agnes, discussed, number) == "E-MAT-05"


# ------------------------------------------------------------------------------------------------ refusals, guards


def test_e_mat_01_no_consensus_before_everybody_answered_alone(agnes: Actor, ten: list[Actor]) -> None:
    number = campaigns.prepare(agnes, MATURITY)
    assert refusal(consensus.agree, agnes, number, "A1", level=1, votes=9, present=9) == "E-MAT-01"
    campaigns.open_answers(agnes, number)
    assert refusal(campaigns.discuss, agnes, number) == "E-MAT-01"
    assert refusal(consensus.agree, agnes, number, "A1", level=1, votes=9, present=9) == "E-MAT-01"
    assert refusal(decide, agnes, number, owner=agnes) == "E-MAT-01"


def test_e_mat_03_fewer_than_four_axes(agnes: Actor) -> None:
    assert refusal(evaluations.grids.bring, agnes, other_version("KLM"), name="g.yaml") == "E-MAT-03"
    assert evaluations.grids.bring(agnes, other_version("KLMN"), name="g.yaml").startswith("r")


def test_every_step_is_in_its_order(agnes: Actor, ten: list[Actor]) -> None:
    number = campaigns.prepare(agnes, MATURITY)
    for verb in (campaigns.close_answers, campaigns.plan, campaigns.follow):
        assert refusal(verb, agnes, number) == "E-MAT-07"
    assert refusal(campaigns.evaluate, agnes, number, feedback="x") == "E-MAT-07"
    campaigns.open_answers(agnes, number)
    assert refusal(campaigns.open_answers, agnes, number) == "E-MAT-07"


def test_a_campaign_goes_to_its_end(agnes: Actor, cast: Cast, discussed: int) -> None:
    action = decide(agnes, discussed, owner=cast.nadia)
    late = decide(agnes, discussed, owner=cast.karim, days=2)
    campaigns.plan(agnes, discussed)
    campaigns.follow(agnes, discussed)
    assert [each.title for each in consensus.my_actions(cast.nadia)] == ["Écrire la règle"]
    assert refusal(campaigns.evaluate, agnes, discussed, feedback="Fait") == "E-MAT-16"
    consensus.advance(cast.nadia, action, "begin")
    assert refusal(consensus.advance, cast.nadia, action, "finish") == "E-MAT-18"
    consensus.advance(cast.nadia, action, "finish", result="La règle est affichée.")
    assert refusal(consensus.advance, cast.nadia, action, "begin") == "E-MAT-13"
    with time_machine.travel(clock.now() + dt.timedelta(days=5), tick=False):
        assert [each.is_late for each in consensus.my_actions(cast.karim)] == [True]
        consensus.advance(agnes, late, "finish", result="En retard, mais fait.")
    assert consensus.my_actions(cast.nadia) == ()
    assert refusal(campaigns.evaluate, agnes, discussed, feedback=" ") == "E-MAT-16"
    campaigns.evaluate(agnes, discussed, feedback="Restitué à tous.")
    shown = results.show(cast.sylvie, discussed)
    assert (shown.line.state, shown.feedback, shown.next_step) == ("evaluee", "Restitué à tous.", "")
    assert (shown.done_on_time, len(shown.actions)) == (1, 2)
    assert refusal(decide, agnes, discussed, owner=cast.nadia) == "E-MAT-07"


def test_an_action_is_followed_by_its_owner_or_who_leads(cast: Cast, agnes: Actor, discussed: int) -> None:
    action = decide(agnes, discussed, owner=cast.nadia)
    assert refusal(consensus.advance, cast.karim, action, "begin") == "E-MAT-09"
    with pytest.raises(access_room.AccessDenied):
        consensus.advance(cast.paul, action, "begin")
    consensus.advance(agnes, action, "give_up", result="Sans objet")


def test_only_who_leads_prepares_moves_and_writes(cast: Cast, agnes: Actor, discussed: int) -> None:
    for verb, named in (
        (campaigns.prepare, {"key": MATURITY}), (campaigns.plan, {"number": discussed}),
        (consensus.agree, {"number": discussed, "dimension": "A2", "level": 1, "votes": 9, "present": 9}),
        (evaluations.grids.bring, {"text": other_version(), "name": "g.yaml"}),
    ):  # fmt: skip
        assert refusal(verb, cast.claire, **named) == "E-MAT-09"
    referent = dataclasses.replace(cast.claire, is_referent=True)
    consensus.agree(referent, discussed, "A2", level=1, votes=9, present=9)


def test_another_structure_sees_nothing(cast: Cast, agnes: Actor, discussed: int) -> None:
    assert results.campaigns(cast.paul) == ()
    coordinator = engage(cast.elsewhere_id, "Odile", "330")
    for verb in (
        lambda: results.show(cast.paul, discussed), lambda: results.results(cast.paul, discussed),
        lambda: campaigns.plan(coordinator, discussed), lambda: results.compare(cast.paul, discussed, discussed),
        lambda: evaluations.answering.mine(cast.paul, discussed),
    ):  # fmt: skip
        with pytest.raises(access_room.AccessDenied):
            verb()


def test_who_left_reads_no_more(cast: Cast, agnes: Actor, discussed: int) -> None:
    gone = dataclasses.replace(cast.karim, structure_ids=())
    with pytest.raises(access_room.AccessDenied):
        results.show(gone, discussed)


def test_a_campaign_of_two_does_not_open(cast: Cast) -> None:
    odile = engage(cast.elsewhere_id, "Odile", "330")
    number = campaigns.prepare(odile, MATURITY)
    assert refusal(campaigns.open_answers, odile, number) == "E-MAT-14"
    engage(cast.elsewhere_id, "Rose", "G15_60")
    campaigns.open_answers(odile, number)


def test_one_campaign_at_a_time_on_a_grid(agnes: Actor, opened: int) -> None:
    assert refusal(campaigns.prepare, agnes, MATURITY) == "E-MAT-08"


@pytest.mark.parametrize("quorum", [49, 101], ids=str)
def test_a_quorum_is_at_least_half(agnes: Actor, quorum: int) -> None:
    assert refusal(campaigns.prepare, agnes, MATURITY, quorum=quorum) == "E-MAT-14"


# ------------------------------------------------------------------------------------------------ answering


def test_answers_are_handed_in_whole_changed_until_closing_and_not_after(
    cast: Cast, agnes: Actor, ten: list[Actor], opened: int
) -> None:
    answering.say(cast.claire, opened, "A1", level=3)
    assert refusal(answering.hand_in, cast.claire, opened) == "E-MAT-10"
    assert answering.mine(cast.claire, opened).next == "A2"
    answer(cast.claire, opened, 1)
    answering.say(cast.claire, opened, "A1", level=None, comment="Je ne sais pas")
    mine = answering.mine(cast.claire, opened)
    assert (mine.is_handed_in, mine.done, mine.line("A1").level, mine.line("A1").comment) == (
        True, 16, None, "Je ne sais pas",
    )  # fmt: skip
    close(agnes, opened, ten[1:], [1] * 9)
    assert refusal(answering.say, cast.claire, opened, "A1", level=1) == "E-MAT-04"
    assert refusal(answering.mine, cast.claire, opened) == "E-MAT-04"


@pytest.mark.parametrize(("level", "comment"), [(5, ""), (-1, ""), (1, "x" * 1001)], ids=["5", "-1", "long"])
def test_what_is_no_answer_is_refused_and_the_former_stays(cast: Cast, opened: int, level: int, comment: str) -> None:
    answering.say(cast.claire, opened, "A1", level=3, comment="ok")
    assert refusal(answering.say, cast.claire, opened, "A1", level=level, comment=comment) == "E-MAT-10"
    assert answering.mine(cast.claire, opened).line("A1").level == 3


def test_a_newcomer_after_the_opening_is_not_asked(cast: Cast, opened: int) -> None:
    late = engage(cast.tilleuls_id, "Tard", "G15_95")
    with pytest.raises(access_room.AccessDenied):
        answering.mine(late, opened)
    assert results.asked_of(late) == ()
    assert [each.number for each in results.asked_of(cast.claire)] == [opened]


def test_somebody_who_left_is_waited_for_no_more(agnes: Actor, ten: list[Actor], opened: int) -> None:
    """The only pharmacist leaves without a word: nobody else could ever answer for that profession."""
    pharmacist = next(each for each in ten if each.profession_code == "G15_21")
    for actor in ten:
        if actor is not pharmacist:
            answer(actor, opened)
    assert refusal(campaigns.close_answers, agnes, opened) == "E-MAT-06"
    left = clock.today() - dt.timedelta(days=1)
    Attachment.objects.filter(professional_id=pharmacist.professional_id).update(end=left)
    found = campaigns.participation(Campaign.objects.get())
    assert (found.invited, found.answered, found.waited_for) == (9, 9, ())
    campaigns.close_answers(agnes, opened)
    assert state(opened) == "close"


def test_what_somebody_said_before_leaving_counts(agnes: Actor, ten: list[Actor], opened: int) -> None:
    for actor in ten:
        answer(actor, opened)
    Attachment.objects.filter(professional_id=ten[0].professional_id).update(end=clock.today() - dt.timedelta(days=1))
    campaigns.close_answers(agnes, opened)
    assert Campaign.objects.get().answered == 10


def test_a_word_corrected_in_the_house_changes_nothing_of_a_running_campaign(
    agnes: Actor, opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid, text = evaluations.grids.shipped()[MATURITY]
    changed = text.replace("Analyse des besoins du territoire", "Un autre titre")
    monkeypatch.setattr(
        evaluations.grids, "shipped", lambda: {MATURITY: (evaluations.grids.read(changed, "x.yaml"), changed)}
    )
    assert results.show(agnes, opened).grid.dimensions[0].libelle == "Analyse des besoins du territoire"
    assert grid.version == "2013-1"


def test_tallies_hold_everybody_once(closed: int) -> None:
    counted: Counter[str] = Counter()
    for each in Tally.objects.all():
        counted[each.dimension] += each.number
    assert (len(counted), set(counted.values())) == (16, {10})
    assert not Answer.objects.exists()
