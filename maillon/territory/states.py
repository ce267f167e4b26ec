"""The stages of a structure, and the states of a visit and of a ticket; how each moves."""

from __future__ import annotations

from typing import Final

from django.db import models

from maillon.kernel.states import StateTable, Transition


class Stage(models.TextChoices):
    """In order: each stage holds what the one before it does."""

    UNEQUIPPED = "non_equipe", "Non équipée"
    EQUIPPED = "equipe", "Équipée"
    CONNECTED = "raccorde", "Raccordée"
    FIRST_DOCUMENT = "premier_document", "Premier document"
    REGULAR = "regulier", "Régulière"
    REFERENT_TRAINED = "referent_forme", "Référent formé"


ORDER: Final = tuple(Stage)


class VisitState(models.TextChoices):
    TO_DO = "a_faire", "À faire"
    PLANNED = "prevue", "Prévue"
    DONE = "faite", "Faite"
    DROPPED = "sans_objet", "Sans objet"


class TicketState(models.TextChoices):
    OPEN = "ouvert", "Ouvert"
    RESOLVED = "resolu", "Résolu"


S, V, T = Stage, VisitState, TicketState


def _step(name: str, label: str, sources: set[str], target: str) -> Transition:
    return Transition(name=name, label=label, sources=frozenset(sources), target=target)


# What is seen of a structure decides: nobody types a stage. Two stages may come on one day.
STAGE = StateTable(
    "E-TER-09",
    (
        _step("equip", "S’équiper d’un logiciel compatible", {S.UNEQUIPPED}, S.EQUIPPED),
        _step("connect", "Raccorder la ligne", {S.EQUIPPED}, S.CONNECTED),
        _step("feed", "Déposer un premier document", {S.CONNECTED}, S.FIRST_DOCUMENT),
        _step("settle", "Déposer chaque jour ouvré", {S.FIRST_DOCUMENT}, S.REGULAR),
        _step("train", "Former un référent", {S.REGULAR}, S.REFERENT_TRAINED),
        _step("leave_untrained", "Perdre son référent formé", {S.REFERENT_TRAINED}, S.REGULAR),
        _step("fall", "Ne plus rien déposer", {S.REGULAR, S.REFERENT_TRAINED}, S.FIRST_DOCUMENT),
        _step("fall_back", "Ne plus rien déposer", {S.FIRST_DOCUMENT}, S.CONNECTED),
    ),
)

VISIT = StateTable(
    "E-TER-10",
    (
        _step("plan", "Prévoir la visite", {V.TO_DO, V.PLANNED}, V.PLANNED),
        _step("make", "Rendre compte de la visite", {V.TO_DO, V.PLANNED}, V.DONE),
        _step("drop", "Dire la visite sans objet", {V.TO_DO, V.PLANNED}, V.DROPPED),
    ),
)

TICKET = StateTable(
    "E-TER-11",
    (
        _step("resolve", "Résoudre", {T.OPEN}, T.RESOLVED),
        _step("reopen", "Rouvrir", {T.RESOLVED}, T.OPEN),
    ),
)
