"""The states of a run and of its steps, and how each moves."""

from __future__ import annotations

from typing import Final

from django.db import models

from maillon.kernel.states import StateTable, Transition


class RunState(models.TextChoices):
    ASKED = "demande", "En attente"
    PLAYING = "en_cours", "En cours"
    WAITING = "en_pause", "En pause avant une étape"
    SUCCEEDED = "reussi", "Réussi"
    FAILED = "echoue", "Échoué"
    INTERRUPTED = "interrompu", "Interrompu"


class StepState(models.TextChoices):
    TO_COME = "a_venir", "À venir"
    PLAYING = "en_cours", "En cours"
    PASSED = "reussie", "Réussie"
    FAILED = "echouee", "Échouée"
    IMPOSSIBLE = "impossible", "Impossible"  # its actor is missing, or the program outside is down
    NOT_PLAYED = "non_jouee", "Non jouée"  # what it comes after was not done


ENDED: Final = frozenset({RunState.SUCCEEDED, RunState.FAILED, RunState.INTERRUPTED})
BROKEN: Final = frozenset({StepState.FAILED, StepState.IMPOSSIBLE, StepState.NOT_PLAYED})
R, S = RunState, StepState


def _move(name: str, label: str, *sources: str, target: str) -> Transition:
    return Transition(name=name, label=label, sources=frozenset(sources), target=target)


RUN = StateTable(
    "E-PAR-11",
    (
        _move("begin", "Commencer", R.ASKED, R.INTERRUPTED, R.FAILED, target=R.PLAYING),
        _move("resume", "Reprendre", R.INTERRUPTED, R.FAILED, target=R.ASKED),
        _move("wait", "Attendre", R.PLAYING, target=R.WAITING),
        _move("go_on", "Continuer", R.WAITING, target=R.PLAYING),
        _move("succeed", "Réussir", R.PLAYING, target=R.SUCCEEDED),
        _move("fail", "Échouer", R.PLAYING, target=R.FAILED),
        _move("interrupt", "Interrompre", R.ASKED, R.PLAYING, R.WAITING, target=R.INTERRUPTED),
    ),
)
STEP = StateTable(
    "E-PAR-12",
    (
        _move("begin", "Commencer", *S.values, target=S.PLAYING),
        _move("pass", "Réussir", S.PLAYING, target=S.PASSED),
        _move("fail", "Échouer", S.PLAYING, target=S.FAILED),
        _move("be_impossible", "Être impossible", S.PLAYING, target=S.IMPOSSIBLE),
        # The player stopped meanwhile; or the run is taken up again.
        _move("leave", "Laisser", S.PLAYING, S.FAILED, S.IMPOSSIBLE, S.NOT_PLAYED, target=S.TO_COME),
        _move("skip", "Ne pas jouer", S.TO_COME, S.PLAYING, S.NOT_PLAYED, target=S.NOT_PLAYED),
    ),
)
