"""What the platform notices by itself becomes an irritant of the structure: to be triaged as what a person reports."""

from __future__ import annotations

import hashlib

from maillon.irritants.reporting import Finding, Report, find
from maillon.irritants.states import Source
from maillon.kernel.events import reacts_to
from maillon.kernel.key import StructureId
from maillon.noticed import api as noticed
from maillon.noticed.events import IrritantNoticed


@reacts_to(IrritantNoticed)
def keep_what_was_noticed(event: IrritantNoticed) -> None:
    """In the words of content/regles/constats.yaml. The document is named by nothing that could find it again."""
    fact = f"{event.fact}:{event.document}:{event.structure_id}:{event.at}"
    find(
        Finding(
            structure_id=StructureId(event.structure_id), source=Source.PLATFORM, by="Maillon",
            origin=f"constat:{hashlib.sha256(fact.encode()).hexdigest()}",
            said=Report(
                code=event.code, text=noticed.rules().named(event.fact).dire, severity=event.severity, minutes_lost=0
            ),
        )
    )  # fmt: skip
