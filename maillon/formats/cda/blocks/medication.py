"""FR-Traitement and its product; FR-Vaccination; FR-Vaccin-recommande."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.actors import person_in_words, write_author, write_performer
from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.dosage import DOSAGE_COLUMNS, write_dosage, write_times
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.parts import ACT_CODE, PART_COLUMNS, complete_part, write_comment, write_parts
from maillon.formats.cda.blocks.product import write_product
from maillon.formats.cda.blocks.values import (
    ABSENT_SYSTEM,
    add_concept,
    add_moment,
    add_period,
    add_reference,
    codes_in_words,
    concept_of,
    words_of,
)
from maillon.formats.cda.treatments import STOPPED_SECTION
from maillon.formats.cda.write_xml import LOINC, XSI_TYPE, Element, add, add_code, add_id, add_templates
from maillon.formats.coded import Concept, Product
from maillon.formats.document import Statement
from maillon.formats.refusal import Refused
from maillon.formats.wording import shown_date

MEDICATION: Final = ("2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.7", "1.2.250.1.213.1.1.3.42")
NORMAL_DOSING: Final = "1.3.6.1.4.1.19376.1.5.3.1.4.7.1"
VACCINATION: Final = ("2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.2.250.1.213.1.1.3.45")
VACCINE_WANTED: Final = ("2.16.840.1.113883.10.20.1.25", "1.3.6.1.4.1.19376.1.5.3.1.4.12.2", "1.2.250.1.213.1.1.3.47")
RANK: Final = ("2.16.840.1.113883.10.20.1.46", "1.2.250.1.213.1.1.3.82")
DRUG: Final = Concept(code="DRUG", system=ACT_CODE, label="Médicament")
IMMUNIZ: Final = Concept(code="IMMUNIZ", system=ACT_CODE, label="Vaccination sans autre précision")
WANTED: Final = frozenset({"INT", "RQO", "PRP"})
COLUMNS: Final = (
    "Date de début",
    "Date de fin",
    "Médicament",
    "Classe",
    "Composition",
    *DOSAGE_COLUMNS,
    "Exécutant",
    "Auteur",
    *PART_COLUMNS,
)
VACCINE_COLUMNS: Final = (
    "Date",
    "Vaccin",
    "Maladies prévenues",
    "Type",
    "Lot n°",
    "Rang",
    "Voie d’administration",
    "Région d’administration",
    "Vaccinateur",
    "Exécutant",
    "Auteur",
    *PART_COLUMNS,
)


def complete_medication(item: Statement) -> Statement:
    """« Aucun traitement connu » is coded where the act of giving is: nothing was given."""
    kind = Concept(code=item.kind, system=item.kind_system or ACT_CODE, label=item.kind_label) if item.kind else DRUG
    if says_none(item):
        kind = Concept(code=item.code, system=item.system, label=item.label)
    return _complete(item, kind)


def complete_vaccination(item: Statement) -> Statement:
    kind = Concept(code=item.kind, system=item.kind_system or ACT_CODE, label=item.kind_label) if item.kind else IMMUNIZ
    if says_none(item):
        kind = Concept(code=item.code, system=item.system, label=item.label)
    return _complete(item, kind)


def says_none(item: Statement) -> bool:
    return item.system == ABSENT_SYSTEM


def _complete(item: Statement, kind: Concept) -> Statement:
    return replace(
        item,
        kind=kind.code,
        kind_system=kind.system,
        kind_label=kind.label,
        mood=item.mood or "EVN",
        status=item.status or ("active" if item.mood in WANTED else "completed"),
        translations=_translations(item),
        parts=tuple(map(complete_part, item.parts)),
    )


def _translations(item: Statement) -> tuple[tuple[str, str, str], ...]:
    """Those of the code, then the box and the class, which IHE Pharmacy writes apart."""
    product = item.product or Product()
    apart = [(one.code or "", one.system or "", one.label or "") for one in (*product.packages, *product.classes)]
    own = [one for one in item.translations if one[:2] not in [each[:2] for each in apart]]
    return (*own, *(one for one in apart if one[0]))


def write_medications(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        element = section.entry(
            "substanceAdministration",
            class_code="SBADM",
            mood=item.mood or "EVN",
            link="DRIV",
            negated=item.negated,
        )
        write_medication(element, item, row=table.row(), draft=draft)


def complete_stopped(item: Statement) -> Statement:
    return replace(complete_medication(item), status="aborted")


def write_stopped(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    """IHE PCC fixes the status of a treatment: that it was stopped is said by the section, and by its reason."""
    write_medications(draft, section, [replace(one, status="completed") for one in items])


def is_stopped(item: Statement) -> bool:
    return item.status == "aborted" or item.section_code == STOPPED_SECTION


def is_going_on(item: Statement) -> bool:
    return not is_stopped(item)


def write_medication(
    element: Element,
    item: Statement,
    *,
    row: Row,
    draft: Draft,
    templates: tuple[str, ...] = (NORMAL_DOSING,),
    heads: tuple[str, ...] = MEDICATION,
    material: tuple[str, ...] = (),
) -> None:
    """The content of a substanceAdministration: `templates` come after those of every treatment (`heads`);
    `material` are those of the product itself."""
    add_templates(element, *heads, *templates)
    row.say("Date de début", shown_date(item.start))
    row.say("Date de fin", shown_date(item.end))
    named = _head(element, item, row=row, column="Médicament")
    write_times(element, item, row=row)
    if item.priority is not None:
        add_concept(element, "priorityCode", item.priority, reference=row.say("Priorité", item.priority.words))
    if item.repeats is not None:
        add(element, "repeatNumber", value=item.repeats)
    _routes(element, item, row=row)
    write_dosage(element, item, row=row)
    write_product(element, "consumable", item, row=row, named=named, templates=material)
    row.say("Exécutant", person_in_words(item.performer))
    row.say("Auteur", person_in_words(item.author))
    write_performer(element, item.performer, draft=draft)
    write_author(element, item.author, draft=draft)
    write_parts(element, item.parts, row=row, draft=draft)
    write_comment(element, item.comment, row=row)


def _head(element: Element, item: Statement, *, row: Row, column: str) -> str:
    add_id(element, item.id or "")
    kind = Concept(code=item.kind, system=item.kind_system, label=item.kind_label)
    add_concept(element, "code", kind)
    whole, named = row.deny(column, words_of(item), denied=item.negated)
    row.say("Codes", codes_in_words(concept_of(item)))
    add_reference(element, "text", whole)
    add(element, "statusCode", code=item.status)
    return named


def _routes(element: Element, item: Statement, *, row: Row) -> None:
    if item.route_code is not None:
        reference = row.say("Voie d’administration", item.route_code.words)
        add_concept(element, "routeCode", item.route_code, reference=reference)
    if item.approach is not None:
        reference = row.say("Région d’administration", item.approach.words)
        add_concept(element, "approachSiteCode", item.approach, reference=reference)


def write_vaccinations(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*VACCINE_COLUMNS)
    for item in items:
        write_vaccination(section, draft, item, row=table.row())


def write_vaccination(section: OpenSection, draft: Draft, item: Statement, *, row: Row) -> None:
    wanted = item.mood in WANTED
    element = section.entry("substanceAdministration", class_code="SBADM", mood=item.mood or "EVN")
    element.set("negationInd", "true" if item.negated else "false")
    add_templates(element, *(VACCINE_WANTED if wanted else VACCINATION))
    row.say("Date", shown_date(item.start))
    row.say("Type", item.kind_label if not says_none(item) else None)
    named = _head(element, item, row=row, column="Vaccin")
    _vaccination_time(element, item, wanted=wanted)
    _routes(element, item, row=row)
    write_product(element, "consumable", item, row=row, named=named)
    row.say("Vaccinateur", person_in_words(item.performer))
    row.say("Auteur", person_in_words(item.author))
    write_performer(element, item.performer, draft=draft)
    write_author(element, item.author, draft=draft)
    if item.rank or (item.parts and not item.comment):
        _rank(element, item.rank, row=row)
    write_parts(element, item.parts, row=row, draft=draft, reaction_link="CAUS")
    write_comment(element, item.comment, row=row)


def _vaccination_time(element: Element, item: Statement, *, wanted: bool) -> None:
    """A vaccine was given at one date; it is wanted within a period, of which a bound may be unknown (IHE PCC)."""
    if not wanted:
        add_moment(element, "effectiveTime", item.start, unknown="UNK")
        return
    interval = add_period(element, "effectiveTime", start=item.start, end=item.end)
    interval.set(XSI_TYPE, "IVL_TS")
    if item.end is None:
        add(interval, "high", nullFlavor="UNK")


def _rank(element: Element, rank: str | None, *, row: Row) -> None:
    """An unknown rank is said where a reaction would stand alone: the national schematron (E_immunizations_fr) refuses
    a reaction without a rank or a comment beside it."""
    if rank is not None and not (rank.isascii() and rank.isdigit()):
        raise Refused("E-ECR-06", "Le rang d’une vaccination n’est pas un nombre entier.")
    link = add(element, "entryRelationship", typeCode="SUBJ")
    observation = add(link, "observation", classCode="OBS", moodCode="EVN")
    add_templates(observation, *RANK)
    add_code(observation, "code", "30973-2", system=LOINC, label="Rang de la vaccination")
    add_reference(observation, "text", row.say("Rang", rank))
    add(observation, "statusCode", code="completed")
    add(observation, "value", value=rank, nullFlavor=None if rank else "UNK").set(XSI_TYPE, "INT")


MEDICATIONS: Final = Block(
    list="medications", write=write_medications, complete=complete_medication, noun="traitement"
)  # fmt: skip
STOPPED: Final = Block(
    list="medications", write=write_stopped, complete=complete_stopped, noun="traitement arrêté", takes=is_stopped
)  # fmt: skip
GOING_ON: Final = replace(MEDICATIONS, takes=is_going_on)
VACCINATIONS: Final = Block(
    list="vaccinations", write=write_vaccinations, complete=complete_vaccination, noun="vaccination"
)  # fmt: skip
