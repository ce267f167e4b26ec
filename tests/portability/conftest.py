"""Two installations on one server: one that is left, where a small territory holds every kind of thing; one that is
empty. Each is made once; a test works in one of them, and what it does there is undone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from maillon.portability import api as portability
from tests.portability import bases, sight, territory
from tests.portability.territory import Left
from tests.seep import worlds


@dataclass(frozen=True)
class Installations:
    """Names of bases; the export of everything; what was in the installation that is left, and what everybody saw."""

    blank: str
    left: str
    world: Left
    folder: Path
    documents: dict[str, tuple[str, str, int]]
    rows: dict[str, list[str]]
    seen: sight.Seen

    @property
    def empty(self) -> str:
        return f"{self.blank}_vide"

    @property
    def settled(self) -> str:
        return f"{self.blank}_reprise"

    @property
    def other(self) -> str:
        return f"{self.blank}_autre"


@pytest.fixture
def _django_db_helper(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The base of the other tests is not touched here: there is nothing in it to undo."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="package")
def left(django_db_setup: None, django_db_blocker: Any) -> Iterator[Installations]:
    """The territory, built and exported once."""
    folder = Path(tempfile.mkdtemp(prefix="maillon-export-"))
    with _witness_apart(), django_db_blocker.unblock(), time_machine.travel(worlds.NOON, tick=False):
        blank = connection.settings_dict["NAME"]
        bases.create(f"{blank}_quittee", template=blank)
        with bases.using(f"{blank}_quittee"):
            world = territory.build()
            territory.export_everything(world, folder)
            made = Installations(
                blank=blank, left=f"{blank}_quittee", world=world, folder=folder, documents=sight.documents(),
                rows=sight.every_row(), seen=sight.what_everybody_sees(),
            )  # fmt: skip
        bases.create(made.empty, template=blank)
        bases.create(made.settled, template=blank)
        with bases.using(made.settled):
            portability.take_over(folder)
    yield made
    with django_db_blocker.unblock():
        for name in (made.left, made.empty, made.settled, made.other):
            bases.drop(name)
    shutil.rmtree(folder)


@contextmanager
def _witness_apart() -> Iterator[None]:
    """Each installation has its own witness: that of the other tests is not of these bases."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setenv("MAILLON_TEMOINS", folder)
        yield


@contextmanager
def _inside(name: str) -> Iterator[None]:
    with _witness_apart(), bases.using(name), time_machine.travel(worlds.NOON, tick=False), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def at_home(left: Installations) -> Iterator[Installations]:
    """In the installation that is left."""
    with _inside(left.left):
        yield left


@pytest.fixture
def empty(left: Installations) -> Iterator[Installations]:
    """In an installation without anybody; the clock is that of the territory."""
    with _inside(left.empty):
        yield left


@pytest.fixture
def arrived(left: Installations) -> Iterator[Installations]:
    """The same, where everything was taken over."""
    with _inside(left.settled):
        yield left
