"""Two installations: one that is left, where a small territory holds every kind of thing; one that is empty."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection

from tests.portability import bases, territory
from tests.portability.territory import Left
from tests.seep import worlds


@dataclass(frozen=True)
class Installations:
    """Names of bases, and the folder of the export of everything."""

    left: str
    empty: str
    world: Left
    folder: Path


@pytest.fixture(scope="package")
def _copies(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[str, str]]:
    with django_db_blocker.unblock():
        blank = connection.settings_dict["NAME"]
        yield blank, f"{blank}_quittee"
        for suffix in ("quittee", "vide", "autre"):
            bases.drop(f"{blank}_{suffix}")


@pytest.fixture(scope="package")
def left(_copies: tuple[str, str], django_db_blocker: Any) -> Iterator[Installations]:
    """The territory, built and exported once."""
    blank, name = _copies
    folder = Path(tempfile.mkdtemp(prefix="maillon-export-"))
    with django_db_blocker.unblock(), time_machine.travel(worlds.NOON, tick=False):
        bases.create(name, template=blank)
        with bases.using(name):
            world = territory.build()
            territory.export_everything(world, folder)
    yield Installations(left=name, empty=f"{blank}_vide", world=world, folder=folder)
    shutil.rmtree(folder)


@pytest.fixture
def empty(left: Installations, _copies: tuple[str, str], django_db_blocker: Any) -> Iterator[Installations]:
    """An installation without anybody, to arrive in; the clock is that of the territory."""
    with django_db_blocker.unblock(), time_machine.travel(worlds.NOON, tick=False):
        bases.create(left.empty, template=_copies[0])
        yield dataclasses.replace(left)
        bases.drop(left.empty)


@pytest.fixture
def arrived(empty: Installations) -> Iterator[Installations]:
    """The same, once everything was taken over; the product works on it."""
    from maillon.portability import api as portability

    with bases.using(empty.empty):
        portability.take_over(empty.folder)
        yield empty
