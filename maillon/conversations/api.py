"""The door of the room `conversations`."""

from __future__ import annotations

from maillon.conversations.messages import MessageLine, answer, note_read, thread, unread, write

__all__ = ["MessageLine", "answer", "note_read", "thread", "unread", "write"]
