"""FR-Effet-indesirable: what a medicine did, with the medicine held responsible (IPS-FR). It stands among the allergies
of the model, since it is an allergy or an intolerance to what caused it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.medication import COLUMNS as MEDICATION_COLUMNS
from maillon.formats.cda.blocks.medication import NORMAL_DOSING, complete_medication, write_medication
from maillon.formats.cda.blocks.parts import SNOMED, complete_part, write_comment, write_parts
from maillon.formats.cda.blocks.values import add_concept, add_period, add_reference
from maillon.formats.cda.write_xml import XSI_TYPE, Element, add, add_id, add_templates
from maillon.formats.coded import Concept
from maillon.formats.document import Statement
from maillon.formats.refusal import Refused
from maillon.formats.wording import shown_date

ADVERSE_EFFECT: Final = (
    "2.16.840.1.113883.10.20.1.18",
    "2.16.840.1.113883.10.20.1.28",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "1.2.250.1.213.1.1.3.210",
)
INVOLVED: Final = (NORMAL_DOSING, "1.2.250.1.213.1.1.3.42.4")
GRAVITY: Final = "94030-4"
_KIND: Final = Concept(code="420134006", system=SNOMED, label="propension aux effets indésirables")
COLUMNS: Final = ("Date", "Type", *MEDICATION_COLUMNS)


def complete_adverse(item: Statement) -> Statement:
    """The medicine held responsible is the agent."""
    involved = tuple(complete_medication(replace(one, section_code=None)) for one in item.involved)
    found = replace(
        item,
        kind=item.kind or _KIND.code,
        kind_system=item.kind_system or SNOMED,
        kind_label=item.kind_label or _KIND.label,
        mood="EVN",
        concern_status=None,
        status="completed",
        product=None,
        involved=involved,
        parts=tuple(map(complete_part, item.parts)),
    )
    if not involved:
        return found
    agent = involved[0]
    return replace(found, code=agent.code, system=agent.system, label=agent.label, text=agent.text or agent.label,
                   translations=agent.translations)  # fmt: skip


def write_adverse(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        _refuse_incomplete(item)
        row = table.row()
        observation = section.entry("observation", class_code="OBS", mood="EVN", negated=item.negated)
        add_templates(observation, *ADVERSE_EFFECT)
        _head(observation, item, row=row)
        write_parts(observation, [one for one in item.parts if one.role != "qualifier"], row=row, draft=draft)
        for one in item.involved:
            link = add(observation, "entryRelationship", typeCode="COMP")
            element = add(link, "substanceAdministration", classCode="SBADM", moodCode=one.mood or "EVN")
            write_medication(element, one, row=row, draft=draft, templates=INVOLVED)
        write_parts(observation, [one for one in item.parts if one.role == "qualifier"], row=row, draft=draft)
        write_comment(observation, item.comment, row=row)


def _refuse_incomplete(item: Statement) -> None:
    """CI-SIS FR-Effet-indesirable."""
    if not item.involved or any(one.route_code is None for one in item.involved):
        raise Refused("E-ECR-11", "Un effet indésirable nomme le médicament en cause et sa voie d’administration.")
    said = {part.code.code for part in item.parts if part.role == "qualifier" and part.code is not None}
    if GRAVITY not in said:
        raise Refused("E-ECR-11", "La gravité d’un effet indésirable manque.")


def _head(observation: Element, item: Statement, *, row: Row) -> None:
    add_id(observation, item.id or "")
    row.say("Date", shown_date(item.start))
    whole, said = row.deny("Type", item.kind_label or "", denied=item.negated)
    add_concept(observation, "code", Concept(code=item.kind, system=item.kind_system, label=item.kind_label))
    add_reference(observation, "text", whole)
    add(observation, "statusCode", code="completed")
    add_period(observation, "effectiveTime", start=item.start, end=item.end).set(XSI_TYPE, "IVL_TS")
    add_concept(observation, "value", None, kind="CD", reference=said)


ADVERSE_EFFECTS: Final = Block(list="allergies", write=write_adverse, complete=complete_adverse, noun="effet "
                               "indésirable")  # fmt: skip
