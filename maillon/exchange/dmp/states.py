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
    HELD = "attente_ins", "En attente de l’INS"
    WAITING = "attente", "En attente"
    UNCERTAIN = "indetermine", "Indéterminé"
    DONE = "fait", "Fait"
    REFUSED = "refuse", "Refusé"
    WITHHELD = "non_envoye", "Non envoyé"


S = ActState
TO_CARRY = (S.WAITING, S.UNCERTAIN)
OPEN = (*TO_CARRY, S.HELD)

ACT = StateTable(
    "E-DMP-20",
    (
        Transition(
            name="release", label="Identité qualifiée", sources=frozenset({S.HELD}), target=S.WAITING
        ),
        Transition(
            name="hold", label="Identité non qualifiée", sources=frozenset({S.WAITING}), target=S.HELD
        ),
        Transition(
            name="drop", label="Remplacé ou retiré avant son dépôt", sources=frozenset({S.HELD, S.WAITING}),
            target=S.WITHHELD,
        ),
        Transition(
            name="lose_sight", label="Réponse perdue, on ne sait pas", sources=frozenset({S.WAITING, S.UNCERTAIN}),
            target=S.UNCERTAIN,
        ),
        Transition(
            name="see", label="Constaté dans le DMP", sources=frozenset({S.WAITING, S.UNCERTAIN}), target=S.DONE
        ),
        Transition(
            name="refuse", label="Refusé par le DMP", sources=frozenset({S.WAITING, S.UNCERTAIN, S.HELD}),
            target=S.REFUSED,
        ),
    ),
)  # fmt: skip
