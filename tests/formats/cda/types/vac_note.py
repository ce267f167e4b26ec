from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from maillon.formats.document import ClinicalDocument
from tests.formats.cda.types.common import LOINC, act, headers, vaccinations


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    given = draw(vaccinations(whole=True))
    if given.parts and not given.comment:
        given = replace(given, rank="1")
    return ClinicalDocument(
        type_code="87273-9",
        type_system=LOINC,
        type_label="Note de vaccination",
        title="Note de vaccination",
        acts=(act("87273-9", LOINC, "Note de vaccination"),),
        vaccinations=(given,),
        **draw(headers()),
    )
