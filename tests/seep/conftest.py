"""The territory is built once for each file of tests, inside a transaction that is undone at its end: one that lived
longer would stand in the base of whatever test the same worker runs next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction

from tests.seep import answers, moves, protocols, worlds


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[worlds.World]:
    with django_db_blocker.unblock(), time_machine.travel(worlds.NOON, tick=False), transaction.atomic():
        answers.forget()
        built = worlds.build()
        moves.stand(built)
        protocols.stand(built)
        yield built
        answers.forget()
        transaction.set_rollback(True)
