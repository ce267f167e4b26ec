"""What is said no to in a delegated act: the codes of the sheet (E-COOP-…), whatever a protocol forgot to ask."""

from __future__ import annotations

from typing import Final

from maillon.kernel.message import UserMessage

NO_CONSENT: Final = UserMessage(
    "E-COOP-03", "Le consentement du patient manque, ou il a été retiré\u202f: aucun acte dérogatoire n’est possible."
)
NO_PROOF: Final = UserMessage("E-COOP-03", "Dites où se trouve l’accord écrit du patient.")
NO_DELEGATOR: Final = UserMessage(
    "E-COOP-02",
    "Aucun médecin délégant n’est joignable\u202f: proposez un rendez-vous médical ordinaire, ou demandez à un "
    "délégant de se dire joignable.",
)
NOT_A_DELEGATOR: Final = UserMessage(
    "E-COOP-02", "Choisissez un médecin délégant de l’équipe déclarée."
)
ONESELF: Final = UserMessage("E-COOP-11", "Le délégant ne peut pas être le délégué\u202f: appelez un autre médecin.")
NOT_REPORTED: Final = UserMessage(
    "E-COOP-10",
    "Le compte rendu n’est pas parti au médecin traitant\u202f: écrivez-le et envoyez-le, puis clôturez l’acte.",
)
NOBODY_TO_REPORT_TO: Final = UserMessage(
    "E-COOP-10",
    "Le patient n’a pas de médecin traitant au dossier\u202f: notez-le dans son équipe, envoyez-lui le compte rendu, "
    "puis clôturez l’acte.",
)
NOT_IN_LIST: Final = UserMessage("E-COOP-07", "Cet acte n’est pas dans la liste des actes dérogatoires du protocole.")
NOT_FINISHED: Final = UserMessage(
    "E-PRO-31", "L’examen n’est pas au bout de l’arbre\u202f: répondez à ce qui est demandé."
)
NO_ACT: Final = UserMessage("E-PRO-33", "Cet acte n’existe pas ou ne vous est pas ouvert.")
BY_AN_ACT: Final = UserMessage(
    "E-PRO-39", "Un protocole de coopération se conduit par un acte délégué\u202f: ouvrez l’acte, ou continuez-le."
)
NO_REASON: Final = UserMessage("E-PRO-17", "Dites en quelques mots pourquoi.")


def not_active(why: str) -> UserMessage:
    return UserMessage("E-COOP-04", f"Le protocole n’est pas actif ici\u202f: {why}.")


def not_entitled(why: str) -> UserMessage:
    return UserMessage("E-COOP-01", f"Vous n’êtes pas habilité pour ce protocole\u202f: {why}.")


def led_by(name: str) -> UserMessage:
    return UserMessage(
        "E-COOP-01", f"{name} conduit cet acte\u202f: le consentement est recueilli par la personne qui examine."
    )


def excluded(says: str) -> UserMessage:
    return UserMessage("E-COOP-06", f"Un critère d’exclusion est présent\u202f: {says}.")


def sick_note_too_long(bound: int) -> UserMessage:
    return UserMessage("E-COOP-09", f"L’arrêt de travail compte de 1 à {bound} jours dans ce protocole.")
