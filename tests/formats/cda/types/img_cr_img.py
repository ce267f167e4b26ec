"""Random imaging reports: acts, techniques, catalogue of images, exposure, and what the reader concludes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from maillon.formats.coded import Concept, ImagingInstance, ImagingSeries, ImagingStudy
from maillon.formats.document import ClinicalDocument, Result, Section, Statement
from tests.formats.cda.types.common import (
    LOINC,
    MOMENTS,
    NUMBERS,
    PROSE,
    SNOMED,
    WORDS,
    act,
    among,
    attachment,
    concepts,
    devices,
    headers,
    maybe,
)
from tests.formats.cda.types.img_da_img import RADIOLOGIST, SIDE, clinical_information, coded, told

DCM = "1.2.840.10008.2.16.4"
DICOM_UID = "1.2.840.10008.2.6.1"
CCAM = "1.2.250.1.215.300.1"
ACTS = concepts(LOINC, ("26098-4", "RX Cheville gauche ; Vues multiples"), ("26099-2", "RX Cheville droite ; Vues "
                "multiples"), ("24627-2", "TDM Thorax"), ("30746-2", "RX Thorax"))  # fmt: skip
CODES = st.sampled_from([("NDQK001", CCAM, "Radiographie de la cheville"), ("ZBQK002", CCAM, "Radiographie du thorax")])
CLASSES = concepts(DICOM_UID, ("1.2.840.10008.5.1.4.1.1.1.1", "Radiographie numérique, image de présentation"),
                   ("1.2.840.10008.5.1.4.1.1.2", "Image de scanner"))  # fmt: skip
LATERALITIES = concepts(SNOMED, ("66459002", "unilatéral"), ("51440002", "bilatéral"))
DOSES = st.sampled_from([
    ("111636", "Dose dans l'air à l'entrée du patient", "Gy"), ("113813", "PDL Total", "mGy.cm"),
    ("113830", "IDSV Moyen : Indice de Dose Scanographique Volumique", "mGy"), ("113839", "E : Dose efficace", "Sv"),
    ("113507", "Activité administrée", "Bq"),
    ("113730", "Temps total de scopie", "s"), ("113731", "Nombre total d’images radiographiques", None),
])  # fmt: skip
FILE = attachment(section_code="55107-7", title="Compte rendu signé", kind=Concept(text="Compte rendu signé"))


@st.composite
def techniques(draw: st.DrawFn) -> Statement:
    coded_act = draw(ACTS)
    side = draw(maybe(LATERALITIES))
    site = replace(draw(among("jdv-localisation-anatomique")), qualifiers=((SIDE, side),) if side else ())
    return Statement(
        code=coded_act.code,
        system=coded_act.system,
        label=coded_act.label,
        text=draw(maybe(WORDS)),
        translations=draw(st.one_of(st.just(()), CODES.map(lambda one: (one,)))),
        methods=tuple(draw(st.lists(among("jdv-modalite-acquisition"), min_size=1, max_size=2))),
        sites=(site,),
        start=draw(MOMENTS),
        comment=draw(maybe(WORDS)),
    )


@st.composite
def studies(draw: st.DrawFn, uid: str) -> ImagingStudy:
    image = ImagingInstance(
        uid=f"{uid}.1.1", sop_class=draw(CLASSES), at=draw(maybe(MOMENTS)),
        address=draw(maybe(st.just(f"https://imagerie.example/wado?objectUID={uid}.1.1&contentType=image%2Fjpeg"))),
    )  # fmt: skip
    series = ImagingSeries(
        uid=f"{uid}.1", modality=draw(among("jdv-modalite-acquisition")), at=draw(maybe(MOMENTS)), instances=(image,)
    )
    return ImagingStudy(uid=uid, at=draw(MOMENTS), series=(series,))


@st.composite
def doses(draw: st.DrawFn) -> Result:
    code, label, unit = draw(DOSES)
    site = draw(among("jdv-localisation-anatomique"))
    return Result(code=code, system=DCM, label=label, value=draw(NUMBERS), unit=unit, at=draw(MOMENTS), sites=(site,))


@st.composite
def radiation(draw: st.DrawFn) -> tuple[list[Statement], list[Result]]:
    exposure = Statement(code="121290", system=DCM, label="Exposition du patient aux rayonnements",
                         start=draw(MOMENTS), performer=RADIOLOGIST)  # fmt: skip
    pregnancy = draw(coded("364320009", SNOMED, "Grossesse", among("jdv-statut-grossesse")))
    return [exposure], [pregnancy, *draw(st.lists(doses(), max_size=3))]


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    uids = [f"1.2.250.1.999.8.{draw(st.integers(1, 10**9))}.{place}" for place in range(draw(st.integers(1, 2)))]
    acts = []
    for uid in uids:
        coded_act = draw(ACTS)
        acts.append(replace(
            act(coded_act.code or "", LOINC, coded_act.label or ""), id=uid,
            modalities=tuple(draw(st.lists(among("jdv-modalite-acquisition"), min_size=1, max_size=2))),
            regions=tuple(draw(st.lists(among("jdv-region-anatomique"), max_size=1))),
            translations=draw(st.one_of(st.just(()), CODES.map(lambda one: (one,)))),
        ))  # fmt: skip
    exposed, measured = draw(radiation()) if draw(st.booleans()) else ([], [])
    clinical = draw(clinical_information(contraindications=1)) if draw(st.booleans()) else []
    prose = [
        "19005-8",
        *(["55115-0"] if clinical else []),
        *draw(st.lists(st.sampled_from(["59776-5", "18834-2", "55109-3", "30954-2", "55112-7"]), unique=True)),
    ]
    order: dict[str, Any] = draw(st.sampled_from([
        {}, {"orders": ("1.2.250.1.999.3^D-984",), "accession_numbers": ("1.2.250.1.999.8^ACC-12",)},
    ]))  # fmt: skip
    return ClinicalDocument(
        type_code="18748-4",
        type_system=LOINC,
        type_label="CR d'imagerie médicale",
        title="Compte rendu d’imagerie",
        acts=tuple(acts),
        procedures=(*draw(st.lists(techniques(), min_size=1, max_size=2)), *exposed),
        studies=tuple(draw(studies(uid)) for uid in uids),
        results=(*clinical, *measured, *draw(st.lists(told(), max_size=1))),
        devices=tuple(draw(st.lists(devices(), max_size=1))),
        attachments=draw(st.sampled_from([(), (FILE,)])),
        sections=tuple(Section(code=code, system=LOINC, title="Texte", text=draw(PROSE)) for code in prose),
        **order,
        **draw(headers()),
    )
