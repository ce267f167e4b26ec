"""The states of a campaign, of an action and of a product's evaluation, and how each moves."""

from __future__ import annotations

from django.db import models

from maillon.kernel.states import StateTable, Transition


class CampaignState(models.TextChoices):
    PREPARED = "preparee", "Préparée"
    OPEN = "ouverte", "Ouverte aux réponses"
    CLOSED = "close", "Close"
    CONSENSUS = "consensus", "Consensus"
    PLAN = "plan", "Plan d’action"
    FOLLOW_UP = "suivi", "Suivi"
    EVALUATED = "evaluee", "Évaluée"


class ActionState(models.TextChoices):
    TO_DO = "a_faire", "À faire"
    UNDER_WAY = "en_cours", "En cours"
    DONE = "faite", "Faite"
    GIVEN_UP = "abandonnee", "Abandonnée"


class EvaluationState(models.TextChoices):
    DRAFT = "brouillon", "En cours"
    CONCLUDED = "conclue", "Conclue"
    SHARED = "partagee", "Partagée au catalogue"


class Decision(models.TextChoices):
    RECOMMENDED = "recommande", "Recommandé"
    WITH_RESERVE = "avec_reserve", "Avec réserve"
    ADVISED_AGAINST = "deconseille", "Déconseillé"


class Verdict(models.TextChoices):
    MET = "conforme", "Conforme"
    UNMET = "non", "Non conforme"
    NOT_APPLICABLE = "sans_objet", "Sans objet"


C, A, E = CampaignState, ActionState, EvaluationState


def _step(name: str, label: str, source: str, target: str) -> Transition:
    return Transition(name=name, label=label, sources=frozenset({source}), target=target)


CAMPAIGN = StateTable(
    "E-MAT-07",
    (
        _step("open", "Ouvrir aux réponses", C.PREPARED, C.OPEN),
        # Never back: who answered knew until when nobody would read.
        _step("close", "Clore les réponses", C.OPEN, C.CLOSED),
        _step("discuss", "Commencer le consensus", C.CLOSED, C.CONSENSUS),
        _step("plan", "Arrêter le plan d’action", C.CONSENSUS, C.PLAN),
        _step("follow", "Commencer le suivi", C.PLAN, C.FOLLOW_UP),
        _step("evaluate", "Évaluer et restituer", C.FOLLOW_UP, C.EVALUATED),
    ),
)

ACTION = StateTable(
    "E-MAT-13",
    (
        _step("begin", "Commencer", A.TO_DO, A.UNDER_WAY),
        Transition(name="finish", label="Terminer", sources=frozenset({A.TO_DO, A.UNDER_WAY}), target=A.DONE),
        Transition(name="give_up", label="Abandonner", sources=frozenset({A.TO_DO, A.UNDER_WAY}), target=A.GIVEN_UP),
    ),
)

EVALUATION = StateTable(
    "E-MOB-06",
    (
        _step("conclude", "Conclure", E.DRAFT, E.CONCLUDED),
        _step("share", "Partager au catalogue", E.CONCLUDED, E.SHARED),
        _step("withdraw", "Retirer du catalogue", E.SHARED, E.CONCLUDED),
    ),
)
