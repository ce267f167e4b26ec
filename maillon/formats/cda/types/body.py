"""The structured body of a type, section by section; and the same document in the form that a reader would find.

Nothing of the model is left out in silence: an item whose section the type does not have is refused, and so is a
mandatory section that says nothing, because « aucun connu » and « non renseigné » are not the same thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from maillon.formats.cda.blocks.draft import Draft, OpenSection, derived_id, open_section
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.cda.write_xml import Element, add
from maillon.formats.document import ClinicalDocument, Section, Statement
from maillon.formats.refusal import Refused

LISTS: Final = (
    "problems",
    "allergies",
    "medications",
    "vaccinations",
    "procedures",
    "devices",
    "plan",
    "results",
    "studies",
    "attachments",
)


def completed(document: ClinicalDocument, sheet: StructuredType) -> ClinicalDocument:
    """Every item in its section, in the order of the sections, with what its entry says of itself; ids made.
    Refuses (E-ECR-11) an item that has no section in this type."""
    placed: dict[str, Any] = {name: _in_order(getattr(document, name), name, sheet) for name in LISTS}
    whole = replace(document, **placed)
    numbered: dict[str, Any] = {name: tuple(_numbered(whole, name)) for name in LISTS}
    return replace(whole, **numbered)


def _in_order(items: Sequence[Any], name: str, sheet: StructuredType) -> tuple[Any, ...]:
    placed: list[tuple[int, Any]] = [_placed(item, name, sheet) for item in items]
    return tuple(item for _, item in sorted(placed, key=lambda pair: pair[0]))


def _placed(item: Any, name: str, sheet: StructuredType) -> tuple[int, Any]:
    rank = 0
    for section in sheet.walk():
        for block in section.blocks:
            rank += 1
            if block.list == name and item.section_code in (None, section.code) and block.takes(item):
                return rank, replace(block.complete(item), section_code=section.code)
    raise Refused("E-ECR-11", f"Un élément ({_name_of(item)}) n’a pas sa place dans un document {sheet.name}.")


def _name_of(item: Any) -> str:
    return getattr(item, "label", None) or getattr(item, "title", None) or getattr(item, "code", None) or "sans nom"


def _numbered(document: ClinicalDocument, name: str) -> Iterator[Any]:
    """Statements carry the id by which other documents refer to them; used twice, it would name two things."""
    seen: set[str] = set()
    for position, item in enumerate(getattr(document, name), start=1):
        if not isinstance(item, Statement):
            yield item
            continue
        found = item.id if item.id is not None and item.id not in seen else derived_id(document, f"{name}/{position}")
        seen.add(found)
        involved = tuple(
            replace(one, id=one.id or derived_id(document, f"{name}/{position}/{inside}"))
            for inside, one in enumerate(item.involved, start=1)
        )
        yield replace(item, id=found, involved=involved)


def write_body(root: Element, draft: Draft, sheet: StructuredType) -> None:
    """`draft.document` is completed."""
    _refuse_unknown_sections(draft.document, sheet)
    body = add(add(root, "component"), "structuredBody")
    for section in sheet.sections:
        _write_section(body, draft, section)


def _refuse_unknown_sections(document: ClinicalDocument, sheet: StructuredType) -> None:
    known = {section.code for section in sheet.walk()}
    for section in document.sections:
        if section.code not in known and section.text.strip():
            raise Refused("E-ECR-11", f"Une section ({section.title or section.code}) n’a pas sa place dans un document"
                                      f" {sheet.name}.")  # fmt: skip


def _write_section(parent: Element, draft: Draft, sheet: SectionSheet) -> None:
    if not has_content(draft.document, sheet):
        if sheet.required:
            raise Refused("E-ECR-11", f"La section «\u202f{sheet.title}\u202f» ne dit rien\u202f: indiquez ce qu’elle "
                                      "contient, ou qu’il n’y a rien de connu.")  # fmt: skip
        return
    own = section_of(draft.document, sheet)
    told = _says_prose(draft.document, sheet)
    if told and any(has_content(draft.document, section) for section in sheet.inside):
        raise Refused("E-ECR-11", f"La section «\u202f{sheet.title}\u202f» est soit un texte, soit des parties.")
    opened = open_section(
        parent,
        draft,
        templates=(sheet.prose_templates if told else None) or sheet.templates,
        code=sheet.code,
        label=sheet.label,
        system=sheet.system,
        title=(own.title if own is not None else None) or sheet.title,
        silent=_is_silent(draft.document, sheet),
    )
    _write_content(draft, opened, sheet, own)
    opened.close()
    for section in () if told else sheet.inside:
        _write_section(opened.element, draft, section)


def _says_prose(document: ClinicalDocument, sheet: SectionSheet) -> bool:
    """The text of the model is written where nothing is coded: otherwise the text is made from the entries."""
    own = section_of(document, sheet)
    if own is None or not own.text.strip() or sheet.narrative not in ("prose", "either"):
        return False
    return not any(_items(document, sheet, block.list, block.takes) for block in sheet.blocks)


def _write_content(draft: Draft, opened: OpenSection, sheet: SectionSheet, own: Section | None) -> None:
    for block in sheet.blocks:
        items = _items(draft.document, sheet, block.list, block.takes)
        if items:
            block.write(draft, opened, items)
    if own is not None and _says_prose(draft.document, sheet):
        opened.say(own.text)


def _items(document: ClinicalDocument, sheet: SectionSheet, name: str, takes: Any) -> list[Any]:
    return [item for item in getattr(document, name) if item.section_code == sheet.code and takes(item)]


def has_content(document: ClinicalDocument, sheet: SectionSheet) -> bool:
    if any(_items(document, sheet, block.list, block.takes) for block in sheet.blocks):
        return True
    if _says_prose(document, sheet):
        return True
    if not sheet.inside:
        return False
    return sheet.required or any(has_content(document, section) for section in sheet.inside)


def _is_silent(document: ClinicalDocument, sheet: SectionSheet) -> bool:
    if sheet.narrative in ("silent", "empty"):
        return sheet.narrative == "silent"
    return bool(sheet.inside) and not sheet.blocks and not _says_prose(document, sheet)


def section_of(document: ClinicalDocument, sheet: SectionSheet) -> Section | None:
    return next((section for section in document.sections if section.code == sheet.code), None)
