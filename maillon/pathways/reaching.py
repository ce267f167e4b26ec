"""What `envoi("11490-0/medecin_traitant")` reads: a document of that type, promised to that addressee, and not failed.

Addressees: `dmp`, `patient` (Mon espace santé), `medecin_traitant`, `messagerie` (any professional or structure).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.questions.api import Expression, Fact, Kind, reads

CHANNELS: Final = {
    "dmp": "DMP", "patient": "Mon espace santé", "medecin_traitant": "médecin traitant",
    "messagerie": "messagerie sécurisée",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """Who may not read the document is not told that it was sent."""

    fact: Fact
    document_id: int


def types_in(asked: Iterable[Expression]) -> frozenset[str]:
    """The document types whose sending these questions read."""
    return frozenset(
        code.partition("/")[0] for question in asked for kind, code in reads(question) if kind is Kind.SENDING
    )


def sent_of(patients: Collection[int], types: Collection[str]) -> dict[int, list[Sent]]:
    found: dict[int, list[Sent]] = defaultdict(list)
    if not types:
        return found
    treating = access_room.team.treating_numbers(patients)
    for number, each in enumerate(exchange.outgoing.reaching.reached(patients, types), 1):
        channels: set[str] = {each.channel}
        if each.national_id and each.national_id == treating.get(each.patient_id):
            channels.add("medecin_traitant")
        for channel in sorted(channels):
            label = f"Envoi\u202f: {each.name or CHANNELS[channel]}"
            fact = Fact(id=number, kind=Kind.SENDING, code=f"{each.type_code}/{channel}", at=each.at, label=label)
            found[each.patient_id].append(Sent(fact, each.document_id))
    return found
