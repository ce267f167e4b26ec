"""What the record says of the patient, as the checks ask for it: within the key, as the law lets its holder read it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.patients import api as patients
from maillon.prescribing.knowledge import Knowledge
from maillon.prescribing.prescription import Line, Medicine, Recogniser
from maillon.prescribing.situation import Allergy, Measure, Situation, allergy_of, whole_years
from maillon.prescribing.words import fold
from maillon.record import api as record

OVER: Final = frozenset({"completed", "aborted", "cancelled"})
LOINC: Final = "2.16.840.1.113883.6.1"
# LOINC: filtration rate by CKD-EPI 2009 and 2021, by MDRD, by Schwartz or unsaid; body weight, measured, stated.
FILTRATION: Final = frozenset({"62238-1", "98979-8", "77147-7", "33914-3", "50044-7", "69405-9", "88293-6", "88294-4"})
WEIGHT: Final = frozenset({"29463-7", "3141-9", "3142-7"})
PREGNANCY: Final = "82810-3"
OF_PREGNANCY: Final = ("Z33", "Z34", "Z35", "O")  # CIM-10
PREGNANT: Final = "77386006"  # SNOMED CT
ICD_10: Final = "2.16.840.1.113883.6.3"
SNOMED_CT: Final = "2.16.840.1.113883.6.96"
LONGEST_PREGNANCY: Final = 300  # days
LONGEST_NO: Final = 30  # days: of another month, « not pregnant » says nothing
UNKNOWN: Final = ("inconnu", "indetermine", "ne sait", "nsp", "unknown")
_BOUND: Final = re.compile(r"([<>≤≥])=? ?(\d+(?:[.,]\d+)?)\b")
OLDEST_CHILD_WEIGHT: Final = 180  # days: a child grows


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody else's software says besides: it adds, and replaces nothing."""

    allergies: tuple[Line, ...] = ()
    treatments: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The record, before any name of a medicine is recognised."""

    identity: patients.Identity
    statements: tuple[record.StatementLine, ...]
    series: tuple[record.Series, ...]
    allergies: record.AllergySummary

    def lines(self) -> list[Line]:
        stated = [_line(each) for each in self.statements if each.kind in ("medication", "allergy")]
        return stated + [Line(text=label) for label in self.allergies.labels]


def read(access: Access) -> Read:
    return Read(
        identity=patients.identity(access),
        statements=tuple(each for each in record.statements(access) if not _is_over(each)),
        series=tuple(record.latest_results(access, points=1)),
        allergies=record.allergy_summary(access),
    )


def situation(found: Read, knowledge: Knowledge, recogniser: Recogniser, told: Told) -> Situation:
    line, today = found.identity.line, clock.today()
    allergies = _allergies(found, knowledge, recogniser, told)
    return Situation(
        today=today,
        age=whole_years(line.birth_date, today),
        sex="F" if line.sex == "F" else "M" if line.sex == "M" else "UN",
        allergies=allergies,
        allergy_state="known" if allergies else found.allergies.state,
        treatments=(*treatments(found, recogniser), *_told_treatments(told, recogniser)),
        is_pregnant=_is_pregnant(found),
        filtration=_measure(found, FILTRATION),
        weight=_weight(found),
    )


def treatments(found: Read, recogniser: Recogniser) -> tuple[Medicine, ...]:
    return tuple(
        recogniser.medicine(_line(each), said_in=_said_in(each))
        for each in found.statements
        if each.kind == "medication" and not each.negated and not each.absent
    )


def _told_treatments(told: Told, recogniser: Recogniser) -> Iterable[Medicine]:
    return [recogniser.medicine(each, said_in="selon votre logiciel") for each in told.treatments]


def _allergies(found: Read, knowledge: Knowledge, recogniser: Recogniser, told: Told) -> tuple[Allergy, ...]:
    stated = [
        allergy_of(knowledge, recogniser, each.label, code=each.code, system=each.system, said_in=_said_in(each))
        for each in found.statements
        if each.kind == "allergy" and not each.negated and not each.absent
    ]
    said = {each.label.casefold() for each in stated}
    stated += [  # what the banner shows, though the latest document to speak of it says that it is over
        allergy_of(knowledge, recogniser, label)
        for label in found.allergies.labels
        if label.casefold() not in said
    ]
    stated += [
        allergy_of(knowledge, recogniser, each.text, code=each.code, system=each.system, said_in="selon votre logiciel")
        for each in told.allergies
    ]
    return tuple(stated)


def _line(each: record.StatementLine) -> Line:
    return Line(text=each.label, code=each.code, system=each.system)


def _said_in(each: record.StatementLine) -> str:
    return ", ".join(part for part in (each.source, f"{clock.in_paris(each.at):%d/%m/%Y}") if part)


def _is_over(each: record.StatementLine) -> bool:
    return each.status in OVER or (each.kind != "allergy" and _has_ended(each.end))


def _has_ended(end: str) -> bool:
    """« 2026-11 » is until the end of November, and a last day is a day of treatment."""
    at = clock.instant(end)
    if at is None:
        return False
    last = clock.in_paris(at).date().isoformat()[: len(end)]
    return last < clock.today().isoformat()[: len(last)]


def _measure(found: Read, codes: frozenset[str], *, most_days: int | None = None) -> Measure | None:
    """The latest value in numbers, or the bound that its laboratory gives (« < 15 »), whatever its formula: the card
    says which."""
    held = [each for each in found.series if each.system == LOINC and each.code in codes]
    valued = [(each, *known) for each in held if (known := _valued(each.latest)) is not None]
    if not valued:
        return None
    latest, value, bound = max(valued, key=lambda each: each[0].latest.at)
    at = clock.in_paris(latest.latest.at).date()
    if most_days is not None and (clock.today() - at).days > most_days:
        return None
    return Measure(value=value, bound=bound, unit=latest.unit, at=at, label=latest.label)


def _valued(point: record.Point) -> tuple[Decimal, Literal["", "<", ">"]] | None:
    if point.value is not None:
        return point.value, ""
    said = _BOUND.match(point.value_text.strip())
    if said is None:
        return None
    return Decimal(said[2].replace(",", ".")), "<" if said[1] in "<≤" else ">"


def _weight(found: Read) -> Measure | None:
    return _measure(found, WEIGHT, most_days=OLDEST_CHILD_WEIGHT)


def _is_pregnant(found: Read) -> bool | None:
    """The last word of a problem in force or of an observation; unknown when neither says it, when it says so itself,
    or when it is old news."""
    told: list[tuple[dt.datetime, bool | None]] = [
        (each.at, not each.negated) for each in found.statements if each.kind == "problem" and _says_pregnancy(each)
    ]
    told += [(each.latest.at, _is_yes(each.latest.value_text)) for each in found.series if each.code == PREGNANCY]
    if not told:
        return None
    at, is_yes = max(told, key=lambda each: each[0])
    longest = LONGEST_PREGNANCY if is_yes else LONGEST_NO
    return is_yes if clock.now() - at <= dt.timedelta(days=longest) else None


def _is_yes(said: str) -> bool | None:
    text = fold(said)
    if not text or text.startswith(UNKNOWN):
        return None
    return not text.startswith(("non", "pas", "absen", "not", "negati"))


def _says_pregnancy(each: record.StatementLine) -> bool:
    if each.system == ICD_10:
        return each.code.startswith(OF_PREGNANCY)
    return each.system == SNOMED_CT and each.code == PREGNANT or each.label.casefold().startswith("grossesse")


def number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", ".").replace("\u202f", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and found > 0 else None
