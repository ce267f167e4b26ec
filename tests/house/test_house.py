"""The rules of the house that no tool checks by itself."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for path in (ROOT / "maillon").rglob("*.py") if "migrations" not in path.parts)
BANNED = {"utils", "common", "misc", "base_", "manager", "service", "services", "core", "helpers", "authors"}


def tracked() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return (ROOT / name for name in listed.splitlines() if (ROOT / name).is_file())


def test_only_the_access_room_cuts_keys() -> None:
    cutters = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Access"
    }
    assert cutters == {"maillon/access/keys.py"}


def test_the_network_is_touched_by_exchange_alone() -> None:
    words = re.compile(
        r"^\s*(?:import|from) (?:socket|smtplib|imaplib|imapclient|http\.client|urllib\.request|httpx)\b", re.M
    )
    callers = {path.relative_to(ROOT).parts[1] for path in SOURCES if words.search(path.read_text())}
    assert callers <= {"exchange"}


def test_html_is_made_by_web_and_by_the_narrative_reader_alone() -> None:
    makers = {path.relative_to(ROOT).as_posix() for path in SOURCES if "Markup(" in path.read_text()}
    assert all(name.startswith("maillon/web/") for name in makers), makers


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_stays_readable(path: Path) -> None:
    assert path.stem not in BANNED
    lines = path.read_text().splitlines()
    assert len(lines) <= 500
    too_long = [
        f"{node.name} ({(node.end_lineno or 0) - node.lineno + 1})"
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 50
    ]
    assert not too_long


def test_every_model_says_what_kind_of_data_it_holds() -> None:
    kinds = ("identifying", "health", "professional", "technical")
    rooms = [config for config in apps.get_app_configs() if config.name.startswith("maillon.")]
    unclassified = [
        model.__name__
        for config in rooms
        for model in config.get_models()
        if not (model.__doc__ or "").startswith(tuple(f"classification: {kind}" for kind in kinds))
        and model.__module__ != "maillon.kernel.models"
    ]
    assert not unclassified


def test_every_room_says_what_it_keeps() -> None:
    for room in sorted((ROOT / "maillon").iterdir()):
        if (room / "api.py").exists():
            text = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
            assert "Always true:" in text, room.name
            assert len(text.splitlines()) <= 40


def test_a_door_stays_small() -> None:
    for door in (ROOT / "maillon").glob("*/api.py"):
        names = next(
            node.value
            for node in ast.parse(door.read_text()).body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        )
        assert isinstance(names, ast.List)
        assert len(names.elts) <= 25, door


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_log_calls_carry_no_trait() -> None:
    traits = re.compile(r"log\.\w+\([^)]*\b(?:family_name|given_name|birth_date|\.ins\b|matricule|subject|sender)")
    guilty = [path.name for path in SOURCES if traits.search(path.read_text())]
    assert not guilty


def test_nothing_names_a_package_registry() -> None:
    hosts = re.compile(
        "|".join(["py" + "pi.org", "pythonhosted" + ".org", "registry.npm" + "js.org", "deb.debian" + ".org"])
    )
    guilty = [
        path.relative_to(ROOT).as_posix()
        for path in tracked()
        if path.suffix not in {".png", ".pdf"} and hosts.search(path.read_text(errors="ignore"))
    ]
    assert not guilty


def test_no_secret_stands_in_the_repository() -> None:
    private = re.compile(r"-----BEGIN (?:RSA |EC |)PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{100,}")
    guilty = [path.name for path in tracked() if private.search(path.read_text(errors="ignore"))]
    assert not guilty
