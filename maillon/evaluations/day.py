"""What the room adds to somebody's day: what is done for the team, in the structure of the moment."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.evaluations import consensus, results
from maillon.kernel.key import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class MyPart:
    asked: tuple[results.CampaignLine, ...]  # campaigns that wait for my answers
    actions: tuple[consensus.ActionLine, ...]  # that I answer for


def my_part(actor: Actor) -> MyPart:
    return MyPart(
        asked=results.asked_of(actor),
        actions=consensus.my_actions(actor),
    )
