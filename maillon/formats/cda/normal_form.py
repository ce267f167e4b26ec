"""The normal form of a document: under it, model -> CDA -> model is equality.

Two documents with the same normal form say the same things and are written alike. It
- leaves out what is derived from other fields when a document is read: the human reading of coded things (severity,
  reactions, details, dose, frequency, route, site, quantity, and posology where the dosage is coded), the HTML, the
  narrative of sections that is made from their entries, the name of a performer who has an id, the label of an
  encounter and of a participant's profession, the digest, the size and the conformance;
- fills in what is written whether the model says it or not: defaults of the header, the section of each item, the
  kind and the status that its entry gives it, its id;
- puts in the order of the document what the model may hold in any order: items by section, participants by element.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from maillon.formats.cda.laboratory import name_of
from maillon.formats.cda.types.body import LISTS, completed, has_content, section_of
from maillon.formats.cda.types.registry import structured_type
from maillon.formats.cda.types.sheet import SectionSheet, StructuredType
from maillon.formats.cda.write_header import HEADER_TEMPLATES
from maillon.formats.document import (
    Act,
    ClinicalDocument,
    Conformance,
    Participant,
    Result,
    Section,
    Statement,
    Version,
)

LEVEL_ONE_TEMPLATE: Final = "1.3.6.1.4.1.19376.1.2.20"
_ROLES: Final = ("legalAuthenticator", "authenticator", "dataEnterer", "informant")
_LAST_ROLES: Final = ("guardian", "responsibleParty", "ADM", "ATND", "DIS")
_CONCERNS: Final = frozenset({"problems", "allergies"})


def normal_form(document: ClinicalDocument) -> ClinicalDocument:
    """Refuses what the writer refuses for an item without a place (E-ECR-11)."""
    sheet = structured_type(document) if document.level == 3 else None
    found = replace(_header(document, sheet), conformance=Conformance(), sha256="", size=0)
    if sheet is None:
        return replace(found, sections=tuple(replace(one, html="") for one in found.sections))
    if sheet.body is not None:
        return sheet.complete(found)
    found = completed(found, sheet)
    sections = tuple(_sections(found, sheet.sections, level=1))
    lists: dict[str, Any] = {name: tuple(_bare(item, name) for item in getattr(found, name)) for name in LISTS}
    return replace(found, sections=sections, **lists)


def _header(document: ClinicalDocument, sheet: StructuredType | None) -> ClinicalDocument:
    own = (LEVEL_ONE_TEMPLATE,) if sheet is None else sheet.templates
    encounter = document.encounter
    return replace(
        document,
        templates=(*HEADER_TEMPLATES, *own),
        confidentiality=document.confidentiality or "N",
        language=document.language or "fr-FR",
        version=_version(document.version),
        acts=tuple(map(_act, document.acts)),
        authors=tuple(replace(one, at=one.at or document.created_at) for one in document.authors),
        participants=tuple(sorted((_participant(one, document) for one in document.participants), key=_rank)),
        encounter=replace(encounter, label=None) if encounter is not None else None,
    )


def _version(version: Version) -> Version:
    return replace(version, set_id=version.set_id or version.id, number=version.number or 1)


def _act(act: Act) -> Act:
    return replace(act, performer_name=None) if act.performer_id else act


def _participant(one: Participant, document: ClinicalDocument) -> Participant:
    signs = one.role in ("legalAuthenticator", "authenticator")
    at = one.at or document.created_at if signs else one.at
    return replace(one, at=at, profession_system=None, profession_label=None)


def _rank(participant: Participant) -> int:
    if participant.role in _ROLES:
        return _ROLES.index(participant.role)
    return len(_ROLES) + (1 + _LAST_ROLES.index(participant.role) if participant.role in _LAST_ROLES else 0)


def _sections(document: ClinicalDocument, sheets: tuple[SectionSheet, ...], *, level: int) -> Iterator[Section]:
    for sheet in sheets:
        if not has_content(document, sheet):
            continue
        own = section_of(document, sheet)
        coded = any(item.section_code == sheet.code for name in LISTS for item in getattr(document, name))
        prose = own is not None and sheet.narrative in ("prose", "either") and not coded
        yield Section(
            code=sheet.code,
            system=sheet.system,
            title=(own.title if own is not None else None) or sheet.title,
            level=level,
            text="\n".join(_lines(own.text)) if prose and own is not None else "",
        )
        yield from _sections(document, sheet.inside, level=level + 1)


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if squeezed := " ".join(line.split()):
            yield squeezed


def _bare(item: Any, name: str) -> Any:
    if isinstance(item, Statement):
        return _statement(item, concern=name in _CONCERNS)
    return _result(item) if isinstance(item, Result) else item


def _statement(item: Statement, *, concern: bool) -> Statement:
    label = item.label or item.text or item.code
    return replace(
        item,
        label=label,
        text=item.text or label,
        status=None if concern else item.status,
        severity=None,
        reactions=(),
        details=(),
        dose=None,
        dose_unit=None,
        frequency=None,
        route=None,
        site=None,
        quantity=None,
        posology=item.posology if item.dosage is None else None,
        involved=tuple(_statement(one, concern=False) for one in item.involved),
    )


def _result(item: Result) -> Result:
    panel = item.group_code is not None or item.subject is not None
    kind = item.value_kind
    if kind == "CD" and item.value_code is not None:
        kind = None
    return replace(
        item,
        label=item.label or item.code,
        group=None if panel else item.group,
        method=name_of(item.method_code) or item.method,
        value_kind=kind,
        value_text=None if kind in ("TS", "IVL_TS") else item.value_text,
    )
