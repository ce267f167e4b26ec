"""The states of an irritant, how it moves from one to the next, and where it may come from."""

from __future__ import annotations

from typing import Final

from django.db import models

from maillon.kernel.states import StateTable, Transition


class IrritantState(models.TextChoices):
    NEW = "nouveau", "Nouveau"
    TRIAGED = "trie", "Trié"
    UNDER_WAY = "en_cours", "En cours"
    SOLVED = "resolu", "Résolu"
    DROPPED = "ecarte", "Écarté"
    JOINED = "reuni", "Réuni à un autre"


class Source(models.TextChoices):
    PERSON = "personne", "Signalé"
    PLATFORM = "plateforme", "Constaté par la plateforme"
    JOURNEY = "parcours", "Parcours simulé"
    FIELD_DAY = "journee", "Journée de terrain"
    PATIENT = "patient", "Dit par un patient"


I = IrritantState  # noqa: E741
OWNED: Final = frozenset({I.TRIAGED, I.UNDER_WAY})
OPEN: Final = OWNED | {I.NEW}
SETTLED: Final = frozenset({I.SOLVED, I.DROPPED})


def _step(name: str, label: str, sources: frozenset[str], target: str) -> Transition:
    return Transition(name=name, label=label, sources=sources, target=target)


IRRITANT = StateTable(
    "E-IRR-05",
    (
        _step("triage", "Trier", frozenset({I.NEW, I.TRIAGED}), I.TRIAGED),
        # Another owner or another day while it is under way: it stays so.
        _step("entrust", "Changer le suivi", frozenset({I.UNDER_WAY}), I.UNDER_WAY),
        _step("begin", "Commencer", frozenset({I.TRIAGED}), I.UNDER_WAY),
        _step("solve", "Résoudre", OWNED, I.SOLVED),
        _step("drop", "Écarter", OPEN, I.DROPPED),
        _step("join", "Réunir à un autre", OPEN, I.JOINED),
        # What comes back is read again by who triages.
        _step("separate", "Séparer", frozenset({I.JOINED}), I.NEW),
        _step("reopen", "Rouvrir", SETTLED, I.NEW),
    ),
)
