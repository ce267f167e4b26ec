"""The states of an export that leaves, and of an archive that arrives."""

from __future__ import annotations

from django.db import models

from maillon.kernel.states import StateTable, Transition


class DepartureState(models.TextChoices):
    ASKED = "demande", "À accorder"
    AGREED = "accorde", "Accordé"
    RUNNING = "en_cours", "En cours"
    READY = "pret", "Prêt"
    REFUSED = "refuse", "Refusé"
    OVER = "echu", "Retiré"


DEPARTURE = StateTable(
    "E-POR-13",
    (
        Transition(name="agree", label="Accorder", sources=frozenset({"demande"}), target="accorde"),
        Transition(name="refuse", label="Refuser", sources=frozenset({"demande"}), target="refuse"),
        Transition(name="start", label="Commencer", sources=frozenset({"accorde", "en_cours"}), target="en_cours"),
        Transition(name="finish", label="Finir", sources=frozenset({"en_cours"}), target="pret"),
        Transition(
            name="remove", label="Retirer", sources=frozenset({"accorde", "en_cours", "pret"}), target="echu"
        ),
    ),
)


class ArrivalState(models.TextChoices):
    DONE = "repris", "Repris"
    TO_SETTLE = "a_regler", "À régler"
    SETTLED = "regle", "Réglé"
    DISCARDED = "ecarte", "Écarté"


ARRIVAL = StateTable(
    "E-POR-33",
    (
        Transition(name="settle", label="Rattacher ou créer", sources=frozenset({"a_regler"}), target="regle"),
        Transition(name="discard", label="Écarter", sources=frozenset({"a_regler"}), target="ecarte"),
    ),
)
