from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from maillon.formats.coded import Concept, Part
from maillon.formats.document import ClinicalDocument, Result, Section, Statement
from tests.formats.cda.types.common import (
    ACT_CODE,
    LOINC,
    PROSE,
    TA_ASIP,
    WORDS,
    absent,
    act,
    allergies,
    among,
    devices,
    headers,
    known,
    medications,
    planned,
)


def _coded(code: str, label: str, name: str, section: str, kind: str | None) -> st.SearchStrategy[Result]:
    return among(name).map(lambda said: _result(code, label, said, section, kind))


def _result(code: str, label: str, said: Concept, section: str, kind: str | None) -> Result:
    return Result(
        code=code, system=TA_ASIP, label=label, value_text=said.label, value_code=said.code, value_system=said.system,
        value_kind=kind, section_code=section,
    )  # fmt: skip


def _words(code: str, label: str) -> st.SearchStrategy[Result]:
    return WORDS.map(
        lambda said: Result(code=code, system=TA_ASIP, label=label, value_text=said, section_code="42545-4")
    )


def _yes_or_no(code: str, label: str) -> st.SearchStrategy[Result]:
    return st.sampled_from(["Oui", "Non"]).map(
        lambda said: Result(
            code=code, system=TA_ASIP, label=label, value_text=said, value_kind="BL", section_code="42545-4"
        )
    )


STAY = (
    _coded("ORG-070", "Modalité d'entrée", "jdv-modalite-entree", "42545-4", "CE"),
    _coded("ORG-074", "Modalité de sortie", "jdv-modalite-sortie", "42545-4", "CE"),
    _words("MED-142", "Synthèse médicale"),
    _yes_or_no("MED-309", "Recherche de micro-organismes multirésistants"),
    _yes_or_no("MED-145", "Transfusion de produits sanguins"),
    _yes_or_no("MED-147", "Administration de dérivés du sang"),
)
MORE = st.sampled_from([(), ("MED-143", "Événements indésirables"), ("MED-146", "Accidents transfusionnels")])


@st.composite
def stopped(draw: st.DrawFn) -> Statement:
    """By its status, or by the section where it is said; the reason coded, or in words."""
    found = draw(medications())
    told = draw(WORDS)
    coded = tuple(one for one in found.parts if one.role == "reason")
    how = draw(st.sampled_from([{"status": "aborted"}, {"section_code": "18610-6"}]))
    why = coded or (Part(role="reason", code=Concept(text=told)),)
    return replace(found, parts=why, negated=False, **how)


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    stay = [draw(one) for one in STAY]
    more = draw(MORE)
    status = draw(_coded("GEN-065", "Statut du document", "jdv-statut-doc", "33557-0", None))
    return ClinicalDocument(
        type_code="11490-0",
        type_system=LOINC,
        type_label="Lettre de liaison à la sortie d'un établissement de soins",
        title="Lettre de liaison à la sortie",
        acts=(act("IMP", ACT_CODE, "Hospitalisation"),),
        sections=(
            Section(code="42349-1", system=LOINC, title="Motif d’hospitalisation", text=draw(PROSE)),
            *draw(st.sampled_from([(), (Section(code="30954-2", system=LOINC, title="Examens", text="Scanner"),)])),
        ),
        results=(status, *stay, *((draw(_words(*more)),) if more else ())),
        medications=(
            *draw(known(medications(), absent("jdv-absent-or-unknown-medication"))),
            *draw(st.lists(stopped(), max_size=2)),
        ),
        plan=tuple(draw(st.lists(planned(), max_size=2))),
        devices=tuple(draw(st.lists(devices(), max_size=1))),
        allergies=tuple(draw(st.lists(allergies(), max_size=1))),
        **draw(headers()),
    )
