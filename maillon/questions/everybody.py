"""The same question asked of everybody at once: SQL for DuckDB, over an extract of two tables.

    subject(id BIGINT, birth_date DATE, sex VARCHAR)
    fact(id BIGINT, subject BIGINT, kind VARCHAR, code VARCHAR, moment TIMESTAMPTZ, day DATE, value DECIMAL(20, 8),
         comparator VARCHAR, unit VARCHAR, text VARCHAR, negated BOOLEAN, absent BOOLEAN, until DATE)
    parameter(subject BIGINT, name VARCHAR, value DECIMAL(20, 8))

`day` is that of `moment` in Paris. SQL's NULL is the language's inconnu: AND, OR and NOT are Kleene's already. Every
series that the question names is gathered once, by person; the question is then one expression on those rows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from maillon.questions.answering import first_day
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
    type_of,
)

_TURNED: Final[dict[Operator, Operator]] = {"<": ">", "<=": ">=", "=": "=", "!=": "!=", ">=": "<=", ">": "<"}
_SQL: Final[dict[Operator, str]] = {"!=": "<>"}


@dataclass(frozen=True, slots=True)
class _Amount:
    """Three SQL expressions: the value, its comparator, the unit that it claims (NULL: none)."""

    value: str
    comparator: str = "''"
    unit: str = "NULL"


def sql_of(question: Expression, *, today: dt.date) -> str:
    """One row for each subject: `id`, `truth` (true, false or NULL for inconnu)."""
    writing = _Writing(today)
    truth = writing.truth(question)
    joins = "".join(f"\n  LEFT JOIN {name} USING (subject)" for name in writing.gathered.values())
    ctes = "".join(f"{name} AS ({text}),\n" for text, name in writing.gathered.items())
    return (
        f"WITH {ctes}person AS (SELECT id AS subject, birth_date, sex FROM subject)\n"
        f"SELECT subject AS id, {truth} AS truth FROM person{joins}"
    )


@dataclass
class _Writing:
    today: dt.date
    gathered: dict[str, str] = field(default_factory=dict)  # text of the sub-query → its name

    # ------------------------------------------------------------------------------------------- yes, no, unknown

    def truth(self, asked: Expression) -> str:
        match asked:
            case Junction():
                word = " AND " if asked.name == "et" else " OR "
                return "(" + word.join(self.truth(part) for part in asked.parts) + ")"
            case Not():
                return f"(NOT {self.truth(asked.of)})"
            case Stated():
                return self._stated(asked)
            case AtLeast():
                return self._at_least(asked)
            case Known():
                return self._known(asked)
            case Comparison():
                return self._comparison(asked)
        raise TypeError(f"not a yes or no question: {type(asked).__name__}")

    def _stated(self, asked: Stated) -> str:
        codes = _codes(asked.series.codes)
        holds = f"NOT negated AND NOT absent AND (until IS NULL OR until >= {_date(self.today)})"
        name = self._gather(
            f"SELECT subject, bool_or({holds}) AS holds FROM fact"
            f" WHERE {self._dated(asked.series)} AND ({codes} OR absent) GROUP BY subject"
        )
        return f"{name}.holds"

    def _at_least(self, asked: AtLeast) -> str:
        """The threshold may be the person's own: the facts meet their person before they are counted."""
        if asked.operator is None or asked.threshold is None:
            name = self._gather(f"SELECT subject, count(*) AS many FROM {self._facts(asked.series)} GROUP BY subject")
            return f"(COALESCE({name}.many, 0) >= {asked.count})"
        inner = _Writing(self.today, self.gathered)
        threshold = inner.amount(asked.threshold)
        passes = _compared(asked.operator, _Amount("f.value", "f.comparator", "f.unit"), threshold)
        joins = "".join(f" LEFT JOIN {each} USING (subject)" for each in [*self.gathered.values()])
        name = self._gather(
            f"SELECT subject, count(*) FILTER (passes) AS sure, count(*) FILTER (passes OR passes IS NULL) AS possible"
            f" FROM (SELECT subject, {passes} AS passes FROM {self._facts(asked.series)} f"
            f" JOIN (SELECT id AS subject, birth_date, sex FROM subject) person USING (subject){joins})"
            " GROUP BY subject"
        )
        return (
            f"(CASE WHEN COALESCE({name}.sure, 0) >= {asked.count} THEN true"
            f" WHEN COALESCE({name}.possible, 0) < {asked.count} THEN false END)"
        )

    def _known(self, asked: Known) -> str:
        kind = type_of(asked.of)
        if kind == "oui_non":
            return f"({self.truth(asked.of)} IS NOT NULL)"
        if kind == "nombre":
            return f"({self.amount(asked.of).value} IS NOT NULL)"
        if isinstance(asked.of, Series):
            name = self._gather(f"SELECT subject, count(*) AS many FROM {self._facts(asked.of)} GROUP BY subject")
            return f"({name}.many IS NOT NULL)"
        return f"({self._text(asked.of)} IS NOT NULL)"

    def _comparison(self, asked: Comparison) -> str:
        if "texte" in (type_of(asked.left), type_of(asked.right)):
            return f"({self._text(asked.left)} {_SQL.get(asked.operator, asked.operator)} {self._text(asked.right)})"
        return _compared(asked.operator, self.amount(asked.left), self.amount(asked.right))

    # ------------------------------------------------------------------------------------------------ what is read

    def _text(self, asked: Expression) -> str:
        match asked:
            case Text():
                return _quoted(asked.value)
            case Subjective():
                return "person.sex"
            case Series():
                return f"NULLIF({self._latest(asked)}.one.text, '')"
        raise TypeError(type(asked).__name__)

    def amount(self, asked: Expression) -> _Amount:
        match asked:
            case Number():
                return _Amount(f"{asked.value}::DECIMAL(20,8)", unit=_quoted(asked.unit) if asked.unit else "NULL")
            case Parameter():
                named = f"name = {_quoted(asked.name)}"
                name = self._gather(f"SELECT subject, value AS chosen FROM parameter WHERE {named}")
                return _Amount(f"{name}.chosen")
            case Subjective():
                return _Amount(_age(self.today))
            case Sum():
                return _sum(asked.operator, self.amount(asked.left), self.amount(asked.right))
            case Of():
                return self._drawn(asked)
        raise TypeError(type(asked).__name__)

    def _drawn(self, asked: Of) -> _Amount:
        if asked.name == "délai":
            name = self._latest(asked.series)
            return _Amount(f"date_diff('day', {name}.one.day, {_date(self.today)})")
        if asked.name in ("dernier", "premier"):
            one = f"{self._latest(asked.series) if asked.name == 'dernier' else self._first(asked.series)}.one"
            unit = f"CASE WHEN {one}.value IS NOT NULL THEN {one}.unit END"
            return _Amount(f"{one}.value", f"{one}.comparator", unit)
        name = self._all(asked.series)
        if asked.name in ("minimum", "maximum"):
            which = "least_value" if asked.name == "minimum" else "most_value"
            return _Amount(f"CASE WHEN {name}.is_even THEN {name}.{which} END", unit=f"{name}.any_unit")
        if asked.name == "moyenne":
            value = _rounded(f"{name}.mean")
            return _Amount(f"CASE WHEN {name}.is_even THEN {value} END", unit=f"{name}.any_unit")
        change = _rounded(
            f"({name}.last_value::DOUBLE - {name}.first_value::DOUBLE) / abs({name}.first_value::DOUBLE) * 100"
        )
        return _Amount(f"CASE WHEN {name}.is_even AND {name}.many > 1 AND {name}.first_value <> 0 THEN {change} END")

    def _latest(self, series: Series) -> str:
        return self._one(series, "arg_max")

    def _first(self, series: Series) -> str:
        return self._one(series, "arg_min")

    def _one(self, series: Series, which: str) -> str:
        row = "{'value': value, 'comparator': comparator, 'unit': unit, 'text': text, 'day': day}"
        return self._gather(
            f"SELECT subject, {which}({row}, (moment, id)) AS one FROM {self._facts(series)} GROUP BY subject"
        )

    def _all(self, series: Series) -> str:
        return self._gather(
            "SELECT subject, count(*) AS many, min(value) AS least_value, max(value) AS most_value,"
            " avg(value::DOUBLE) AS mean, min(unit) AS any_unit,"
            " arg_max(value, (moment, id)) AS last_value, arg_min(value, (moment, id)) AS first_value,"
            " bool_and(value IS NOT NULL AND comparator = '') AND count(DISTINCT unit) = 1 AS is_even"
            f" FROM {self._facts(series)} GROUP BY subject"
        )

    def _facts(self, series: Series) -> str:
        return (
            f"(SELECT * FROM fact WHERE {self._dated(series)} AND {_codes(series.codes)}"
            " AND NOT negated AND NOT absent)"
        )

    def _dated(self, series: Series) -> str:
        start = f" AND day >= {_date(first_day(series.window, self.today))}" if series.window else ""
        return f"kind = {_quoted(series.kind.value)} AND day <= {_date(self.today)}{start}"

    def _gather(self, text: str) -> str:
        return self.gathered.setdefault(text, f"g{len(self.gathered)}")


def _codes(codes: tuple[str, ...]) -> str:
    """`starts_with` rather than LIKE: a code may hold an underscore."""
    return "(" + " OR ".join(
        f"starts_with(code, {_quoted(code[:-1])})" if code.endswith("*") else f"code = {_quoted(code)}"
        for code in codes
    ) + ")"  # fmt: skip


def _age(today: dt.date) -> str:
    years = f"{today.year} - year(person.birth_date)"
    later = f"(month(person.birth_date), day(person.birth_date)) > ({today.month}, {today.day})"
    return f"({years} - CASE WHEN {later} THEN 1 ELSE 0 END)"


def _sum(operator: str, left: _Amount, right: _Amount) -> _Amount:
    exact = f"{left.comparator} = '' AND {right.comparator} = '' AND {_agree(left, right)}"
    return _Amount(
        f"CASE WHEN {exact} THEN {left.value} {operator} {right.value} END",
        unit=f"COALESCE({left.unit}, {right.unit})",
    )


def _agree(left: _Amount, right: _Amount) -> str:
    if "NULL" in (left.unit, right.unit):
        return "true"
    return f"({left.unit} IS NULL OR {right.unit} IS NULL OR {left.unit} = {right.unit})"


def _compared(operator: Operator, left: _Amount, right: _Amount) -> str:
    def exact(a: str, b: str) -> str:
        return f"{a} {_SQL.get(operator, operator)} {b}"

    cases = [f"WHEN NOT {_agree(left, right)} OR {left.value} IS NULL OR {right.value} IS NULL THEN NULL"]
    if right.comparator != "''":
        cases.append(f"WHEN {right.comparator} <> '' AND {left.comparator} <> '' THEN NULL")
        cases.append(f"WHEN {right.comparator} <> '' THEN {_bounded(_TURNED[operator], right, left.value)}")
    if left.comparator != "''":
        cases.append(f"WHEN {left.comparator} <> '' THEN {_bounded(operator, left, right.value)}")
    return f"(CASE {' '.join(cases)} ELSE {exact(left.value, right.value)} END)"


def _bounded(operator: Operator, bound: _Amount, threshold: str) -> str:
    """As `answering._bounded`: what all the values within the bound, or none of them, do."""
    upper = f"{bound.comparator} IN ('<', '<=')"
    strict = f"{bound.comparator} IN ('<', '>')"
    beyond = f"(CASE WHEN {upper} THEN {bound.value} < {threshold} ELSE {bound.value} > {threshold} END)"
    weakly = f"({beyond} OR {bound.value} = {threshold})"
    strictly = f"({beyond} OR ({bound.value} = {threshold} AND {strict}))"
    if operator in ("=", "!="):
        return f"CASE WHEN {strictly} THEN {'true' if operator == '!=' else 'false'} END"
    towards = upper if operator in ("<", "<=") else f"NOT {upper}"
    sure, never = (strictly, weakly) if operator in ("<", ">") else (weakly, strictly)
    return f"CASE WHEN {towards} AND {sure} THEN true WHEN NOT ({towards}) AND {never} THEN false END"


def _rounded(value: str) -> str:
    return f"CASE WHEN abs({value}) < 1e12 THEN round({value}, 6)::DECIMAL(20,6) END"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _date(day: dt.date) -> str:
    return f"DATE '{day.isoformat()}'"
