"""The door of the room `tasks`."""

from __future__ import annotations

from maillon.tasks import filing, serving
from maillon.tasks.definition import reading_rules
from maillon.tasks.filing import Reader
from maillon.tasks.lists import (
    Day,
    TaskLine,
    acknowledge,
    ask,
    cancel,
    cancel_reading,
    close_history,
    escalate_due,
    my_day,
    of_document,
    unread_abnormal,
)

__all__ = [
    "Day",
    "Reader",
    "TaskLine",
    "acknowledge",
    "ask",
    "cancel",
    "cancel_reading",
    "close_history",
    "escalate_due",
    "filing",
    "my_day",
    "of_document",
    "reading_rules",
    "serving",
    "unread_abnormal",
]
