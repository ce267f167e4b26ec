"""The base of the tests. Its tables are made by the migrations once for a server, and copied for each run and worker;
what a test committed is taken out of them, and the tables stay.

A run alone spends as long on the migrations as on a thousand tests, and truncating two hundred tables of which ten hold
something as long as the test that filled them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, transaction

from maillon.kernel import config

PREFIX = "maillon_modele_"
BESIDE = "gardees"
KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})  # no test writes there


def copy_the_model() -> None:
    """Says that the base to be created is a copy of the model, which is made when the migrations have changed."""
    model = PREFIX + _fingerprint()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [int(_fingerprint(), 16) % 2**31])  # until it is closed
        if model not in _models(cursor):
            _make(cursor, model)
    connection.settings_dict["TEST"] |= {"TEMPLATE": model, "MIGRATE": False}  # they were applied to the model


def _fingerprint() -> str:
    """Of all that the migrations are made of. What follows them, the wall, is built in each copy again."""
    made_of = [*config.ROOT.glob("maillon/*/migrations/*.py"), config.ROOT / "maillon/kernel/identifiers.py"]
    read = hashlib.sha256(django.__version__.encode())
    for path in sorted(made_of, key=Path.as_posix):
        read.update(path.relative_to(config.ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return read.hexdigest()[:16]


def _models(cursor: Any) -> list[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    return [name for (name,) in cursor.fetchall()]


def _make(cursor: Any, model: str) -> None:
    """Under another name until it is whole. Those of former migrations go."""
    for former in _models(cursor):
        cursor.execute(f"DROP DATABASE {former} WITH (FORCE)")
    unfinished = f"{PREFIX}inacheve"
    cursor.execute(f"CREATE DATABASE {unfinished}")
    own = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = unfinished
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
    cursor.execute(f"ALTER DATABASE {unfinished} RENAME TO {model}")


def empty() -> None:
    """Instead of a truncation of every table, after a test whose transactions were committed."""
    with _unguarded() as cursor:
        filled = _filled(cursor)
        if filled:
            # A page that still writes ends first.
            cursor.execute(f"LOCK TABLE {', '.join(filled)} IN ACCESS EXCLUSIVE MODE")
        for each in filled:
            cursor.execute(f"DELETE FROM {each}")


def keep() -> None:
    """A copy of every row, beside."""
    with _unguarded() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {BESIDE} CASCADE")
        cursor.execute(f"CREATE SCHEMA {BESIDE}")
        for each in _filled(cursor):
            cursor.execute(f"CREATE TABLE {BESIDE}.{each} AS SELECT {_columns(cursor, each)} FROM {each}")


def put_back() -> None:
    """What was kept, in tables that were emptied. The numbers that were given since are not given again."""
    with _unguarded() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = %s", [BESIDE])
        for (each,) in cursor.fetchall():
            columns = _columns(cursor, each)
            cursor.execute(f"INSERT INTO {each} ({columns}) SELECT {columns} FROM {BESIDE}.{each}")


@contextmanager
def _unguarded() -> Iterator[Any]:
    """Rows of the journal are never deleted otherwise; references point at rows that come and go with them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor


def _filled(cursor: Any) -> list[str]:
    tables = sorted(set(connection.introspection.django_table_names(include_views=False)) - KEPT)
    quoted = [connection.ops.quote_name(each) for each in tables]
    cursor.execute(" UNION ALL ".join(f"SELECT '{each}' WHERE EXISTS (SELECT FROM {each})" for each in quoted))
    return [each for (each,) in cursor.fetchall()]


def _columns(cursor: Any, table: str) -> str:
    """All that are written: the base makes the others itself."""
    cursor.execute(
        """SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''""",
        [table],
    )
    return str(cursor.fetchone()[0])
