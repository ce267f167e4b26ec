"""VAC-NOTE 2023.01: one vaccination that was given, as other software takes it into its vaccination record."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from maillon.formats.coded import Concept
from maillon.formats.document import ClinicalDocument, Statement
from maillon.writing.telling import Told

CIS: Final = "1.2.250.1.213.2.3.1"
ATC: Final = "2.16.840.1.113883.6.73"


def vaccination_note(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    """The day is that of the act; who signs is who gave it."""
    day = (document.acts[0].start or "")[:10]
    given = Statement(
        code=told.text("cis") or None,
        system=CIS,
        label=told.text("vaccin") or None,
        mood="EVN",
        start=day or None,
        lot=told.text("lot") or None,
        rank=told.text("rang") or None,
        translations=((told.text("atc"), ATC, told.text("substance") or told.text("vaccin")),),
        route_code=_first(told, "voie"),
        approach=_first(told, "site"),
        comment=told.text("remarque") or None,
        author=replace(document.authors[0], at=document.created_at),
        performer=replace(document.authors[0], at=document.created_at),
    )
    return replace(document, level=3, sections=(), vaccinations=(given,))


def _first(told: Told, code: str) -> Concept | None:
    return next(iter(told.concepts(code)), None)
