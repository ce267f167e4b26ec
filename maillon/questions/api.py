"""The door of the room `questions`."""

from __future__ import annotations

from maillon.questions import syntax
from maillon.questions.answering import Answer, Reason, answer, day_of
from maillon.questions.everybody import sql_of
from maillon.questions.facts import Fact, Kind, Subject
from maillon.questions.looking import parameters_in, parts_of, reads, series_in
from maillon.questions.records import extract, fact_of, subject_of, subjects_to_watch
from maillon.questions.syntax import Expression, Question, Series, SeriesText, read_question
from maillon.questions.wording import shown

__all__ = [
    "Answer",
    "Expression",
    "Fact",
    "Kind",
    "Question",
    "Reason",
    "Series",
    "SeriesText",
    "Subject",
    "answer",
    "day_of",
    "extract",
    "fact_of",
    "parameters_in",
    "parts_of",
    "read_question",
    "reads",
    "series_in",
    "shown",
    "sql_of",
    "subject_of",
    "subjects_to_watch",
    "syntax",
]
