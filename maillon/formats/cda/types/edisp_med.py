"""eDISP-MED 2024.01: what a pharmacy dispensed (IHE Pharmacy DIS)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from maillon.formats.cda.blocks.dispensation import DISPENSATION
from maillon.formats.cda.types.sections import FR
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.document import ClinicalDocument, Statement

DISPENSING: Final = "60593-1"


def _demands(document: ClinicalDocument) -> Iterator[str]:
    if not any(act.code == DISPENSING for act in document.acts):
        yield "L’acte documenté est la dispensation médicamenteuse (60593-1)."
    if not any(author.profession_code == "G15_21" for author in document.authors):
        yield "Une dispensation a un pharmacien pour auteur."
    for line in document.medications:
        yield from _line_demands(line)


def _line_demands(line: Statement) -> Iterator[str]:
    named = line.label or line.text or line.code or "ligne sans nom"
    if line.amount is None or line.amount.low is None or line.amount.low != line.amount.high:
        yield f"La quantité dispensée manque\u202f: {named}."
    if line.negated or line.absent:
        yield f"Une dispensation ne dit pas ce qui n’est pas dispensé\u202f: {named}."
    if line.dosage is not None or line.route_code is not None or line.approach is not None:
        yield f"La posologie d’une dispensation s’écrit en toutes lettres\u202f: {named}."
    for role, code in (("substitution", None), ("instruction", "PINSTRUCT"), ("instruction", "FINSTRUCT")):
        told = [part for part in line.parts if part.role == role and (code is None or _code_of(part.code) == code)]
        if len(told) > 1:
            yield f"La même précision est donnée deux fois\u202f: {named}."


def _code_of(concept: object) -> str | None:
    return getattr(concept, "code", None)


DISPENSED: Final = SectionSheet(
    code="60590-7",
    label="Dispensation médicamenteuse",
    title="Dispensation de médicaments",
    templates=("1.3.6.1.4.1.19376.1.9.1.2.3", "2.16.840.1.113883.10.20.1.8", f"{FR}.236"),
    blocks=(DISPENSATION,),
    required=True,
)

EDISP_MED: Final = StructuredType(
    name="eDISP-MED 2024.01",
    format=("urn:ihe:pharm:dis:2010", "Dispensation médicamenteuse"),
    codes=(DISPENSING,),
    templates=(
        "1.3.6.1.4.1.19376.1.5.3.1.1.1",
        "1.3.6.1.4.1.19376.1.9.1.1.3",
        "1.2.250.1.213.1.1.1.54^2024.01",
    ),
    demands=_demands,
    sections=(DISPENSED,),
)
