"""What one check is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from maillon.prescribing.knowledge import Knowledge, Substance
from maillon.prescribing.prescription import Medicine
from maillon.prescribing.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`lines` are what is prescribed, or, when a record is opened, its treatments themselves (`is_review`)."""

    knowledge: Knowledge
    patient: Situation
    lines: tuple[Medicine, ...]
    duration: str = ""
    weight: str = ""
    is_review: bool = False

    @property
    def by_substance(self) -> dict[str, list[Medicine]]:
        """Key of a substance → the lines that prescribe it."""
        return gathered(self.lines)

    @property
    def of_record(self) -> dict[str, list[Medicine]]:
        return {} if self.is_review else gathered(self.patient.treatments)

    def substance(self, key: str) -> Substance:
        return self.knowledge.substances[key]


def gathered(medicines: Iterable[Medicine]) -> dict[str, list[Medicine]]:
    found: dict[str, list[Medicine]] = {}
    for medicine in medicines:
        for substance in medicine.substances:
            found.setdefault(substance.key, []).append(medicine)
    return found


def about(*groups: Iterable[Medicine]) -> frozenset[str]:
    return frozenset(each.key for group in groups for each in group)


def cited(medicines: Iterable[Medicine]) -> str:
    """« Warfarine 5 mg (Dispensation · Pharmacie, 12/03/2026) ; … », in one order."""
    said = {f"{each.text} ({each.said_in})" if each.said_in else each.text for each in medicines}
    return " ; ".join(sorted(said))


def slug(target: str) -> str:
    return target.removeprefix("@").replace("_", "-")
