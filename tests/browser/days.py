"""Field days for the browser: one prepared, one under way, one closed and shared by another territory."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from typing import Any
from uuid import UUID

import time_machine

from maillon.fielddays import api as fielddays
from maillon.fielddays.models import FieldDay, Part
from maillon.kernel import clock
from maillon.kernel.key import Actor
from tests.conftest import Cast
from tests.fielddays.making import JOURNEY, give_out, prepare, rubs, said

_DECIDED = """Demander le compte rendu structuré au laboratoire, coordinatrice, avant le 15/12
Former le secrétariat à INSi, Dr Morel, avant le 20/12"""
_RUBS = (
    ("IR1", "La carte Vitale est périmée, l’INS n’est pas qualifiée.", 3, 20),
    ("IR10", "L’ordonnance arrive sans code à lire.", 2, 10),
    ("IR3", "La messagerie du radiologue est introuvable dans l’annuaire.", 2, 10),
    ("IR7", "Seule devant l’ordinateur, personne pour aider.", 2, 5),
)


def stand(cast: Cast, leader: Actor) -> dict[str, Any]:
    prepared = prepare(leader, held_on=clock.today() + dt.timedelta(days=20), place="Maison de santé des Tilleuls")
    opened = _opened(cast, leader, place="Salle des fêtes", territory="CPTS du Val", minutes=90)
    _play(leader, opened, seed=4, most=11, minutes=90)
    closed = _opened(cast, leader, place="Centre hospitalier", territory="CPTS de la Côte", minutes=300)
    _play(leader, closed, seed=7, most=18, minutes=300)
    fielddays.preparing.close_day(leader, closed, decisions=_DECIDED)
    elsewhere = _opened(cast, leader, place="Mairie", territory="Bassin de l’Oise", minutes=400)
    _play(leader, elsewhere, seed=9, most=18, minutes=400)
    fielddays.preparing.close_day(leader, elsewhere, decisions="")
    fielddays.preparing.share(leader, elsewhere, is_shared=True)
    FieldDay.objects.filter(uuid=elsewhere).update(structure_id=cast.elsewhere_id)
    guest = Part.objects.get(day__uuid=opened, actor="pharmacien").code or ""
    return {"day_prepared": prepared, "day_open": opened, "day_closed": closed, "guest": guest}


def _opened(cast: Cast, leader: Actor, *, minutes: int, **said_of: Any) -> UUID:
    with time_machine.travel(clock.now() - dt.timedelta(minutes=minutes), tick=False):
        uuid = prepare(leader, name=JOURNEY, **said_of)
        give_out(leader, uuid, cast, pharmacien=fielddays.Holding(typed="Pharmacie du Centre"),
                 radiologue=fielddays.Holding(typed="Imagerie du Parc"))  # fmt: skip
        fielddays.preparing.open_day(leader, uuid)
    return uuid


def _play(leader: Actor, uuid: UUID, *, seed: int, most: int, minutes: int) -> None:
    draw, seat = random.Random(seed), fielddays.playing.seat_of_facilitator(leader, uuid)
    ago, told = minutes * 60 - 200, list(_RUBS)
    view = fielddays.reading.show(leader, uuid)
    for step in view.steps[:most]:
        mine = dataclasses.replace(seat, label=step.holder, is_in_place=False)
        took = draw.randrange(70, 900)
        outcome = draw.choice(("fait", "fait", "fait", "frotte", "pas_fait" if step.rank % 7 == 0 else "fait"))
        times = {"ago": max(1, ago - took), "started_ago": ago}
        if outcome == "frotte" and told:
            code, text, severity, lost = told.pop(0)
            fielddays.playing.say(
                mine, step.code, rubs(note=text, code=code, severity=severity, minutes=lost, **times)
            )
        else:
            fielddays.playing.say(mine, step.code, said("fait" if outcome == "frotte" else outcome, **times))
        ago -= minutes * 60 // 20
