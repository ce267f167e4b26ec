"""FR-Dispositif-medical: a device worn, implanted, supplied or prescribed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.actors import person_in_words, write_author, write_performer
from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.dosage import in_words
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.parts import PART_COLUMNS, complete_part, write_comment, write_parts
from maillon.formats.cda.blocks.values import (
    add_concept,
    add_period,
    add_quantity,
    add_reference,
    codes_in_words,
    concept_of,
    words_of,
)
from maillon.formats.cda.write_xml import XSI_TYPE, Element, add, add_id, add_templates
from maillon.formats.document import Statement
from maillon.formats.wording import shown_date

DEVICE: Final = ("2.16.840.1.113883.10.20.1.34", "1.2.250.1.213.1.1.3.20")
COLUMNS: Final = ("Date de début", "Date de fin", "Dispositif", "Modèle", "Identifiant", "Quantité",
                  "Durée d’utilisation", "Renouvellements", *PART_COLUMNS)  # fmt: skip


def complete_device(item: Statement) -> Statement:
    return replace(item, mood=item.mood or "EVN", parts=tuple(map(complete_part, item.parts)))


def write_devices(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        element = section.entry("supply", class_code="SPLY", mood=item.mood or "EVN")
        write_device(element, item, row=table.row(), draft=draft)


def write_device(element: Element, item: Statement, *, row: Row, draft: Draft) -> None:
    add_templates(element, *DEVICE)
    add_id(element, item.id or "")
    row.say("Date de début", shown_date(item.start))
    row.say("Date de fin", shown_date(item.end))
    named = row.say("Dispositif", words_of(item))
    add_reference(element, "text", named)
    if item.status is not None:
        add(element, "statusCode", code=item.status)
    add_period(element, "effectiveTime", start=item.start, end=item.end).set(XSI_TYPE, "IVL_TS")
    if item.priority is not None:
        add_concept(element, "priorityCode", item.priority)
    if item.repeats is not None:
        row.say("Renouvellements", item.repeats)
        add(element, "repeatNumber", value=item.repeats)
    if item.amount is not None:
        row.say("Quantité", in_words(item.amount))
        add_quantity(element, "quantity", item.amount)
    if item.use_time is not None:
        row.say("Durée d’utilisation", in_words(item.use_time))
        add_quantity(add(element, "expectedUseTime"), "width", item.use_time)
    row.say("Exécutant", person_in_words(item.performer))
    row.say("Auteur", person_in_words(item.author))
    write_performer(element, item.performer, draft=draft)
    write_author(element, item.author, draft=draft)
    _device(element, item, row=row, named=named)
    write_parts(element, item.parts, row=row, draft=draft)
    write_comment(element, item.comment, row=row)


def _device(element: Element, item: Statement, *, row: Row, named: str | None) -> None:
    role = add(add(element, "participant", typeCode="DEV"), "participantRole", classCode="MANU")
    if item.device_id is not None:
        row.say("Identifiant", item.device_id.partition("^")[2] or item.device_id)
        add_id(role, item.device_id)
    else:
        add(role, "id", nullFlavor="UNK")
    playing = add(role, "playingDevice", classCode="DEV", determinerCode="INSTANCE")
    add_concept(playing, "code", concept_of(item), reference=named)
    row.say("Codes", codes_in_words(concept_of(item)))
    if item.product is not None and item.product.name:
        row.say("Modèle", item.product.name)
        add(playing, "manufacturerModelName", item.product.name)


DEVICES: Final = Block(list="devices", write=write_devices, complete=complete_device, noun="dispositif médical")
