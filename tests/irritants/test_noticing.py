"""What the platform notices arrives here, once, without the document."""

from __future__ import annotations

from uuid import uuid4

import pytest

from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.irritants.reactions import keep_what_was_noticed
from maillon.kernel import events, outbox
from maillon.kernel.key import Actor
from maillon.noticed import api as noticed
from maillon.noticed.events import IrritantNoticed
from tests.conftest import Cast


def event(cast: Cast, fact: str = "ancien_format", at: str = "2026-06-17T09:00:00+00:00") -> IrritantNoticed:
    said = noticed.rules().named(fact)
    return IrritantNoticed(
        code=said.code, fact=fact, severity=said.gravite, structure_id=cast.tilleuls_id, document=uuid4(), at=at
    )


def test_a_fact_is_told_in_its_words_and_without_its_document(cast: Cast, agnes: Actor) -> None:
    told = event(cast)
    events.announce(told)
    while outbox.run_due():
        pass
    (line,) = irritants.lines.to_triage(agnes)
    assert (line.code, line.source, line.state) == ("IR4", "plateforme", "nouveau")
    assert line.text == noticed.rules().named("ancien_format").dire
    assert str(told.document) not in " ".join(map(str, vars(Irritant.objects.get()).values()))


def test_an_event_that_comes_twice_counts_once_and_a_second_fact_is_joined(cast: Cast, agnes: Actor) -> None:
    first = event(cast)
    for told in (first, first, event(cast)):
        keep_what_was_noticed(told)
    (line,) = irritants.lines.to_triage(agnes)
    assert line.times == 2


@pytest.mark.parametrize("fact", [each.fait for each in noticed.rules().faits])
def test_every_fact_is_an_irritant_that_can_be_triaged(cast: Cast, fact: str) -> None:
    keep_what_was_noticed(event(cast, fact))
    kept = Irritant.objects.get()
    assert irritants.grid().criterion(kept.code) is not None
    assert irritants.grid().level(kept.severity) is not None
