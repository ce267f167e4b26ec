"""What may happen to a patient, as events in time: a story only says when, who writes, and what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from simulators.people import Patient, Professional, Territory

PARIS: Final = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A narrative document: its sections become a PDF."""

    at: datetime
    story: str
    type_code: str
    title: str
    author: str  # key of the professional
    sections: Sequence[tuple[str, str]]
    encounter: str = "AMB"
    started: datetime | None = None  # of the act, when it is not the moment of the letter
    ended: datetime | None = None
    readers: tuple[str, ...] = ()  # besides the treating doctor
    act: tuple[str, str] | None = None  # code and label of the act, else those of the document's type
    confidentiality: str = "N"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """A blood or urine sample: what the laboratory finds."""

    at: datetime
    story: str
    values: Mapping[str, float | str]
    readers: tuple[str, ...] = ()


Event = Letter | Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    territory: Territory
    patient: Patient
    chance: Random
    start: date
    until: date
    state: dict[str, float] = field(default_factory=dict)  # what drifts from one sample to the next

    @property
    def doctor(self) -> Professional:
        return self.territory.professional(self.patient.treating_doctor)

    @property
    def days(self) -> int:
        return (self.until - self.start).days

    @property
    def age(self) -> int:
        return (self.until - self.patient.birth_date).days // 365

    def moment(self, day: int, *, hour: int = 9) -> datetime:
        """`day` counted from the start of the story; minutes vary, for no two events share a second."""
        when = self.start + timedelta(days=day)
        return datetime.combine(when, time(hour, self.chance.randrange(60), self.chance.randrange(60)), PARIS)

    def every(self, days: int, *, first: int | None = None, jitter: int = 5) -> Iterator[int]:
        day = self.chance.randrange(days) if first is None else first
        while day < self.days:
            yield day
            day += max(7, days + self.chance.randint(-jitter, jitter))

    def drift(self, key: str, *, around: float, spread: float, pull: float = 0.3) -> float:
        """A value that remembers where it was and comes back slowly to where this patient stands."""
        last = self.state.setdefault(key, self.chance.gauss(around, spread))
        self.state[key] = last + pull * (around - last) + self.chance.gauss(0, spread / 2)
        return max(self.state[key], around / 5)

    def cared_by(self, member: str) -> tuple[str, ...]:
        return (member,) if member in self.patient.team else ()
