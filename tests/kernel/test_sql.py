from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from maillon.kernel import outbox, sql

pytestmark = pytest.mark.django_db


def test_a_statement_gives_its_rows() -> None:
    assert sql.rows("SELECT n, n * 2 FROM generate_series(1, 3) n ORDER BY n") == [(1, 2), (2, 4), (3, 6)]


def test_a_row_is_the_first_one_or_none() -> None:
    assert sql.row("SELECT 1, 'a'") == (1, "a")
    assert sql.row("SELECT 1 WHERE false") is None


def test_a_statement_that_returns_nothing_gives_nothing() -> None:
    assert sql.rows("SELECT set_config('maillon.test', 'x', true) WHERE false") == []
    assert sql.rows("DELETE FROM kernel_job") == []


def test_a_named_value_may_be_used_several_times() -> None:
    assert sql.row("SELECT %(a)s::int + %(b)s::int, %(a)s::int", {"a": 2, "b": 3, "unused": 9}) == (5, 2)


def test_values_in_order_and_percent_signs_are_told_apart() -> None:
    assert sql.row("SELECT %s::text, 7 %% 4, %s::text LIKE 'a%%'", ("x", "abc")) == ("x", 3, True)


@pytest.mark.parametrize("value", ["'", "'; DROP TABLE kernel_job; --", "%s", "%(a)s", "$1", "\\", "é œ 𠮷", ""])
def test_a_value_never_meets_the_text(value: str) -> None:
    assert sql.row("SELECT %(a)s::text", {"a": value}) == (value,)
    assert sql.row("SELECT %s::text", (value,)) == (value,)


@pytest.mark.parametrize("value", [None, True, 3, 2**40, b"\0\xff", [1, 2], ["a", "b"], [], 1.5])
def test_a_value_comes_back_as_it_left(value: object) -> None:
    kinds = {bool: "bool", int: "bigint", bytes: "bytea", float: "float8", type(None): "text"}
    kind = kinds.get(type(value)) or ("text[]" if isinstance(value, list) and "a" in value else "bigint[]")
    assert sql.row(f"SELECT %(a)s::{kind}", {"a": value}) == (value,)


def test_the_same_statement_takes_numbers_of_any_size() -> None:
    for number in (1, 40_000, 2**31, 2**62):
        assert sql.row("SELECT %(n)s::bigint + 0", {"n": number}) == (number,)


def test_it_runs_in_the_transaction_of_the_caller() -> None:
    with transaction.atomic():
        sql.rows("INSERT INTO kernel_job (kind, payload) VALUES (%s, '{}')", ("test.sql",))
        assert outbox.waiting() == 1
        transaction.set_rollback(True)
    assert outbox.waiting() == 0


def test_an_error_is_the_one_that_django_knows() -> None:
    outbox.enqueue("test.sql", {}, key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.rows("INSERT INTO kernel_job (kind, payload, key) VALUES (%s, '{}', %s)", ("test.sql", "k"))
    assert sql.row("SELECT 1") == (1,)


def test_a_missing_value_is_a_fault_before_the_base_is_asked() -> None:
    with pytest.raises(KeyError):
        sql.rows("SELECT %(a)s", {})


def test_it_uses_the_connection_of_django() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert sql.row("SELECT pg_backend_pid()") == cursor.fetchone()
