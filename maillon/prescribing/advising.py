"""The verb of the room: what is to be said at this moment, about this patient and these lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.prescribing import activation, of_record, products, sources
from maillon.prescribing.cards import Card, ordered
from maillon.prescribing.checks import checked
from maillon.prescribing.checks.case import Case
from maillon.prescribing.definition import Motive
from maillon.prescribing.knowledge import Freshness, Knowledge, knowledge
from maillon.prescribing.of_record import Told
from maillon.prescribing.prescription import Medicine, Prescription, Recogniser
from maillon.prescribing.sources import Hook, Occasion

NOTHING_TOLD = Told()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was looked at and what was not: always shown with the cards, also when there are none."""

    lines: int
    recognised: int
    title: str
    version: str
    date: dt.date
    freshness: Freshness
    controls: tuple[str, ...]
    not_controlled: tuple[str, ...]
    warning: str

    @property
    def sentence(self) -> str:
        """« 2 lignes sur 3 reconnues ». Never that nothing was found."""
        if self.freshness == "silent":
            return "Aucun contrôle\u202f: la base de connaissances a plus d’un an."
        if not self.lines:
            return "Aucune ligne à contrôler."
        plural = "s" if self.recognised > 1 else ""
        return f"{self.recognised} ligne{plural} reconnue{plural} sur {self.lines}\u202f; le reste n’est pas contrôlé."


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """`is_on`: whether the structure has turned the aid on; without it only other rooms speak."""

    cards: tuple[Card, ...]
    is_on: bool
    coverage: Coverage | None = None
    motives: tuple[Motive, ...] = ()

    def to_answer(self) -> tuple[Card, ...]:
        return tuple(card for card in self.cards if card.must_answer)


def advise(
    access: Access, prescription: Prescription | None = None, *, hook: Hook, told: Told = NOTHING_TOLD
) -> Advice:
    """Of a prescription (order-select, order-sign), or of the treatments of the record (patient-view)."""
    occasion = Occasion(hook=hook, prescription=prescription or Prescription())
    elsewhere = list(sources.told(access, occasion))
    if not activation.state(access.actor.structure_id).is_on:
        return Advice(cards=ordered(elsewhere), is_on=False)
    known = knowledge()
    case = _case(access, known, occasion, told)
    return Advice(
        cards=ordered([*checked(case), *elsewhere]),
        is_on=True,
        coverage=coverage(known, case.lines),
        motives=known.base.motifs,
    )


def _case(access: Access, known: Knowledge, occasion: Occasion, told: Told) -> Case:
    prescription, found = occasion.prescription, of_record.read(access)
    named = products.named_in([*prescription.lines, *found.lines(), *told.treatments, *told.allergies])
    recogniser = Recogniser(known, named)
    patient = of_record.situation(found, known, recogniser, told)
    is_review = occasion.hook == "patient-view"
    return Case(
        knowledge=known,
        patient=patient,
        lines=patient.treatments if is_review else tuple(map(recogniser.medicine, prescription.lines)),
        duration=prescription.duration,
        weight=prescription.weight if of_record.number(prescription.weight) else "",
        is_review=is_review,
    )


def coverage(known: Knowledge, lines: tuple[Medicine, ...]) -> Coverage:
    base = known.base
    return Coverage(
        lines=len(lines),
        recognised=sum(1 for line in lines if line.substances and not line.uncovered),
        title=base.titre,
        version=base.version,
        date=base.date,
        freshness=known.freshness(clock.today()),
        controls=tuple(each.dire for each in base.controles),
        not_controlled=base.non_controle,
        warning=base.avertissement,
    )
