"""Coded observations: simple ones, vital signs, habits, pregnancy, directives, functional status, family history and
results of examinations. They share one shape; each kind has its templates and, for some, the panel around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple

from maillon.formats.cda.blocks.actors import person_in_words, write_author, write_performer
from maillon.formats.cda.blocks.block import Block, every
from maillon.formats.cda.blocks.draft import Draft, OpenSection, Row
from maillon.formats.cda.blocks.parts import PART_COLUMNS, complete_part, write_comment, write_parts
from maillon.formats.cda.blocks.values import (
    add_concept,
    add_moment,
    add_period,
    add_reference,
    add_result_value,
    codes_in_words,
    concept_of,
    words_of,
)
from maillon.formats.cda.write_xml import LOINC, Element, add, add_code, add_templates
from maillon.formats.coded import Concept, Quantity
from maillon.formats.document import Result
from maillon.formats.wording import (
    INTERPRETATION_WORDS,
    shown_date,
    shown_interpretation,
    shown_range,
    shown_value,
)

PCC: Final = "1.3.6.1.4.1.19376.1.5.3.1.4"
CCD: Final = "2.16.840.1.113883.10.20.1"
INTERPRETATION_SYSTEM: Final = "2.16.840.1.113883.5.83"
SIMPLE: Final = (f"{PCC}.13", "1.2.250.1.213.1.1.3.48")
COLUMNS: Final = (
    "Date",
    "Lien de parenté",
    "Examen",
    "Observation",
    "Résultat",
    "Valeurs de référence",
    "Interprétation",
    "Localisation",
    "Exécutant",
    "Auteur",
    *PART_COLUMNS,
)


class Sheet(NamedTuple):
    """How one kind of observation is written. `dated`: a moment, or a beginning (`low`)."""

    templates: tuple[str, ...]
    dated: Literal["moment", "low"] = "moment"
    column: str = "Observation"
    told: bool = False  # the answer stands in the text alone, and not in a value
    dicom: bool = False  # always one site, even « not said »; its text is the comment (DICOM part 20)


class PanelSheet(NamedTuple):
    """The organizer around observations."""

    templates: tuple[str, ...]
    class_code: str
    code: Concept | None = None  # the only one, where the standard fixes it
    dated: Literal["moment", "low", "none"] = "moment"


VITAL_SIGNS_PANEL: Final = PanelSheet(
    (f"{CCD}.32", f"{CCD}.35", f"{PCC}.13.1", "1.2.250.1.213.1.1.3.49"),
    "CLUSTER",
    Concept(code="85353-1", system=LOINC, label="Signes vitaux"),
)
VITAL_SIGN: Final = Sheet((f"{CCD}.31", f"{PCC}.13", f"{PCC}.13.2", "1.2.250.1.213.1.1.3.50"))
HABIT: Final = Sheet((f"{CCD}.33", f"{PCC}.13", f"{PCC}.13.4", "1.2.250.1.213.1.1.3.52"))
PREGNANCY: Final = Sheet((f"{PCC}.13", f"{PCC}.13.5", "1.2.250.1.213.1.1.3.53"))
DIRECTIVE: Final = Sheet((f"{CCD}.17", f"{PCC}.13", f"{PCC}.13.7", "1.2.250.1.213.1.1.3.54"), dated="low")
FUNCTIONAL_PANEL: Final = PanelSheet(
    (f"{CCD}.32", "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.7", "1.2.250.1.213.1.1.3.95"), "CLUSTER", dated="low"
)
FUNCTIONAL: Final = Sheet(
    (f"{CCD}.31", "1.3.6.1.4.1.19376.1.5.3.1.1.12.3.6", f"{PCC}.13", "1.2.250.1.213.1.1.3.25"), dated="low"
)
FAMILY_PANEL: Final = PanelSheet((f"{CCD}.23", f"{PCC}.15", "1.2.250.1.213.1.1.3.59"), "CLUSTER", dated="none")
FAMILY: Final = Sheet((f"{CCD}.22", f"{PCC}.13", f"{PCC}.13.3", "1.2.250.1.213.1.1.3.51"))
RELATIVE: Final = (f"{PCC}.15.2", "1.2.250.1.213.1.1.3.60")
RESULTS_PANEL: Final = PanelSheet(("1.2.250.1.213.1.1.3.208",), "CLUSTER")
RESULT: Final = Sheet((*SIMPLE, "1.2.250.1.213.1.1.3.209"), column="Examen")


def simple(*specific: str) -> Sheet:
    """FR-Simple-Observation, with the templates of its type."""
    return Sheet((*SIMPLE, *specific))


def observations(
    sheet: Sheet | Callable[[Result], Sheet],
    *,
    panel: PanelSheet | None = None,
    takes: Callable[[Any], bool] = every,
    noun: str = "observation",
    complete: Callable[[Result], Result] | None = None,
) -> Block:
    """A block of `results`. `sheet` may depend on the observation (its templates follow its code)."""
    chosen = sheet if callable(sheet) else lambda _: sheet

    def write(draft: Draft, section: OpenSection, items: Sequence[Result]) -> None:
        _write(draft, section, items, sheet_of=chosen, panel=panel)

    def completed(item: Result) -> Result:
        item = complete(item) if complete is not None else item
        return _complete(item, panel)

    return Block(list="results", write=write, complete=completed, noun=noun, takes=takes)


def complete_result(item: Result) -> Result:
    return _complete(item, None)


def _complete(item: Result, panel: PanelSheet | None) -> Result:
    code = item.group_code
    if panel is None:
        return replace(item, status=item.status or "completed", group_code=None, subject=None, subject_sex=None,
                       parts=tuple(map(complete_part, item.parts)))  # fmt: skip
    if panel.code is not None:
        code = panel.code
    return replace(
        item, status=item.status or "completed", group_code=code, parts=tuple(map(complete_part, item.parts))
    )  # fmt: skip


def _write(
    draft: Draft,
    section: OpenSection,
    items: Sequence[Result],
    *,
    sheet_of: Callable[[Result], Sheet],
    panel: PanelSheet | None,
) -> None:
    table = section.table(*COLUMNS)
    if panel is None:
        for item in items:
            element = section.entry("observation", class_code="OBS", mood="EVN", negated=item.negated)
            write_observation(element, item, sheet=sheet_of(item), row=table.row(), draft=draft)
        return
    for _, together in groupby(items, key=_panel_key):
        members = list(together)
        rows = [table.row() for _ in members]
        organizer = section.entry("organizer", class_code=panel.class_code, mood="EVN")
        _panel_head(organizer, members, panel=panel, rows=rows, draft=draft)
        for item, row in zip(members, rows, strict=True):
            holder = add(organizer, "component", typeCode="COMP")
            negation = "true" if item.negated else None
            element = add(holder, "observation", classCode="OBS", moodCode="EVN", negationInd=negation)
            alone = replace(item, performer=None, author=None)
            write_observation(element, alone, sheet=sheet_of(item), row=row, draft=draft)


def _panel_key(item: Result) -> tuple[object, ...]:
    return (item.group_code, item.subject, item.subject_sex, item.performer, item.author)


def _panel_head(
    organizer: Element, members: Sequence[Result], *, panel: PanelSheet, rows: Sequence[Row], draft: Draft
) -> None:
    first = members[0]
    add_templates(organizer, *panel.templates)
    add(organizer, "id", root=draft.next_id())
    if panel.code is not None or first.group_code is not None:
        add_concept(organizer, "code", first.group_code)
    elif panel.dated != "none":
        add(organizer, "code", nullFlavor="NA")
    add(organizer, "statusCode", code="completed")
    if panel.dated == "low":  # each observation has its own date: the panel has none to lend to those without
        add_period(organizer, "effectiveTime", start=None, end=None)
    elif panel.dated == "moment":
        add_moment(organizer, "effectiveTime", None)
    _relative(organizer, first, rows=rows)
    for row in rows[:1]:
        row.say("Exécutant", person_in_words(first.performer))
        row.say("Auteur", person_in_words(first.author))
    write_performer(organizer, first.performer, draft=draft)
    write_author(organizer, first.author, draft=draft)


def _relative(organizer: Element, first: Result, *, rows: Sequence[Row]) -> None:
    if first.subject is None:
        return
    subject = add(organizer, "subject", typeCode="SBJ")
    add_templates(subject, *RELATIVE)
    related = add(subject, "relatedSubject", classCode="PRS")
    references = [row.say("Lien de parenté", first.subject.words) for row in rows]
    add_concept(related, "code", first.subject, reference=references[0])
    if first.subject_sex is not None:
        label = {"F": "Féminin", "M": "Masculin"}.get(first.subject_sex, "Indifférencié")
        person = add(related, "subject")
        add_code(person, "administrativeGenderCode", first.subject_sex, system="2.16.840.1.113883.5.1", label=label)


def write_observation(element: Element, item: Result, *, sheet: Sheet, row: Row, draft: Draft) -> None:
    """The content of an observation, in the order of the schema."""
    add_templates(element, *sheet.templates)
    add(element, "id", root=draft.next_id())
    row.say("Date", shown_date(item.at))
    named = row.say(sheet.column, words_of(item))
    add_concept(element, "code", concept_of(item), reference=None if item.code else named)
    whole, said = _told(item, row=row, named=named)
    remark = row.say("Commentaire", item.comment) if sheet.dicom else None
    add_reference(element, "text", remark or whole)
    add(element, "statusCode", code=item.status or "completed")
    if sheet.dated == "low":
        add_period(element, "effectiveTime", start=item.at, end=item.end)
    else:
        add_moment(element, "effectiveTime", item.at, end=item.end)
    if item.value_code is not None:
        row.say("Codes", codes_in_words(Concept(code=item.value_code, system=item.value_system)))
    if has_value(item) and not sheet.told:
        add_result_value(element, item, reference=said)
    _interpretation(element, item, row=row)
    if item.method_code is not None or item.method:
        method = item.method_code or Concept(text=item.method)
        add_concept(element, "methodCode", method, reference=row.say("Observation", method.words or item.method))
    _sites(element, item, sheet=sheet, row=row)
    row.say("Exécutant", person_in_words(item.performer))
    row.say("Auteur", person_in_words(item.author))
    write_performer(element, item.performer, draft=draft)
    write_author(element, item.author, draft=draft)
    write_parts(element, item.parts, row=row, draft=draft)
    if not sheet.dicom:
        write_comment(element, item.comment, row=row)
    _reference_range(element, item, row=row)


def _sites(element: Element, item: Result, *, sheet: Sheet, row: Row) -> None:
    for site in item.sites:
        add_concept(element, "targetSiteCode", site, reference=row.say("Localisation", site.words))
        for _, precision in site.qualifiers:
            row.say("Localisation", precision.words)
    if sheet.dicom and not item.sites:
        add(element, "targetSiteCode", nullFlavor="MSK")


def has_value(item: Result) -> bool:
    return item.absent or any(
        one is not None for one in (item.value, item.value_text, item.value_code, item.value_at, item.value_end)
    )


def _told(item: Result, *, row: Row, named: str | None) -> tuple[str | None, str | None]:
    """Where the narrative says the answer; an observation without one (a document, say) is told by its name."""
    if not has_value(item):
        return named, named
    return row.deny("Résultat", _value_in_words(item), denied=item.negated)


def _value_in_words(item: Result) -> str:
    if item.absent:
        return "non renseigné"
    if item.value_at is not None:
        until = f" au {shown_date(item.value_end)}" if item.value_end else ""
        return f"{shown_date(item.value_at)}{until}"
    return shown_value(item) or "non renseigné"


def _interpretation(element: Element, item: Result, *, row: Row) -> None:
    if item.interpretation is None:
        return
    row.say("Interprétation", shown_interpretation(item) or "normal")
    add_code(
        element,
        "interpretationCode",
        item.interpretation,
        system=INTERPRETATION_SYSTEM,
        label=INTERPRETATION_WORDS.get(item.interpretation),
    )


def _reference_range(element: Element, item: Result, *, row: Row) -> None:
    if item.low is None and item.high is None and not item.range_text:
        return
    row.say("Valeurs de référence", shown_range(item))
    expected = add(add(element, "referenceRange", typeCode="REFV"), "observationRange")
    if item.range_text:
        add(expected, "text", item.range_text)
    if item.low is not None or item.high is not None:
        bounds = Quantity(low=item.low, high=item.high, unit=item.range_unit or item.unit)
        interval = add(expected, "value")
        interval.set("{http://www.w3.org/2001/XMLSchema-instance}type", "IVL_PQ")
        for side, number in (("low", bounds.low), ("high", bounds.high)):
            if number is not None:
                add(interval, side, value=number, unit=None if bounds.unit == "1" else bounds.unit)
    add_code(expected, "interpretationCode", "N", system=INTERPRETATION_SYSTEM, label="Normal")
