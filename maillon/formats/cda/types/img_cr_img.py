"""IMG-CR-IMG 2024.01: the report of an imaging examination (DICOM part 20)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.imaging_report import (
    CATALOGUE,
    DOSE_QUANTITIES,
    EXPOSURES,
    PREGNANCY,
    PREGNANCY_STATUS,
    STUDIES,
    TECHNIQUES,
    is_dose,
    is_exposure,
)
from maillon.formats.cda.blocks.imaging_request import CONTRAINDICATION, INFORMED_OF_RISKS, TOLD_TO_THE_PATIENT
from maillon.formats.cda.imaging_terms import DCM, DOSE_UNITS, LATERALITIES, LOINC, PREGNANCIES, REGIONS, SIDE
from maillon.formats.cda.types import sections
from maillon.formats.cda.types.img_da_img import (
    CLINICAL_INFORMATION,
    HISTORY_SECTION,
    PATIENT_INFORMATION,
    REQUEST_REASON,
    history_demands,
)
from maillon.formats.cda.types.sections import FR
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.coded import ImagingStudy
from maillon.formats.document import ClinicalDocument, Statement

REPORT_CODE: Final = "18748-4"
_TOLD_BEFORE: Final = frozenset({REQUEST_REASON.code, HISTORY_SECTION.code})


def _demands(document: ClinicalDocument) -> Iterator[str]:
    for act in document.acts:
        if act.system != LOINC or not act.id or not act.modalities:
            yield "L’acte d’imagerie a un code LOINC, l’identifiant de l’examen (Study Instance UID) et une modalité."
        if any(region.code not in REGIONS for region in act.regions):
            yield "Une région anatomique n’appartient pas au jeu de valeurs national."
        if len({*act.modalities, *act.regions}) != len(act.modalities) + len(act.regions):
            yield "Une modalité ou une région de l’acte d’imagerie est dite deux fois."
        if len(act.translations) > 1:
            yield "L’acte d’imagerie a un code CCAM au plus."
    if len(document.accession_numbers) != len(document.orders) or not all(document.accession_numbers):
        yield "Chaque demande honorée a son numéro et son numéro d’accession."
    yield from _study_demands(document)
    for item in document.procedures:
        yield from _exposure_demands(item) if is_exposure(item) else _technique_demands(item)
    if not any(not is_exposure(item) for item in document.procedures):
        yield "Le compte rendu décrit une technique d’imagerie au moins."
    yield from _radiation_demands(document)
    yield from _clinical_demands(document)


def _study_demands(document: ClinicalDocument) -> Iterator[str]:
    acts = {act.id for act in document.acts}
    if not document.studies:
        yield "Le catalogue des objets DICOM nomme un examen au moins."
    for study in document.studies:
        if study.uid not in acts:
            yield "Un examen du catalogue n’est pas un acte documenté."
        if study.at is None:
            yield "La date d’un examen du catalogue manque."
        if not _is_written_whole(study):
            yield ("Le modèle national n’admet, par examen du catalogue, qu’une série et qu’une image, codées\u202f: "
                   "choisissez l’image la plus parlante.")  # fmt: skip


def _is_written_whole(study: ImagingStudy) -> bool:
    if len(study.series) != 1 or len(study.series[0].instances) != 1 or not study.series[0].modality.code:
        return False
    return study.series[0].instances[0].sop_class.code is not None


def _technique_demands(item: Statement) -> Iterator[str]:
    if not item.methods or len(item.sites) != 1:
        yield "Une technique d’imagerie a une modalité d’acquisition au moins et une localisation, une seule."
    if len(item.translations) > 1:
        yield "Une technique d’imagerie a un code CCAM au plus."
    for name, side in (pair for site in item.sites for pair in site.qualifiers):
        if name.code != SIDE.code or side.code not in LATERALITIES:
            yield "Une technique d’imagerie est unilatérale ou bilatérale\u202f: le côté est dans l’acte."


def _exposure_demands(item: Statement) -> Iterator[str]:
    if item.performer is None or not item.performer.id or not item.performer.family_name:
        yield "L’exposition aux radiations nomme qui l’a autorisée, avec son identifiant."


def _radiation_demands(document: ClinicalDocument) -> Iterator[str]:
    exposures = sum(is_exposure(item) for item in document.procedures)
    pregnancies = [result for result in document.results if result.code == PREGNANCY]
    doses = [result for result in document.results if is_dose(result)]
    if exposures > 1 or len(pregnancies) != exposures or (doses and not exposures):
        yield "L’exposition aux radiations est dite une fois, avec l’état de grossesse et les doses."
    if any(result.value_code not in PREGNANCIES for result in pregnancies):
        yield "L’état de grossesse n’appartient pas au jeu de valeurs national."
    if any(result.value is None or len(result.sites) != 1 for result in doses):
        yield "Une dose a une valeur et une localisation, une seule."
    if any(result.unit not in DOSE_UNITS for result in doses):
        yield ("L’unité d’une dose n’est pas dans la table nationale\u202f: convertissez-la (Gy, mGy, mGy.cm, Sv, Bq, "
               "s, min), ou dites-la dans la technique.")  # fmt: skip


def _clinical_demands(document: ClinicalDocument) -> Iterator[str]:
    """The clinical information is optional, but whole: history and contra-indications, or none of it."""
    asked = any(section.code in _TOLD_BEFORE and section.text.strip() for section in document.sections)
    codes = [result.code for result in document.results]
    if INFORMED_OF_RISKS in codes and TOLD_TO_THE_PATIENT not in codes:
        yield "L’information donnée au patient est dite en clair."
    if not asked and CONTRAINDICATION not in codes:
        return
    yield from history_demands(document)
    if CONTRAINDICATION not in codes:
        yield "Les informations cliniques disent une contre-indication au moins, ou ne sont pas reprises."


OBJECT_CATALOGUE: Final = SectionSheet(
    code=CATALOGUE,
    label="Catalogue d’objets DICOM",
    title="Catalogue des images",
    templates=("2.16.840.1.113883.10.20.6.1.1", f"{FR}.217"),
    blocks=(STUDIES,),
    required=True,
    system=DCM,
)
COMPLICATIONS: Final = SectionSheet(
    code="55109-3",
    label="Complications",
    title="Complications",
    templates=("2.16.840.1.113883.10.20.22.2.37", f"{FR}.214"),
    narrative="prose",
)
RADIATION: Final = SectionSheet(
    code="73569-6",
    label="Exposition aux radiations et information sur la protection",
    title="Exposition aux radiations",
    templates=("1.2.840.10008.9.8", f"{FR}.215"),
    blocks=(EXPOSURES, PREGNANCY_STATUS, DOSE_QUANTITIES),
)
IMAGING_ACT: Final = SectionSheet(
    code="55111-9",
    label="Acte d'imagerie",
    title="Acte d’imagerie",
    templates=("1.2.840.10008.9.3", f"{FR}.206"),
    blocks=(TECHNIQUES,),
    inside=(OBJECT_CATALOGUE, COMPLICATIONS, RADIATION),
    required=True,
)
COMPARISON: Final = SectionSheet(
    code="18834-2",
    label="Examen comparatif",
    title="Examens de comparaison",
    templates=("1.2.840.10008.9.4", f"{FR}.207"),
    narrative="prose",
)
FINDINGS: Final = SectionSheet(
    code="59776-5",
    label="Résultats",
    title="Résultats",
    templates=("2.16.840.1.113883.10.20.6.1.2", f"{FR}.208"),
    narrative="prose",
)
CONCLUSION: Final = SectionSheet(
    code="19005-8",
    label="Conclusion",
    title="Conclusion",
    templates=("1.2.840.10008.9.5", f"{FR}.209"),
    narrative="prose",
    required=True,
)

IMG_CR_IMG: Final = StructuredType(
    name="IMG-CR-IMG 2024.01",
    format=("urn:ihe:rad:CDA:ImagingReportStructuredHeadings:2013", "Compte-rendu d'imagerie médicale"),
    codes=(REPORT_CODE,),
    templates=("1.2.840.10008.9.1", "1.2.840.10008.9.20", "1.2.840.10008.9.21", "1.2.250.1.213.1.1.1.45^2024.01"),
    demands=_demands,
    sections=(
        replace(CLINICAL_INFORMATION, required=False),
        IMAGING_ACT,
        COMPARISON,
        FINDINGS,
        CONCLUSION,
        sections.RESULTS_IN_WORDS,
        sections.DEVICES_SECTION,
        replace(PATIENT_INFORMATION, required=False),
        replace(sections.COMMENT, required=False),
        sections.DOCUMENTS,
    ),
)
