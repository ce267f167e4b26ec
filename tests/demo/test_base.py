"""A demonstration never writes in the base of an installation, and never stands twice on one base."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from maillon.access.models import Account
from maillon.commands import demo
from maillon.demo import base, playing
from maillon.demo.loading import Loader
from maillon.kernel import sql
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Professional, Structure
from simulators.territory import build_territory

pytestmark = pytest.mark.django_db
UNTIL = dt.date(2026, 11, 28)


def _load(folder: Path) -> None:
    playing.Demonstration(
        folder=folder, territory=build_territory(until=UNTIL, patients=20), until=UNTIL, patients=20
    ).load()


def test_an_empty_base_becomes_that_of_a_demonstration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLON_DEMO", "1")
    base.refuse_an_installation()
    _load(tmp_path)
    Account.objects.filter(identifier="morel").update(identifier="durand")  # no longer the cast of the first day
    base.refuse_an_installation()


@pytest.mark.usefixtures("cast")
def test_the_base_of_an_installation_receives_nothing(tmp_path: Path) -> None:
    before = (Account.objects.count(), Structure.objects.count(), Professional.objects.count())
    with pytest.raises(UserMessage, match="E-PAR-23"):
        _load(tmp_path)
    assert (Account.objects.count(), Structure.objects.count(), Professional.objects.count()) == before
    assert sql.rows("SELECT obj_description('access_account'::regclass, 'pg_class')") == [(None,)]


def test_a_structure_is_enough_to_be_an_installation() -> None:
    Structure.objects.create(name="Cabinet du Port", type_code="SA07")
    with pytest.raises(UserMessage, match="E-PAR-23"):
        base.refuse_an_installation()


def test_a_demonstration_from_before_the_mark_is_known_by_its_cast_and_by_nobody_else() -> None:
    loader = Loader(build_territory(until=UNTIL, patients=1))
    loader.load()
    with pytest.raises(UserMessage, match="E-PAR-23"):
        base.refuse_an_installation()  # stopped before the coordinator of the territory was there
    _engage("delmas", loader)
    base.refuse_an_installation()
    _engage("durand", loader)
    with pytest.raises(UserMessage, match="E-PAR-23"):
        base.refuse_an_installation()


def _engage(identifier: str, loader: Loader) -> None:
    person = Professional.objects.create(family_name=identifier, given_name="Inès", profession_code="330")
    Account.objects.create(identifier=identifier, professional=person, structure_id=loader.structures["msp"])


@pytest.mark.usefixtures("cast")
def test_the_command_refuses_the_base_of_an_installation_before_it_migrates_or_starts_anything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("maillon.commands.base.migrate", lambda: pytest.fail("it migrated"))
    monkeypatch.setattr("maillon.demo.programs.Programs.start", lambda *_: pytest.fail("it started"))
    monkeypatch.setattr("maillon.demo.environment.prepare", lambda: None)
    assert demo.run(_options()) == 2
    assert "n’est pas celle d’une démonstration" in capsys.readouterr().err


def test_an_installation_that_says_it_is_real_is_refused_before_its_base_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAILLON_INS", "reel")
    monkeypatch.setattr("maillon.commands.set_up.set_up", lambda: pytest.fail("it asked"))
    assert demo.run(_options()) == 2
    assert "MAILLON_INS=reel" in capsys.readouterr().err


@pytest.fixture
def elsewhere() -> Iterator[psycopg.Connection[Any]]:
    """Another process on the same base."""
    given = {key: said for key, said in connection.get_connection_params().items() if key in _LINE}
    with psycopg.connect(**given, autocommit=True) as line:
        yield line


_LINE = ("dbname", "user", "password", "host", "port")


def test_one_demonstration_stands_on_a_base_until_its_process_ends(elsewhere: psycopg.Connection[Any]) -> None:
    assert not base.is_held(base.PLAYER)
    for role in (base.STANDING, base.PLAYER):
        elsewhere.execute("SELECT pg_advisory_lock(%s::int, %s::int)", (base.LOCK_CLASS, role))
        assert base.is_held(role)
        with pytest.raises(UserMessage, match="E-PAR-24"):
            base.hold(role)
    elsewhere.close()
    while base.is_held(base.PLAYER):
        pass
    base.hold(base.PLAYER)
    assert base.is_held(base.PLAYER)
    sql.rows("SELECT pg_advisory_unlock_all()")


def _options() -> Any:
    import argparse

    parser = argparse.ArgumentParser()
    demo.add(parser.add_subparsers(), "demo")
    return parser.parse_args(["demo"])
