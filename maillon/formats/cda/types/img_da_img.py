"""IMG-DA-IMG 2024.01: the request for an imaging examination (DICOM part 20), written by the general practitioner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.imaging_request import (
    CARE_NEED,
    CONTRAINDICATION,
    EDUCATION,
    HISTORY,
    IMAGING_REQUESTS,
    INFORMED_OF_RISKS,
    MEDICAL_HISTORY,
    SURGICAL_HISTORY,
)
from maillon.formats.cda.imaging_terms import (
    CARE_NEEDS,
    CONTRAINDICATIONS,
    FUNCTION,
    FUNCTIONS,
    INJECTIONS,
    PET,
    REQUESTED_MODALITIES,
    SIDE,
)
from maillon.formats.cda.types import sections
from maillon.formats.cda.types.sections import CCD, FR, PCC
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.document import ClinicalDocument, Statement

REQUEST_CODE: Final = "55115-0"


def _demands(document: ClinicalDocument) -> Iterator[str]:
    main = [act for act in document.acts if act.code == REQUEST_CODE]
    if len(main) != 1 or not main[0].id:
        yield "L’acte documenté est la demande d’imagerie (55115-0), une seule, avec son numéro."
    yield from history_demands(document)
    if not any(result.code == INFORMED_OF_RISKS for result in document.results):
        yield "La demande dit si le patient a été informé des risques de l’examen."
    if not document.plan:
        yield "La demande porte sur un acte d’imagerie au moins."
    for item in document.plan:
        yield from _request_demands(item)


def history_demands(document: ClinicalDocument) -> Iterator[str]:
    """What section « Historique médical » must say, in a request and in a report."""
    codes = [result.code for result in document.results]
    for code, what in ((MEDICAL_HISTORY, "médicaux"), (SURGICAL_HISTORY, "chirurgicaux")):
        if codes.count(code) != 1:
            yield f"Les antécédents {what} sont dits une fois, fût-ce «\u202faucun connu\u202f»."
    for result in document.results:
        if result.code == CONTRAINDICATION and result.value_code not in CONTRAINDICATIONS:
            yield "Une contre-indication n’appartient pas au jeu de valeurs national."
        if result.code == CARE_NEED and result.value_code not in CARE_NEEDS:
            yield "Une information pour la prise en charge n’appartient pas au jeu de valeurs national."


def _request_demands(item: Statement) -> Iterator[str]:
    if item.code not in REQUESTED_MODALITIES:
        yield "La modalité d’imagerie demandée n’appartient pas au jeu de valeurs national."
    if not item.sites or any(not site.code for site in item.sites):
        yield "La localisation anatomique d’un acte d’imagerie manque."
    sides = [pair for site in item.sites for pair in site.qualifiers]
    if len(sides) > 1 or any(name.code != SIDE.code for name, _ in sides):
        yield "Un acte demandé porte une précision topographique au plus\u202f: faites une demande par côté."
    urgent = item.priority is not None and item.priority.code == "UR"
    if item.priority is not None and urgent != bool(item.priority.text):
        yield "Une demande urgente est justifiée, et elle seule."
    yield from _nuclear_demands(item)


def _nuclear_demands(item: Statement) -> Iterator[str]:
    """The function studied, of PET and of scintigraphy alone; the contrast agent, of PET alone."""
    asked = [part.value.code if part.value else None for part in item.parts
             if part.code is not None and part.code.code == FUNCTION]  # fmt: skip
    known = FUNCTIONS.get(item.code or "", frozenset())
    if len(asked) != bool(known) or any(code not in known for code in asked):
        yield "Une TEP ou une scintigraphie dit la fonction étudiée, du jeu de valeurs national, et elles seules."
    injected = [value.code for _, value in item.qualifiers]
    if injected and (item.code != PET or len(injected) > 1 or injected[0] not in INJECTIONS):
        yield "L’injection d’un produit de contraste se précise pour une TEP, du jeu de valeurs national."


REQUEST_REASON: Final = SectionSheet(
    code=REQUEST_CODE,
    label="Demande",
    title="Justification et finalité de l’examen",
    templates=("1.2.840.10008.9.7", f"{FR}.211"),
    narrative="prose",
    required=True,
)
HISTORY_SECTION: Final = SectionSheet(
    code="11329-0",
    label="Historique médical",
    title="Antécédents, contre-indications, informations pour la prise en charge",
    templates=("2.16.840.1.113883.10.20.22.2.39", f"{FR}.213"),
    blocks=(HISTORY,),
    required=True,
)
CLINICAL_INFORMATION: Final = SectionSheet(
    code="55752-0",
    label="Informations cliniques",
    title="Informations cliniques",
    templates=("1.2.840.10008.9.2", f"{FR}.205"),
    inside=(REQUEST_REASON, HISTORY_SECTION),
    narrative="empty",
    required=True,
)
PATIENT_INFORMATION: Final = SectionSheet(
    code="34895-3",
    label="Education du patient",
    title="Information du patient",
    templates=(f"{PCC}.1.9.38", f"{PCC}.1.9.39", f"{FR}.107"),
    blocks=(EDUCATION,),
    required=True,
)
REQUESTED_ACTS: Final = SectionSheet(
    code="18776-5",
    label="Plan de soins",
    title="Actes d’imagerie demandés",
    templates=(f"{CCD}.10", f"{PCC}.3.36", f"{FR}.158", f"{FR}.158.3"),
    blocks=(IMAGING_REQUESTS,),
    required=True,
)

IMG_DA_IMG: Final = StructuredType(
    name="IMG-DA-IMG 2024.01",
    format=("urn:ans:ci-sis:img-da:2022", "Demande d'actes d'imagerie"),
    codes=(REQUEST_CODE,),
    templates=("1.2.840.10008.9.20", "1.2.250.1.213.1.1.1.47^2024.01"),
    demands=_demands,
    sections=(
        CLINICAL_INFORMATION,
        PATIENT_INFORMATION,
        REQUESTED_ACTS,
        replace(sections.RESULTS_IN_WORDS, title="Résultats d’examens antérieurs"),
        sections.DOCUMENTS,
    ),
)
