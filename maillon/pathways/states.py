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


class DeclarationState(models.TextChoices):
    FILED = "deposee", "Déposée"
    COMPLETE = "complete", "Complète"
    DEEMED = "reputee", "Réputée complète"
    REFUSED = "refusee", "Refusée"


D = DeclarationState
DECLARATION = StateTable(
    "E-PRO-20",
    (
        Transition(name="accept", label="Noter l’accord", sources=frozenset({D.FILED}), target=D.COMPLETE),
        Transition(name="deem", label="Constater le silence", sources=frozenset({D.FILED}), target=D.DEEMED),
        Transition(
            name="refuse", label="Noter le refus", sources=frozenset({D.FILED, D.COMPLETE, D.DEEMED}), target=D.REFUSED
        ),
    ),
)


class MemberState(models.TextChoices):
    """Where a volunteer stands today; drawn from their dates, never kept."""

    TRAINING = "en_formation", "En formation"
    TRAINED = "valide", "Formation validée"
    TO_DECLARE = "a_declarer", "Déclaration modificative à faire"
    ENTITLED = "habilite", "Habilité"
    EXPIRED = "expiree", "Habilitation expirée"
    SUSPENDED = "suspendue", "Habilitation suspendue"
    WITHDRAWN = "retire", "Retiré"


class SessionState(models.TextChoices):
    PLANNED = "prevue", "Prévue"
    HELD = "tenue", "Tenue"
    CANCELLED = "annulee", "Annulée"


SESSION = StateTable(
    "E-ETP-11",
    (
        Transition(
            name="hold", label="Tenir la séance", sources=frozenset({SessionState.PLANNED}), target=SessionState.HELD
        ),
        Transition(
            name="cancel", label="Annuler la séance", sources=frozenset({SessionState.PLANNED}),
            target=SessionState.CANCELLED,
        ),
    ),
)  # fmt: skip


class AttendanceState(models.TextChoices):
    EXPECTED = "inscrit", "Inscrit"
    PRESENT = "present", "Présent"
    ABSENT = "absent", "Absent"
    EXCUSED = "excuse", "Excusé"


class ReportState(models.TextChoices):
    DRAFT = "brouillon", "En préparation"
    CLOSED = "arrete", "Arrêté"


REPORT = StateTable(
    "E-ETP-15",
    (
        Transition(
            name="close", label="Arrêter le rapport", sources=frozenset({ReportState.DRAFT}), target=ReportState.CLOSED
        ),
    ),
)
