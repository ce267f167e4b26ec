"""What the record already knows is proposed, never taken for granted: it is on the page, to be read and signed."""

from __future__ import annotations

import datetime as dt

from maillon.formats.questionnaire.model import Question, Questionnaire
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.record import api as record

LOINC = "2.16.840.1.113883.6.1"


def proposed(access: Access, asked: Questionnaire) -> dict[str, list[str]]:
    """The latest result of each question that takes one back, in its own unit and within its days."""
    found = {}
    for question in asked.questions():
        value = _latest(access, question) if question.reprend is not None else None
        if value is not None:
            found[question.code] = [value]
    return found


def _latest(access: Access, question: Question) -> str | None:
    since = clock.now() - dt.timedelta(days=question.reprend or 0)
    for series in record.series(access, system=LOINC, code=question.loinc):
        point = series.latest
        is_usable = point.value is not None and series.unit == question.unite and point.at >= since
        if is_usable and point.value is not None:
            return f"{point.value.normalize():f}".replace(".", ",")
    return None
