from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from maillon.formats.coded import Concept, Part
from maillon.formats.document import ClinicalDocument, Result, Section, Statement
from tests.formats.cda.types.common import (
    DATES,
    GENERAL_PRACTITIONER,
    HABITS,
    LOINC,
    PREGNANCIES,
    PROSE,
    ROUTES,
    SNOMED,
    TA_ASIP,
    VITAL_SIGNS,
    WORDS,
    absent,
    act,
    allergies,
    answer,
    attachment,
    concepts,
    devices,
    family_history,
    headers,
    known,
    maybe,
    measure,
    medications,
    planned,
    problems,
    procedures,
    reactions,
    taking_part,
    vaccinations,
)


@st.composite
def adverse_effects(draw: st.DrawFn) -> Statement:
    kind = draw(concepts(SNOMED, ("79899007", "interaction médicamenteuse")))
    medicine = replace(draw(medications()), negated=False, route_code=draw(ROUTES))
    serious = Part(
        role="qualifier",
        code=Concept(code="94030-4", system=LOINC, label="Gravité de l'effet indésirable"),
        value=Concept(code="255604002", system=SNOMED, label="gravité légère"),
    )
    imputed = Part(
        role="qualifier",
        code=Concept(code="GEN-318", system=TA_ASIP, label="Imputabilité"),
        value=Concept(code="17162000", system=SNOMED, label="certain(e)"),
    )
    return Statement(
        kind=kind.code,
        kind_system=kind.system,
        kind_label=kind.label,
        section_code="44939-7",
        start=draw(maybe(DATES)),
        involved=(medicine,),
        comment=draw(maybe(WORDS)),
        parts=(*draw(st.lists(reactions(), max_size=1)), imputed, serious),
    )


@st.composite
def directives(draw: st.DrawFn) -> Result:
    code, label = draw(st.sampled_from([("75789-8", "Maintien artificiel en vie"), ("75787-2", "Assistance "
                                        "respiratoire")]))  # fmt: skip
    return Result(
        code=code,
        system=LOINC,
        label=label,
        value_text=draw(st.sampled_from(["Oui", "Non"])),
        value_kind="BL",
        at=draw(DATES),
        section_code="42348-3",
        comment=draw(maybe(WORDS)),
    )


FUNCTIONAL = answer("89247-1", LOINC, "Score de performance ECOG", concepts(LOINC, ("LA9622-7", "Activité identique")),
                    section="47420-5")  # fmt: skip
RESULTS = st.one_of(
    measure("1988-5", "Protéine C réactive", "mg/L", section="30954-2", low="0.0", high="6.0", interpretation="N",
            group_code=Concept(code="26436-6", system=LOINC, label="Biologie polyvalente"),
            performer=GENERAL_PRACTITIONER),
    st.builds(lambda said: Result(code="24979-7", system=LOINC, label="CT rachis dorsal", value_text=said,
                                  section_code="30954-2", at="2024-03-29", group_code=Concept(code="18748-4",
                                  system=LOINC, label="Imagerie"), sites=(Concept(code="302551006",
                                  system=SNOMED, label="thorax entier"),)), WORDS),
)  # fmt: skip
FILE = attachment(section_code="55107-7", title="Attestation",
                  kind=Concept(code="DLU_007", system=TA_ASIP, label="Attestation de mutuelle"))  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    header = draw(headers())
    kinds = (VITAL_SIGNS, HABITS, PREGNANCIES, family_history(), directives(), FUNCTIONAL, RESULTS)
    some = [draw(st.lists(one, max_size=2)) for one in kinds]
    prose = draw(st.sampled_from([(), ("44944-7",), ("44944-7", "10161-8")]))
    header["participants"] += draw(st.sampled_from([(), (taking_part("INF", function="PCP", at=None),)]))
    paper = draw(st.booleans())
    wish = Result(code="42348-3", system=LOINC, label="Directives anticipées", at="2024-04-01", section_code="42348-3")
    return ClinicalDocument(
        type_code="60591-5",
        type_system=LOINC,
        type_label="Synthèse médicale",
        title="Synthèse médicale",
        acts=(act("34117-2", LOINC, "Historique et clinique"),),
        problems=tuple(
            draw(known(problems("11450-4"), absent("jdv-absent-or-unknown-problem", section_code="11450-4")))
            + draw(st.lists(problems("11348-0"), max_size=1))
        ),
        procedures=tuple(
            draw(known(procedures("47519-4"), absent("jdv-absent-or-unknown-procedure", section_code="47519-4")))
        ),
        allergies=tuple(
            draw(known(allergies(), absent("jdv-absent-or-unknown-allergy")))
            + draw(st.lists(adverse_effects(), max_size=1))
        ),
        medications=tuple(draw(known(medications(), absent("jdv-absent-or-unknown-medication")))),
        devices=tuple(draw(known(devices(), absent("jdv-absent-or-unknown-devices")))),
        vaccinations=tuple(draw(known(vaccinations(), absent("jdv-absent-or-unknown-immunization")))),
        plan=tuple(draw(st.lists(planned(), max_size=3))),
        results=tuple(one for kind in some for one in kind) + ((wish,) if paper else ()),
        attachments=(*((attachment(section_code="42348-3"),) if paper else ()), *draw(st.sampled_from([(), (FILE,)]))),
        sections=tuple(Section(code=code, system=LOINC, title="Texte", text=draw(PROSE)) for code in prose),
        **header,
    )
