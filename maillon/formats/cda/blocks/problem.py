"""FR-Liste-des-problemes and FR-Probleme; FR-Liste-des-allergies and FR-Allergie-ou-hypersensibilite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.parts import (
    PART_COLUMNS,
    SNOMED,
    complete_part,
    period_in_words,
    write_comment,
    write_parts,
)
from maillon.formats.cda.blocks.values import (
    ABSENT_SYSTEM,
    add_concept,
    add_period,
    add_reference,
    codes_in_words,
    concept_of,
    words_of,
)
from maillon.formats.cda.write_xml import Element, add, add_id, add_templates
from maillon.formats.coded import Concept
from maillon.formats.document import Statement
from maillon.formats.wording import shown_date

CONCERN: Final = ("2.16.840.1.113883.10.20.1.27", "1.3.6.1.4.1.19376.1.5.3.1.4.5.1")
PROBLEM_CONCERN: Final = (*CONCERN, "1.3.6.1.4.1.19376.1.5.3.1.4.5.2", "1.2.250.1.213.1.1.3.39")
ALLERGY_CONCERN: Final = (*CONCERN, "1.3.6.1.4.1.19376.1.5.3.1.4.5.3", "1.2.250.1.213.1.1.3.40")
PROBLEM: Final = ("2.16.840.1.113883.10.20.1.28", "1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.2.250.1.213.1.1.3.37")
ALLERGY: Final = (
    "2.16.840.1.113883.10.20.1.28",
    "2.16.840.1.113883.10.20.1.18",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "1.3.6.1.4.1.19376.1.5.3.1.4.6",
    "1.2.250.1.213.1.1.3.41",
)
DIAGNOSIS: Final = Concept(code="282291009", system=SNOMED, label="interprétation diagnostique")
PROPENSITY: Final = Concept(code="420134006", system=SNOMED, label="propension aux effets indésirables")
COLUMNS: Final = ("Date de début", "Date de fin", "Type", "Problème", "Agent responsable", "Suivi", *PART_COLUMNS)
CONCERN_WORDS: Final = {"active": "en cours", "suspended": "suspendu", "aborted": "interrompu", "completed": "terminé"}
OVER: Final = frozenset({"completed", "aborted"})


def complete_problem(item: Statement) -> Statement:
    """A problem that nobody dated the end of is active."""
    kind = Concept(code=item.kind, system=item.kind_system or SNOMED, label=item.kind_label)
    return _complete(item, kind if item.kind else DIAGNOSIS)


def complete_allergy(item: Statement) -> Statement:
    kind = Concept(code=item.kind, system=item.kind_system or SNOMED, label=item.kind_label)
    return _complete(item, kind if item.kind else PROPENSITY)


def _complete(item: Statement, kind: Concept) -> Statement:
    status = item.concern_status or ("completed" if item.end else "active")
    start, end = item.start or item.concern_start, item.end or (item.concern_end if status in OVER else None)
    return replace(
        item,
        start=start,
        end=end,
        concern_start=item.concern_start if item.concern_start != start else None,
        concern_end=item.concern_end if item.concern_end != end and status in OVER else None,
        kind=kind.code,
        kind_system=kind.system,
        kind_label=kind.label,
        mood=item.mood or "EVN",
        concern_status=status,
        parts=tuple(map(complete_part, item.parts)),
    )


def write_problems(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        row = table.row()
        observation = _concern(section, draft, item, concern=PROBLEM_CONCERN, templates=PROBLEM)
        named = _head(observation, item, row=row, column="Problème")
        add_concept(observation, "value", concept_of(item), kind="CD", reference=named)
        write_parts(observation, item.parts, row=row, draft=draft)
        write_comment(observation, item.comment, row=row)
        _documents(observation, item)


def write_allergies(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        row = table.row()
        observation = _concern(section, draft, item, concern=ALLERGY_CONCERN, templates=ALLERGY)
        named = _head(observation, item, row=row, column="Agent responsable")
        if item.absent or item.system == ABSENT_SYSTEM:
            add_concept(observation, "value", concept_of(item), kind="CD", reference=named)
        else:
            add_concept(observation, "value", None, kind="CD", reference=named)
            write_agent(observation, item, named=named)
        write_parts(observation, item.parts, row=row, draft=draft)
        write_comment(observation, item.comment, row=row)


def _concern(
    section: OpenSection, draft: Draft, item: Statement, *, concern: tuple[str, ...], templates: tuple[str, ...]
) -> Element:
    act = section.entry("act", class_code="ACT", mood="EVN")
    add_templates(act, *concern)
    add(act, "id", root=draft.next_id())
    add(act, "code", nullFlavor="NA")
    add(act, "statusCode", code=item.concern_status)
    over = item.concern_status in OVER  # IHE PCC 1.3.6.1.4.1.19376.1.5.3.1.4.5.1: an end then, and only then
    start, end = item.concern_start or item.start, item.concern_end or item.end
    interval = add_period(act, "effectiveTime", start=start, end=end if over else None)
    if over and end is None:
        add(interval, "high", nullFlavor="UNK")
    link = add(act, "entryRelationship", typeCode="SUBJ", inversionInd="false")
    negation = "true" if item.negated else "false"
    observation = add(link, "observation", classCode="OBS", moodCode="EVN", negationInd=negation)
    add_templates(observation, *templates)
    return observation


def _head(observation: Element, item: Statement, *, row: Row, column: str) -> str:
    """Id, kind, text, status, dates; answers the reference of the words."""
    add_id(observation, item.id or "")
    kind = Concept(code=item.kind, system=item.kind_system, label=item.kind_label)
    row.say("Date de début", shown_date(item.start))
    row.say("Date de fin", shown_date(item.end))
    row.say("Type", item.kind_label)
    add_concept(observation, "code", kind)
    whole, named = row.deny(column, words_of(item), denied=item.negated)
    row.say("Suivi", CONCERN_WORDS.get(item.concern_status or ""))
    row.say("Suivi", period_in_words(item.concern_start, item.concern_end))
    row.say("Codes", codes_in_words(concept_of(item)))
    add_reference(observation, "text", whole)
    add(observation, "statusCode", code="completed")
    add_period(observation, "effectiveTime", start=item.start, end=item.end)
    return named


def write_agent(observation: Element, item: Statement, *, named: str) -> None:
    role = add(add(observation, "participant", typeCode="CSM"), "participantRole", classCode="MANU")
    entity = add(role, "playingEntity", classCode="MMAT")
    add_concept(entity, "code", concept_of(item), reference=named)
    name = item.product.name if item.product is not None else None
    if name:
        add(entity, "name", name)


def _documents(observation: Element, item: Statement) -> None:
    for address in item.references:
        document = add(add(observation, "reference", typeCode="REFR"), "externalDocument")
        add(document, "id", nullFlavor="UNK")
        add(add(document, "text"), "reference", value=address)


PROBLEMS: Final = Block(list="problems", write=write_problems, complete=complete_problem, noun="problème")
ALLERGIES: Final = Block(list="allergies", write=write_allergies, complete=complete_allergy, noun="allergie")
