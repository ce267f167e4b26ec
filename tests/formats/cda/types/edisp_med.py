from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from maillon.formats.coded import Concept, Part, Quantity
from maillon.formats.document import ClinicalDocument, Statement
from tests.formats.cda.types.common import GENERAL_PRACTITIONER, LOINC, WORDS, act, headers, maybe, medications

IHE_ACT = "1.3.6.1.4.1.19376.1.5.3.2"
SUBSTITUTION = "2.16.840.1.113883.5.1070"
PHARMACIST = replace(
    GENERAL_PRACTITIONER,
    id="899000000318",
    family_name="NGUYEN",
    given_name="Anh",
    suffix=None,
    profession_code="G15_21",
    profession_label="Pharmacien",
)


@st.composite
def lines(draw: st.DrawFn) -> Statement:
    given = draw(medications())
    said = [
        Part(role="instruction", code=Concept(code=code, system=IHE_ACT), text=draw(WORDS))
        for code in draw(st.lists(st.sampled_from(["PINSTRUCT", "FINSTRUCT"]), unique=True))
    ]
    if draw(st.booleans()):
        code = Concept(code="G", system=SUBSTITUTION, label="Substitution générique")
        said.append(Part(role="substitution", code=code, text=draw(maybe(WORDS))))
    number = str(draw(st.integers(1, 9)))
    return replace(
        given,
        mood=None,
        negated=False,
        dosage=None,
        route_code=None,
        posology=draw(maybe(WORDS)),
        lot=draw(st.sampled_from([None, "B4471/2"])),
        amount=Quantity(low=number, high=number, unit=draw(st.sampled_from([None, "30009000"]))),
        fulfils=draw(st.sampled_from([None, "1.2.250.1.999.4^L1", "AADC9C14-F1CA-4177-B2C8-A5178D5B3CA0"])),
        performer=draw(maybe(st.just(PHARMACIST))),
        parts=tuple(said),
    )


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    header = {**draw(headers()), "authors": (PHARMACIST,)}
    return ClinicalDocument(
        type_code="60593-1",
        type_system=LOINC,
        type_label="Dispensation médicamenteuse",
        title="Dispensation de médicaments",
        acts=(act("60593-1", LOINC, "Dispensation médicamenteuse"),),
        orders=draw(st.sampled_from([(), ("1.2.250.1.215.500.1.1^01S2TBPZ2JCNZZYGHZ",)])),
        medications=tuple(draw(st.lists(lines(), min_size=1, max_size=3))),
        **header,
    )
