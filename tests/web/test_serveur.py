"""`maillon serveur` answers over a real socket, and refuses a base that is not ready."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from maillon.commands import serveur
from maillon.kernel import database

ROOT = Path(__file__).resolve().parents[2]


def test_a_late_base_is_named_with_its_remedy(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.migrations.executor import MigrationExecutor

    monkeypatch.setattr(database, "ensure_started", lambda: None)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert serveur.database_problem() == ""
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: ["une étape"])
    assert "maillon base migrer" in serveur.database_problem()


def test_options_have_safe_defaults() -> None:
    parser = argparse.ArgumentParser()
    serveur.add(parser.add_subparsers(), "serveur")
    options = parser.parse_args(["serveur"])
    assert (options.hote, options.port, options.processus) == ("127.0.0.1", 8000, 2)


def test_a_port_that_is_taken_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serveur, "database_problem", lambda: "")
    monkeypatch.setattr(serveur, "server", lambda *_: pytest.fail("it started"))
    parser = argparse.ArgumentParser()
    serveur.add(parser.add_subparsers(), "serveur")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = parser.parse_args(["serveur", "--port", str(port)])
        assert options.run(options) == 1
    assert f"Le port {port} est déjà occupé" in capsys.readouterr().err
    assert serveur.port_problem("127.0.0.1", port) == ""


@pytest.mark.parametrize("port", [-1, 0, 65_536, 99_999])
def test_a_port_that_does_not_exist_is_told(port: int) -> None:
    assert serveur.port_problem("127.0.0.1", port).startswith(f"Le port {port} n’existe pas")


@pytest.mark.slow
def test_it_serves_pages_over_http(transactional_db: None) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "import sys; from maillon.commands import serveur as s; s.server('127.0.0.1', int(sys.argv[1]), 1).serve()"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "maillon.settings_test"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(port)], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        answer = _get(f"http://127.0.0.1:{port}/connexion")
        assert "Se connecter" in answer.read().decode()
        assert answer.headers["Content-Security-Policy"]
    finally:
        process.terminate()
        process.wait(20)


def _get(address: str, *, seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while True:
        try:
            return urllib.request.urlopen(address, timeout=5)  # noqa: S310
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
