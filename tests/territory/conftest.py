"""A territory for the tests: two basins steered by the Tilleuls, and as many structures as a story asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Structure
from maillon.territory import api as territory
from maillon.territory.models import Basin, Deployment, Month, MonthlyCount, Statement, Territory
from tests.charter.conftest import agnes
from tests.conftest import Cast

__all__ = ["agnes"]

MONTH = territory.counting.last_over()


def refusal(verb: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(UserMessage) as caught:
        verb(*arguments, **named)
    assert caught.value.message.endswith((".", "»."))
    return caught.value.code


@dataclass(frozen=True, kw_only=True)
class World:
    """`steward`: the coordinator of the structure that steers."""

    steward: Actor
    cast: Cast

    def basin(self, name: str, population: int | None = None) -> str:
        return territory.structures.register_basin(self.steward, name=name, population=population)

    def place(self, basin: str, type_code: str = "SA08", **declared: Any) -> StructureId:
        number = Structure.objects.count()
        made = Structure.objects.create(
            finess=f"991{number:06}", name=f"Structure {number:03}", type_code=type_code, city="Merval"
        )
        territory.structures.enrol(
            self.steward, StructureId(made.pk), territory.structures.Declared(basin=basin, **declared)
        )
        return StructureId(made.pk)

    def fed(self, structure: StructureId, days: Iterable[dt.date], number: int = 1) -> None:
        Statement.objects.bulk_create(
            Statement(structure_id=structure, day=day, fact="documents_deposes", number=number) for day in days
        )

    def stated_until(self, structure: StructureId, day: dt.date) -> None:
        """Its statements were brought until this month."""
        Statement.objects.create(structure_id=structure, day=day, fact="documents_recus", number=1)

    def stage(self, structure: StructureId) -> str:
        return Deployment.objects.get(structure_id=structure).stage


def keep(month: dt.date, basin: str, structure: StructureId | None, **facts: int) -> None:
    """Counts of a month as they are, whatever the rooms hold."""
    Month.objects.update_or_create(first=month, defaults={"counted_at": clock.now(), "is_final": True})
    row = Basin.objects.get(code=basin)
    MonthlyCount.objects.bulk_create(
        MonthlyCount(month_id=month, basin=row, structure_id=structure, fact=fact, number=number)
        for fact, number in facts.items()
    )


@pytest.fixture
def world(cast: Cast, agnes: Actor) -> World:
    Territory.objects.create(
        name="Vallée de l’Aubre", steered_by_id=cast.tilleuls_id, since=clock.today(), named_by="essai"
    )
    return World(steward=agnes, cast=cast)
