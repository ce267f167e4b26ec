"""What the room refuses."""

from __future__ import annotations

from maillon.kernel.message import UserMessage

NOT_YOURS = UserMessage("E-QST-01", "Votre profession ne remplit pas ce questionnaire.")
ALREADY_SIGNED = UserMessage("E-QST-02", "Ce questionnaire est déjà signé\u202f: pour le changer, corrigez-le.")
NOT_THE_LAST = UserMessage(
    "E-QST-03", "Une version plus récente de ces réponses existe\u202f: corrigez celle-là."
)
NOT_FOR_PATIENTS = UserMessage("E-QST-04", "Ce questionnaire ne se demande pas au patient.")
NO_DOOR = UserMessage(
    "E-QST-05", "Le patient n’a pas d’espace ouvert\u202f: ouvrez-le d’abord, ou remplissez avec lui."
)
CANCELLED = UserMessage("E-QST-06", "L’équipe ne demande plus ce questionnaire.")
NOT_READ_BY_YOU = UserMessage(
    "E-QST-07", "Votre profession ne lit pas les réponses des patients\u202f: elle ne les demande pas."
)


class NotReady(UserMessage):
    """Something is missing or wrong; the page says what, beside each question."""

    def __init__(self) -> None:
        super().__init__("E-QST-20", "Il reste des réponses à compléter ou à corriger avant de signer.")
