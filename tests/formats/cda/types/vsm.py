from __future__ import annotations

from hypothesis import strategies as st

from maillon.formats.document import ClinicalDocument, Section
from tests.formats.cda.types.common import (
    HABITS,
    LOINC,
    PROSE,
    absent,
    act,
    allergies,
    family_history,
    headers,
    known,
    medications,
    problems,
    procedures,
    taking_part,
)


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    header = draw(headers())
    habits = draw(st.lists(HABITS, max_size=2))
    family = draw(st.lists(family_history(), max_size=2))
    prose = ["10161-8", "30954-2", *([] if habits else ["29762-2"]), *([] if family else ["10157-6"])]
    header["participants"] += draw(st.sampled_from([(), (taking_part("INF", function="PCP", at=None),)]))
    none = "jdv-absent-or-unknown-problem"
    return ClinicalDocument(
        type_code="SYNTH",
        type_system="1.2.250.1.213.1.1.4.12",
        type_label="Synthèse",
        title="Volet de synthèse médicale",
        acts=(act("34117-2", LOINC, "Historique et clinique"),),
        problems=tuple(
            draw(known(problems("11348-0"), absent(none, section_code="11348-0")))
            + draw(known(problems("11450-4"), absent(none, section_code="11450-4")))
        ),
        procedures=tuple(draw(known(procedures("47519-4"), absent("jdv-absent-or-unknown-procedure")))),
        allergies=tuple(draw(known(allergies(), absent("jdv-absent-or-unknown-allergy")))),
        medications=tuple(draw(known(medications(), absent("jdv-absent-or-unknown-medication")))),
        results=(*habits, *family),
        sections=tuple(Section(code=code, system=LOINC, title="Texte", text=draw(PROSE)) for code in prose),
        **header,
    )
