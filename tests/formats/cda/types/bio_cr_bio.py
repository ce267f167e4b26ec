"""Random laboratory reports, with what microbiology adds: specimens as they were taken and received, isolates with
their counts and antibiograms, methods, examinations, remarks, and the biologist who answers for the chapter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from maillon.formats.coded import Concept, Isolate
from maillon.formats.document import Author, ClinicalDocument, Result, Section, Specimen
from tests.formats.cda.types.common import LOINC, MOMENTS, SNOMED, WORDS, concepts, maybe
from tests.formats.cda.written import BIOLOGIST, reports

NCBI = "2.16.840.1.113883.3.9471"
NABM = "1.2.250.1.213.2.7"
REAGENTS = "1.2.250.1.213.2.3.5"
SPECIMEN_TYPES = "2.16.840.1.113883.18.311"
MICROBIOLOGY = "18725-2"
GERMS = st.sampled_from([
    Concept(code="112283007", system=SNOMED, label="Escherichia coli (organism)", text="Escherichia coli",
            translations=(("562", NCBI, "Escherichia coli"),)),
    Concept(code="58800005", system=SNOMED, label="Genus Streptococcus (organism)", text="Streptococcus D."),
    Concept(translations=(("1280", NCBI, "Staphylococcus aureus"),), text="S. aureus « doré » & co"),
    Concept(text="Levures <non identifiées>"),
])  # fmt: skip
ANTIBIOTICS = [("20-8", "Amoxicilline+clavulanate [Sensibilité] Isolat ; CMI"), ("28-1", "Ampicilline [Sensibilité] "
               "Isolat ; CMI"), ("18928-2", "Gentamicine [Sensibilité] Isolat")]  # fmt: skip
METHODS = st.sampled_from([
    Concept(code="BDB", system=REAGENTS, label="Antibiogramme - bandette gradient"),
    Concept(code="DC", system=REAGENTS, label="Cytométrie en flux", text="Cytomètre du laboratoire"),
])  # fmt: skip
ANTIBIOGRAM = Concept(code="18769-0", system=LOINC, label="Antibiogramme", text="Antibiogramme (CMI)")
MICROSCOPY = Concept(text="Microscopie", translations=(("107", "2.16.840.1.113883.5.84", "Microscopie"),))
EXAMINATION = Concept(code="630-4", system=LOINC, label="Bactéries identifiées [Identification] Urine ; Culture")
MATERIALS = st.sampled_from([
    Concept(code="UR", system=SPECIMEN_TYPES, label="Urine", text="urine du milieu du jet"),
    Concept(code="THRT", system=SPECIMEN_TYPES, label="Gorge"),
    Concept(text="Liquide de lavage"),
])  # fmt: skip
SITES = concepts(SNOMED, ("361292008", "cheville"), ("54066008", "structure du pharynx"))
PEOPLE = st.sampled_from([BIOLOGIST, replace(BIOLOGIST, id="899000000227", family_name="D’ALMEIDA", suffix=None)])


@st.composite
def validators(draw: st.DrawFn) -> Author:
    """An entry tells less of a person than a header."""
    return replace(draw(PEOPLE), organization_id=None, organization_name=None, at=draw(maybe(MOMENTS)))


@st.composite
def taken(draw: st.DrawFn, material: Concept, number: int) -> Specimen:
    start, end = sorted((draw(MOMENTS), draw(MOMENTS)))
    times: dict[str, str | None] = draw(
        st.sampled_from([{}, {"start": start}, {"end": end}, {"start": start, "end": end}])
    )
    act = Concept(code="5201", system=NABM, label="EX MICROBIO URINES (ECBU)", text=draw(maybe(st.just("ECBU"))))
    return Specimen(
        id=draw(st.sampled_from([None, f"1.2.250.1.999.1.3.5^{number}"])),
        material=material,
        act=draw(maybe(st.just(act))),
        received_at=draw(maybe(MOMENTS)),
        site=draw(maybe(SITES)),
        collector=draw(maybe(PEOPLE)),
        comment=draw(maybe(WORDS)),
        section_code=MICROBIOLOGY,
        **times,
    )


@st.composite
def susceptibilities(draw: st.DrawFn) -> dict[str, Any]:
    code, label = draw(st.sampled_from(ANTIBIOTICS))
    words = draw(st.sampled_from(["≥ 0,512", "< 0,128", "≤ 0,5", "> 32"]))
    measured = {"value_text": words, "unit": "ug/mL"}
    told = {"value_text": "zone de 21 mm", "value_kind": draw(st.sampled_from([None, "CD"]))}
    return {
        "code": code, "system": LOINC, "label": label, "interpretation": draw(st.sampled_from("SIR")),
        "group_code": ANTIBIOGRAM, **draw(st.sampled_from([measured, told])),
    }  # fmt: skip


@st.composite
def cultures(draw: st.DrawFn, number: int) -> list[dict[str, Any]]:
    """A germ alone, or its count and its antibiogram."""
    known = draw(st.sampled_from([None, f"1.2.250.1.999.1.3.6^{number}"]))
    isolate = Isolate(organism=draw(GERMS), id=known, at=draw(maybe(MOMENTS)))
    if draw(st.booleans()):
        return [{"label": "Isolat", "value_text": isolate.organism.words, "at": isolate.at, "isolate": isolate}]
    count = {"code": "51480-2", "system": LOINC, "label": "Bactérie [Nombre/Volume] Urine", "value": "100000",
             "unit": "/mL", "negated": draw(st.booleans())}  # fmt: skip
    drugs = draw(st.lists(susceptibilities(), max_size=3))
    return [{**one, "isolate": isolate} for one in (count, *drugs)]


@st.composite
def microbiology(draw: st.DrawFn) -> tuple[list[Result], list[Specimen]]:
    materials = draw(st.lists(MATERIALS, min_size=1, max_size=2, unique=True))
    found: list[dict[str, Any]] = draw(st.sampled_from([[], [
        {"code": "30405-5", "system": LOINC, "label": "Leucocytes", "value": "500", "unit": "/mL",
         "group_code": MICROSCOPY},
        {"code": "653-6", "system": LOINC, "label": "Coloration de Gram", "value_text": "nombreux Gram -",
         "value_kind": "CD", "group_code": MICROSCOPY, "negated": True},
    ]]))  # fmt: skip
    for number in range(draw(st.integers(1, 2))):
        found = [*found, *draw(cultures(number))]
    examination = draw(maybe(st.just(EXAMINATION)))
    name = draw(st.sampled_from(materials))
    results = [
        Result(
            section_code=MICROBIOLOGY,
            status="completed",
            examination=examination,
            specimen=None if len(materials) == 1 else name.label or name.text,
            **{"method_code": None if one["label"] == "Isolat" else draw(maybe(METHODS)), "at": draw(MOMENTS), **one},
        )
        for one in found
    ]
    return results, [draw(taken(one, number)) for number, one in enumerate(materials)]


@st.composite
def documents(draw: st.DrawFn) -> ClinicalDocument:
    document = draw(reports())
    if draw(st.booleans()):
        return document
    results, specimens = draw(microbiology())
    chapter = Section(
        code=MICROBIOLOGY,
        system=LOINC,
        title="Examen cytobactériologique des urines (ECBU)",
        comment=draw(maybe(st.sampled_from(["Traitement immédiat", "À contrôler\nAvis pris auprès du Dr D’ALMEIDA"]))),
        validators=tuple(draw(st.lists(validators(), max_size=1))),
    )
    others = tuple(one for one in document.sections if one.code != MICROBIOLOGY)
    kept = tuple(one for one in document.results if one.section_code != MICROBIOLOGY)
    acts = document.acts if len(others) < len(document.sections) else (*document.acts, replace(
        document.acts[0], code=MICROBIOLOGY, label="Microbiologie"
    ))  # fmt: skip
    return replace(
        document, sections=(*others, chapter), results=(*kept, *results), specimens=tuple(specimens), acts=acts
    )
