"""What a protocol raises on what is known of one person now. Pure: it neither reads a base nor writes."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from maillon.pathways.definition import Alert, Protocol, Table
from maillon.questions.api import Answer, Expression, Fact, Kind, Reason, Subject, answer, series_in
from maillon.questions.api import syntax as questions

_WAKES: Final[dict[str, frozenset[Kind]]] = {
    "résultat": frozenset({Kind.OBSERVATION}),
    "document": frozenset({Kind.DOCUMENT}),
    "réponse": frozenset({Kind.ANSWER}),
    "dispositif": frozenset({Kind.OBSERVATION, Kind.ANSWER, Kind.DOCUMENT}),
    "énoncé": frozenset({Kind.PROBLEM, Kind.MEDICATION, Kind.ALLERGY, Kind.PROCEDURE, Kind.VACCINATION}),
    "jour": frozenset(Kind),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """`sight`: a mark of the facts that raised it. The same facts give the same mark: it is raised once, whoever looks
    again, and a document that is filed again with the same values changes nothing."""

    alert: Alert
    reasons: tuple[Reason, ...]
    facts: tuple[Fact, ...]
    sight: str
    table_row: int | None


def raised(
    protocol: Protocol, subject: Subject, *, today: dt.date, among: Collection[str] | None = None
) -> list[Raised]:
    """Every alert that is true; of `among`, when only those may have changed. What is inconnu raises nothing."""
    found = []
    for alert in protocol.alertes:
        if among is None or alert.id in among:
            said = answer(alert.si.asked, subject, today=today)
            if said.truth:
                found.append(_raised(protocol, alert, said, subject, today))
    return found


def _raised(protocol: Protocol, alert: Alert, said: Answer, subject: Subject, today: dt.date) -> Raised:
    facts = tuple(
        dict.fromkeys(fact for reason in said.because for fact in reason.facts if fact.kind in _WAKES[alert.sur])
    )
    return Raised(
        alert=alert,
        reasons=said.because,
        facts=facts,
        sight=sight_of(facts or _latest_known(alert.si.asked, subject, today)),
        table_row=row_that_applies(protocol.table(alert.tableau), subject, today=today),
    )


def _latest_known(asked: Expression, subject: Subject, today: dt.date) -> list[Fact]:
    """Of a silence (« rien depuis 35 jours »), what was known before it: the next silence is another."""
    ever = (questions.AtLeast(1, replace(series, window=None)) for series in series_in(asked))
    return [fact for each in ever for why in answer(each, subject, today=today).because for fact in why.facts[-1:]]


def sight_of(facts: Collection[Fact]) -> str:
    seen = sorted(
        f"{fact.kind.value}|{fact.code}|{fact.at.isoformat()}|{fact.value}|{fact.comparator}|{fact.text}"
        for fact in facts
    )
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


def row_that_applies(table: Table | None, subject: Subject, *, today: dt.date) -> int | None:
    """The first line of the table whose question is true: it is shown, and decides nothing."""
    for place, row in enumerate(table.lignes if table else ()):
        if row.si is not None and answer(row.si.asked, subject, today=today).truth:
            return place
    return None
