"""What the demonstration sends, and in what order: those whom the team follows before the rest of the territory."""

from __future__ import annotations

import argparse

from maillon.demo import sending
from maillon.kernel import clock
from simulators.story import documents
from simulators.synthesis import SUMMARIES
from simulators.territory import build_territory


def test_both_parts_make_the_whole_history_and_the_first_is_small() -> None:
    options = argparse.Namespace(jusqu_au=clock.today())
    territory = build_territory(until=options.jusqu_au, patients=200)
    team, others = (
        [*sending._history(territory, options, of_the_team=of_the_team)] for of_the_team in (True, False)
    )
    whole = {each.document.version.id for each in documents(territory, seed=sending.SEED, until=options.jusqu_au)}
    told = [each.document.version.id for each in (*team, *others)]
    assert (len(told), set(told)) == (len(whole), whole)
    assert {each.patient for each in team} >= {*SUMMARIES, *sending.SHOWN}
    assert not {each.patient for each in team} & {each.patient for each in others}
    assert len(team) < len(whole) / 6
