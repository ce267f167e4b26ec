"""What the person is told, and what they agree to, word for word and by version
(content/regles/textes-consentement.yaml)."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass

from maillon.kernel import clock, config, content

INFORMATION, CONSENT = "information", "consentement"


@dataclass(frozen=True, slots=True)
class Text:
    version: str
    sorte: str
    depuis: dt.date
    titre: str
    texte: str


@dataclass(frozen=True, slots=True)
class Example:
    sorte: str
    au: dt.date
    version: str


@dataclass(frozen=True, slots=True)
class Texts:
    titre: str
    source: str
    provenance: str
    auteurs: tuple[str, ...]
    relu_le: dt.date
    a_revoir_le: dt.date
    textes: tuple[Text, ...]
    exemples: tuple[Example, ...]

    def of(self, kind: str, *, on: dt.date) -> list[Text]:
        """Every version that a person may have been given by that day, the one in force first."""
        given = [text for text in self.textes if text.sorte == kind and text.depuis <= on]
        return sorted(given, key=lambda text: text.depuis, reverse=True)


@functools.cache
def texts() -> Texts:
    return content.read(config.CONTENT / "regles" / "textes-consentement.yaml", Texts)


def versions(kind: str) -> list[Text]:
    return texts().of(kind, on=clock.today())
