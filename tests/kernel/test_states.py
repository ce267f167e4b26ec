from __future__ import annotations

import pytest

from maillon.kernel.message import UserMessage
from maillon.kernel.states import StateTable, Transition

DOOR = StateTable(
    "E-TST-01",
    (
        Transition(name="open", label="Ouvrir", sources=frozenset({"closed"}), target="open"),
        Transition(name="close", label="Fermer", sources=frozenset({"open"}), target="closed"),
    ),
)


def test_an_allowed_transition_gives_its_target() -> None:
    assert DOOR.target("open", source="closed") == "open"


def test_any_other_is_refused_with_its_code() -> None:
    with pytest.raises(UserMessage) as refusal:
        DOOR.target("open", source="open")
    assert refusal.value.code == "E-TST-01"


def test_a_state_knows_what_may_follow() -> None:
    assert [each.name for each in DOOR.allowed_from("open")] == ["close"]
