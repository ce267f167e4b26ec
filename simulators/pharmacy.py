"""The simulated pharmacy: structured dispensations eDISP-MED, one line per box handed over."""

from __future__ import annotations

from typing import Final, NamedTuple

from maillon.formats.coded import Quantity
from maillon.formats.document import ClinicalDocument, Statement
from simulators.life import Letter
from simulators.making import LOINC, Occasion, act_of, encounter_at, header, taking_part, typeset

DISPENSATION: Final = "60593-1"
_HANDED: Final = "Produits délivrés"
_ATC: Final = "2.16.840.1.113883.6.73"


class Handed(NamedTuple):
    name: str
    posology: str


# What a line begins with -> its ATC class (WHO) and the name of that class.
CLASSES: Final = {
    "Amlodipine": ("C08CA01", "amlodipine"),
    "Paracétamol": ("N02BE01", "paracétamol"),
    "Metformine": ("A10BA02", "metformine"),
    "Gliclazide": ("A10BB09", "gliclazide"),
    "Warfarine": ("B01AA03", "warfarine"),
    "Bisoprolol": ("C07AB07", "bisoprolol"),
    "Furosémide": ("C03CA01", "furosémide"),
    "Ramipril": ("C09AA05", "ramipril"),
    "Budésonide": ("R03AK07", "formotérol et budésonide"),
    "Salbutamol": ("R03AC02", "salbutamol"),
    "Lévothyroxine": ("H03AA01", "lévothyroxine sodique"),
}


def handed_over(letter: Letter) -> tuple[Handed, ...]:
    """The lines of a dispensation; none where one of them is of no class that the pharmacy codes: its report is then
    a letter."""
    if letter.type_code != DISPENSATION:
        return ()
    said = dict(letter.sections).get(_HANDED, "")
    lines = [line.removeprefix("– ").partition(" : ") for line in said.split("\n") if line]
    found = tuple(Handed(name, posology) for name, _, posology in lines)
    return found if all(_class_of(one.name) for one in found) else ()


def _class_of(name: str) -> tuple[str, str] | None:
    return next((known for start, known in CLASSES.items() if name.startswith(start)), None)


def dispensation(occasion: Occasion, letter: Letter, lines: tuple[Handed, ...]) -> ClinicalDocument:
    remarks = [typeset(text) for heading, text in letter.sections if heading != _HANDED]
    return ClinicalDocument(
        type_code=DISPENSATION,
        type_system=LOINC,
        type_label="Dispensation médicamenteuse",
        title=typeset(letter.title),
        created_at=occasion.iso,
        confidentiality=letter.confidentiality,
        language="fr-FR",
        level=3,
        acts=(act_of(occasion, code=DISPENSATION, label="Dispensation médicamenteuse", start=occasion.iso,
                     end=occasion.iso),),
        encounter=encounter_at(occasion.house, code="AMB", start=occasion.iso),
        participants=(
            taking_part("legalAuthenticator", occasion.author, territory=occasion.territory, at=occasion.iso),
        ),
        medications=tuple(_line(one, remarks, at=occasion.iso) for one in lines),
        **header(occasion),
    )  # fmt: skip


def _line(handed: Handed, remarks: list[str], *, at: str) -> Statement:
    atc, substance = _class_of(handed.name) or ("", "")
    return Statement(
        code=atc,
        system=_ATC,
        label=substance,
        text=typeset(handed.name),
        mood="EVN",
        start=at,
        posology=typeset(handed.posology),
        amount=Quantity(low="1", high="1"),
        comment=" ".join(remarks) or None,
    )
