"""The states of a version of a protocol, and how it moves. Those of a plan are in its protocol."""

from __future__ import annotations

from typing import Final

from django.db import models

from maillon.kernel.states import StateTable, Transition


class VersionState(models.TextChoices):
    IDEA = "idee", "Idée"
    PREPARATION = "preparation", "Préparation"
    WRITING = "redaction", "Rédaction"
    REVIEW = "relecture", "Relecture"
    APPROVAL = "approbation", "Approbation"
    IN_FORCE = "en_vigueur", "En vigueur"
    SUSPENDED = "suspendu", "Suspendu"
    REPLACED = "remplace", "Remplacé"
    WITHDRAWN = "retire", "Retiré"


S = VersionState
WRITABLE: Final = frozenset({S.IDEA, S.PREPARATION, S.WRITING, S.REVIEW})
SETTLED: Final = frozenset({S.IN_FORCE, S.SUSPENDED, S.REPLACED, S.WITHDRAWN})  # never rewritten, by the base itself


class StepState(models.TextChoices):
    AHEAD = "a_venir", "À venir"
    ASKED = "demandee", "Demandée"
    DONE = "faite", "Faite"
    LEFT = "non_faite", "Non faite"
    CANCELLED = "annulee", "Annulée"


VERSION = StateTable(
    "E-PRO-03",
    (
        Transition(name="prepare", label="Préparer", sources=frozenset({S.IDEA}), target=S.PREPARATION),
        Transition(name="write", label="Rédiger", sources=frozenset({S.IDEA, S.PREPARATION}), target=S.WRITING),
        Transition(name="review", label="Soumettre à la relecture", sources=frozenset({S.WRITING}), target=S.REVIEW),
        Transition(
            name="resume", label="Reprendre la rédaction", sources=frozenset({S.REVIEW, S.APPROVAL}), target=S.WRITING
        ),
        Transition(name="approve", label="Soumettre aux signatures", sources=frozenset({S.REVIEW}), target=S.APPROVAL),
        Transition(name="enforce", label="Mettre en vigueur", sources=frozenset({S.APPROVAL}), target=S.IN_FORCE),
        Transition(name="suspend", label="Suspendre", sources=frozenset({S.IN_FORCE}), target=S.SUSPENDED),
        Transition(name="lift", label="Lever la suspension", sources=frozenset({S.SUSPENDED}), target=S.IN_FORCE),
        Transition(
            name="replace", label="Remplacer", sources=frozenset({S.IN_FORCE, S.SUSPENDED}), target=S.REPLACED
        ),
        Transition(
            name="withdraw", label="Retirer",
            sources=frozenset({S.IDEA, S.PREPARATION, S.WRITING, S.REVIEW, S.APPROVAL, S.IN_FORCE, S.SUSPENDED}),
            target=S.WITHDRAWN,
        ),
    ),
)  # fmt: skip
