"""FR-Traitement-prescrit and the device that is prescribed: what an electronic prescription asks of the dispenser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.device import complete_device, write_devices
from maillon.formats.cda.blocks.dosage import in_words
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.medication import COLUMNS, NORMAL_DOSING, complete_medication, write_medication
from maillon.formats.cda.blocks.parts import write_comment, write_parts
from maillon.formats.cda.blocks.values import add_quantity
from maillon.formats.cda.write_xml import Element, add, add_templates
from maillon.formats.coded import Quantity
from maillon.formats.document import Statement

PRESCRIBED: Final = (
    "2.16.840.1.113883.10.20.1.24",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7",
    "1.3.6.1.4.1.19376.1.9.1.3.2",
    "1.2.250.1.213.1.1.3.83",
)
STRUCTURED_POSOLOGY: Final = "1.3.6.1.4.1.19376.1.9.1.3.6"
MATERIAL: Final = ("1.3.6.1.4.1.19376.1.9.1.3.1",)
QUANTITY: Final = ("1.3.6.1.4.1.19376.1.9.1.3.8", "1.2.250.1.213.1.1.3.86")
PRESCRIBED_COLUMNS: Final = (*COLUMNS, "Quantité", "Renouvellements")


def complete_prescribed(item: Statement) -> Statement:
    """A treatment that is wanted: neither given, nor known to be taken."""
    wanted = complete_medication(replace(item, mood="INT", status=item.status or "completed"))
    return replace(wanted, status=item.status or "completed")


def write_prescribed(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*PRESCRIBED_COLUMNS)
    for item in items:
        row = table.row()
        element = section.entry("substanceAdministration", class_code="SBADM", mood="INT")
        posology = (STRUCTURED_POSOLOGY,) if item.dosage is not None and item.dosage.timings else ()
        write_medication(
            element, replace(item, parts=(), comment=None), row=row, draft=draft,
            heads=(*PRESCRIBED, *posology), templates=(NORMAL_DOSING,), material=MATERIAL,
        )  # fmt: skip
        row.say("Renouvellements", item.repeats)
        write_amount(element, item.amount, row=row)
        write_rest(element, item, row=row, draft=draft)


def write_rest(element: Element, item: Statement, *, row: Row, draft: Draft) -> None:
    write_parts(element, item.parts, row=row, draft=draft)
    write_comment(element, item.comment, row=row)


def write_amount(element: Element, amount: Quantity | None, *, row: Row) -> None:
    """How much is to be supplied (IHE PRE, Amount of units)."""
    if amount is None:
        return
    supply = add(add(element, "entryRelationship", typeCode="COMP"), "supply", classCode="SPLY", moodCode="RQO")
    add_templates(supply, *QUANTITY)
    add(supply, "independentInd", value="false")
    row.say("Quantité", in_words(amount))
    add_quantity(supply, "quantity", amount)


def complete_prescribed_device(item: Statement) -> Statement:
    return replace(complete_device(item), mood="INT")


PRESCRIPTION: Final = Block(
    list="medications", write=write_prescribed, complete=complete_prescribed, noun="médicament prescrit"
)  # fmt: skip
PRESCRIBED_DEVICES: Final = Block(
    list="devices", write=write_devices, complete=complete_prescribed_device, noun="dispositif médical prescrit"
)  # fmt: skip
