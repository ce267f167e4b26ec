"""The reference: one question asked of one person, and why it is answered so."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from maillon.questions import wording
from maillon.questions.facts import Comparator, Fact, Subject, age_in_years
from maillon.questions.syntax import (
    AtLeast,
    Comparison,
    Expression,
    Junction,
    Known,
    Not,
    Number,
    Of,
    Operator,
    Parameter,
    Series,
    Stated,
    Subjective,
    Sum,
    Text,
    Window,
    type_of,
)

PARIS: Final = ZoneInfo("Europe/Paris")
DECIMALS: Final = Decimal("0.000001")  # to which means and variations are rounded, here and in SQL
LARGEST: Final = 1e12
Truth = bool | None  # None is inconnu


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was looked at, in French, with the facts that it rests on."""

    truth: Truth
    text: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """`because`: what decided. For a « et » that is false, what is false; for one that is inconnu, what is missing."""

    truth: Truth
    because: tuple[Reason, ...]


class _Amount(NamedTuple):
    """A number, or the bound that the laboratory gave; `unit` is None where none is claimed."""

    value: Decimal
    comparator: Comparator = ""
    unit: str | None = None


def answer(question: Expression, subject: Subject, *, today: dt.date) -> Answer:
    """`today`: the day of the question, in Paris. Facts dated later are not seen."""
    return _Asking(subject, today).truth(question)


def day_of(moment: dt.datetime) -> dt.date:
    return moment.astimezone(PARIS).date()


def first_day(window: Window, today: dt.date) -> dt.date:
    """Three months before 31 May is 28 (or 29) February."""
    if window.unit == "jours":
        return today - dt.timedelta(days=min(window.length, (today - dt.date.min).days))
    months = today.year * 12 + today.month - 1 - window.length * (12 if window.unit == "ans" else 1)
    year, month = divmod(months, 12)
    if year < 1:
        return dt.date.min
    return dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def matches(code: str, wanted: Sequence[str]) -> bool:
    return any(code.startswith(one[:-1]) if one.endswith("*") else code == one for one in wanted)


class _Asking:
    def __init__(self, subject: Subject, today: dt.date) -> None:
        self.subject, self.today = subject, today

    # ------------------------------------------------------------------------------------------- yes, no, unknown

    def truth(self, asked: Expression) -> Answer:
        match asked:
            case Junction():
                return self._junction(asked)
            case Not():
                inner = self.truth(asked.of)
                return Answer(None if inner.truth is None else not inner.truth, inner.because)
            case Stated():
                return self._stated(asked)
            case AtLeast():
                return self._at_least(asked)
            case Known():
                return self._known(asked)
            case Comparison():
                return self._comparison(asked)
        raise TypeError(f"not a yes or no question: {type(asked).__name__}")

    def _junction(self, asked: Junction) -> Answer:
        """Kleene: one « faux » decides an « et », one « vrai » an « ou »."""
        decides = asked.name == "ou"
        parts = [self.truth(part) for part in asked.parts]
        truths = [part.truth for part in parts]
        found: Truth = decides if decides in truths else None if None in truths else not decides
        return Answer(found, tuple(why for part in parts if part.truth is found for why in part.because))

    def _stated(self, asked: Stated) -> Answer:
        said = [fact for fact in self._dated(asked.series) if matches(fact.code, asked.series.codes) or fact.absent]
        holding = [fact for fact in said if self._holds(fact)]
        if holding:
            return self._because(True, asked, holding)
        return self._because(False if said else None, asked, said)

    def _holds(self, fact: Fact) -> bool:
        return not fact.negated and not fact.absent and (fact.until is None or fact.until >= self.today)

    def _at_least(self, asked: AtLeast) -> Answer:
        facts = self._series(asked.series)
        if asked.operator is None or asked.threshold is None:
            return self._because(len(facts) >= asked.count, asked, facts)
        threshold = self._amount(asked.threshold)
        truths = [_compared(asked.operator, _amount_of(fact), threshold) for fact in facts]
        sure, possible = truths.count(True), truths.count(True) + truths.count(None)
        found = True if sure >= asked.count else False if possible < asked.count else None
        counted = [fact for fact, truth in zip(facts, truths, strict=True) if truth is not False]
        return self._because(found, asked, counted)

    def _known(self, asked: Known) -> Answer:
        kind = type_of(asked.of)
        if kind == "oui_non":
            return self._because(self.truth(asked.of).truth is not None, asked, [])
        if kind == "nombre":
            return self._because(self._amount(asked.of) is not None, asked, [])
        if isinstance(asked.of, Series):
            facts = self._series(asked.of)
            return self._because(bool(facts), asked, facts[-1:])
        return self._because(self._text(asked.of) is not None, asked, [])

    def _comparison(self, asked: Comparison) -> Answer:
        if "texte" in (type_of(asked.left), type_of(asked.right)):
            left, right = self._text(asked.left), self._text(asked.right)
            same = None if left is None or right is None else left == right
            found = same if asked.operator == "=" or same is None else not same
        else:
            found = _compared(asked.operator, self._amount(asked.left), self._amount(asked.right))
        return self._because(found, asked, [*self._behind(asked.left), *self._behind(asked.right)])

    def _because(self, truth: Truth, asked: Expression, facts: Sequence[Fact]) -> Answer:
        return Answer(truth, (Reason(truth, wording.said(asked, self.subject, facts, self.today), tuple(facts)),))

    # ------------------------------------------------------------------------------------------------- what is read

    def _dated(self, series: Series) -> list[Fact]:
        """Facts of the kind, within the window and not later than today, the latest last."""
        start = first_day(series.window, self.today) if series.window else dt.date.min
        facts = [
            fact for fact in self.subject.facts if fact.kind is series.kind and start <= day_of(fact.at) <= self.today
        ]
        return sorted(facts, key=lambda fact: (fact.at, fact.id))

    def _series(self, series: Series) -> list[Fact]:
        return [
            fact
            for fact in self._dated(series)
            if matches(fact.code, series.codes) and not fact.negated and not fact.absent
        ]

    def _behind(self, asked: Expression) -> list[Fact]:
        """The facts to be named for a number: the latest alone where only it counts."""
        match asked:
            case Of(name="dernier" | "délai") | Series():
                return self._series(asked.series if isinstance(asked, Of) else asked)[-1:]
            case Of():
                return self._series(asked.series)
            case Sum():
                return [*self._behind(asked.left), *self._behind(asked.right)]
        return []

    def _text(self, asked: Expression) -> str | None:
        match asked:
            case Text():
                return asked.value
            case Subjective():
                return self.subject.sex
            case Series():
                latest = self._series(asked)[-1:]
                return (latest[0].text or None) if latest else None
        return None

    def _amount(self, asked: Expression) -> _Amount | None:
        match asked:
            case Number():
                return _Amount(asked.value, unit=asked.unit or None)
            case Parameter():
                chosen = self.subject.parameters.get(asked.name)
                return None if chosen is None else _Amount(chosen)
            case Subjective():
                born = self.subject.birth_date
                return None if born is None else _Amount(Decimal(age_in_years(born, self.today)))
            case Sum():
                return _sum(asked.operator, self._amount(asked.left), self._amount(asked.right))
            case Of():
                return self._drawn(asked)
        return None

    def _drawn(self, asked: Of) -> _Amount | None:
        facts = self._series(asked.series)
        if not facts:
            return None
        if asked.name == "délai":
            return _Amount(Decimal((self.today - day_of(facts[-1].at)).days))
        if asked.name in ("dernier", "premier"):
            return _amount_of(facts[-1] if asked.name == "dernier" else facts[0])
        return _gathered(asked.name, facts)


def _amount_of(fact: Fact) -> _Amount | None:
    return None if fact.value is None else _Amount(fact.value, fact.comparator, fact.unit)


def _gathered(name: str, facts: Sequence[Fact]) -> _Amount | None:
    """Of several values: all exact, all in one unit, or nothing is known."""
    amounts = [_amount_of(fact) for fact in facts]
    values = [amount.value for amount in amounts if amount is not None and not amount.comparator]
    if len(values) < len(facts) or len({fact.unit for fact in facts}) > 1:
        return None
    if name == "variation":
        if len(values) < 2 or not values[0]:
            return None
        return _rounded((float(values[-1]) - float(values[0])) / abs(float(values[0])) * 100, unit=None)
    if name == "moyenne":
        return _rounded(sum(map(float, values)) / len(values), unit=facts[0].unit)
    chosen: Callable[[list[Decimal]], Decimal] = min if name == "minimum" else max
    return _Amount(chosen(values), unit=facts[0].unit)


def _rounded(value: float, *, unit: str | None) -> _Amount | None:
    return _Amount(Decimal(repr(value)).quantize(DECIMALS), unit=unit) if abs(value) < LARGEST else None


def _sum(operator: str, left: _Amount | None, right: _Amount | None) -> _Amount | None:
    if left is None or right is None or left.comparator or right.comparator or _clash(left, right):
        return None
    value = left.value + right.value if operator == "+" else left.value - right.value
    return _Amount(value, unit=left.unit if left.unit is not None else right.unit)


def _clash(left: _Amount, right: _Amount) -> bool:
    return left.unit is not None and right.unit is not None and left.unit != right.unit


def _compared(operator: Operator, left: _Amount | None, right: _Amount | None) -> Truth:
    """A bound decides only what it excludes: « < 5 » is surely under 6, and may or may not be under 4."""
    if left is None or right is None or _clash(left, right):
        return None
    if right.comparator:
        return None if left.comparator else _compared(_TURNED[operator], right, left)
    if not left.comparator:
        return _EXACT[operator](left.value, right.value)
    return _bounded(operator, left, right.value)


def _bounded(operator: Operator, bound: _Amount, threshold: Decimal) -> Truth:
    """Whether all the values within the bound, or none of them, pass the test."""
    is_upper, is_strict = bound.comparator in ("<", "<="), bound.comparator in ("<", ">")
    beyond = bound.value < threshold if is_upper else bound.value > threshold
    on_edge = bound.value == threshold
    # Every value is strictly on the near side of the threshold; or at most on it.
    strictly, weakly = beyond or (on_edge and is_strict), beyond or on_edge
    if operator in ("=", "!="):
        return None if not strictly else operator == "!="
    if operator in ("<", "<="):
        towards = is_upper
        strict_test = operator == "<"
    else:
        towards = not is_upper
        strict_test = operator == ">"
    if towards:
        return True if (strictly if strict_test else weakly) else None
    return False if (weakly if strict_test else strictly) else None


_TURNED: Final[dict[Operator, Operator]] = {"<": ">", "<=": ">=", "=": "=", "!=": "!=", ">=": "<=", ">": "<"}
_EXACT: Final[dict[Operator, Callable[[Decimal, Decimal], bool]]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}
