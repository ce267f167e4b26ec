"""The meaning of a questionnaire: given what was typed, which questions stand, what is missing or wrong, and what is
calculated. No base, no clock: the same for a draft, a signature, an example of a content file and an import.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, Literal

from maillon.formats.questionnaire.model import NO, YES, Calculation, Question, Questionnaire
from maillon.formats.wording import NARROW_SPACE, shown_date, shown_number, shown_unit
from maillon.forms.typed import Fault, Unreadable, Value, read
from maillon.questions import api as questions

Answers = Mapping[str, Sequence[str]]
_PARIS_NOON: Final = dt.time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Respondent:
    """Of whom age and sex are read by the conditions."""

    birth_date: dt.date | None = None
    sex: Literal["F", "M", "UN"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One question as it is now. `lacks`: the questions without whose answer a calculation cannot conclude."""

    question: Question
    stands: bool
    typed: tuple[str, ...] = ()
    value: Value | None = None
    fault: Fault | None = None
    lacks: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The answer as a person reads it; empty when there is none."""
        return shown(self.question, self.value) if self.value is not None else ""

    @property
    def band(self) -> str:
        number = self.value.number if self.value else None
        return next((b.dire for b in self.question.bandes if number is not None and b.holds(number)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The whole questionnaire as it is now, in its order. `groups`: whether each stands."""

    asked: Questionnaire
    lines: dict[str, Line]
    groups: tuple[bool, ...]

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(line.fault for line in self.lines.values() if line.fault is not None)

    @property
    def standing(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines.values() if line.stands)

    def summary(self) -> str:
        """What the timeline shows beside the title."""
        found = [self.lines[code] for code in self.asked.resume if self.lines[code].stands]
        told = [f"{line.question.texte} {line.shown}" + (f" ({line.band})" if line.band else "")
                for line in found if line.shown]  # fmt: skip
        return " · ".join(told)


def sheet(asked: Questionnaire, answers: Answers, *, respondent: Respondent, today: dt.date) -> Sheet:
    """`today`: the day in Paris, by which the age is counted."""
    filling = _Filling(asked, answers, respondent, today)
    return filling.whole()


def shown(question: Question, value: Value) -> str:
    if question.genre in ("choix", "oui_non", "cases"):
        return ", ".join(question.label(code) for code in value.codes) or "Aucune réponse cochée"
    if question.is_number and value.number is not None:
        return " ".join(part for part in (shown_number(f"{value.number:f}"), shown_unit(question.unite)) if part)
    if question.genre == "date":
        return shown_date(value.text)
    if question.genre == "calcul":
        return question.label(value.text)
    return value.text


@functools.lru_cache(maxsize=5000)
def _question(text: str) -> questions.Expression:
    return questions.read_question(text)


@dataclass(slots=True)
class _Filling:
    asked: Questionnaire
    answers: Answers
    respondent: Respondent
    today: dt.date
    lines: dict[str, Line] = field(default_factory=dict)
    facts: list[questions.Fact] = field(default_factory=list)

    def whole(self) -> Sheet:
        standing = []
        for group in self.asked.groupes:
            stands = self._holds(group.visible_si)
            standing.append(stands)
            for question in group.questions:
                line = self._line(question, stands=stands and self._holds(question.visible_si))
                self.lines[question.code] = line
                self._note(line)
        return Sheet(asked=self.asked, lines=self.lines, groups=tuple(standing))

    # ------------------------------------------------------------------------------------------------ one question

    def _line(self, question: Question, *, stands: bool) -> Line:
        typed = tuple(self.answers.get(question.code, ()))
        bare = Line(question=question, stands=stands, typed=typed)
        if not stands or question.genre == "affiche":
            return bare
        if question.calcul is not None:
            value, lacks = self._calculated(question.calcul)
            return replace(bare, typed=(), value=value, lacks=lacks)
        try:
            value = read(question, typed)
        except Unreadable as wrong:
            return replace(bare, fault=Fault(question.code, wrong.code, wrong.message))
        if value is None and question.obligatoire:
            return replace(bare, fault=Fault(question.code, "E-QST-10", "Cette question attend une réponse."))
        return replace(bare, value=value)

    def _note(self, line: Line) -> None:
        """What the questions that follow may read of it."""
        if not line.stands or line.value is None:
            return
        name, value = f"{self.asked.code}/{line.question.code}", line.value
        if line.question.genre == "cases":
            for option in line.question.options:
                self._fact(f"{name}/{option.code}", text=YES if option.code in value.codes else NO)
            return
        self._fact(name, text=value.text, number=value.number, unit=line.question.unite)

    def _fact(self, code: str, *, text: str, number: Decimal | None = None, unit: str = "") -> None:
        at = dt.datetime.combine(self.today, _PARIS_NOON, dt.UTC)
        self.facts.append(
            questions.Fact(
                id=len(self.facts), kind=questions.Kind.ANSWER, code=code, at=at, value=number, unit=unit, text=text
            )
        )

    def _holds(self, text: str) -> bool:
        """A condition that nothing decides yet does not hold."""
        return not text or self._truth(text).truth is True

    def _truth(self, text: str) -> questions.Answer:
        subject = questions.Subject(
            birth_date=self.respondent.birth_date, sex=self.respondent.sex, facts=tuple(self.facts)
        )
        return questions.answer(_question(text), subject, today=self.today)

    # ------------------------------------------------------------------------------------------------ calculations

    def _calculated(self, made: Calculation) -> tuple[Value | None, tuple[str, ...]]:
        if made.si:
            truth = self._truth(made.si).truth
            return self._decided(truth, self._unanswered(_read_by(made.si)))
        lacks = self._unanswered(made.reads, counted=bool(made.compte or made.parmi))
        if made.parmi:
            sure = self._yes(made.parmi)
            wanted = made.au_moins or 0
            truth = True if sure >= wanted else False if sure + len(lacks) < wanted else None
            return self._decided(truth, lacks)
        if lacks:
            return None, lacks
        if made.compte:
            number = Decimal(self._yes(made.compte))
        else:
            amounts = [amount for amount in map(self._amount, made.reads) if amount is not None]
            number = sum(amounts, Decimal(0)) if made.somme else math.prod(amounts, start=Decimal(1))
        return Value(f"{number:f}", number), ()

    def _decided(self, truth: bool | None, lacks: tuple[str, ...]) -> tuple[Value | None, tuple[str, ...]]:
        """What is missing is told even when the rest decides."""
        return (None if truth is None else Value(YES if truth else NO)), lacks

    def _unanswered(self, codes: Sequence[str], *, counted: bool = False) -> tuple[str, ...]:
        """Those that stand without an answer; of a calculation, what it lacks itself. Where « oui » is `counted`, any
        other answer than oui or non (« ne sait pas ») is none."""
        found: dict[str, None] = {}
        for code in codes:
            line = self.lines[code]
            is_none = line.value is None or (counted and line.value.text not in (YES, NO))
            if line.stands and is_none:
                found |= dict.fromkeys(line.lacks or (code,))
        return tuple(found)

    def _yes(self, codes: Sequence[str]) -> int:
        values = [self.lines[code].value for code in codes if self.lines[code].stands]
        return sum(1 for value in values if value is not None and value.text == YES)

    def _amount(self, code: str) -> Decimal | None:
        value = self.lines[code].value
        return value.number if value is not None else None


@functools.lru_cache(maxsize=5000)
def _read_by(text: str) -> tuple[str, ...]:
    """The questions that a condition reads."""
    codes = [code for series in questions.series_in(_question(text)) for code in series.codes]
    return tuple(dict.fromkeys(code.split("/")[1] for code in codes))


def inconclusive(line: Line, lines: Mapping[str, Line]) -> str:
    """« non concluable : il manque … », for a calculation that lacks something; empty for any other line."""
    if line.question.genre != "calcul" or not line.lacks:
        return ""
    missing = ", ".join(lines[code].question.texte for code in line.lacks)
    told = "non renseigné" if line.value is not None else "non concluable, il manque"
    return f"{told}{NARROW_SPACE}: {missing}"
