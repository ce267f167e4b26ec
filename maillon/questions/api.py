"""The door of the room `questions`."""

from __future__ import annotations

from maillon.questions import syntax
from maillon.questions.answering import Answer, Reason, answer, day_of
from maillon.questions.everybody import sql_of
from maillon.questions.facts import Fact, Kind, Subject
from maillon.questions.syntax import Expression, read_question
from maillon.questions.wording import shown

__all__ = [
    "Answer",
    "Expression",
    "Fact",
    "Kind",
    "Reason",
    "Subject",
    "answer",
    "day_of",
    "read_question",
    "shown",
    "sql_of",
    "syntax",
]
