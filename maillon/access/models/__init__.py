"""Rows of the room."""

from __future__ import annotations

from maillon.access.models.accounts import Account, Session
from maillon.access.models.decisions import DocumentMark, Wish
from maillon.access.models.emergency import BreakGlass
from maillon.access.models.journal import JournalEntry
from maillon.access.models.team import CareTeamMembership, Replacement
from maillon.access.models.visitors import Delegation, Visitor

__all__ = [
    "Account",
    "BreakGlass",
    "CareTeamMembership",
    "Delegation",
    "DocumentMark",
    "JournalEntry",
    "Replacement",
    "Session",
    "Visitor",
    "Wish",
]
