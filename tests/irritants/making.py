"""An irritant said by somebody, and triaged: what most tests of the room begin with."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any
from uuid import UUID

from maillon.irritants import api as irritants
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId

SAID = irritants.Report(
    code="IR9", text="La biologie arrive en PDF seul.", severity=2, minutes_lost=6, place="Au cabinet",
    screen="dossier/<uuid:patient>/resultats", browser="Firefox, Windows", software="1.0",
)  # fmt: skip


def report(actor: Actor, **changed: Any) -> UUID:
    return irritants.reporting.report(actor, dataclasses.replace(SAID, **changed))


def triage(actor: Actor, uuid: UUID, *, owner: Actor, **changed: Any) -> None:
    assert owner.professional_id is not None
    said = {"code": "IR9", "due_on": clock.today() + dt.timedelta(days=3), "action": "Écrire au laboratoire."} | changed
    decided = irritants.FollowUp(owner=ProfessionalId(owner.professional_id), **said)
    irritants.triage.triage(actor, uuid, decided)


def settle(actor: Actor, uuid: UUID, reply: str = "C’est corrigé.", *, is_solved: bool = True) -> None:
    irritants.triage.settle(actor, uuid, is_solved=is_solved, reply=reply)


def finding(structure_id: int, **changed: Any) -> irritants.Finding:
    said = {name: changed.pop(name) for name in ("code", "text", "severity", "place") if name in changed}
    values = {
        "structure_id": structure_id, "source": irritants.Source.PLATFORM, "origin": "essai:1", "by": "Maillon",
        "said": dataclasses.replace(SAID, screen="", browser="", minutes_lost=0, **said),
    }  # fmt: skip
    return irritants.Finding(**(values | changed))
