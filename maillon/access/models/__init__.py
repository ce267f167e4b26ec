"""Rows of the room."""

from __future__ import annotations

from maillon.access.models.accounts import (
    Account,
    Challenge,
    Passkey,
    ProviderLogout,
    RecoveryCode,
    Session,
    SignInEvent,
)
from maillon.access.models.decisions import DocumentMark, Wish
from maillon.access.models.emergency import BreakGlass
from maillon.access.models.habilitations import HabilitationReview
from maillon.access.models.journal import JournalEntry, JournalHead, JournalLink, OddAccess
from maillon.access.models.partners import PartnerAssertion, PartnerClient, PartnerToken
from maillon.access.models.team import CareTeamMembership, Replacement
from maillon.access.models.visitors import Delegation, DoorChallenge, Visitor, VisitorSession

__all__ = [
    "Account",
    "BreakGlass",
    "CareTeamMembership",
    "Challenge",
    "Delegation",
    "DocumentMark",
    "DoorChallenge",
    "HabilitationReview",
    "JournalEntry",
    "JournalHead",
    "JournalLink",
    "OddAccess",
    "PartnerAssertion",
    "PartnerClient",
    "PartnerToken",
    "Passkey",
    "ProviderLogout",
    "RecoveryCode",
    "Replacement",
    "Session",
    "SignInEvent",
    "Visitor",
    "VisitorSession",
    "Wish",
]
