"""A day of the ankle journey at the Tilleuls: Claire, Nadia and Sylvie play their own parts, the others are guests."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from maillon.fielddays import api as fielddays
from maillon.fielddays.models import FieldDay, Part
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId
from tests.conftest import Cast

JOURNEY = "entorse_cheville"


def prepare(leader: Actor, **changed: Any) -> UUID:
    said = {"held_on": clock.today(), "place": "Salle des fêtes", "territory": "CPTS du Val"} | changed
    return fielddays.preparing.prepare(leader, said.pop("name", JOURNEY), **said)


def give_out(leader: Actor, uuid: UUID, cast: Cast, **changed: fielddays.Holding) -> None:
    def member(actor: Actor) -> fielddays.Holding:
        assert actor.professional_id is not None
        return fielddays.Holding(professional_id=ProfessionalId(actor.professional_id))

    given = {
        each.actor: fielddays.Holding(typed=f"Invité {each.actor}")
        for each in Part.objects.filter(day__uuid=uuid)
    }  # fmt: skip
    given |= {"medecin": member(cast.claire), "infirmiere": member(cast.nadia), "secretaire": member(cast.sylvie)}
    fielddays.preparing.give_out(leader, uuid, {key: each for key, each in (given | changed).items() if key in given})


def opened(leader: Actor, cast: Cast, **changed: Any) -> UUID:
    uuid = prepare(leader, **changed)
    give_out(leader, uuid, cast)
    fielddays.preparing.open_day(leader, uuid)
    return uuid


def code_of(uuid: UUID, actor: str) -> str:
    return Part.objects.get(day__uuid=uuid, actor=actor).code or ""


def said(outcome: str = "fait", **changed: Any) -> fielddays.Said:
    return fielddays.Said(**({"outcome": outcome, "number": uuid4()} | changed))


def rubs(**changed: Any) -> fielddays.Said:
    told = {"note": "La radio arrive en PDF.", "code": "IR4", "severity": 2, "minutes": 10}
    return said("frotte", **(told | changed))


def play(leader: Actor, uuid: UUID) -> None:
    """Every step, noted by the facilitator: the third rubs, the fifth is not done."""
    seat = fielddays.playing.seat_of_facilitator(leader, uuid)
    for rank, step in enumerate(fielddays.reading.show(leader, uuid).steps):
        fielddays.playing.start(seat, step.code)
        fielddays.playing.say(seat, step.code, rubs() if rank == 2 else said("pas_fait" if rank == 4 else "fait"))


def row(uuid: UUID) -> FieldDay:
    return FieldDay.objects.get(uuid=uuid)
