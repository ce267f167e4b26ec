"""VAC-NOTE 2023.01: the note of one vaccination that was given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.cda.types import sections
from maillon.formats.cda.types.sheet import StructuredType
from maillon.formats.document import ClinicalDocument, Statement

CIS: Final = "1.2.250.1.213.2.3.1"
ATC: Final = "2.16.840.1.113883.6.73"


def _demands(document: ClinicalDocument) -> Iterator[str]:
    if not document.patient.birth_date:
        yield "La date de naissance du patient manque."
    if len(document.vaccinations) != 1:
        yield "Une note de vaccination dit une vaccination, et une seule."
        return
    yield from _about(document.vaccinations[0])


def _about(given: Statement) -> Iterator[str]:
    who = given.author
    for wrong, said in (
        (given.negated or given.absent, "Une note de vaccination dit une vaccination faite."),
        (len(given.start or "") != 10, "La date de la vaccination est un jour."),
        (given.system != CIS or not given.label, "Le vaccin a son code CIS et son libellé."),
        (not any(system == ATC and label for _, system, label in given.translations), "Le vaccin a son code ATC."),
        (not given.lot, "Le numéro de lot du vaccin manque."),
        (
            bool(given.parts) and not (given.rank or given.comment),  # national schematron E_immunizations_fr
            "À côté d’une réaction observée, la note dit le rang de la vaccination ou un commentaire.",
        ),
        (
            who is None or not (who.id and who.profession_code and who.profession_label and who.family_name),
            "L’auteur de la vaccination a son identifiant, sa profession et son nom.",
        ),
    ):
        if wrong:
            yield said


VAC_NOTE: Final = StructuredType(
    name="VAC-NOTE 2023.01",
    format=("urn:asip:ci-sis:vac-note:2021", "Note de vaccination"),
    codes=("87273-9",),
    templates=("1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2", "1.2.250.1.213.1.1.1.46^2023.01"),
    demands=_demands,
    sections=(replace(sections.IMMUNIZATIONS, title="Note de vaccination", required=True),),
)
