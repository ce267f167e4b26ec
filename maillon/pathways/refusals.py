"""What the room says no to, with its stable codes. Those of the sheets (E-PPSPR-…, E-COOP-…) are in the protocols."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from maillon.kernel.message import UserMessage

NOT_IN_FORCE: Final = UserMessage(
    "E-PRO-14", "Ce protocole n’est pas en vigueur dans votre structure. Choisissez-en un dans la liste."
)
ALREADY_INCLUDED: Final = UserMessage("E-PRO-13", "Un plan de ce protocole est déjà ouvert pour ce patient.")
NOT_YOURS: Final = UserMessage(
    "E-PRO-09", "Les plans sont tenus par l’équipe de soins du patient et par la coordination."
)
NO_PLAN: Final = UserMessage("E-PRO-16", "Ce plan n’existe pas ou ne vous est pas ouvert.")
NO_CONSENT: Final = UserMessage(
    "E-PRO-11", "Le patient doit être informé et d’accord\u202f: cochez-le, ou notez son refus."
)
NO_REASON: Final = UserMessage("E-PRO-17", "Dites en quelques mots pourquoi.")
TOO_LONG: Final = UserMessage("E-PRO-19", "Ce texte est trop long.")
NOTHING_SAID: Final = UserMessage("E-PRO-18", "Écrivez quelque chose avant d’enregistrer.")


def excluded(says: Iterable[str]) -> UserMessage:
    return UserMessage("E-PPSPR-05", f"Inclusion impossible, critère d’exclusion présent\u202f: {' ; '.join(says)}.")


def not_eligible(unmet: Iterable[str], unknown: Iterable[str]) -> UserMessage:
    parts = []
    if said := " ; ".join(unmet):
        parts.append(f"critère non rempli\u202f: {said}")
    if said := " ; ".join(unknown):
        parts.append(f"à renseigner au dossier\u202f: {said}")
    return UserMessage("E-PRO-10", f"Inclusion impossible, {' ; '.join(parts)}.")


def wrong_parameter(label: str, expected: str) -> UserMessage:
    return UserMessage("E-PRO-12", f"{label}\u202f: {expected}.")


def no_such_move(source: str, target: str) -> UserMessage:
    return UserMessage("E-PRO-15", f"Un plan «\u202f{source}\u202f» ne passe pas à «\u202f{target}\u202f».")
