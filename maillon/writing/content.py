"""What the editor holds, as it is kept between two devices: texts, facts ticked, recipients."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable

LONGEST_TEXT: Final = 20_000
LONGEST_CONTENT: Final = 120_000
MOST_RECIPIENTS: Final = 12
MOST_TICKS: Final = 300
NONE_KNOWN, NOT_RECORDED, OF_THE_RECORD = "aucune", "inconnu", "dossier"
STANCES: Final = {
    OF_THE_RECORD: "Ce que dit le dossier",
    NONE_KNOWN: "Rien de connu, demandé ce jour",
    NOT_RECORDED: "Non renseigné",
}
TOO_LONG = UserMessage(
    "E-RED-02", "Ce texte est trop long pour un courrier\u202f: 20\u202f000 caractères au plus par rubrique."
)
TOO_MANY = UserMessage(
    "E-RED-19",
    "Un courrier nomme douze destinataires au plus\u202f: décochez-en. Une fois signé, il peut être envoyé à d’autres.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """`stances` holds, for a part that speaks of allergies, which of the three things is said. `recipients` are
    « p12 » (a professional) or « s3 » (a structure)."""

    title: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    ticks: tuple[str, ...] = ()
    stances: Mapping[str, str] = field(default_factory=dict)
    recipients: tuple[str, ...] = ()
    confidentiality: str = "N"

    def kept(self) -> dict[str, Any]:
        """For the base. Raises E-RED-02, 19 rather than cut what somebody wrote."""
        recipients = list(dict.fromkeys(self.recipients))
        if len(recipients) > MOST_RECIPIENTS:
            raise TOO_MANY
        if any(len(text) > LONGEST_TEXT for text in self.texts.values()):
            raise TOO_LONG
        if sum(map(len, self.texts.values())) > LONGEST_CONTENT:
            raise TOO_LONG
        return {
            "title": storable(self.title)[:200],
            "texts": {code[:40]: storable(text) for code, text in self.texts.items()},
            "ticks": list(dict.fromkeys(map(storable, self.ticks)))[:MOST_TICKS],
            "stances": {code[:40]: each for code, each in self.stances.items() if each in STANCES},
            "recipients": recipients,
            "confidentiality": self.confidentiality if self.confidentiality in ("N", "R") else "N",
        }

    def with_recipient(self, value: str) -> Content:
        return dataclasses.replace(self, recipients=(*self.recipients, value))


def held(kept: Mapping[str, Any]) -> Content:
    """From the base; what an older version did not write is empty."""
    return Content(
        title=kept.get("title", ""),
        texts=kept.get("texts", {}),
        ticks=tuple(kept.get("ticks", ())),
        stances=kept.get("stances", {}),
        recipients=tuple(kept.get("recipients", ())),
        confidentiality=kept.get("confidentiality", "N"),
    )
