"""Plain prepared statements for the few paths that are hot; everything else goes through the ORM.

They run on Django's own connection, so inside its transactions. Server-side binding: a value never meets the text.
A psycopg cursor spends three times as long in Python as this: it analyses, generates and polls for every statement.
Here the adapters are psycopg's, the call is libpq's own.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]
Link = psycopg.Connection[Any]


def rows(statement: str, parameters: Parameters = ()) -> list[Row]:
    """Every row that the statement returns; none for a statement that returns nothing."""
    text, names = _with_numbers(statement)
    values = [parameters[name] for name in names] if isinstance(parameters, Mapping) else parameters
    default = connections[DEFAULT_DB_ALIAS]  # once: the proxy `connection` finds it again at every attribute
    default.ensure_connection()
    with default.wrap_database_errors:
        return _run(default.connection, text, values)


def row(statement: str, parameters: Parameters = ()) -> Row | None:
    found = rows(statement, parameters)
    return found[0] if found else None


# SQLSTATE classes: connection, resources of the server, its operator, its system. Not 54: « too long for tsvector » is
# an OperationalError too, and comes back each time that the same text does.
_AWAY = frozenset({"08", "53", "57", "58"})


def is_away(error: Exception) -> bool:
    """Whether the database is not there to answer, or has no room: to be waited for. Anything else is about what was
    asked of it, and waiting would not mend it."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)  # None: said by the client, of a connection that it lost
    return state is None or state[:2] in _AWAY


def _run(link: Link, text: bytes, values: Sequence[Any]) -> list[Row]:
    server = link.pgconn
    if not link.autocommit and server.transaction_status == pq.TransactionStatus.IDLE:
        _checked(link, server.exec_(b"BEGIN"))
    adapted = Transformer(link)
    packed = adapted.dump_sequence(values, [PyFormat.AUTO] * len(values))
    name = _prepared(link, text, adapted.types or ())
    result = _checked(link, server.exec_prepared(name, packed, adapted.formats))  # type: ignore[arg-type]  # None: NULL
    adapted.set_pgresult(result)
    return adapted.load_rows(0, result.ntuples, tuple)


# Per connection: the server forgets its statements together with it.
_names: WeakKeyDictionary[Link, dict[tuple[bytes, tuple[int, ...]], bytes]] = WeakKeyDictionary()


def _prepared(link: Link, text: bytes, types: tuple[int, ...]) -> bytes:
    """The name of the statement on this connection. None and a text are bound by different types: two statements."""
    names = _names.setdefault(link, {})
    name = names.get((text, types))
    if name is None:
        name = b"maillon_%d" % len(names)
        _checked(link, link.pgconn.prepare(name, text, types))
        names[text, types] = name
    return name


def _checked(link: Link, result: pq.abc.PGresult) -> pq.abc.PGresult:
    if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        return result
    if link.pgconn.status == pq.ConnStatus.BAD:
        raise psycopg.OperationalError("the connection is lost")
    raise psycopg.errors.error_from_result(result, encoding=link.info.encoding)


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
