"""The words of a scope (SMART App Launch, v1 form): « user/DocumentReference.write », « patient/*.read ».

system/…    the software asks by itself
user/…      for the person who signed in, any record which that person may open
patient/…   the same, one record only, chosen at the consent
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

RESOURCES: Final = (
    "AuditEvent", "Binary", "CarePlan", "CareTeam", "DetectedIssue", "DocumentReference", "Goal", "GuidanceResponse",
    "List", "Observation", "Organization", "Patient", "Practitioner", "PractitionerRole", "QuestionnaireResponse",
    "Task",
)  # fmt: skip
WRITABLE: Final = frozenset({"AuditEvent", "DetectedIssue", "DocumentReference", "GuidanceResponse", "Observation"})
ONLINE: Final = "online_access"  # a refresh token, as long as the session of the person lasts
_WORDS: Final = re.compile(r"(?P<level>system|user|patient)/(?P<resource>[A-Za-z]+|\*)\.(?P<action>read|write|\*)")
_LEVELS: Final = {
    "system": "de lui-même, au nom de la structure",
    "user": "à votre place, dans les dossiers qui vous sont ouverts",
    "patient": "à votre place, dans le seul dossier choisi",
}
_LEVELS_OF_ANYBODY: Final = _LEVELS | {
    "user": "à la place d’une personne, dans les dossiers qui lui sont ouverts",
    "patient": "à la place d’une personne, dans le seul dossier qu’elle choisit",
}
_NAMES: Final = {
    "*": "tout ce que l’interface sert", "AuditEvent": "les traces d’accès", "Binary": "les fichiers",
    "CarePlan": "les plans de soins", "CareTeam": "le cercle de soins", "DetectedIssue": "les alertes d’un dispositif",
    "DocumentReference": "les documents", "Goal": "les objectifs des plans",
    "GuidanceResponse": "l’aide à la prescription (CDS Hooks)", "List": "les lots et classeurs",
    "Observation": "les résultats", "Organization": "les structures", "Patient": "l’identité",
    "Practitioner": "les professionnels", "PractitionerRole": "les exercices",
    "QuestionnaireResponse": "les réponses aux questionnaires", "Task": "les tâches",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    level: str
    resource: str
    action: str

    @classmethod
    def read(cls, word: str) -> Scope | None:
        found = _WORDS.fullmatch(word)
        if found is None or found["resource"] not in (*RESOURCES, "*"):
            return None
        return cls(found["level"], found["resource"], found["action"])

    def covers(self, other: Scope) -> bool:
        return (
            self.level == other.level and self.resource in ("*", other.resource) and self.action in ("*", other.action)
        )

    def lets(self, resource: str, action: str) -> bool:
        return self.resource in ("*", resource) and self.action in ("*", action)


def granted(asked: Iterable[str], allowed: Iterable[str], *, levels: frozenset[str]) -> tuple[str, ...]:
    """What was asked and is allowed, in the order of the alphabet: the narrower of the two words each time. A word that
    we do not know grants nothing (RFC 6749 §3.3 lets a server give less, and say so)."""
    asked, allowed = set(asked), set(allowed)
    found = asked & allowed & {ONLINE}
    mine = [(word, scope) for word in allowed if (scope := Scope.read(word)) and scope.level in levels]
    for word in asked:
        wanted = Scope.read(word)
        if wanted is None:
            continue
        if any(scope.covers(wanted) for _, scope in mine):
            found.add(word)
        else:
            found |= {each for each, scope in mine if wanted.covers(scope)}
    return tuple(sorted(found)) if found - {ONLINE} else ()


def sentence(word: str, *, of_reader: bool = True) -> str:
    """« lire les documents, à votre place, dans les dossiers qui vous sont ouverts ». Not `of_reader`: said to somebody
    who decides for others."""
    scope = Scope.read(word)
    if scope is None:
        of_whom = "votre session" if of_reader else "la session de la personne"
        return f"rester connecté tant que dure {of_whom}" if word == ONLINE else word
    verb = {"read": "lire", "write": "déposer et mettre à jour", "*": "lire, déposer et mettre à jour"}[scope.action]
    return f"{verb} {_NAMES[scope.resource]}, {(_LEVELS if of_reader else _LEVELS_OF_ANYBODY)[scope.level]}"
