"""How far an SMS is, and what may move it: what the provider answered, or its silence."""

from __future__ import annotations

from typing import Final

from django.db import models

from maillon.kernel.states import StateTable, Transition


class TextState(models.TextChoices):
    WAITING = "waiting", "En attente"
    SENDING = "sending", "En cours"
    ACCEPTED = "accepted", "Pris par l’opérateur"
    DELIVERED = "delivered", "Remis"
    FAILED = "failed", "Non remis"
    UNKNOWN = "unknown", "Indéterminé"


S = TextState
OPEN: Final = (S.WAITING, S.SENDING, S.ACCEPTED)
# The provider keeps each message under our reference: an answer that was lost is asked for, never guessed.
TEXT: Final = StateTable(
    "E-SMS-30",
    (
        Transition(name="begin", label="Remettre à l’opérateur", sources=frozenset({S.WAITING, S.SENDING}),
                   target=S.SENDING),
        Transition(name="accept", label="L’opérateur l’a pris", sources=frozenset({S.SENDING}), target=S.ACCEPTED),
        Transition(name="refuse", label="L’opérateur l’a refusé", sources=frozenset({S.SENDING}), target=S.FAILED),
        Transition(name="deliver", label="Le téléphone l’a reçu", sources=frozenset({S.SENDING, S.ACCEPTED}),
                   target=S.DELIVERED),
        Transition(name="lose", label="Le téléphone ne l’a pas reçu", sources=frozenset({S.SENDING, S.ACCEPTED}),
                   target=S.FAILED),
        Transition(name="give_up", label="Personne ne sait", sources=frozenset({*OPEN}), target=S.UNKNOWN),
    ),
)  # fmt: skip
