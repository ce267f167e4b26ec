"""Why a sending is refused before anything leaves: every code with its sentence."""

from __future__ import annotations

from typing import Final

from maillon.kernel.message import UserMessage

MOST_RECIPIENTS: Final = 30
LONGEST_TEXT: Final = 20_000
MOST_BYTES_TO_PATIENT: Final = 25 * 1024 * 1024  # ENS-MES v1.3
MOST_BYTES: Final = 40 * 1024 * 1024

NO_DOCUMENT: Final = UserMessage("E-ENV-01", "Choisissez au moins un document à envoyer.")
NO_RECIPIENT: Final = UserMessage("E-ENV-02", "Choisissez au moins un destinataire.")
NOT_A_CDA: Final = UserMessage(
    "E-ENV-03",
    "Un de ces documents n’est pas un document de santé structuré (CDA)\u202f: il ne peut pas être envoyé tel quel. "
    "Joignez-le à un courrier, puis envoyez le courrier.",
)
NOT_MSSANTE: Final = UserMessage(
    "E-ENV-04",
    "Cette adresse n’est pas dans l’espace de confiance MSSanté\u202f: aucune donnée de santé n’y est envoyée. "
    "Cherchez le destinataire dans l’annuaire.",
)
NOT_CURRENT: Final = UserMessage(
    "E-ENV-05", "Un de ces documents a été remplacé ou retiré\u202f: envoyez la version en vigueur."
)
NOT_QUALIFIED: Final = UserMessage(
    "E-ENV-10",
    "L’identité du patient n’est pas qualifiée\u202f: son adresse Mon espace santé ne peut pas être employée. "
    "Qualifiez d’abord l’identité (INSi et pièce d’identité).",
)
PATIENT_DECLINED: Final = UserMessage(
    "E-ENV-11",
    "Le patient ne souhaite pas recevoir de document dans Mon espace santé\u202f: remettez-le-lui autrement.",
)
TOO_BIG: Final = UserMessage(
    "E-ENV-12",
    "L’envoi est trop volumineux\u202f: envoyez ces documents en plusieurs fois (25\u202fMo pour un patient).",
)
OTHER_PATIENT: Final = UserMessage(
    "E-ENV-13",
    "Un de ces documents ne désigne pas le patient du dossier (matricule, nom, prénom ou date de naissance)\u202f: "
    "il n’est pas envoyé. Vérifiez l’identité, ou corrigez le document.",
)
SEVERAL_PATIENTS: Final = UserMessage(
    "E-ENV-14", "Un de ces documents désigne plusieurs patients\u202f: il n’est pas envoyé."
)
NOT_YOUR_MAILBOX: Final = UserMessage("E-ENV-15", "Vous ne pouvez pas envoyer depuis cette boîte aux lettres.")
NO_MAILBOX: Final = UserMessage(
    "E-ENV-16", "Aucune boîte MSSanté ne vous est ouverte\u202f: demandez-en une au référent numérique de la structure."
)
PATIENT_OPPOSED: Final = UserMessage(
    "E-ENV-17", "Le patient s’oppose au partage avec ce destinataire\u202f: rien ne lui est envoyé (CSP L1110-4)."
)
RESTRICTED: Final = UserMessage(
    "E-ENV-18",
    "Un de ces documents est d’accès restreint\u202f: seuls son auteur et le médecin traitant peuvent l’envoyer, "
    "à une personne nommée.",
)
NOT_FOR_SENDING: Final = UserMessage("E-ENV-19", "Votre accès à ce dossier ne permet pas d’envoyer ses documents.")
TEXT_TOO_LONG: Final = UserMessage("E-ENV-20", "Le message d’accompagnement est trop long\u202f: raccourcissez-le.")
TOO_MANY: Final = UserMessage("E-ENV-21", f"{MOST_RECIPIENTS} destinataires au plus pour un envoi.")
BAD_ADDRESS: Final = UserMessage("E-ENV-22", "Une adresse de destinataire n’est pas écrite correctement.")
UNKNOWN_TYPE: Final = UserMessage(
    "E-ENV-23",
    "Le type d’un de ces documents n’a pas de classe nationale\u202f: il ne peut pas être décrit au destinataire.",
)
PATIENT_SPACE_OPEN: Final = UserMessage(
    "E-ENV-25",
    "Mon espace santé est ouvert pour ce patient\u202f: envoyez-lui ce document, ou notez d’abord son choix.",
)
OTHER_ADDRESS: Final = UserMessage(
    "E-ENV-26",
    "L’adresse Mon espace santé du patient n’est plus celle de cet envoi\u202f: faites-en un nouveau.",
)
UNKNOWN_SENDING: Final = UserMessage("E-ENV-31", "Cet envoi n’existe pas, ou n’est pas à vous.")
NOTHING_TO_RETRY: Final = UserMessage("E-ENV-32", "Il n’y a plus rien à renvoyer dans cet envoi.")
NO_REASON: Final = UserMessage(
    "E-ENV-33", "Dites pourquoi plus rien n’est à faire (remis autrement, erreur d’adresse…)."
)
PATIENT_ADDRESS_TYPED: Final = UserMessage(
    "E-ENV-24",
    "L’adresse Mon espace santé d’un patient ne s’écrit pas à la main\u202f: "
    "choisissez « le patient » comme destinataire.",
)
