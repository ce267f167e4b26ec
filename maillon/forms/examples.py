"""The examples of a content file, played: they are its tests."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from maillon.formats.questionnaire.model import Example, Questionnaire
from maillon.forms.asking import Respondent, sheet

DAY: Final = dt.date(2026, 6, 15)  # examples have no date of their own
UNKNOWN: Final = "inconnu"


@dataclass(frozen=True, slots=True)
class Examined:
    calculated: dict[str, str]
    not_standing: frozenset[str]
    faulty: frozenset[str]


def examined(asked: Questionnaire, example: Example) -> Examined:
    """What follows of what is typed in the example."""
    boxes = {question.code for question in asked.questions() if question.genre == "cases"}
    answers = {
        code: [each.strip() for each in typed.split(",")] if code in boxes else [typed]
        for code, typed in example.repond.items()
    }
    born = None if example.age is None else dt.date(DAY.year - example.age, 1, 1)
    filled = sheet(asked, answers, respondent=Respondent(birth_date=born, sex=example.sexe), today=DAY)
    return Examined(
        calculated={
            code: line.value.text if line.value is not None else UNKNOWN
            for code, line in filled.lines.items()
            if line.question.genre == "calcul"
        },
        not_standing=frozenset(code for code, line in filled.lines.items() if not line.stands),
        faulty=frozenset(fault.field for fault in filled.faults),
    )
