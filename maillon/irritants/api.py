"""The door of the room `irritants`: one module for each thing that is done, each verb with its actor first."""

from __future__ import annotations

from maillon.irritants import export, figures, lines, naming, paper, reporting, triage
from maillon.irritants.lines import IrritantLine, Reply, grid, may_triage
from maillon.irritants.reporting import UNKNOWN, Finding, Report
from maillon.irritants.states import Source
from maillon.irritants.triage import FollowUp

__all__ = [
    "UNKNOWN",
    "Finding",
    "FollowUp",
    "IrritantLine",
    "Reply",
    "Report",
    "Source",
    "export",
    "figures",
    "grid",
    "lines",
    "may_triage",
    "naming",
    "paper",
    "reporting",
    "triage",
]
