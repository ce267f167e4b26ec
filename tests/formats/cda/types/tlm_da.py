from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from maillon.formats.coded import Concept
from maillon.formats.document import ClinicalDocument, Section
from tests.formats.cda.types.common import (
    HABITS,
    LOINC,
    PREGNANCIES,
    PROSE,
    VITAL_SIGNS,
    absent,
    act,
    allergies,
    attachment,
    devices,
    family_history,
    headers,
    known,
    medications,
    problems,
    procedures,
)

NGAP = "1.2.250.1.215.200.3.3"
FILE = attachment(section_code="55107-7", title="Photographie", kind=Concept(text="Photographie"))


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    code = draw(st.sampled_from(["TCG", "TC", "TE1", "TE2", "TLD", "TLL", "TLM", "TLS"]))
    some = [draw(st.lists(one, max_size=2)) for one in (HABITS, VITAL_SIGNS, PREGNANCIES)]
    told = draw(st.booleans())
    prose = [*(["34117-2"] if told else []), *draw(st.sampled_from([[], ["10161-8"], ["10161-8", "30954-2"]]))]
    anamnesis: dict[str, Any] = {}
    if not told:
        anamnesis = {
            "problems": tuple(draw(known(problems("11450-4"), problems("11450-4")))),
            "procedures": tuple(draw(st.lists(procedures(), max_size=1))),
            "allergies": tuple(draw(known(allergies(), absent("jdv-absent-or-unknown-allergy")))),
        }
        some.append(draw(st.lists(family_history(), max_size=1)))
    return ClinicalDocument(
        type_code="75496-0",
        type_system=LOINC,
        type_label="Demande d'acte de télémédecine",
        title="Demande d’acte de télémédecine",
        acts=(act(code, NGAP, "Acte de télémédecine"),),
        medications=tuple(draw(known(medications(), absent("jdv-absent-or-unknown-medication")))),
        devices=tuple(draw(st.lists(devices(), max_size=1))),
        results=tuple(one for kind in some for one in kind),
        attachments=draw(st.sampled_from([(), (FILE,)])),
        sections=tuple(Section(code=one, system=LOINC, title="Texte", text=draw(PROSE)) for one in prose),
        **anamnesis,
        **draw(headers()),
    )
