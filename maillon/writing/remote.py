"""Acts at a distance (CSP L6316-1 s.): what is asked of a colleague (TLM-DA 2022.01), and the report (TLM-CR 2022.01).

Both name the act by its code of the NGAP; a choice of the letter begins with that code: « TE2 – … ».
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.document import ClinicalDocument, Section
from maillon.formats.wording import NARROW_SPACE
from maillon.writing.telling import LOINC, Told

NGAP: Final = "1.2.250.1.215.200.3.3"
# What is asked, by when, and what the colleague must know first: one text, since none of it has a coded place.
_ANAMNESIS: Final = ("question", "reponse", "contexte", "problemes", "antecedents", "allergies", "images", "accord")


def remote_report(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    return _of_the_act(document, told)


def remote_request(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    former = told.lines("resultats")
    results = (Section(code="30954-2", system=LOINC, title="Résultats utiles", text=former),) if former else ()
    anamnesis = Section(code="34117-2", system=LOINC, title="Anamnèse", text="\n".join(_anamnesis(told)))
    return replace(
        _of_the_act(document, told),
        level=3,
        sections=(anamnesis, *results),
        medications=told.statements("traitements"),
    )


def _of_the_act(document: ClinicalDocument, told: Told) -> ClinicalDocument:
    code, _, label = told.text("acte").partition(" – ")
    return replace(document, acts=(replace(document.acts[0], code=code, system=NGAP, label=label or code),))


def _anamnesis(told: Told) -> Iterator[str]:
    for code in _ANAMNESIS:
        part, said = told.letter.part(code), told.lines(code)
        if part is not None and said:
            yield f"{part.titre}{NARROW_SPACE}: {said}"
