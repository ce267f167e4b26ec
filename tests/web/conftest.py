"""The pages' own fixtures: browsers where somebody of the cast is signed in, and a record worth opening."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client

from maillon.kernel.key import Access
from tests.conftest import Cast
from tests.web import world


@dataclass(frozen=True, kw_only=True)
class Record:
    """A patient of the Tilleuls with two years of documents; `access` is a machine's key."""

    access: Access
    documents: list[world.Filed]

    @property
    def uuid(self) -> UUID:
        return self.access.patient_uuid

    def page(self, tab: str) -> str:
        return f"/dossier/{self.uuid}/{tab}"


@pytest.fixture
def claire(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.claire)  # type: ignore[return-value]


@pytest.fixture
def sylvie(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.sylvie)  # type: ignore[return-value]


@pytest.fixture
def nadia(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.nadia)  # type: ignore[return-value]


@pytest.fixture
def karim(cast: Cast) -> Client:
    return world.sign_in(Client(), cast.karim)  # type: ignore[return-value]


@pytest.fixture
def paul(cast: Cast) -> Client:
    """Outside every circle: must never see anything."""
    return world.sign_in(Client(), cast.paul)  # type: ignore[return-value]


@pytest.fixture
def record(cast: Cast) -> Record:
    access = world.follow(world.register("diabete"), cast, treating=cast.claire)
    return Record(access=access, documents=world.file_story(access, "diabete", reader=cast.claire))
