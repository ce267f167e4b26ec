"""How far a sending is with one recipient, and what may move it. Only evidence does, or the person who sends again."""

from __future__ import annotations

from typing import Final

from django.db import models

from maillon.kernel.states import StateTable, Transition


class SentState(models.TextChoices):
    WAITING = "waiting", "En attente"
    SENDING = "sending", "En cours"
    ACCEPTED = "accepted", "Accepté par l’opérateur"
    DELIVERED = "delivered", "Remis"
    READ = "read", "Lu"
    FAILED = "failed", "En échec"
    UNKNOWN = "unknown", "Indéterminé"


S = SentState
# A receipt may come before we know that the operator took the mail, and after we gave it up for lost.
_BEFORE_A_RECEIPT: Final = frozenset({S.WAITING, S.SENDING, S.ACCEPTED, S.UNKNOWN, S.FAILED})


def _arrow(name: str, label: str, sources: frozenset[SentState] | set[SentState], target: SentState) -> Transition:
    return Transition(name=name, label=label, sources=frozenset(str(each) for each in sources), target=str(target))


SENT: Final = StateTable(
    "E-ENV-30",
    (
        _arrow("begin", "Remettre à l’opérateur", {S.WAITING, S.UNKNOWN, S.SENDING}, S.SENDING),
        _arrow("accept", "L’opérateur a pris le message", {S.SENDING}, S.ACCEPTED),
        _arrow("refuse", "L’opérateur a refusé le message", {S.SENDING}, S.FAILED),
        _arrow("postpone", "L’opérateur n’a pas pris le message, nouvel essai", {S.SENDING}, S.WAITING),
        # The line fell after the last byte and before the answer: taken or not, nobody can say (RFC 5321 §6.1).
        _arrow("lose_answer", "La réponse de l’opérateur s’est perdue", {S.SENDING}, S.UNKNOWN),
        _arrow("run_out", "Le délai d’essai est passé", {S.SENDING}, S.FAILED),
        _arrow("deliver", "Le système du destinataire l’a reçu", _BEFORE_A_RECEIPT, S.DELIVERED),
        _arrow("read", "Le destinataire l’a ouvert ou intégré", _BEFORE_A_RECEIPT | {S.DELIVERED}, S.READ),
        _arrow(
            "bounce", "Le message est revenu", {S.WAITING, S.SENDING, S.ACCEPTED, S.DELIVERED, S.UNKNOWN}, S.FAILED
        ),
        # The recipient's software has it, and could not file it: somebody must act, whoever opened it.
        _arrow("reject", "Le logiciel du destinataire ne l’a pas intégré", set(S) - {S.FAILED}, S.FAILED),
        _arrow("stay_silent", "Aucun accusé n’est venu", {S.ACCEPTED}, S.UNKNOWN),
        _arrow("return_oddly", "Un retour illisible est venu", {S.ACCEPTED, S.SENDING, S.WAITING}, S.UNKNOWN),
        _arrow("retry", "Renvoyer", {S.FAILED, S.UNKNOWN}, S.WAITING),
    ),
)
NEEDS_SOMEBODY: Final = (S.FAILED, S.UNKNOWN)


def may(name: str, source: str) -> bool:
    return any(each.name == name for each in SENT.allowed_from(source))
