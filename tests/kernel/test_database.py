"""The embedded server: what the launcher promises."""

from __future__ import annotations

import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from maillon.kernel import database


@pytest.fixture(scope="module")
def server() -> Iterator[database.EmbeddedServer]:
    if os.environ.get("DATABASE_URL"):
        pytest.skip("la base embarquée n’est pas en cause : DATABASE_URL nomme un serveur")
    with tempfile.TemporaryDirectory(prefix="mlp", dir="/tmp") as home:
        Path(home).chmod(0o755)
        found = database.EmbeddedServer(Path(home) / "pg")
        found.start()
        yield found
        found.stop()


def test_it_starts_from_nothing_and_answers(server: database.EmbeddedServer) -> None:
    assert server.answers()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)


def test_starting_twice_changes_nothing(server: database.EmbeddedServer) -> None:
    before = (server.data / "postmaster.pid").read_text()
    server.start()
    assert (server.data / "postmaster.pid").read_text() == before


def test_nobody_enters_without_the_secret(server: database.EmbeddedServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(server.socket), user="maillon", password="wrong", dbname="maillon")


def test_it_listens_to_no_network(server: database.EmbeddedServer) -> None:
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_its_folders_are_closed_to_others(server: database.EmbeddedServer) -> None:
    for folder in (server.data, server.socket):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_comes_back_after_a_kill(server: database.EmbeddedServer) -> None:
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (42)")
    os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (42,)


def test_a_stale_pid_file_does_not_deceive_it(server: database.EmbeddedServer) -> None:
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n0\n5432\n{server.socket}\n\n\n")
    server.start()
    assert server.answers()


def test_a_path_too_long_for_a_socket_is_refused_in_french() -> None:
    with pytest.raises(database.DatabaseUnavailable, match="trop long"):
        database.EmbeddedServer(Path("/tmp") / ("x" * 120)).start()
