"""What a question looks into: one person, dated facts, and the parameters of their plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Sex = Literal["F", "M", "UN"]
Comparator = Literal["", "<", "<=", ">", ">="]  # of a value that the laboratory gave as a bound: « < 1,0 »


class Kind(StrEnum):
    PROBLEM = "problem"
    MEDICATION = "medication"
    ALLERGY = "allergy"
    PROCEDURE = "procedure"
    VACCINATION = "vaccination"
    OBSERVATION = "observation"
    ANSWER = "answer"
    DOCUMENT = "document"  # of the record, by its type (JDV_J07)
    STEP = "step"  # of the plan in which the question is asked
    SENDING = "sending"  # of a document, TYPE/addressee


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`code` is that of the fact, or `FORM/item` for an answer. `negated`: said not to be so. `absent`: « aucun connu »
    for the whole kind. `until`: the day on which it ended, if it did."""

    id: int
    kind: Kind
    code: str
    at: dt.datetime
    label: str = ""
    value: Decimal | None = None
    comparator: Comparator = ""
    unit: str = ""
    text: str = ""
    negated: bool = False
    absent: bool = False
    until: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    birth_date: dt.date | None = None
    sex: Sex | None = None
    facts: tuple[Fact, ...] = ()
    parameters: Mapping[str, Decimal] = field(default_factory=dict)  # chosen at inclusion: the target of this patient


def age_in_years(birth_date: dt.date, today: dt.date) -> int:
    """Whole years; born on 29 February, one is older on 1 March of a common year (Code civil, usage constant)."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
