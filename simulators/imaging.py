"""The simulated imaging centre: structured reports IMG-CR-IMG, each with its study, its technique and its conclusion.

The images themselves stay at the centre: a report names them by their DICOM identifiers, and no more.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from maillon.formats.coded import Concept, ImagingInstance, ImagingSeries, ImagingStudy
from maillon.formats.document import ClinicalDocument, Section, Statement
from simulators.life import Letter
from simulators.making import (
    LOINC,
    NAMESPACE,
    Occasion,
    act_of,
    encounter_at,
    header,
    taking_part,
    typeset,
)

REPORT: Final = "18748-4"
_SNOMED: Final = "2.16.840.1.113883.6.96"
_DCM: Final = "1.2.840.10008.2.16.4"
_DICOM_UID: Final = "1.2.840.10008.2.6.1"
_TECHNIQUE: Final = "Technique"
_PARTS: Final = {_TECHNIQUE: "55111-9", "Résultat": "59776-5", "Conclusion": "19005-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    code: tuple[str, str]  # LOINC, of JDV_CodesDocumentImagerie
    modality: tuple[str, str]  # DICOM
    region: tuple[str, str]  # SNOMED CT
    site: tuple[str, str]  # SNOMED CT
    image: tuple[str, str]  # SOP class

    @property
    def acquired_by(self) -> Concept:
        return Concept(code=self.modality[0], system=_DCM, label=self.modality[1])


_ULTRASOUND: Final = ("US", "Échographie")
_ULTRASOUND_IMAGE: Final = ("1.2.840.10008.5.1.4.1.1.6.1", "Image d’échographie")
_TRUNK: Final = ("63337009", "segment abdominopelvien du tronc")
_ABDOMEN: Final = ("302553009", "abdomen entier")


def _ankle(code: str, label: str) -> Examination:
    return Examination(
        code=(code, label), modality=("DX", "Radiographie numérique"), region=("61685007", "membre inférieur"),
        site=("361292008", "région entière de la cheville"),
        image=("1.2.840.10008.5.1.4.1.1.1.1", "Radiographie numérique, image de présentation"),
    )  # fmt: skip


# What the title of a report names, the more precise first.
EXAMINATIONS: Final = {
    "cheville gauche": _ankle("26098-4", "RX cheville gauche ; incidences"),
    "cheville droite": _ankle("26099-2", "RX cheville droite ; incidences"),
    "scanner abdomino-pelvien": Examination(
        code=("36813-4", "CT abdomen et pelvis avec contraste IV"), modality=("CT", "Tomodensitométrie"),
        region=_TRUNK, site=_ABDOMEN, image=("1.2.840.10008.5.1.4.1.1.2", "Image de scanner"),
    ),
    "trimestre": Examination(
        code=("11525-3", "échographie pour la grossesse"), modality=_ULTRASOUND, region=_TRUNK,
        site=("181452004", "utérus entier"), image=_ULTRASOUND_IMAGE,
    ),
    "thyroïdienne": Examination(
        code=("25010-0", "échographie glande thyroïde"), modality=_ULTRASOUND, region=("774007", "tête et cou"),
        site=("181117000", "glande thyroïde entière"), image=_ULTRASOUND_IMAGE,
    ),
    "abdominale": Examination(
        code=("24558-9", "échographie abdomen"), modality=_ULTRASOUND, region=_TRUNK, site=_ABDOMEN,
        image=_ULTRASOUND_IMAGE,
    ),
}  # fmt: skip


def examination_of(letter: Letter) -> Examination | None:
    """None where the centre has no structured form for this examination: its report is then a letter."""
    if letter.type_code != REPORT:
        return None
    return next((found for words, found in EXAMINATIONS.items() if words in letter.title.lower()), None)


def imaging_report(occasion: Occasion, letter: Letter, examination: Examination) -> ClinicalDocument:
    said = {heading: typeset(text) for heading, text in letter.sections}
    study = _study(occasion, examination)
    code, label = examination.code
    act = act_of(occasion, code=code, label=label, start=occasion.iso, end=occasion.iso, act_id=study.uid)
    return ClinicalDocument(
        type_code=REPORT,
        type_system=LOINC,
        type_label="CR d'imagerie médicale",
        title=typeset(letter.title),
        created_at=occasion.iso,
        confidentiality=letter.confidentiality,
        language="fr-FR",
        level=3,
        acts=(replace(act, modalities=(examination.acquired_by,), regions=(_finding(examination.region),)),),
        encounter=encounter_at(occasion.house, code="AMB", start=occasion.iso),
        participants=(
            taking_part("legalAuthenticator", occasion.author, territory=occasion.territory, at=occasion.iso),
        ),
        procedures=(_technique(occasion, examination, said.get(_TECHNIQUE)),),
        studies=(study,),
        sections=tuple(_sections(said)),
        **header(occasion),
    )


def _technique(occasion: Occasion, examination: Examination, words: str | None) -> Statement:
    code, label = examination.code
    return Statement(
        code=code,
        system=LOINC,
        label=label,
        mood="EVN",
        start=occasion.iso,
        methods=(examination.acquired_by,),
        sites=(_finding(examination.site),),
        comment=words,
    )


def _finding(pair: tuple[str, str]) -> Concept:
    return Concept(code=pair[0], system=_SNOMED, label=pair[1])


def _sections(said: dict[str, str]) -> Iterator[Section]:
    """In the order in which they are read. What is no usual part (the indication, the term of a pregnancy) is a
    remark; of the technique, the CDA tells what its entry codes, and the PDF copy these words."""
    remarks = {heading: text for heading, text in said.items() if heading not in _PARTS}
    if remarks:
        yield Section(code="55112-7", system=LOINC, title=" et ".join(remarks), text="\n".join(remarks.values()))
    for heading, code in _PARTS.items():
        if heading in said:
            yield Section(code=code, system=LOINC, title=heading, text=said[heading])


def _study(occasion: Occasion, examination: Examination) -> ImagingStudy:
    def uid(part: str) -> str:
        name = f"{occasion.house.key}/{occasion.patient.key}/{occasion.key}/{part}"
        return f"2.25.{uuid.uuid5(NAMESPACE, name).int}"  # ITU-T X.667: an OID made from a UUID

    sop_class = Concept(code=examination.image[0], system=_DICOM_UID, label=examination.image[1])
    image = ImagingInstance(uid=uid("image"), sop_class=sop_class)
    series = ImagingSeries(uid=uid("serie"), modality=examination.acquired_by, instances=(image,))
    return ImagingStudy(uid=uid("examen"), at=occasion.iso, series=(series,))
