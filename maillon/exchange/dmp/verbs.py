"""What the faces may ask about the national record: the verbs of this part of the room."""

from __future__ import annotations

from maillon.exchange.dmp.acts import CHANNELS, ActLine, acts_of, awaits_identity, change, decline, may_feed
from maillon.exchange.dmp.acts import feed as feed_dmp
from maillon.exchange.dmp.consulting import Opening, Refreshed, authorise, opening, refresh, retrieve, status
from maillon.exchange.dmp.entries import EntryLine, lines
from maillon.exchange.dmp.holding import MACHINE
from maillon.exchange.dmp.holding import ORIGIN as IDENTITY_ORIGIN
from maillon.exchange.dmp.plugging import answers, certificate_until, is_plugged, is_simulated
from maillon.exchange.dmp.states import ActKind, ActState

__all__ = [
    "CHANNELS",
    "IDENTITY_ORIGIN",
    "MACHINE",
    "ActKind",
    "ActLine",
    "ActState",
    "EntryLine",
    "Opening",
    "Refreshed",
    "acts_of",
    "answers",
    "awaits_identity",
    "authorise",
    "certificate_until",
    "change",
    "decline",
    "feed_dmp",
    "is_plugged",
    "is_simulated",
    "lines",
    "may_feed",
    "opening",
    "refresh",
    "retrieve",
    "status",
]
