"""The schemas of content/documents/lecture.yaml (who must read what arrives, and by when) and of
content/regles/alertes.yaml (to whom an alert climbs, how long it may be put off)."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Literal

from maillon.kernel import config, content


@dataclass(frozen=True, slots=True)
class ReadingRule:
    """An empty `types` applies to every type that no other rule names."""

    types: tuple[str, ...]
    motif: str
    lire_sous_heures: int
    si_anormal_heures: int
    escalade_apres_heures: int
    escalade_vers: str

    def due_after(self, *, is_abnormal: bool) -> dt.timedelta:
        return dt.timedelta(hours=self.si_anormal_heures if is_abnormal else self.lire_sous_heures)

    @property
    def escalates_after(self) -> dt.timedelta:
        return dt.timedelta(hours=self.escalade_apres_heures)


@dataclass(frozen=True, slots=True)
class Example:
    type: str
    anormal: bool
    lire_sous_heures: int
    escalade_vers: str


@dataclass(frozen=True, slots=True)
class ReadingRules:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    a_defaut: str
    regles: tuple[ReadingRule, ...]
    exemples: tuple[Example, ...]

    def rule_for(self, type_code: str) -> ReadingRule:
        named = (rule for rule in self.regles if type_code in rule.types)
        general = (rule for rule in self.regles if not rule.types)
        return next(named, None) or next(general)


@functools.cache
def reading_rules() -> ReadingRules:
    return content.read(config.CONTENT / "documents" / "lecture.yaml", ReadingRules)


@dataclass(frozen=True, slots=True)
class LevelStep:
    apres_heures: int
    vers: str


@dataclass(frozen=True, slots=True)
class LevelRule:
    """`remise_jours`: the longest snooze; a red alert is never put off beyond its delay."""

    niveau: Literal["orange", "rouge"]
    remise_jours: int
    escalade: tuple[LevelStep, ...]

    def climbed_after(self, hours: int) -> list[str]:
        return [step.vers for step in self.escalade if step.apres_heures <= hours]


@dataclass(frozen=True, slots=True)
class AlertExample:
    niveau: str
    heures: int
    montee_vers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlertRules:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    au_bandeau: int
    niveaux: tuple[LevelRule, ...]
    exemples: tuple[AlertExample, ...]

    def of_level(self, level: str) -> LevelRule:
        return next(rule for rule in self.niveaux if rule.niveau == level)


@functools.cache
def alert_rules() -> AlertRules:
    return content.read(config.CONTENT / "regles" / "alertes.yaml", AlertRules)
