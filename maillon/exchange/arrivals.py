"""What arrived, asked from where it is now: the word that came with a document, the way back to « À régler », what
became of a message. A small door of the room's own."""

from __future__ import annotations

from maillon.exchange.accounting import fates
from maillon.exchange.settling import may_take_back, take_back
from maillon.exchange.words import came_with, came_with_any

__all__ = ["came_with", "came_with_any", "fates", "may_take_back", "take_back"]
