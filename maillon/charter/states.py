"""The states of a version of the charter, and how it moves."""

from __future__ import annotations

from django.db import models

from maillon.kernel.states import StateTable, Transition


class VersionState(models.TextChoices):
    DRAFT = "brouillon", "Brouillon"
    PROPOSED = "proposee", "Proposée à la signature"
    IN_FORCE = "en_vigueur", "En vigueur"
    REPLACED = "remplacee", "Remplacée"


S = VersionState

VERSION = StateTable(
    "E-CHA-03",
    (
        Transition(name="propose", label="Proposer à la signature", sources=frozenset({S.DRAFT}), target=S.PROPOSED),
        # Only while nobody has signed: what was signed is never rewritten.
        Transition(name="resume", label="Reprendre la rédaction", sources=frozenset({S.PROPOSED}), target=S.DRAFT),
        Transition(name="enforce", label="Mettre en vigueur", sources=frozenset({S.PROPOSED}), target=S.IN_FORCE),
        Transition(name="replace", label="Remplacer", sources=frozenset({S.IN_FORCE}), target=S.REPLACED),
    ),
)
