"""The door of the room `conversations`."""

from __future__ import annotations

from maillon.conversations.deposits import MOST_BYTES, TYPES, deposit
from maillon.conversations.messages import MessageLine, answer, note_read, thread, unread, write

__all__ = ["MOST_BYTES", "TYPES", "MessageLine", "answer", "deposit", "note_read", "thread", "unread", "write"]
