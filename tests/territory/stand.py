"""A territory with something on every page: basins, structures at every stage, months of statements, sessions, tickets.

Made through the verbs, for the tests of pages and for the browser.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.professionals import api as professionals
from maillon.territory import api as territory
from maillon.territory.working_days import working_days
from tests.conftest import Cast

BASINS = (("Aubre", 48_000, 6), ("Merval", 31_000, 6), ("Erlon", 12_000, 3))
TYPES = ("SA08", "SA33", "SA25", "SA52", "SA01", "SA07")
SOFTWARE = "Logiciel d’essai"


@dataclass(frozen=True, kw_only=True)
class Stood:
    steward: Actor
    places: tuple[StructureId, ...]
    uuids: tuple[UUID, ...]
    own: UUID  # the sheet of the structure that steers
    visit: UUID
    ended: UUID
    coming: UUID
    ticket: UUID


def stand(cast: Cast, steward: Actor, administrator: Actor) -> Stood:
    territory.declare(administrator, name="Vallée de l’Aubre")
    places: list[StructureId] = []
    text = ["finess;jour;fait;document;profession;nombre"]
    this = clock.today().replace(day=1)
    for name, population, number in BASINS:
        basin = territory.structures.register_basin(steward, name=name, population=population)
        for rank in range(number):
            places.append(_place(steward, basin, name, rank, len(places)))
            if rank > 1:
                text += _days(f"9910{len(places):05}", territory.counting.month_before(this, 4), this, rank)
    territory.structures.enrol(
        steward, StructureId(cast.tilleuls_id),
        territory.structures.Declared(
            basin="aubre", counted_here=True, software="Maillon", equipped_on=this - dt.timedelta(days=200)
        ),
    )  # fmt: skip
    territory.statements.bring(steward, "\n".join(text).encode())
    territory.rounds.make_rounds()
    ended, coming = _sessions(cast, steward)
    territory.informing.note(cast.nadia, means="brochure", day=clock.today(), number=35, campaign="Rentrée")
    ticket = _tickets(cast, steward)
    visit = territory.visits.ask(steward, places[0], reason="Une nouvelle secrétaire arrive.")
    territory.rounds.look()
    for back in range(4):
        territory.counting.count_month(territory.counting.month_before(this, back))
    lines = professionals.structures([*places, StructureId(cast.tilleuls_id)])
    return Stood(
        steward=steward, places=tuple(places), uuids=tuple(lines[each].uuid for each in places),
        own=lines[StructureId(cast.tilleuls_id)].uuid, visit=visit, ended=ended, coming=coming, ticket=ticket,
    )  # fmt: skip


def _place(steward: Actor, basin: str, name: str, rank: int, number: int) -> StructureId:
    place = professionals.register_structure(
        name=f"Cabinet {name} {rank + 1}", type_code=TYPES[rank], finess=f"9910{number + 1:05}", city=name
    )
    begun = clock.today() - dt.timedelta(days=170)
    territory.structures.enrol(
        steward, place,
        territory.structures.Declared(
            basin=basin, staff=3 + rank, software=SOFTWARE if rank else "", equipped_on=begun if rank else None,
            connected_on=begun if rank > 1 else None,
        ),
    )  # fmt: skip
    return place


def _days(finess: str, first: dt.date, end: dt.date, rank: int) -> list[str]:
    """The third of each basin fell silent two months ago; the others deposit every working day."""
    last = end - dt.timedelta(days=60 if rank == 2 else 1)
    lines = []
    for day in working_days(first, last):
        for fact, number in (("documents_produits", 10), ("documents_deposes", 4 + rank), ("documents_meme_jour", 4)):
            lines.append(f"{finess};{day.isoformat()};{fact};biologie;G15_10;{number}")
    for back in range(1, 5):
        day = territory.counting.month_before(end, back)
        for fact, number in (
            ("patients_suivis", 900), ("patients_qualifies", 600 + 30 * rank), ("patients_couverts", 2000),
            ("professionnels_equipes", 6), ("professionnels_consultant", rank),
        ):  # fmt: skip
            lines.append(f"{finess};{day.isoformat()};{fact};;;{number}")
    return lines


def _sessions(cast: Cast, steward: Actor) -> tuple[UUID, UUID]:
    made = [
        territory.trainings.prepare(
            steward,
            territory.trainings.Prepared(
                basin="aubre", module=module, place="Salle des fêtes de Merval", minutes=minutes, trainer="Lise Arnaud",
                day=clock.today() + dt.timedelta(days=days),
            ),
        )
        for module, minutes, days in (("referent", 180, -3), ("identite", 60, 12))
    ]  # fmt: skip
    for each in (cast.nadia, cast.sylvie, cast.claire):
        assert each.professional_id is not None
        for session in made:
            territory.trainings.expect(steward, session, ProfessionalId(each.professional_id))
    people = territory.trainings.show(steward, made[0]).people
    territory.trainings.end(steward, made[0], present=[each.id for each in people[:2]], marks={5: 1, 4: 1})
    return made[0], made[1]


def _tickets(cast: Cast, steward: Actor) -> UUID:
    said = (
        ("ins", "Les identités reviennent « récupérées », l’accueil ne sait pas les qualifier."),
        ("ins", "Un document est refusé : traits différents de ceux du laboratoire."),
        ("reseau", "La boîte de la structure n’est plus relevée depuis lundi."),
        ("reticence", "Deux médecins demandent qui pourra lire leurs courriers."),
    )
    made = [territory.tickets.open_one(cast.nadia, cause=cause, text=text) for cause, text in said]
    territory.tickets.resolve(steward, made[2], resolution="Le mot de passe de la boîte avait expiré.")
    return made[0]
