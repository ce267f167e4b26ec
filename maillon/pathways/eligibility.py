"""Who a protocol is for: each criterion asked of one record, with what it rests on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from maillon.pathways.definition import Criterion, Protocol
from maillon.questions.api import Subject, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One criterion: what was answered (None: inconnu) and why, in French."""

    says: str
    truth: bool | None
    because: tuple[str, ...]

    def kept(self, *, is_exclusion: bool) -> dict[str, Any]:
        """As the plan keeps it."""
        truth = {True: "oui", False: "non", None: "inconnu"}[self.truth]
        return {"dire": self.says, "exclusion": is_exclusion, "reponse": truth, "parce_que": list(self.because)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    inclusion: tuple[Judged, ...]
    exclusion: tuple[Judged, ...]

    @property
    def truth(self) -> bool | None:
        """Of the record alone: included, not, or not known. An exclusion that is inconnue is for a person to answer: it
        does not make the whole inconnu."""
        if self.excluding or any(each.truth is False for each in self.inclusion):
            return False
        return None if any(each.truth is None for each in self.inclusion) else True

    @property
    def excluding(self) -> tuple[Judged, ...]:
        return tuple(each for each in self.exclusion if each.truth)

    @property
    def unmet(self) -> tuple[Judged, ...]:
        return tuple(each for each in self.inclusion if not each.truth)

    @property
    def to_confirm(self) -> tuple[Judged, ...]:
        """Exclusions of which the record says nothing: who includes says that there is none."""
        return tuple(each for each in self.exclusion if each.truth is None)


def judge(protocol: Protocol, subject: Subject, *, today: dt.date) -> Eligibility:
    return Eligibility(
        inclusion=tuple(_judged(each, subject, today) for each in protocol.population.inclusion),
        exclusion=tuple(_judged(each, subject, today) for each in protocol.population.exclusion),
    )


def _judged(criterion: Criterion, subject: Subject, today: dt.date) -> Judged:
    found = answer(criterion.si.asked, subject, today=today)
    return Judged(says=criterion.dire, truth=found.truth, because=tuple(reason.text for reason in found.because))
