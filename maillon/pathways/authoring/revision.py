"""The schema of content/regles/protocoles.yaml: when a version is to be revised, and when it is suspended by itself."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Literal

from maillon.kernel import clock, config, content
from maillon.kernel.message import UserMessage
from maillon.pathways.duration import months_later
from maillon.pathways.models import ProtocolVersion

Standing = Literal["en_vigueur", "bientot", "a_reviser", "a_suspendre"]


@dataclass(frozen=True, slots=True)
class RevisionExample:
    en_vigueur_le: dt.date
    le: dt.date
    dit: Standing


@dataclass(frozen=True, slots=True)
class RevisionRules:
    """Months and days of Paris. `standing` says where a version in force is, of the day on which it is to be
    revised."""

    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    revision_mois: int
    prevenir_jours: int
    suspension_mois: int
    relecture_jours: int
    exemples: tuple[RevisionExample, ...]

    def revise_on(self, enforced_on: dt.date) -> dt.date:
        return months_later(enforced_on, self.revision_mois)

    def standing(self, revise_on: dt.date, *, on: dt.date) -> Standing:
        if on >= months_later(revise_on, self.suspension_mois):
            return "a_suspendre"
        if on >= revise_on:
            return "a_reviser"
        return "bientot" if on > revise_on - dt.timedelta(days=self.prevenir_jours + 1) else "en_vigueur"

    def overdue_before(self, today: dt.date) -> dt.date:
        """Versions whose revision was due on or before this day are suspended today."""
        return months_later(today, -self.suspension_mois)


def demand_not_overdue(version: ProtocolVersion) -> None:
    """One that would be suspended again within the hour is not taken up. Raises E-PRO-55."""
    if version.revise_on is not None and version.revise_on <= revision_rules().overdue_before(clock.today()):
        raise UserMessage(
            "E-PRO-55",
            f"La révision était due le {version.revise_on:%d/%m/%Y}\u202f: mettez en vigueur une nouvelle version.",
        )


@functools.cache
def revision_rules() -> RevisionRules:
    return content.read(config.CONTENT / "regles" / "protocoles.yaml", RevisionRules)
