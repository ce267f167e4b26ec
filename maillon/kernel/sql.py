"""Plain prepared statements for the few paths that are hot; everything else goes through the ORM.

They run on Django's own connection, so inside its transactions. Server-side binding: a value never meets the text.
The placeholders become PostgreSQL’s own once per text, because psycopg analyses a long text again each time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


def rows(statement: str, parameters: Parameters = ()) -> list[Row]:
    """Every row that the statement returns; none for a statement that returns nothing."""
    text, names = _with_numbers(statement)
    values = [parameters[name] for name in names] if isinstance(parameters, Mapping) else parameters
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        cursor.execute(text, values, prepare=True)
        return cursor.fetchall() if cursor.description else []


def row(statement: str, parameters: Parameters = ()) -> Row | None:
    found = rows(statement, parameters)
    return found[0] if found else None


_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%s|%%")


@functools.lru_cache(maxsize=500)
def _with_numbers(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """`$1, $2…`, and the name of each when they are named (a name used twice is one number)."""
    names: dict[str, int] = {}
    count = 0

    def number(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] == "%%":
            return "%"
        if found[1] is None:
            count += 1
            return f"${count}"
        return f"${names.setdefault(found[1], len(names) + 1)}"

    return _PLACEHOLDER.sub(number, statement).encode(), tuple(names)
