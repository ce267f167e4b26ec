"""People in the two tables on which everybody's question is asked."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from maillon.questions.answering import day_of
from maillon.questions.facts import Subject

TABLES = """
SET TimeZone = 'UTC';
CREATE TABLE subject(id BIGINT, birth_date DATE, sex VARCHAR);
CREATE TABLE fact(id BIGINT, subject BIGINT, kind VARCHAR, code VARCHAR, moment TIMESTAMPTZ, day DATE,
                  value DECIMAL(20, 8), comparator VARCHAR, unit VARCHAR, text VARCHAR, negated BOOLEAN, absent BOOLEAN,
                  until DATE);
CREATE TABLE parameter(subject BIGINT, name VARCHAR, value DECIMAL(20, 8))
"""


def extract(people: Mapping[int, Subject]) -> duckdb.DuckDBPyConnection:
    base = duckdb.connect()
    base.execute(TABLES)
    base.executemany(
        "INSERT INTO subject VALUES (?, ?, ?)", [(key, one.birth_date, one.sex) for key, one in people.items()]
    )
    facts = [
        (fact.id, key, fact.kind.value, fact.code, fact.at, day_of(fact.at), fact.value, fact.comparator, fact.unit,
         fact.text, fact.negated, fact.absent, fact.until)
        for key, one in people.items()
        for fact in one.facts
    ]  # fmt: skip
    if facts:
        base.executemany(f"INSERT INTO fact VALUES ({', '.join('?' * 13)})", facts)
    parameters = [(key, name, value) for key, one in people.items() for name, value in one.parameters.items()]
    if parameters:
        base.executemany("INSERT INTO parameter VALUES (?, ?, ?)", parameters)
    return base
