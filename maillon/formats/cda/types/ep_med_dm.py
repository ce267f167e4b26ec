"""EP-MED-DM 2024.01: the electronic prescription of medicines and devices (IHE Pharmacy PRE)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.attached import BARCODE, CODE_2D
from maillon.formats.cda.blocks.prescription import PRESCRIBED_DEVICES, PRESCRIPTION
from maillon.formats.cda.types import sections
from maillon.formats.cda.types.sections import FR
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.document import ClinicalDocument, Statement

EPU_ROOT: Final = "1.2.250.1.215.500.1.1"  # « ordonnance unique »: the number that the Assurance maladie gives
PRESCRIPTION_CODE: Final = "57833-6"
SUBSTITUTIONS: Final = frozenset({"N", "G"})  # none, or by a generic (HL7 substanceAdminSubstitution)
# What the prescriber answers of each line, by yes or no (CI-SIS FR-En-rapport-avec-ALD…): code, what is asked.
OF_A_DEVICE: Final = {
    "MED-574": "le rapport avec une ALD",
    "GEN-180": "le rapport avec un accident du travail ou une maladie professionnelle",
    "GEN-295": "le rapport avec la prévention",
    "GEN-181": "le caractère non remboursable",
}
OF_A_MEDICINE: Final = {**OF_A_DEVICE, "GEN-179": "la prescription hors AMM"}


def _demands(document: ClinicalDocument) -> Iterator[str]:
    if not document.patient.addresses or not document.patient.telecoms:
        yield "L’adresse et le téléphone du patient sont obligatoires sur une ordonnance numérique."
    for author in document.authors:
        if not (author.profession_code and author.organization_id and author.organization_name):
            yield "La profession du prescripteur et la structure où il exerce sont obligatoires."
    yield from _act_demands(document)
    if not document.medications and not document.devices:
        yield "L’ordonnance ne prescrit rien\u202f: indiquez au moins un médicament ou un dispositif médical."
    for treatment in document.medications:
        yield from _line_demands(treatment, OF_A_MEDICINE)
        if treatment.posology is None and treatment.dosage is None:
            yield f"La posologie manque\u202f: {_named(treatment)}."
        permissions = [part.code.code if part.code else None for part in treatment.parts if part.role == "substitution"]
        if len(permissions) != 1 or permissions[0] not in SUBSTITUTIONS:
            yield f"Il faut dire, une fois, si la substitution est permise\u202f: {_named(treatment)}."
    for device in document.devices:
        yield from _line_demands(device, OF_A_DEVICE)


def _act_demands(document: ClinicalDocument) -> Iterator[str]:
    main = document.acts[0] if document.acts else None
    if main is None or main.code != PRESCRIPTION_CODE:
        yield "L’acte documenté est la prescription de produits de santé (57833-6)."
    elif not (main.id or "").startswith(f"{EPU_ROOT}^"):
        yield "Le numéro de l’ordonnance numérique manque, ou n’a pas la racine de la Cnam."
    elif not (main.start and main.end):
        yield "Le début et la fin de validité de l’ordonnance sont obligatoires."


def _line_demands(line: Statement, questions: dict[str, str]) -> Iterator[str]:
    if line.negated or line.absent:
        yield f"Une ordonnance ne dit pas ce qui n’est pas prescrit\u202f: {_named(line)}."
    if line.repeats is None or not (line.repeats.isascii() and line.repeats.isdigit()):
        yield f"Le nombre de renouvellements manque (« 0 » pour aucun)\u202f: {_named(line)}."
    if line.author is not None:
        yield f"L’auteur d’une ligne est celui de l’ordonnance\u202f: {_named(line)}."
    answers = [part for part in line.parts if part.role == "detail" and part.kind == "BL"]
    for code, question in questions.items():
        if sum(part.code is not None and part.code.code == code for part in answers) != 1:
            yield f"Il faut dire, une fois, {question}\u202f: {_named(line)}."


def _named(line: Statement) -> str:
    return line.label or line.text or line.code or "ligne sans nom"


MEDICINES: Final = SectionSheet(
    code="57828-6",
    label="Prescriptions",
    title="Prescription de médicaments",
    templates=("1.3.6.1.4.1.19376.1.9.1.2.1", f"{FR}.171"),
    blocks=(PRESCRIPTION,),
)
DEVICES: Final = SectionSheet(
    code="46264-8",
    label="Dispositifs médicaux",
    title="Prescription de dispositifs médicaux",
    templates=(f"{FR}.222",),
    blocks=(PRESCRIBED_DEVICES,),
)
CODE: Final = SectionSheet(
    code=BARCODE,
    label="Numéro de code à barres unique",
    title="Code 2D de la prescription",
    templates=(f"{FR}.223",),
    blocks=(CODE_2D,),
)

EP_MED_DM: Final = StructuredType(
    name="EP-MED-DM 2024.01",
    format=("urn:ihe:pharm:pre:2010", "Prescription de médicaments"),
    codes=(PRESCRIPTION_CODE,),
    templates=(
        "1.3.6.1.4.1.19376.1.9.1.1.1",
        "1.3.6.1.4.1.19376.1.5.3.1.1.1",
        "1.2.250.1.213.1.1.1.39^2024.01",
    ),
    demands=_demands,
    sections=(
        CODE,
        MEDICINES,
        DEVICES,
        replace(sections.COMMENT, required=False),
        sections.VITAL_SIGNS,
        sections.PREGNANCIES,
        sections.PDF_COPY_SECTION,
    ),
)
