"""The body of a laboratory report, BIO-CR-BIO 2024.01 (IHE XD-LAB): chapters, results, and the PDF copy.

The narrative is made from the coded data, so that what a person reads is what a program reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from maillon.formats.cda.blocks.actors import person_in_words
from maillon.formats.cda.blocks.attached import PDF_COPY as PDF_COPY_CODE
from maillon.formats.cda.blocks.attached import complete_copy, write_copy
from maillon.formats.cda.blocks.draft import Draft, Table, open_section
from maillon.formats.cda.blocks.values import add_concept
from maillon.formats.cda.laboratory import battery_of, is_lone, name_of
from maillon.formats.cda.types.laboratory_complete import complete_laboratory
from maillon.formats.cda.types.laboratory_device import examination_of, write_device
from maillon.formats.cda.types.laboratory_result import write_result
from maillon.formats.cda.types.laboratory_specimen import COLUMNS as SPECIMEN_COLUMNS
from maillon.formats.cda.types.laboratory_specimen import (
    write_comment,
    write_isolate,
    write_specimens,
    write_validator,
)
from maillon.formats.cda.types.laboratory_table import References, ResultTable
from maillon.formats.cda.types.rules import refuse_bad_laboratory
from maillon.formats.cda.types.sections import PDF_COPY_SECTION
from maillon.formats.cda.write_xml import LOINC, Element, add, add_code, add_templates
from maillon.formats.coded import Concept
from maillon.formats.document import ClinicalDocument, Result, Section
from maillon.formats.refusal import Refused

CHAPTER: Final = ("1.3.6.1.4.1.19376.1.3.3.2.1", "1.2.250.1.213.1.1.2.70")
SUB_CHAPTER: Final = ("1.3.6.1.4.1.19376.1.3.3.2.2", "1.2.250.1.213.1.1.2.71")
ENTRY: Final = ("1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21")
BATTERY: Final = ("1.3.6.1.4.1.19376.1.3.1.4", "1.2.250.1.213.1.1.3.78")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    section: Section
    sub_chapters: list[Section] = field(default_factory=list)


def write_laboratory_body(root: Element, draft: Draft) -> None:
    """Refuses a report without a chapter, without its PDF copy, or with a result that no section holds (E-ECR-07)."""
    _pdf_copy(write_chapters(root, draft), draft)


def write_chapters(root: Element, draft: Draft) -> Element:
    """The body, with its chapters."""
    refuse_bad_laboratory(draft.document)
    document = draft.document = complete_laboratory(draft.document)
    chapters = list(_chapters(document.sections))
    _refuse_orphans(document, chapters)
    body = add(add(root, "component"), "structuredBody")
    table = ResultTable()
    for chapter in chapters:
        _chapter(body, chapter, draft=draft, table=table)
    return body


def _chapters(sections: Sequence[Section]) -> Iterator[Chapter]:
    current: Chapter | None = None
    for section in sections:
        if section.code == PDF_COPY_CODE:
            continue
        if section.level > 1 and current is not None:
            current.sub_chapters.append(section)
            continue
        if current is not None:
            yield current
        current = Chapter(section=section)
    if current is not None:
        yield current


def _refuse_orphans(document: ClinicalDocument, chapters: list[Chapter]) -> None:
    holders = [section for chapter in chapters for section in (chapter.sub_chapters or [chapter.section])]
    held = {section.code for section in holders}
    if not chapters or any(section.code is None or section.title is None for section in document.sections):
        raise Refused("E-ECR-07", "Un compte rendu de biologie a au moins un chapitre, codé et titré.")
    if len(held) != len(holders):
        raise Refused("E-ECR-07", "Deux chapitres du compte rendu portent le même code.")
    if held != {result.section_code for result in document.results}:
        raise Refused("E-ECR-07", "Un résultat n’appartient à aucun chapitre, ou un chapitre n’a pas de résultat.")


def _chapter(body: Element, chapter: Chapter, *, draft: Draft, table: ResultTable) -> None:
    section = _section(body, chapter.section, templates=CHAPTER)
    if not chapter.sub_chapters:
        _results_of(section, chapter.section, draft=draft, table=table)
    for sub_chapter in chapter.sub_chapters:
        inner = _section(section, sub_chapter, templates=SUB_CHAPTER)
        _results_of(inner, sub_chapter, draft=draft, table=table)


def _section(parent: Element, section: Section, *, templates: tuple[str, ...]) -> Element:
    element = add(add(parent, "component"), "section")
    add_templates(element, *templates)
    add_code(element, "code", section.code, system=section.system or LOINC, label=section.title)
    add(element, "title", section.title)
    return element


def _results_of(element: Element, section: Section, *, draft: Draft, table: ResultTable) -> None:
    """One entry per section (IHE XD-LAB): who answers for it, the specimens taken, the isolates and the batteries, and
    what is said of them all."""
    results = [result for result in draft.document.results if result.section_code == section.code]
    specimens = [one for one in draft.document.specimens if one.section_code == section.code]
    materials = {name_of(one.material) or "": one.material for one in specimens}
    text = add(element, "text")
    act = _entry(element, section, results)
    for person in section.validators:
        write_validator(act, person, draft=draft)
    write_device(text, act, results)
    taken = Table(SPECIMEN_COLUMNS, name=f"e{table.number + 1}")
    write_specimens(act, specimens, taken, draft=draft)
    if taken.rows:
        taken.write(text)
    references = table.write(text, results, told_apart=len(materials) > 1)
    members = list(zip(results, references, strict=True))
    _grouped(act, members, draft=draft, materials=materials if len(materials) > 1 else {})
    for number, line in enumerate((section.comment or "").split("\n") if section.comment else (), start=1):
        key = f"c{table.number}-{number}"
        add(add(text, "paragraph"), "content", line, ID=key)
        write_comment(act, f"#{key}")
    for person in section.validators:
        add(text, "paragraph", f"Résultats validés par {person_in_words(person)}")


def _entry(element: Element, section: Section, results: Sequence[Result]) -> Element:
    entry = add(element, "entry", typeCode="DRIV")
    add_templates(entry, *ENTRY)
    act = add(entry, "act", classCode="ACT", moodCode="EVN")
    examination = examination_of(results)
    if examination is not None:
        add_concept(act, "code", examination)
    else:
        add_code(act, "code", section.code, system=section.system or LOINC, label=section.title)
    add(act, "statusCode", code="completed")
    return act


Member = tuple[Result, References]


def _grouped(act: Element, members: list[Member], *, draft: Draft, materials: Mapping[str, Concept | None]) -> None:
    """Among several specimens, a germ alone needs an observation to say from which it grew."""
    for isolate, contained in groupby(members, key=lambda member: member[0].isolate):
        inside = list(contained)
        if isolate is None:
            _batteries(act, "entryRelationship", inside, draft=draft, materials=materials)
            continue
        organizer = write_isolate(act, isolate, reference=inside[0][1].isolate)
        about = [member for member in inside if materials or not is_lone(member[0])]
        _batteries(organizer, "component", about, draft=draft, materials=materials)


def _batteries(
    holder: Element, link: str, members: list[Member], *, draft: Draft, materials: Mapping[str, Concept | None]
) -> None:
    for battery, contained in groupby(members, key=lambda member: battery_of(member[0])):
        inside = list(contained)
        parent, inner = holder, link
        if battery is not None:
            parent, inner = _battery(_linked(holder, link), battery, reference=inside[0][1].battery), "component"
        for result, reference in inside:
            material = materials.get(result.specimen or "")
            write_result(_linked(parent, inner), result, reference, draft=draft, specimen=material)


def _linked(parent: Element, link: str) -> Element:
    return add(parent, link, typeCode="COMP" if link == "entryRelationship" else None)


def _battery(parent: Element, battery: Concept, *, reference: str) -> Element:
    organizer = add(parent, "organizer", classCode="BATTERY", moodCode="EVN")
    add_templates(organizer, *BATTERY)
    add_concept(organizer, "code", battery, reference=reference)
    add(organizer, "statusCode", code="completed")
    return organizer


def _pdf_copy(body: Element, draft: Draft) -> None:
    """« Copie du document », mandatory: what the biologist validated, as a person sees it."""
    copies = [each for each in draft.document.attachments if each.media_type == "application/pdf"]
    if len(copies) != 1:
        raise Refused("E-ECR-07", "Un compte rendu de biologie contient sa copie PDF, et une seule.")
    sheet = PDF_COPY_SECTION
    section = open_section(
        body, draft, templates=sheet.templates, code=sheet.code, label=sheet.label, title=sheet.title
    )  # fmt: skip
    write_copy(draft, section, [complete_copy(each) for each in copies])
    section.close()
