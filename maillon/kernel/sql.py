"""Plain prepared statements for the few paths that are hot; everything else goes through the ORM.

They run on Django's own connection, so inside its transactions. Server-side binding: a value never meets the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


def rows(statement: str, parameters: Parameters = ()) -> list[Row]:
    """Every row that the statement returns; none for a statement that returns nothing."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement.encode(), parameters, prepare=True)
        return cursor.fetchall() if cursor.description else []


def row(statement: str, parameters: Parameters = ()) -> Row | None:
    found = rows(statement, parameters)
    return found[0] if found else None
