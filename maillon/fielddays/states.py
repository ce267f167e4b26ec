"""The states of a field day, and what may be said of a step."""

from __future__ import annotations

from django.db import models

from maillon.kernel.states import StateTable, Transition


class DayState(models.TextChoices):
    PREPARED = "preparee", "Préparée"
    OPEN = "ouverte", "En cours"
    CLOSED = "close", "Close"


class Outcome(models.TextChoices):
    TO_COME = "a_venir", "À venir"
    DONE = "fait", "Fait"
    RUBBED = "frotte", "Fait, mais ça frotte"
    NOT_DONE = "pas_fait", "Pas fait"


D = DayState
DAY = StateTable(
    "E-JDT-02",
    (
        Transition(name="open", label="Ouvrir la journée", sources=frozenset({D.PREPARED}), target=D.OPEN),
        Transition(name="close", label="Clore la journée", sources=frozenset({D.OPEN}), target=D.CLOSED),
        Transition(name="reopen", label="Rouvrir la journée", sources=frozenset({D.CLOSED}), target=D.OPEN),
    ),
)
