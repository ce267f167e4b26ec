"""The door of the room `evaluations`: one module for each thing that is done, each verb with its actor first."""

from __future__ import annotations

from maillon.evaluations import answering, campaigns, consensus, grids, membership, products, results, telecare
from maillon.evaluations.day import MyPart, my_part
from maillon.evaluations.definition import NEEDS, RISKS, Grid
from maillon.evaluations.membership import may_lead
from maillon.evaluations.states import Decision, Verdict

__all__ = [
    "NEEDS",
    "RISKS",
    "Decision",
    "Grid",
    "MyPart",
    "Verdict",
    "answering",
    "campaigns",
    "consensus",
    "grids",
    "may_lead",
    "membership",
    "my_part",
    "products",
    "results",
    "telecare",
]
