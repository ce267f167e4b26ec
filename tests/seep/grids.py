"""What a structure says of itself and of its tools, for the twins: a campaign that is open, an action, a product, an
irritant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

from maillon.evaluations import grids
from maillon.evaluations.models import Action, Answer, Campaign, Evaluation, Participant
from maillon.fielddays.models import DayStep, FieldDay, Part
from maillon.irritants.models import Irritant
from maillon.kernel import clock
from maillon.kernel.key import StructureId
from maillon.professionals.models import Professional
from maillon.scenarios import api as scenarios

if TYPE_CHECKING:
    from tests.seep.worlds import World


def deliver(world: World, place: str) -> dict[str, UUID]:
    """One of each; the same calls give the same rows."""
    structure_id = StructureId(world.structures[place])
    people = list(Professional.objects.filter(attachments__structure_id=structure_id).order_by("pk"))
    _open_campaign(structure_id, people)
    action = Action.objects.create(
        campaign=_planned_campaign(structure_id), dimension="A1", title="Écrire la règle d’accueil",
        owner=people[0], due_on=clock.today() + dt.timedelta(days=20), decided_by="essai", decided_at=clock.now(),
    )  # fmt: skip
    product = Evaluation.objects.create(
        structure_id=structure_id, referential=grids.kept(structure_id, "mobile-101"), product=f"Produit de {place}",
        version="1", editor="Éditeur", purpose="Essai", use="suivi", public="patients", risk="moyen",
        evaluator=people[0], evaluated_by=str(people[0]), begun_at=clock.now(),
    )  # fmt: skip
    day = _field_day(structure_id, place, people[0])
    return {
        "action": action.uuid, "evaluation": product.uuid, "irritant": reported(structure_id, people[-1]), "day": day,
    }  # fmt: skip


def reported(structure_id: int, reporter: Professional) -> UUID:
    return Irritant.objects.create(
        structure_id=structure_id, code="IR9", text="Biologie en PDF.", minutes_lost=5, severity=2, reporter=reporter,
        reported_by=str(reporter), reported_at=clock.now(), due_on=clock.today() + dt.timedelta(days=15),
    ).uuid  # fmt: skip


def _field_day(structure_id: StructureId, place: str, doctor: Professional) -> UUID:
    """Open, and led by whoever leads there; the second one has a guest."""
    day = FieldDay.objects.create(
        structure_id=structure_id, scenario="entorse_cheville", text=scenarios.library.text_of("entorse_cheville"),
        held_on=clock.today(), place=f"Salle de {place}", territory=f"CPTS de {place}", state="ouverte",
        prepared_by="essai", prepared_at=clock.now(), opened_at=clock.now(),
    )  # fmt: skip
    for rank, step in enumerate(scenarios.library.scenario("entorse_cheville").etapes, start=1):
        DayStep.objects.create(day=day, rank=rank, code=step.code)
    for each in dict.fromkeys(step.acteur for step in scenarios.library.scenario("entorse_cheville").etapes):
        is_doctor = each == "medecin"
        Part.objects.create(
            day=day, actor=each, professional=doctor if is_doctor else None, guest="" if is_doctor else f"Invité {each}"
        )
    return day.uuid


def _open_campaign(structure_id: StructureId, people: list[Professional]) -> None:
    opened = _campaign(structure_id, state="ouverte", opened_at=clock.now(), invited=len(people))
    for rank, person in enumerate(people):
        asked = Participant.objects.create(
            campaign=opened, professional=person, profession_code=person.profession_code,
            handed_in_at=clock.now() if rank % 2 else None,
        )  # fmt: skip
        Answer.objects.create(participant=asked, dimension="A1", level=rank % 5, comment=f"Dit par {person.pk}")


def _planned_campaign(structure_id: StructureId) -> Campaign:
    return _campaign(structure_id, state="plan", closed_at=clock.now(), invited=4, answered=4)


def _campaign(structure_id: StructureId, **values: object) -> Campaign:
    number = Campaign.objects.filter(structure_id=structure_id).count() + 1
    row = grids.kept(structure_id, "maturite-has-2013")
    return Campaign.objects.create(
        structure_id=structure_id, number=number, referential=row, title=f"Campagne {number}", prepared_by="essai",
        prepared_at=clock.now(), **values,
    )  # fmt: skip
