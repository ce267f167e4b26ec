"""What a run could not do is an irritant of the house where it was played, triaged there like any other."""

from __future__ import annotations

from typing import Final

from maillon.irritants import api as irritants
from maillon.journeys.playing import Playing
from maillon.kernel.key import StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals
from maillon.scenarios import api as scenarios

BY: Final = "Maillon, parcours simulé"
SEVERITY: Final = 3  # « Je n’ai pas pu faire ce que je devais faire »
_StepState = scenarios.states.StepState


def tell(playing: Playing, report: scenarios.report.Report) -> None:
    """To whoever triages in the structure of those who play here."""
    person = playing.scenario.acteurs[playing.reading_actor].personne
    house = playing.world.territory.structure(playing.world.professional(person).structure)
    place = professionals.structure_by_finess(house.finess)
    if place is not None:
        tell_there(place.id, report)


def tell_there(structure_id: StructureId, report: scenarios.report.Report) -> None:
    """Each step that failed, once for a run; of several runs, the same failure is one follow-up. A step that was not
    played says nothing more than the one that it waited for."""
    for each in report.steps:
        if each.state in (_StepState.FAILED, _StepState.IMPOSSIBLE):
            said = f"Parcours «\u00a0{report.scenario.titre}\u00a0», {each.step.code}, {each.actor}"
            try:
                _find(structure_id, report, each, f"{said}\u202f: {each.reason}")
            except UserMessage:  # the reason names the person of the run, or is longer than an irritant may be
                _find(structure_id, report, each, f"{said}\u202f: cette étape n’a pas abouti.")


def _find(
    structure_id: StructureId, report: scenarios.report.Report, each: scenarios.report.StepReport, text: str
) -> None:
    variant = report.scenario.variant(report.variant)
    is_its_step = variant is not None and variant.etape == each.step.code
    irritants.reporting.find(
        irritants.Finding(
            structure_id=structure_id, source=irritants.Source.JOURNEY, by=BY,
            origin=f"parcours:{report.uuid}:{each.step.code}",
            said=irritants.Report(
                code=variant.code if variant is not None and is_its_step else irritants.UNKNOWN, text=text,
                severity=SEVERITY, minutes_lost=0, place=each.step.dire[:200],
            ),
        )
    )  # fmt: skip
