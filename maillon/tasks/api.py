"""The door of the room `tasks`."""

from __future__ import annotations

from maillon.noticed.api import About
from maillon.tasks import alerting, cover, filing, handling, serving
from maillon.tasks.answering import acknowledge, before_done, cancel, cancel_reading, close_history
from maillon.tasks.asking import ask, of_origin, raise_alert
from maillon.tasks.definition import alert_rules
from maillon.tasks.escalation import Escalation, escalate_due
from maillon.tasks.filing import Reader
from maillon.tasks.lines import TaskLine
from maillon.tasks.lists import Day, alerts, my_day, of_document, of_record, unread_abnormal

__all__ = [
    "About",
    "Day",
    "Escalation",
    "Reader",
    "TaskLine",
    "acknowledge",
    "alert_rules",
    "alerting",
    "alerts",
    "ask",
    "before_done",
    "cancel",
    "cancel_reading",
    "close_history",
    "cover",
    "escalate_due",
    "filing",
    "handling",
    "my_day",
    "of_document",
    "of_origin",
    "of_record",
    "raise_alert",
    "serving",
    "unread_abnormal",
]
