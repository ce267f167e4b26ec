"""The door of the room `territory`: one module for each thing that is done, each verb with its actor first."""

from __future__ import annotations

from maillon.territory import (
    catalogue,
    counting,
    diagnosing,
    informing,
    measuring,
    public,
    rounds,
    statements,
    structures,
    tickets,
    trainings,
    visits,
)
from maillon.territory.states import Stage
from maillon.territory.steering import declare, is_deployed, may_declare, may_steer, territory

__all__ = [
    "Stage",
    "catalogue",
    "counting",
    "declare",
    "diagnosing",
    "informing",
    "is_deployed",
    "may_declare",
    "may_steer",
    "measuring",
    "public",
    "rounds",
    "statements",
    "structures",
    "territory",
    "tickets",
    "trainings",
    "visits",
]
