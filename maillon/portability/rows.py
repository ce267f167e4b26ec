"""Rows of any table as JSON lines, out and in again, in plain SQL made from the declaration of the tables.

Out: PostgreSQL writes the JSON itself, so that no number and no instant is rounded on its way. In: the same JSON is
given back to it. A reference is a number; it is translated on arrival, once the row that it names has landed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from maillon.kernel import sql
from maillon.portability.tables import Table

AT_ONCE: Final = 2_000
Row = dict[str, Any]


# ------------------------------------------------------------------------------------------------ out


def lines_out(table: Table, condition: str, parameters: Mapping[str, Any]) -> Iterator[bytes]:
    """Every row of the table `t` of which the condition holds, in the order of their numbers, some at a time."""
    text = _out_text(table, condition)
    last: Any = 0
    while True:
        found = sql.rows(text, {**parameters, "last": last, "most": AT_ONCE})
        yield from (line.encode() for _, line in found)
        if len(found) < AT_ONCE:
            return
        last = found[-1][0]


@functools.lru_cache(maxsize=1000)
def _out_text(table: Table, condition: str) -> str:
    key = "id" if table.has_number else table.model._meta.pk.column
    numbered = ["t.id AS n"] if table.has_number else []
    written = numbered + [
        f't."{column}"::text AS "{column}"' if column in table.decimals else f't."{column}"' for column in table.columns
    ]
    return (
        f'SELECT r.last, (to_json(r)::jsonb - \'last\')::text FROM (SELECT t."{key}" AS last, {", ".join(written)}'  # noqa: S608
        f' FROM {table.name} t WHERE t."{key}" > %(last)s AND {condition} ORDER BY t."{key}" LIMIT %(most)s) r'
    )


# ------------------------------------------------------------------------------------------------ in


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A row of ours that is the row that came. `is_equal`: in every column; `agrees`: in those without which it is not
    the same thing."""

    id: int | None
    is_equal: bool
    agrees: bool


def matches(table: Table, rows: Sequence[Row]) -> dict[int, Match]:
    """Rank of the row that came → ours."""
    if not rows:
        return {}
    found: dict[int, Match] = {}
    for columns in (table.identity, *table.told.known_by):
        for rank, number, is_equal, agrees in sql.rows(_match_text(table, columns), (_json(rows),)):
            found.setdefault(rank - 1, Match(id=number, is_equal=is_equal, agrees=agrees))
    return found


def insert(table: Table, rows: Sequence[Row]) -> list[int]:
    """New rows, whole. Their numbers, in the order of the rows (none for a table without)."""
    if not rows:
        return []
    numbers: list[int] = []
    if table.has_number:
        numbers = [each for (each,) in sql.rows(_NUMBERS.format(table=table.name), (len(rows),))]
        rows = [row | {"id": number} for row, number in zip(rows, numbers, strict=True)]
    for start in range(0, len(rows), AT_ONCE):
        some = [{**row, **table.told.withheld} for row in rows[start : start + AT_ONCE]]
        sql.rows(_insert_text(table), (_json(some),))
    return numbers


@functools.lru_cache(maxsize=1000)
def _match_text(table: Table, identity: tuple[str, ...]) -> str:
    """Equality where nothing is null, so that an index serves; all the same when both are null."""
    joined = " AND ".join(
        f't."{column}" {"IS NOT DISTINCT FROM" if column in table.nullable and len(identity) > 2 else "="} x."{column}"'
        for column in identity
    )
    number = "t.id" if table.has_number else "NULL::bigint"
    return (
        f"SELECT x.ordinality, {number}, {_same(table.columns)}, {_same(table.told.agrees)}"  # noqa: S608
        f" FROM json_populate_recordset(NULL::{table.name}, %s::json) WITH ORDINALITY x JOIN {table.name} t ON {joined}"
        f" ORDER BY x.ordinality, {number}"
    )


def _same(columns: Sequence[str]) -> str:
    if not columns:
        return "true"
    left = ", ".join(f't."{column}"' for column in columns)
    right = ", ".join(f'x."{column}"' for column in columns)
    return f"(ROW({left}) IS NOT DISTINCT FROM ROW({right}))"


@functools.lru_cache(maxsize=1000)
def _insert_text(table: Table) -> str:
    columns = [*(["id"] if table.has_number else []), *table.columns, *table.told.withheld]
    listed = ", ".join(f'"{column}"' for column in columns)
    return (
        f"INSERT INTO {table.name} ({listed})"  # noqa: S608
        f" SELECT {listed} FROM json_populate_recordset(NULL::{table.name}, %s::json)"
    )


def read_line(line: bytes) -> Row:
    """Raises ValueError when the line is not one object of plain values."""
    row = orjson.loads(line)
    if not isinstance(row, dict):
        raise ValueError("not an object")
    return row


def _json(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows).decode()


_NUMBERS = "SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, %s)"
