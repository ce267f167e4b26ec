"""What `envoi("11490-0/medecin_traitant")` reads: a document of that type, promised to that addressee, and not failed.

Addressees: `dmp`, `patient` (Mon espace santé), `medecin_traitant`, `messagerie` (any professional or structure).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.questions.api import Expression, Fact, Kind, reads

CHANNELS: Final = ("dmp", "patient", "medecin_traitant", "messagerie")


def types_in(asked: Iterable[Expression]) -> frozenset[str]:
    """The document types whose sending these questions read."""
    return frozenset(
        code.partition("/")[0] for question in asked for kind, code in reads(question) if kind is Kind.SENDING
    )


def facts_of(patients: Collection[int], types: Collection[str]) -> dict[int, list[Fact]]:
    found: dict[int, list[Fact]] = defaultdict(list)
    if not types:
        return found
    treating = access_room.team.treating_numbers(patients)
    for each in exchange.outgoing.reaching.reached(patients, types):
        channels: set[str] = {each.channel}
        if each.national_id and each.national_id == treating.get(each.patient_id):
            channels.add("medecin_traitant")
        found[each.patient_id] += [
            Fact(
                id=each.id, kind=Kind.SENDING, code=f"{each.type_code}/{channel}", at=each.at,
                label=f"Envoi à {each.name or channel}",
            )
            for channel in sorted(channels)
        ]  # fmt: skip
    return found
