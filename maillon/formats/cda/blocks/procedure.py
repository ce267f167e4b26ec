"""FR-Acte, FR-Rencontre and FR-Demande-d-examen-ou-de-suivi: what was done, what is planned, what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.actors import person_in_words, write_author, write_performer
from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.medication import complete_vaccination, write_vaccination
from maillon.formats.cda.blocks.parts import PART_COLUMNS, complete_part, write_comment, write_parts
from maillon.formats.cda.blocks.values import (
    add_concept,
    add_moment,
    add_reference,
    codes_in_words,
    concept_of,
    words_of,
)
from maillon.formats.cda.write_xml import Element, add, add_id, add_templates
from maillon.formats.document import Statement
from maillon.formats.wording import shown_date

PROCEDURE: Final = ("1.3.6.1.4.1.19376.1.5.3.1.4.19", "1.2.250.1.213.1.1.3.62")
ENCOUNTER: Final = ("1.3.6.1.4.1.19376.1.5.3.1.4.14", "1.2.250.1.213.1.1.3.58")
REQUEST: Final = ("2.16.840.1.113883.10.20.1.25", "1.3.6.1.4.1.19376.1.5.3.1.1.20.3.1", "1.2.250.1.213.1.1.3.27")
DONE: Final = "2.16.840.1.113883.10.20.1.29"
PLANNED: Final = "2.16.840.1.113883.10.20.1.25"
ENCOUNTER_DONE: Final = "2.16.840.1.113883.10.20.1.21"
COLUMNS: Final = (
    "Date",
    "Date de fin",
    "Nature",
    "Acte",
    "Technique",
    "Voie d’abord",
    "Localisation",
    "Précision topographique",
    "Priorité",
    "Exécutant",
    "Auteur",
    "Lieu",
    *PART_COLUMNS,
)
_NATURES: Final = {"INT": "prévu", "RQO": "demandé", "PRP": "proposé", "GOL": "objectif", "ARQ": "rendez-vous demandé",
                   "APT": "rendez-vous pris", "PRMS": "accepté"}  # fmt: skip
_ELEMENTS: Final = {"PROC": "procedure", "ENC": "encounter", "OBS": "observation", "ACT": "act"}


def complete_procedure(item: Statement) -> Statement:
    mood = item.mood or "EVN"
    return replace(
        item,
        kind=item.kind or "PROC",
        mood=mood,
        status=item.status or ("completed" if mood == "EVN" else "active"),
        kind_system=None,
        kind_label=None,
        concern_status=None,
        parts=tuple(map(complete_part, item.parts)),
    )


def write_procedures(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        write_procedure(section, draft, item, row=table.row())


def write_procedure(
    section: OpenSection, draft: Draft, item: Statement, *, row: Row, templates: tuple[str, ...] = ()
) -> None:
    """A procedure, an encounter or a request, by its kind; `templates` where a type has its own."""
    kind, mood = item.kind or "PROC", item.mood or "EVN"
    element = section.entry(_ELEMENTS[kind], class_code=kind, mood=mood, negated=item.negated)
    add_templates(element, *(templates or _templates(kind, mood)))
    row.say("Date", shown_date(item.start))
    row.say("Date de fin", shown_date(item.end))
    row.say("Nature", _NATURES.get(mood))
    add_id(element, item.id or "")
    whole, named = row.deny("Acte", words_of(item), denied=item.negated)
    add_concept(element, "code", concept_of(item), reference=named)
    row.say("Codes", codes_in_words(concept_of(item)))
    add_reference(element, "text", whole)
    add(element, "statusCode", code=item.status)
    add_moment(element, "effectiveTime", item.start, end=item.end, unknown="UNK")
    _circumstances(element, item, row=row)
    write_performer(element, item.performer, draft=draft)
    write_author(element, item.author, draft=draft)
    _place(element, item, row=row)
    write_parts(element, item.parts, row=row, draft=draft)
    write_comment(element, item.comment, row=row)


def _templates(kind: str, mood: str) -> tuple[str, ...]:
    if kind == "ENC":
        return (ENCOUNTER_DONE if mood == "EVN" else PLANNED, *ENCOUNTER)
    if kind == "OBS":
        return REQUEST
    return (DONE if mood == "EVN" else PLANNED, *PROCEDURE)


def _circumstances(element: Element, item: Statement, *, row: Row) -> None:
    """Priority, then the ways and sites, in the order of the schema; who is to do it is told in its own column."""
    if item.priority is not None:
        row.say("Priorité", item.priority.label or item.priority.code)
        add_concept(element, "priorityCode", item.priority, reference=row.say("Priorité", item.priority.text))
    for method in item.methods:
        add_concept(element, "methodCode", method, reference=row.say("Technique", method.words))
    if item.approach is not None:
        reference = row.say("Voie d’abord", item.approach.words)
        add_concept(element, "approachSiteCode", item.approach, reference=reference)
    for site in item.sites:
        add_concept(element, "targetSiteCode", site, reference=row.say("Localisation", site.words))
        for _, precision in site.qualifiers:
            row.say("Précision topographique", precision.words)
    row.say("Exécutant", person_in_words(item.performer))
    row.say("Auteur", person_in_words(item.author))


def _place(element: Element, item: Statement, *, row: Row) -> None:
    if item.place is None:
        return
    row.say("Lieu", item.place)
    role = add(add(element, "participant", typeCode="LOC"), "participantRole", classCode="SDLOC")
    add(role, "id", nullFlavor="UNK")
    add(role, "code", nullFlavor="NAV")
    add(role, "addr", nullFlavor="NAV")
    add(role, "telecom", nullFlavor="NAV")
    entity = add(role, "playingEntity", classCode="PLC", determinerCode="INSTANCE")
    add(entity, "name", item.place)


def write_wanted_vaccines(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table("Date", "Vaccin", "Type", "Voie d’administration", *PART_COLUMNS)
    for item in items:
        write_vaccination(section, draft, item, row=table.row())


def is_vaccine(item: Statement) -> bool:
    return item.kind in ("IMMUNIZ", "INITIMMUNIZ", "BOOSTER")


def is_not_vaccine(item: Statement) -> bool:
    return not is_vaccine(item)


PLAN: Final = Block(
    list="plan", write=write_procedures, complete=complete_procedure, noun="soin prévu", takes=is_not_vaccine
)
PLANNED_VACCINES: Final = Block(
    list="plan", write=write_wanted_vaccines, complete=complete_vaccination, noun="vaccin prévu", takes=is_vaccine
)
PROCEDURES: Final = Block(list="procedures", write=write_procedures, complete=complete_procedure, noun="acte")
