"""A route, a converter or a field that nobody declared to the twins fails here, by its name."""

from __future__ import annotations

import pytest
from django.urls import URLPattern

from tests.seep import samplers
from tests.seep.worlds import ASKING, World


@pytest.mark.parametrize("route", samplers.routes(), ids=lambda route: str(route.pattern) or "/")
def test_every_converter_has_its_values(route: URLPattern) -> None:
    unknown = set(samplers.converters(route)) - samplers.POOLS.keys()
    assert not unknown, f"{route.pattern}: declare {unknown} in tests/seep/samplers.py"


def test_every_name_that_a_page_reads_has_its_values() -> None:
    unknown = samplers.names_sent() - samplers.FIELDS.keys()
    assert not unknown, f"declare {sorted(unknown)} in tests/seep/samplers.py, FIELDS or QUERIES"


@pytest.mark.django_db
def test_every_route_is_asked_of_everybody(world: World) -> None:
    for key in ASKING:
        known = samplers.things(world, world.people[key])
        unasked = [str(route.pattern) for route in samplers.routes() if not list(samplers.asks_of(route, known))]
        assert not unasked


@pytest.mark.django_db
def test_the_values_name_what_is_seen_and_what_is_not(world: World) -> None:
    known = samplers.things(world, world.people["claire"])
    assert all(len(set(values)) > 1 for values in known.values.values())
