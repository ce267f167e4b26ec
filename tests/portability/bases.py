"""Several bases on the same server: the installation that is left, those that one arrives in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from psycopg import sql as text

from tests.seep import answers


def create(name: str, *, template: str) -> None:
    """A copy of another base: empty, with every table, when it is that of the tests."""
    connection.close()
    with _administrator() as link:
        link.execute(text.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(text.Identifier(name)))
        # A thread of a test that is over may have left its connection: a base in use is not copied.
        link.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
        link.execute(
            text.SQL("CREATE DATABASE {} TEMPLATE {}").format(text.Identifier(name), text.Identifier(template))
        )


def drop(name: str) -> None:
    connection.close()
    with _administrator() as link:
        link.execute(text.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(text.Identifier(name)))


@contextmanager
def using(name: str) -> Iterator[None]:
    """Inside, the product works on that base."""
    former = connection.settings_dict["NAME"]
    _go_to(name)
    try:
        yield
    finally:
        _go_to(former)


def _go_to(name: str) -> None:
    """What a process remembers of a base is not so of another."""
    connection.close()
    connection.settings_dict["NAME"] = name
    answers.forget()


def _administrator() -> psycopg.Connection[tuple[object, ...]]:
    return somebody_else("postgres")


def somebody_else(name: str) -> psycopg.Connection[tuple[object, ...]]:
    """Another connection to a base of the server."""
    known = connection.settings_dict
    return psycopg.connect(
        host=known["HOST"], port=known["PORT"] or None, user=known["USER"], password=known["PASSWORD"],
        dbname=name, autocommit=True,
    )  # fmt: skip
