"""Random rapid tests: angina, cystitis, covid, capillary glucose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from maillon.formats.coded import Concept
from maillon.formats.document import ClinicalDocument, Result, Section
from tests.formats.cda.types.common import CIM10, LOINC, MOMENTS, NUMBERS, SNOMED, WORDS, act, concepts, headers, maybe

TITLE = "Test rapide d'orientation diagnostique"
ANSWERS = concepts(SNOMED, ("10828004", "positif"), ("260385009", "négatif"), ("373068000", "indéterminé(e)"),
                   ("125154007", "échantillon insatisfaisant pour l'évaluation"))  # fmt: skip
TESTS = [
    ("78012-2", "Streptococcus pyogenes Ag [Présence/Seuil] Gorge ; Qualitatif ; Immunoanalyse rapide"),
    ("94558-4", "SARS coronavirus 2 Ag [Présence/Seuil] Voies respiratoires ; Qualitatif ; Immunoanalyse rapide"),
    ("80382-5", "Influenzavirus A Ag [Présence/Seuil] Voies respiratoires supérieures ; Immunoanalyse rapide"),
]
CHAPTERS = [("18725-2", "Microbiologie"), ("18719-5", "Biochimie")]
EXAMINATION = Concept(code="92894-5", system=LOINC, label="Sérologie bactérienne")
DEVICES = st.sampled_from([
    {"device_id": "2.51.1.1^(01)03612345678903(17)271231(10)B987654", "device": "Bionysex | 8029 | B98 | 31/12/2027"},
    {"device": "Ruban & Fils | 12 | L7 | 30/06/2027"},
    {"device_id": "2.51.1.1^(01)03612345678903(17)271231(10)B987654"},
])  # fmt: skip


@st.composite
def results(draw: st.DrawFn, section: str, device: dict[str, str], group: dict[str, Any]) -> Result:
    answer: dict[str, Any]
    if section == "18719-5":
        code, label = "14743-9", "Glucose sang capillaire [Moles/Volume]"
        answer = {"value": draw(NUMBERS), "unit": "mmol/L"}
    else:
        code, label = draw(st.sampled_from(TESTS))
        value = draw(ANSWERS)
        answer = {"value_code": value.code, "value_system": value.system, "value_text": value.label}
    described = {"code": code, "system": LOINC, "label": label, "section_code": section}
    return Result(at=draw(MOMENTS), comment=draw(maybe(WORDS)), **described, **answer, **device, **group)


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    chapters = draw(st.lists(st.sampled_from(CHAPTERS), min_size=1, max_size=2, unique=True))
    found: list[Result] = []
    for code, _ in chapters:
        device = draw(DEVICES)
        group = draw(st.sampled_from([{}, {"examination": EXAMINATION, "group": EXAMINATION.label}]))
        found += draw(st.lists(results(code, device, group), min_size=1, max_size=2))
    done = replace(act("J02.0", CIM10, "Pharyngite à streptocoques"), practice_setting_code="DEPISTAGE")
    return ClinicalDocument(
        type_code="96173-0",
        type_system=LOINC,
        type_label=TITLE,
        title=f"{TITLE} : {draw(st.sampled_from(['TROD angine', 'TROD cystite', 'TROD COVID-19']))}",
        acts=(done,),
        sections=tuple(Section(code=code, system=LOINC, title=title) for code, title in chapters),
        results=tuple(found),
        **draw(headers()),
    )
