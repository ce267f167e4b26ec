"""What the checks know of the patient. What nobody said is unknown, and never counts as normal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from maillon.prescribing.knowledge import Knowledge
from maillon.prescribing.prescription import ATC, Medicine, Recogniser
from maillon.prescribing.words import fold, holds

SNOMED_CT: Final = "2.16.840.1.113883.6.96"
OF_CHILDBEARING_AGE: Final = range(13, 51)  # years
ADULT: Final = 18
AllergyState = Literal["known", "none_known", "not_recorded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`bound`: « < » or « > », where the laboratory gives a limit of measure and no value."""

    value: Decimal
    bound: Literal["", "<", ">"] = ""
    unit: str
    at: dt.date
    label: str  # as its laboratory calls it: the formula of a filtration rate is in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy:
    """`targets`: what the knowledge understands by it, empty when it is no medicine that it knows; `reach`: with the
    classes of the substances that it names, through which it may cross."""

    label: str
    targets: frozenset[str]
    reach: frozenset[str] = frozenset()
    said_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    today: dt.date
    age: int | None = None  # whole years
    sex: Literal["F", "M", "UN"] = "UN"
    allergy_state: AllergyState = "not_recorded"
    allergies: tuple[Allergy, ...] = ()
    treatments: tuple[Medicine, ...] = ()
    is_pregnant: bool | None = None
    filtration: Measure | None = None
    weight: Measure | None = None

    @property
    def may_be_pregnant(self) -> bool:
        """Unless it was said that she is not."""
        return self.sex != "M" and self.age in OF_CHILDBEARING_AGE and self.is_pregnant is not False


def allergy_of(
    knowledge: Knowledge, recogniser: Recogniser, label: str, *, code: str = "", system: str = "", said_in: str = ""
) -> Allergy:
    """« Allergie à la pénicilline », « 91936005 » (SNOMED CT), « J01CA04 » (ATC) → the targets that they mean."""
    found = set(_allergens(knowledge, label, code if system == SNOMED_CT else ""))
    substances = [*recogniser.substances_in(label)]
    if system == ATC:
        substances += [knowledge.substances[key] for key in knowledge.by_atc.get(code, ())]
    return Allergy(
        label=label,
        targets=frozenset(found | {each.name for each in substances}),
        reach=frozenset(found.union(*(each.targets for each in substances))),
        said_in=said_in,
    )


def _allergens(knowledge: Knowledge, label: str, snomed: str) -> Iterator[str]:
    text = fold(label)
    for each in knowledge.allergens:
        if snomed and snomed in each.snomed_ct or any(holds(text, fold(word)) for word in each.mots):
            yield each.cible


def whole_years(birth: dt.date, today: dt.date) -> int:
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
