"""The words and pictures of what is coded: kinds of document, professions, marks. Never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from maillon.formats.wording import INTERPRETATION_WORDS


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    icon: str
    tone: str = "neutral"  # neutral | info | done | late | danger


# XDS class codes (JDV_J06), with shorter words where a list needs them.
KINDS: Final = {
    "10": Label("Compte rendu", "file-text"),
    "11": Label("Synthèse", "journal-text"),
    "31": Label("Imagerie", "image"),
    "42": Label("Prescription", "prescription2"),
    "43": Label("Dispensation", "capsule"),
    "44": Label("Plan de soins", "list-check"),
    "45": Label("Traitement administré", "droplet"),
    "52": Label("Certificat", "patch-check"),
    "60": Label("Remboursement", "receipt"),
    "90": Label("Déposé par le patient", "person-up"),
    "95": Label("Gestion", "folder2"),
    "99": Label("Technique", "gear"),
}
UNKNOWN_KIND: Final = Label("Autre document", "file-earmark")

# Profession codes of the directory; the tone is a hue of its own, always beside its icon and its word.
PROFESSIONS: Final = {
    "G15_10": Label("Médecin", "heart-pulse", "medical"),
    "G15_21": Label("Pharmacien", "capsule", "pharmacy"),
    "G15_35": Label("Aide-soignant", "bandaid", "nursing"),
    "G15_40": Label("Chirurgien-dentiste", "emoji-smile", "medical"),
    "G15_50": Label("Sage-femme", "person-hearts", "medical"),
    "G15_60": Label("Infirmier", "bandaid", "nursing"),
    "G15_70": Label("Kinésithérapeute", "person-walking", "rehab"),
    "G15_80": Label("Pédicure-podologue", "person-walking", "rehab"),
    "G15_91": Label("Orthophoniste", "chat-dots", "rehab"),
    "G15_92": Label("Orthoptiste", "eye", "rehab"),
    "G15_94": Label("Ergothérapeute", "person-walking", "rehab"),
    "G15_95": Label("Diététicien", "cup-straw", "rehab"),
    "G15_96": Label("Psychomotricien", "person-walking", "rehab"),
    "G15_98": Label("Manipulateur radio", "image", "medical"),
    "93": Label("Psychologue", "chat-dots", "rehab"),
    "41": Label("Assistant social", "people", "social"),
    "330": Label("Coordonnateur", "diagram-3", "social"),
    "331": Label("Secrétaire", "telephone", "social"),
    "332": Label("Assistant médical", "clipboard", "social"),
}
UNKNOWN_PROFESSION: Final = Label("Professionnel", "person")

CONFIDENTIALITY: Final = {
    "N": Label("Normale", "unlock"),
    "R": Label("Accès restreint", "lock", "late"),
    "V": Label("Accès très restreint", "lock-fill", "danger"),
}
VERSIONS: Final = {
    "current": Label("En vigueur", "check-circle", "done"),
    "replaced": Label("Remplacé", "arrow-repeat", "inactive"),
    "withdrawn": Label("Retiré", "slash-circle", "inactive"),
}
SENT_STATES: Final = {
    "waiting": Label("En attente", "hourglass-split"),
    "sending": Label("En cours", "arrow-repeat", "info"),
    "accepted": Label("Accepté par l’opérateur", "check2", "info"),
    "delivered": Label("Remis", "check-circle", "done"),
    "read": Label("Lu", "eye", "done"),
    "failed": Label("En échec", "x-circle", "danger"),
    "unknown": Label("Indéterminé", "question-circle", "late"),
}
# RNIV: statut de confiance de l’identité.
IDENTITIES: Final = {
    "QUAL": Label("Identité qualifiée", "shield-check", "done"),
    "VALI": Label("Identité validée", "person-check", "info"),
    "RECUP": Label("Identité récupérée", "cloud-check", "info"),
    "PROV": Label("Identité provisoire", "hourglass-split", "late"),
}
SOURCES: Final = {
    "mssante": "Reçu par MSSanté",
    "import": "Importé",
    "depot": "Déposé à la main",
    "patient": "Déposé par le patient",
    "redaction": "Écrit et signé dans Maillon",
    "demo": "Jeu de démonstration",
}
# B for « bas »: what French laboratories print for L.
_FLAGS: Final = {
    "H": Label("H", "arrow-up", "out"),
    "HU": Label("H", "arrow-up", "out"),
    "HX": Label("H", "arrow-up", "out"),
    "HH": Label("HH", "arrow-up", "critical"),
    "L": Label("B", "arrow-down", "out"),
    "LU": Label("B", "arrow-down", "out"),
    "LX": Label("B", "arrow-down", "out"),
    "LL": Label("BB", "arrow-down", "critical"),
    "AA": Label("A+", "exclamation-triangle", "critical"),
}
# What an antibiogram says is told whichever way it goes: « sensible » is an answer, not the lack of one.
_SUSCEPTIBILITIES: Final = {
    "S": Label("S", "check2", "susceptible"),
    "I": Label("I", "exclamation-triangle", "between"),
    "R": Label("R", "exclamation-triangle", "out"),
}
PURPOSES: Final = {"reception": "réception", "soin": "soin"}


@dataclass(frozen=True, slots=True)
class Flag:
    """H, HH, B, BB or A beside a value, S, I or R beside an antibiotic, with the word that a screen reader says."""

    letter: str
    word: str
    icon: str
    tone: str


def kind(code: str) -> Label:
    return KINDS.get(code, UNKNOWN_KIND)


def profession(code: str | None) -> Label:
    """`G15_10/SM26` is the profession then the skill."""
    return PROFESSIONS.get((code or "").split("/")[0], UNKNOWN_PROFESSION)


def confidentiality(code: str) -> Label:
    return CONFIDENTIALITY.get(code, CONFIDENTIALITY["N"])


def version(status: str) -> Label:
    return VERSIONS[status]


def sent_state(state: str) -> Label:
    return SENT_STATES[state]


def identity(status: str) -> Label:
    return IDENTITIES[status]


def purpose(code: str) -> str:
    return PURPOSES.get(code, code)


def source(code: str) -> str:
    return SOURCES.get(code, code)


def flag(interpretation: str | None, *, is_abnormal: bool) -> Flag | None:
    """None for a normal value. The laboratory's word prevails; without one, the bounds have already spoken."""
    shown = _SUSCEPTIBILITIES.get(interpretation or "")
    if shown is None and not is_abnormal:
        return None
    shown = shown or _FLAGS.get(interpretation or "", Label("A", "exclamation-triangle", "out"))
    return Flag(shown.text, INTERPRETATION_WORDS.get(interpretation or "", "anormal"), shown.icon, shown.tone)


GLOBALS: Final = {
    "kind_of": kind,
    "profession_of": profession,
    "confidentiality_of": confidentiality,
    "version_of": version,
    "identity_of": identity,
    "sent_state_of": sent_state,
    "source_of": source,
    "purpose_of": purpose,
    "flag_of": flag,
}
