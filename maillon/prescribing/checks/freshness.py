"""E-LAP-03: knowledge older than 180 days is said to be; older than 365, it is silent. Prescribing goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from maillon.prescribing.cards import Card
from maillon.prescribing.knowledge import SILENT_AFTER, STALE_AFTER, Knowledge

KEY = "base-ancienne"


def of_knowledge(knowledge: Knowledge, today: dt.date) -> Iterator[Card]:
    state = knowledge.freshness(today)
    if state == "fresh":
        return
    base = knowledge.base
    days, source = (today - base.date).days, f"{base.titre}, version {base.version} du {base.date:%d/%m/%Y}"
    if state == "silent":
        yield Card(
            key=KEY, indicator="warning", code="E-LAP-03", source=source,
            summary=f"Rien n’est contrôlé\u202f: la base de connaissances a {days} jours.",
            detail=f"Au-delà de {SILENT_AFTER} jours, aucune alerte n’est donnée. Vous pouvez prescrire.",
        )  # fmt: skip
    else:
        yield Card(
            key=KEY, indicator="info", code="E-LAP-03", source=source,
            summary=f"La base de connaissances a {days} jours\u202f: elle est à mettre à jour.",
            detail=f"Au-delà de {STALE_AFTER} jours, elle est signalée\u202f; au-delà de {SILENT_AFTER}, elle se tait.",
        )  # fmt: skip
