"""What becomes of an act promised to the national record, and of the record itself for one professional."""

from __future__ import annotations

from django.db import models

from maillon.kernel.states import StateTable, Transition


class ActKind(models.TextChoices):
    DEPOSIT = "depot", "Dépôt"
    MASK = "masquer", "Masquage aux professionnels"
    UNMASK = "demasquer", "Démasquage"
    HIDE = "reserver", "Mise en attente d’annonce"
    REVEAL = "reveler", "Annonce faite"
    ARCHIVE = "archiver", "Archivage"
    UNARCHIVE = "desarchiver", "Sortie des archives"
    DELETE = "supprimer", "Suppression"


class ActState(models.TextChoices):
    WAITING = "attente", "En attente"
    UNCERTAIN = "indetermine", "Indéterminé"
    DONE = "fait", "Fait"
    REFUSED = "refuse", "Refusé"
    WITHHELD = "non_envoye", "Non envoyé"


S = ActState
OPEN = (S.WAITING, S.UNCERTAIN)

ACT = StateTable(
    "E-DMP-20",
    (
        Transition(
            name="lose_sight", label="Réponse perdue, on ne sait pas", sources=frozenset({S.WAITING, S.UNCERTAIN}),
            target=S.UNCERTAIN,
        ),
        Transition(
            name="see", label="Constaté dans le DMP", sources=frozenset({S.WAITING, S.UNCERTAIN}), target=S.DONE
        ),
        Transition(
            name="refuse", label="Refusé par le DMP", sources=frozenset({S.WAITING, S.UNCERTAIN}), target=S.REFUSED
        ),
    ),
)  # fmt: skip
