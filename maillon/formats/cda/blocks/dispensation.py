"""FR-Traitement-dispense: what a pharmacy gave, and for which line of which prescription (IHE Pharmacy DIS)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.actors import write_author, write_performer
from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.dosage import in_words
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.medication import complete_medication
from maillon.formats.cda.blocks.parts import INSTRUCTION_LABELS, PART_COLUMNS, write_comment, write_parts
from maillon.formats.cda.blocks.prescription import MATERIAL
from maillon.formats.cda.blocks.product import write_product
from maillon.formats.cda.blocks.values import (
    add_concept,
    add_period,
    add_quantity,
    add_reference,
    words_of,
)
from maillon.formats.cda.write_xml import XSI_TYPE, Element, add, add_id, add_templates, add_time
from maillon.formats.coded import Concept, Part
from maillon.formats.document import Statement
from maillon.formats.wording import shown_date

DISPENSED: Final = (
    "2.16.840.1.113883.10.20.1.34",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7.3",
    "1.3.6.1.4.1.19376.1.9.1.3.4",
    "1.2.250.1.213.1.1.3.204",
)
PRESCRIBED_LINE: Final = ("1.3.6.1.4.1.19376.1.9.1.3.11", "1.2.250.1.213.1.1.3.90")
SUBSTITUTED: Final = ("1.3.6.1.4.1.19376.1.9.1.3.9.2", "1.2.250.1.213.1.1.3.206")
PHARMACY_ITEMS: Final = "1.3.6.1.4.1.19376.1.9.2.2"
IHE_ACT: Final = "1.3.6.1.4.1.19376.1.5.3.2"
NOTE: Final = "FINSTRUCT"
COLUMNS: Final = ("Date", "Jusqu’au", "Médicament", "Lot n°", "Classe", "Composition", "Quantité", "Posologie",
                  "Ligne de l’ordonnance", *PART_COLUMNS)  # fmt: skip


def complete_dispensed(item: Statement) -> Statement:
    """The national schematron (E_supplyEntry_fr) wants a note of the dispenser wherever anything is said of a supply:
    « sans remarque » where there is none."""
    given = complete_medication(item)
    says_more = bool(given.parts or given.fulfils or given.comment)
    has_note = any(part.role == "instruction" and part.code and part.code.code == NOTE for part in given.parts)
    return replace(
        given,
        kind="SPLY",
        kind_system=None,
        kind_label="Dispensation",
        mood="EVN",
        status=item.status,
        start=item.start or (item.performer.at if item.performer else None),
        parts=(*given.parts, _no_remark()) if says_more and not has_note else given.parts,
    )


def _no_remark() -> Part:
    code = Concept(code=NOTE, system=IHE_ACT, label=INSTRUCTION_LABELS[NOTE])
    return Part(role="instruction", code=code, text="Sans remarque du pharmacien")


def write_dispensed(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        element = section.entry("supply", class_code="SPLY", mood="EVN")
        _write(element, item, row=table.row(), draft=draft)


def _write(element: Element, item: Statement, *, row: Row, draft: Draft) -> None:
    add_templates(element, *DISPENSED)
    add_id(element, item.id or "")
    row.say("Date", shown_date(item.start))
    row.say("Jusqu’au", shown_date(item.end))
    named = row.say("Médicament", words_of(item)) or ""
    add_reference(element, "text", named)
    if item.status is not None:
        add(element, "statusCode", code=item.status)
    if item.end is not None:
        add_period(element, "effectiveTime", start=item.start, end=item.end).set(XSI_TYPE, "IVL_TS")
    elif item.start is not None:
        add_time(element, "effectiveTime", item.start)
    if item.repeats is not None:
        add(element, "repeatNumber", value=item.repeats)
    if item.amount is not None:
        row.say("Quantité", in_words(item.amount))
        add_quantity(element, "quantity", item.amount)
    row.say("Posologie", item.posology)
    write_product(element, "product", item, row=row, named=named, templates=MATERIAL)
    write_performer(element, item.performer, draft=draft)
    write_author(element, item.author, draft=draft)
    _prescribed_line(element, item.fulfils, row=row)
    for part in item.parts:
        if part.role == "substitution":
            _substitution(element, part, row=row)
        else:
            write_parts(element, (part,), row=row, draft=draft)
    write_comment(element, item.comment, row=row)


def _prescribed_line(element: Element, line: str | None, *, row: Row) -> None:
    if line is None:
        return
    row.say("Ligne de l’ordonnance", line.partition("^")[2] or line)
    link = add(element, "entryRelationship", typeCode="REFR")
    asked = add(link, "substanceAdministration", classCode="SBADM", moodCode="INT")
    add_templates(asked, *PRESCRIBED_LINE)
    add_id(asked, line)
    add_concept(asked, "code", Concept(code="PREItem", system=PHARMACY_ITEMS, label="Ligne de prescription"))
    product = add(add(asked, "consumable"), "manufacturedProduct")
    add(add(product, "manufacturedMaterial", nullFlavor="NA"), "name", nullFlavor="NA")


def _substitution(element: Element, part: Part, *, row: Row) -> None:
    act = add(add(element, "entryRelationship", typeCode="COMP"), "act", classCode="ACT", moodCode="EVN")
    add_templates(act, *SUBSTITUTED)
    words = part.code.words if part.code is not None else None
    add_concept(act, "code", part.code, reference=row.say("Substitution", words))
    add_reference(act, "text", row.say("Substitution", part.text))
    add(act, "statusCode", code="completed")


DISPENSATION: Final = Block(
    list="medications", write=write_dispensed, complete=complete_dispensed, noun="médicament dispensé"
)  # fmt: skip
