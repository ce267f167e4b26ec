"""What the education of patients says no to. E-ETP-01 to -08 are those of the sheet, the others are ours."""

from __future__ import annotations

from typing import Final

from maillon.kernel.message import UserMessage

NO_CONSENT: Final = UserMessage(
    "E-ETP-02", "Le consentement du patient n’est pas tracé, ou il a été retiré\u202f: notez-le avant toute séance."
)
NO_ASSESSMENT: Final = UserMessage(
    "E-ETP-02", "Le bilan éducatif partagé n’est pas fait\u202f: remplissez et signez le questionnaire BEP d’abord."
)
COMPANY: Final = UserMessage(
    "E-ETP-04", "Une entreprise de produits de santé n’anime ni n’observe de séance (CSP L1161-1)."
)
NO_AGREEMENT: Final = UserMessage(
    "E-ETP-06",
    "Le patient n’a pas donné son accord pour que son médecin traitant soit informé\u202f: demandez-le-lui d’abord.",
)
NOT_DECLARED: Final = UserMessage(
    "E-ETP-07", "Le programme n’est pas déclaré à l’agence régionale de santé\u202f: déclarez-le avant la séance."
)
OTHER_COORDINATOR: Final = UserMessage(
    "E-ETP-07",
    "Le coordonnateur n’est plus celui de la déclaration\u202f: faites une déclaration modificative avant la séance.",
)
NO_CRITERION: Final = UserMessage(
    "E-ETP-09", "Chaque compétence a une famille et un critère de réussite, convenus avec le patient."
)
NOT_THE_MOMENT: Final = UserMessage("E-ETP-11", "Cette séance est tenue ou annulée\u202f: elle ne change plus.")
INCOMPLETE: Final = UserMessage(
    "E-ETP-12", "Une séance a un titre, un objectif, une date, une heure, une durée et au moins un animateur."
)
TOO_SOON: Final = UserMessage("E-ETP-13", "La séance n’a pas encore eu lieu\u202f: attendez son heure.")
NOBODY: Final = UserMessage("E-ETP-13", "Notez la présence d’au moins un patient, ou annulez la séance.")
ONE_PERSON: Final = UserMessage("E-ETP-14", "Une séance individuelle reçoit une seule personne.")
NOT_IN_FORCE: Final = UserMessage("E-PRO-14", "Ce programme n’est pas en vigueur dans votre structure.")
TOO_LONG: Final = UserMessage("E-PRO-19", "Ce texte est trop long.")


def how_many(least: int, most: int) -> UserMessage:
    return UserMessage("E-ETP-09", f"Un contrat éducatif réunit de {least} à {most} compétences en cours.")


def nobody_trained(missing: str) -> UserMessage:
    return UserMessage("E-ETP-03", f"Aucun animateur n’a les 40 heures de formation\u202f: {missing}.")


def charter_unsigned(names: str) -> UserMessage:
    return UserMessage("E-ETP-10", f"La charte de confidentialité n’est pas signée par\u202f: {names}.")
