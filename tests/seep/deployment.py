"""What the territory's pages name: who steers, a structure of each basin, a visit, a session, a ticket, a count."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from maillon.kernel import clock
from maillon.kernel.key import ProfessionalId, StructureId
from maillon.territory import api as territory

if TYPE_CHECKING:
    from tests.seep.worlds import World


def deliver(world: World) -> None:
    """The Tilleuls steer; Odile is their coordinator."""
    territory.declare(world.actor("adrien"), name="Vallée de l’Aubre")
    steward, port = world.actor("odile"), StructureId(world.structures["port"])
    basin = territory.structures.register_basin(steward, name="Val", population=42_000)
    for place in ("tilleuls", "port"):
        declared = territory.structures.Declared(basin=basin)
        territory.structures.enrol(steward, StructureId(world.structures[place]), declared)
    territory.visits.ask(steward, port, reason="Ligne muette")
    session = territory.trainings.prepare(
        steward,
        territory.trainings.Prepared(
            basin=basin, module="identite", place="Mairie", day=clock.today() + dt.timedelta(days=9), minutes=90,
            trainer="Odile Ferrand",
        ),
    )  # fmt: skip
    territory.trainings.expect(steward, session, ProfessionalId(world.actor("hugo").professional_id or 0))
    territory.tickets.open_one(world.actor("hugo"), cause="ins", text="L’identité ne se qualifie pas.")
    territory.informing.note(world.actor("hugo"), means="brochure", day=clock.today(), number=12)
