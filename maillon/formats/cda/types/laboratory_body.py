"""The body of a laboratory report, BIO-CR-BIO 2024.01 (IHE XD-LAB): chapters, results, and the PDF copy.

The narrative is made from the coded data, so that what a person reads is what a program reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from maillon.formats.cda.blocks.attached import PDF_COPY as PDF_COPY_CODE
from maillon.formats.cda.blocks.attached import complete_copy, write_copy
from maillon.formats.cda.blocks.draft import Draft, derived_id, open_section
from maillon.formats.cda.types.laboratory_device import examination_of, write_device
from maillon.formats.cda.types.laboratory_table import References, ResultTable
from maillon.formats.cda.types.sections import PDF_COPY_SECTION
from maillon.formats.cda.write_xml import LOINC, XSI_TYPE, Element, add, add_code, add_templates, add_time
from maillon.formats.coded import Concept
from maillon.formats.document import ClinicalDocument, PreviousValue, Result, Section
from maillon.formats.refusal import Refused
from maillon.formats.wording import INTERPRETATION_WORDS

CHAPTER: Final = ("1.3.6.1.4.1.19376.1.3.3.2.1", "1.2.250.1.213.1.1.2.70")
SUB_CHAPTER: Final = ("1.3.6.1.4.1.19376.1.3.3.2.2", "1.2.250.1.213.1.1.2.71")
ENTRY: Final = ("1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21")
SPECIMEN_COLLECTION: Final = ("1.3.6.1.4.1.19376.1.3.1.2", "1.2.250.1.213.1.1.3.77")
BATTERY: Final = ("1.3.6.1.4.1.19376.1.3.1.4", "1.2.250.1.213.1.1.3.78")
OBSERVATION: Final = ("1.3.6.1.4.1.19376.1.3.1.6", "1.2.250.1.213.1.1.3.80")
COMMENT: Final = ("2.16.840.1.113883.10.20.1.40", "1.3.6.1.4.1.19376.1.5.3.1.4.2", "1.2.250.1.213.1.1.3.32")
SPECIMENS: Final = {"Sang": "BLD", "Sang veineux": "BLDV", "Sérum": "SER", "Plasma": "PLAS", "Urine": "UR"}
SPECIMEN_SYSTEM: Final = "2.16.840.1.113883.18.311"
INTERPRETATION_SYSTEM: Final = "2.16.840.1.113883.5.83"
UCUM: Final = "2.16.840.1.113883.6.8"
_BOUND = re.compile(r"^(<=|>=|<|>|≤|≥)\s*(\d+(?:[.,]\d+)?)(?:\s.*)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    section: Section
    sub_chapters: list[Section] = field(default_factory=list)


def write_laboratory_body(root: Element, draft: Draft) -> None:
    """Refuses a report without a chapter, without its PDF copy, or with a result that no section holds (E-ECR-07)."""
    _pdf_copy(write_chapters(root, draft.document), draft)


def write_chapters(root: Element, document: ClinicalDocument) -> Element:
    """The body, with its chapters."""
    chapters = list(_chapters(document.sections))
    _refuse_orphans(document, chapters)
    body = add(add(root, "component"), "structuredBody")
    table = ResultTable()
    for chapter in chapters:
        _chapter(body, chapter, document=document, table=table)
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


def _chapter(body: Element, chapter: Chapter, *, document: ClinicalDocument, table: ResultTable) -> None:
    section = _section(body, chapter.section, templates=CHAPTER)
    if not chapter.sub_chapters:
        _results_of(section, chapter.section, document=document, table=table)
    for sub_chapter in chapter.sub_chapters:
        inner = _section(section, sub_chapter, templates=SUB_CHAPTER)
        _results_of(inner, sub_chapter, document=document, table=table)


def _section(parent: Element, section: Section, *, templates: tuple[str, ...]) -> Element:
    element = add(add(parent, "component"), "section")
    add_templates(element, *templates)
    add_code(element, "code", section.code, system=section.system or LOINC, label=section.title)
    add(element, "title", section.title)
    return element


def _results_of(element: Element, section: Section, *, document: ClinicalDocument, table: ResultTable) -> None:
    """One entry per section (IHE XD-LAB): the specimens taken, then the batteries."""
    results = [result for result in document.results if result.section_code == section.code]
    members = list(zip(results, table.write(element, results), strict=True))
    examination = examination_of(results)
    act = _entry(element, section, examination)
    write_device(element, act, results)
    specimens = {result.specimen: reference.specimen for result, reference in members if result.specimen}
    collected_at = next((p.at for p in document.participants if p.function_code == "PRELV"), None) or results[0].at
    for specimen, reference in specimens.items():
        specimen_id = derived_id(document, f"specimen/{section.code}/{specimen}")
        _specimen(act, specimen, specimen_id=specimen_id, reference=reference, at=collected_at)
    title = examination.label if examination is not None else section.title
    _batteries(act, members, title=title, told_apart=len(specimens) > 1)


def _entry(element: Element, section: Section, examination: Concept | None) -> Element:
    entry = add(element, "entry", typeCode="DRIV")
    add_templates(entry, *ENTRY)
    act = add(entry, "act", classCode="ACT", moodCode="EVN")
    if examination is not None:
        add_code(act, "code", examination.code, system=examination.system, label=examination.label)
    else:
        add_code(act, "code", section.code, system=section.system or LOINC, label=section.title)
    add(act, "statusCode", code="completed")
    return act


def _specimen(act: Element, specimen: str, *, specimen_id: str, reference: str, at: str | None) -> None:
    procedure = add(add(act, "entryRelationship", typeCode="COMP"), "procedure", classCode="PROC", moodCode="EVN")
    add_templates(procedure, *SPECIMEN_COLLECTION)
    if at is not None:
        add_time(procedure, "effectiveTime", at)
    participant = add(procedure, "participant", typeCode="PRD")
    role = add(participant, "participantRole", classCode="SPEC")
    add(role, "id", root=specimen_id)
    _specimen_code(add(role, "playingEntity"), specimen, reference=reference)


def _specimen_code(entity: Element, specimen: str, *, reference: str) -> None:
    code = SPECIMENS.get(specimen)
    known = code is not None
    coded = add_code(entity, "code", code, system=SPECIMEN_SYSTEM if known else None, label=specimen if known else None)
    _original_text(coded, reference)


def _batteries(act: Element, members: list[tuple[Result, References]], *, title: str | None, told_apart: bool) -> None:
    """`told_apart`: with several specimens, each result names its own."""
    for group, contained in groupby(members, key=lambda pair: (pair[0].group, pair[0].specimen)):
        inside = list(contained)
        if group[0] is None or group[0] == title:
            parents = [add(act, "entryRelationship", typeCode="COMP") for _ in inside]
        else:
            battery = _battery(act, reference=inside[0][1].group)
            parents = [add(battery, "component") for _ in inside]
        for parent, (result, reference) in zip(parents, inside, strict=True):
            _observation(parent, result, reference, told_apart=told_apart)


def _battery(act: Element, *, reference: str) -> Element:
    organizer = add(add(act, "entryRelationship", typeCode="COMP"), "organizer", classCode="BATTERY", moodCode="EVN")
    add_templates(organizer, *BATTERY)
    _original_text(add(organizer, "code"), reference)
    add(organizer, "statusCode", code="completed")
    return organizer


def _observation(parent: Element, result: Result, reference: References, *, told_apart: bool) -> None:
    observation = _observation_head(parent, result, reference)
    _value(observation, result, reference)
    if result.interpretation:
        add_code(
            observation,
            "interpretationCode",
            result.interpretation,
            system=INTERPRETATION_SYSTEM,
            label=INTERPRETATION_WORDS.get(result.interpretation),
        )
    if result.method:
        _original_text(add(observation, "methodCode"), reference.method)
    if told_apart and result.specimen:
        role = add(add(observation, "specimen"), "specimenRole")
        _specimen_code(add(role, "specimenPlayingEntity"), result.specimen, reference=reference.specimen)
    if result.comment:
        _comment(observation, reference)
    for old in result.previous:
        _previous(observation, result, reference, old=old)
    _reference_range(observation, result)


def _observation_head(parent: Element, result: Result, reference: References) -> Element:
    negation = "true" if result.negated else None
    observation = add(parent, "observation", classCode="OBS", moodCode="EVN", negationInd=negation)
    add_templates(observation, *OBSERVATION)
    _result_code(observation, result, reference)
    add(observation, "statusCode", code=result.status or "completed")
    if result.at:
        add_time(observation, "effectiveTime", result.at)
    return observation


def _result_code(observation: Element, result: Result, reference: References) -> None:
    """A code outside LOINC may only stand as a translation of an empty code (BIO-CR-BIO 2024.01)."""
    universal = result.code is not None and result.system == LOINC
    translations = list(result.translations)
    if result.code is not None and not universal:
        translations.insert(0, (result.code, result.system or "", result.label or result.code))
    code = (
        add_code(observation, "code", result.code, system=LOINC, label=result.label or result.code)
        if universal
        else add(observation, "code")
    )
    _original_text(code, reference.label)
    for local_code, system, label in translations:
        add(code, "translation", code=local_code, displayName=label, codeSystem=system or None)


def _original_text(coded: Element, reference: str) -> None:
    add(add(coded, "originalText"), "reference", value=f"#{reference}")


def _value(observation: Element, result: Result, reference: References) -> None:
    if result.absent:
        add(observation, "value", nullFlavor="UNK").set(XSI_TYPE, "PQ")
    elif result.value is not None:
        _quantity(observation, result)
    elif result.value_code is not None:
        coded = add_code(
            observation, "value", result.value_code, system=result.value_system, label=result.value_text, typed=True
        )
        _original_text(coded, reference.value)
    else:
        _text_value(observation, result.value_text or "", unit=result.unit)


def _written_unit(unit: str | None) -> str | None:
    """A pure number has no unit: the schema's default stands for « 1 », which the kit's list of units lacks."""
    return None if unit == "1" else unit


def _quantity(observation: Element, result: Result) -> None:
    quantity = add(observation, "value", value=result.value, unit=_written_unit(result.unit))
    quantity.set(XSI_TYPE, "PQ")
    if result.other_value is not None:
        add(quantity, "translation", value=result.other_value, code=_written_unit(result.other_unit), codeSystem=UCUM)


def _text_value(observation: Element, text: str, *, unit: str | None) -> None:
    """`< 1,0` is an interval with its unit; anything else is the text itself."""
    bound = _BOUND.match(text)
    if bound is None or unit is None:
        add(observation, "value", text).set(XSI_TYPE, "ST")
        return
    sign, number = bound.group(1), bound.group(2).replace(",", ".")
    interval = add(observation, "value")
    interval.set(XSI_TYPE, "IVL_PQ")
    inclusive = "true" if sign in ("<=", ">=", "≤", "≥") else "false"
    side = "high" if sign[0] in "<≤" else "low"
    add(interval, side, value=number, unit=unit, inclusive=inclusive)


def _comment(observation: Element, reference: References) -> None:
    relationship = add(observation, "entryRelationship", typeCode="SUBJ", inversionInd="true")
    act = add(relationship, "act", classCode="ACT", moodCode="EVN")
    add_templates(act, *COMMENT)
    add_code(act, "code", "48767-8", system=LOINC, label="Commentaire")
    add(add(act, "text"), "reference", value=f"#{reference.comment}")
    add(act, "statusCode", code="completed")


def _previous(observation: Element, result: Result, reference: References, *, old: PreviousValue) -> None:
    relationship = add(observation, "entryRelationship", typeCode="REFR")
    earlier = add(relationship, "observation", classCode="OBS", moodCode="EVN")
    add_templates(earlier, *OBSERVATION)
    _result_code(earlier, result, reference)
    add(earlier, "statusCode", code="completed")
    add_time(earlier, "effectiveTime", old.at or "")
    if old.value is not None:
        add(earlier, "value", value=old.value, unit=_written_unit(old.unit)).set(XSI_TYPE, "PQ")
    else:
        _text_value(earlier, old.value_text or "", unit=old.unit)


def _reference_range(observation: Element, result: Result) -> None:
    if result.low is None and result.high is None and not result.range_text:
        return
    holder = add(observation, "referenceRange", typeCode="REFV")
    expected = add(holder, "observationRange", classCode="OBS", moodCode="EVN.CRT")
    if result.range_text:
        add(expected, "text", result.range_text)
    if result.low is not None or result.high is not None:
        interval = add(expected, "value")
        interval.set(XSI_TYPE, "IVL_PQ")
        for side, number in (("low", result.low), ("high", result.high)):
            if number is not None:
                add(interval, side, value=number, unit=_written_unit(result.range_unit or result.unit))
    add_code(expected, "interpretationCode", "N", system=INTERPRETATION_SYSTEM, label="Normal")


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
