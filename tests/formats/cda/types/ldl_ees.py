from __future__ import annotations

from hypothesis import strategies as st

from maillon.formats.document import ClinicalDocument, Section
from tests.formats.cda.types.common import (
    ACT_CODE,
    LOINC,
    PROSE,
    absent,
    act,
    allergies,
    headers,
    medications,
    problems,
    procedures,
)


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    none_known = absent("jdv-absent-or-unknown-medication").map(lambda item: [item])
    no_allergy = absent("jdv-absent-or-unknown-allergy").map(lambda item: [item])
    return ClinicalDocument(
        type_code="18761-7",
        type_system=LOINC,
        type_label="Note de transfert (dont lettre de liaison à l'entrée en établissement de soins)",
        title="Lettre de liaison à l’entrée",
        acts=(act("IMP", ACT_CODE, "Hospitalisation"),),
        sections=(
            Section(code="42349-1", system=LOINC, title="Motif d’hospitalisation", text=draw(PROSE)),
            Section(code="55112-7", system=LOINC, title="Autres informations", text=draw(PROSE)),
        ),
        medications=tuple(draw(st.one_of(none_known, st.lists(medications(), min_size=1, max_size=3)))),
        allergies=tuple(draw(st.one_of(no_allergy, st.lists(allergies(), min_size=1, max_size=2)))),
        problems=tuple(draw(st.lists(problems("11348-0"), max_size=2))),
        procedures=tuple(draw(st.lists(procedures("47519-4"), max_size=2))),
        **draw(headers()),
    )
