"""The normal form of what a laboratory says: defaults filled in, specimens listed, groups named, identifiers given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.draft import derived_id
from maillon.formats.cda.laboratory import is_lone, name_of, well_grouped
from maillon.formats.cda.write_xml import LOINC
from maillon.formats.coded import Concept, Isolate
from maillon.formats.document import ClinicalDocument, Result, Section, Specimen

# JDV_HL7_SpecimenType, for a model that only names the specimen.
SPECIMENS: Final = {"Sang": "BLD", "Sang veineux": "BLDV", "Sérum": "SER", "Plasma": "PLAS", "Urine": "UR"}
SPECIMEN_SYSTEM: Final = "2.16.840.1.113883.18.311"


def complete_laboratory(document: ClinicalDocument) -> ClinicalDocument:
    """Narratives are left out: they are made from the results."""
    results = tuple(_results(document))
    sections = tuple(replace(one, text="", html="", comment=_lines(one.comment)) for one in document.sections)
    specimens = tuple(one for section in sections for one in _specimens(document, section, results))
    return replace(document, sections=sections, specimens=specimens, results=tuple(_placed(results, specimens)))


def _lines(text: str | None) -> str | None:
    return "\n".join(squeezed for line in (text or "").split("\n") if (squeezed := " ".join(line.split()))) or None


def _results(document: ClinicalDocument) -> Iterator[Result]:
    """A germ that has results need not be said once more alone; nor twice of one specimen."""
    documented = {(one.section_code, one.isolate) for one in document.results if one.isolate and not is_lone(one)}
    alone: set[tuple[str | None, Isolate | None, str | None]] = set()
    for one in document.results:
        key = (one.section_code, one.isolate, one.specimen)
        if is_lone(one):
            if key[:2] in documented or key in alone:
                continue
            alone.add(key)
        found = replace(
            one,
            status=one.status or "completed",
            method=name_of(one.method_code) or one.method,
            translations=_translations(one),
            value_kind=None if one.value_kind == "CD" and one.value_code is not None else one.value_kind,
            isolate=_identified(document, one),
        )
        yield well_grouped(found)


def _translations(result: Result) -> tuple[tuple[str, str, str], ...]:
    """A code outside LOINC is written as a translation, and read back as both."""
    said = result.translations
    if result.code is None or result.system == LOINC or (said and said[0][0] == result.code):
        return said
    return (result.code, result.system or "", result.label or result.code), *said


def _identified(document: ClinicalDocument, result: Result) -> Isolate | None:
    isolate = result.isolate
    if isolate is None:
        return None
    known = isolate.id or derived_id(document, f"isolate/{result.section_code}/{isolate.organism}/{isolate.at}")
    return replace(isolate, id=known, status=isolate.status or "completed")


def _specimens(document: ClinicalDocument, section: Section, results: tuple[Result, ...]) -> Iterator[Specimen]:
    """Those that the model describes, then those that its results only name."""
    given = [one for one in document.specimens if one.section_code == section.code]
    inside = [one for one in results if one.section_code == section.code]
    for number, one in enumerate(given):
        yield replace(one, id=one.id or derived_id(document, f"specimen/{section.code}/{number}"))
    taken = next((one.at for one in document.participants if one.function_code == "PRELV"), None)
    named = {name_of(one.material) for one in given}
    for name in dict.fromkeys(one.specimen for one in inside if one.specimen and one.specimen not in named):
        yield Specimen(
            id=derived_id(document, f"specimen/{section.code}/{name}"),
            material=_material(name or ""),
            start=taken or inside[0].at,
            section_code=section.code,
        )


def _material(name: str) -> Concept:
    code = SPECIMENS.get(name)
    return Concept(code=code, system=SPECIMEN_SYSTEM, label=name) if code else Concept(text=name)


def _placed(results: tuple[Result, ...], specimens: tuple[Specimen, ...]) -> Iterator[Result]:
    """In a chapter with one specimen, every result is about it."""
    for one in results:
        here = [name_of(each.material) for each in specimens if each.section_code == one.section_code]
        names = {name for name in here if name}
        yield replace(one, specimen=names.pop()) if len(names) == 1 and one.specimen is None else one
