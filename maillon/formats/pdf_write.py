"""An A4 page as PDF/A-1b, from the same model as the CDA: what a person reads, and what MSSanté asks beside it.

The same model always gives the same bytes. The INS datamatrix is printed on the first page of a qualified identity
only (RNIV, DIF 02).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from maillon.formats import datamatrix
from maillon.formats.cda.write_parties import Contacts, Directory
from maillon.formats.document import Author, ClinicalDocument, PatientTraits, Result, Section, Statement
from maillon.formats.pdf_blocks import Block, blocks_of_html, blocks_of_text
from maillon.formats.pdf_layout import Layout, finess, layout_of, named, profession, rpps
from maillon.formats.typesetting import typeset
from maillon.formats.wording import (
    NARROW_SPACE,
    shown_date,
    shown_interpretation,
    shown_other_value,
    shown_previous,
    shown_range,
    shown_telephone,
    shown_value,
)

TEMPLATE: Final = Path(__file__).with_name("report.typ")
_SEXES: Final = {"F": "née le", "M": "né le"}
_INS_LABELS: Final = {
    "1.2.250.1.213.1.4.8": "INS-NIR",
    "1.2.250.1.213.1.4.9": "INS-NIA",
    "1.2.250.1.213.1.4.10": "INS-NIR de test",
    "1.2.250.1.213.1.4.11": "INS-NIR de démonstration",
}
_CITY: Final = re.compile(r"\b\d{5} (.+)")
_LISTS: Final = ("problems", "allergies", "medications", "vaccinations", "procedures", "devices", "plan")


def write_pdf(
    document: ClinicalDocument,
    *,
    contacts: Contacts | None = None,
    identity_status: str | None = None,
    signed: bool = False,
    draft: bool = False,
) -> bytes:
    """`identity_status` QUAL prints the INS datamatrix. `signed` tells that the signatory has signed electronically
    (legalAuthenticator and its date) and replaces the boxes for a handwritten signature. `draft` says so on each page.
    """
    page = _page(document, directory=Directory(contacts or {}), signed=signed)
    page["datamatrix"] = _symbol(document.patient, identity_status)
    page["draft"] = draft
    if draft:
        page["signature"] = ""
    return typeset(TEMPLATE, "report", page, standard="a-1b", at=_timestamp(document.created_at))


def _timestamp(created_at: str | None) -> int:
    """A document dated to the day only counts from midnight UTC; without any date, from the epoch."""
    if not created_at or len(created_at) < 10:
        return 0
    moment = datetime.fromisoformat(created_at if "T" in created_at else f"{created_at}T00:00:00+00:00")
    return int(moment.timestamp())


def _symbol(patient: PatientTraits, identity_status: str | None) -> list[list[int]] | None:
    """Grey levels of the symbol, one per module, quiet zone excluded; None for an identity that is not qualified."""
    if identity_status != datamatrix.QUALIFIED or not patient.ins:
        return None
    squares = datamatrix.modules(datamatrix.message(patient, identity_status=identity_status))
    return [[0 if black else 255 for black in row] for row in squares]


def _page(document: ClinicalDocument, *, directory: Directory, signed: bool) -> dict[str, Any]:
    layout = layout_of(document)
    author = document.authors[0] if document.authors else Author()
    is_letter = layout.arrangement == "letter" and document.recipients
    return {
        "arrangement": layout.arrangement if layout.arrangement != "letter" or is_letter else "report",
        "title": document.title or document.type_label or "Document",
        "author": author.organization_name or named(author),
        "subtitle": f"Document du {shown_date(document.created_at, with_time=True)}",
        "replaces": _replacement(document),
        "sender": _sender(author, document=document, directory=directory),
        "place_and_date": _place_and_date(author, document=document, directory=directory),
        "recipients": [_recipient(recipient, directory=directory) for recipient in document.recipients],
        "patient": _patient(document.patient),
        "facts": [list(fact) for fact in layout.facts(document)],
        "sections": [*_tables(document, layout), *_sections(document, layout)],
        "signature": _signature(document, author, signed=signed),
        "hands": [] if signed else list(layout.hands),
        "footer": f"{_name(document.patient)} – {shown_date(document.patient.birth_date)}",
    }


def _replacement(document: ClinicalDocument) -> str:
    if not document.version.replaces:
        return ""
    number = f" (version {document.version.number})" if document.version.number else ""
    return f"Annule et remplace la version précédente de ce document{number}"


def _sender(author: Author, *, document: ClinicalDocument, directory: Directory) -> dict[str, Any]:
    contact = directory.contact(author.organization_id)
    telephones = [telecom.removeprefix("tel:") for telecom in contact.telecoms if telecom.startswith("tel:")]
    keeper = document.custodian.name if document.custodian else None
    numbers = (("N° RPPS", rpps(author)), ("N° FINESS", finess(author.organization_id)))
    return {
        "name": author.organization_name or keeper or named(author),
        "lines": [
            *contact.address,
            *(f"Tél.{NARROW_SPACE}: {shown_telephone(number)}" for number in telephones),
        ],
        "person": named(author),
        "profession": profession(author),
        "numbers": ", ".join(f"{label}{NARROW_SPACE}: {number}" for label, number in numbers if number),
    }


def _place_and_date(author: Author, *, document: ClinicalDocument, directory: Directory) -> str:
    address = " ".join(directory.contact(author.organization_id).address[-1:])
    city = _CITY.search(address)
    date = shown_date(document.created_at)
    return f"{city[1]}, le {date}" if city else f"le {date}"


def _recipient(recipient: Author, *, directory: Directory) -> dict[str, Any]:
    contact = directory.contact(recipient.organization_id)
    person = named(recipient)
    return {
        "name": person or recipient.organization_name or "",
        "lines": [*([recipient.organization_name] if person and recipient.organization_name else []), *contact.address],
    }


def _signature(document: ClinicalDocument, author: Author, *, signed: bool) -> str:
    signatory = next((one for one in document.participants if one.role == "legalAuthenticator"), None)
    same = signatory is None or signatory.id == author.id
    given, family = (signatory.given_name, signatory.family_name) if signatory else (None, None)
    name = named(author) if same else " ".join(part for part in (given, family) if part)
    if not name or (same and not author.family_name):
        return ""
    if signed and signatory is not None and signatory.at:
        return f"Signé électroniquement par {name} le {shown_date(signatory.at, with_time=True)}"
    return f"Validé par {name}"


def _name(patient: PatientTraits) -> str:
    return (
        f"{patient.birth_family_name or patient.used_family_name or ''} {patient.first_birth_given_name or ''}".strip()
    )


def _patient(patient: PatientTraits) -> dict[str, Any]:
    used = " ".join(part for part in (patient.used_family_name, patient.used_given_name) if part)
    place = patient.birth_place_code
    born = [f"Prénoms de naissance{NARROW_SPACE}: {patient.birth_given_names}"] if patient.birth_given_names else []
    known = [f"nom utilisé{NARROW_SPACE}: {used}"] if used else []
    known += [f"lieu de naissance{NARROW_SPACE}: {place}"] if place else []
    label = _INS_LABELS.get(patient.ins_oid or "", "INS")
    return {
        "name": _name(patient),
        "sex": {"F": "sexe féminin", "M": "sexe masculin"}.get(patient.sex or "", "sexe indéterminé"),
        "birth": f"{_SEXES.get(patient.sex or '', 'naissance le')} {shown_date(patient.birth_date)}",
        "lines": [line[:1].upper() + line[1:] for line in (*born, ", ".join(known)) if line],
        "ins": f"Matricule INS{NARROW_SPACE}: {patient.ins} [{label}]" if patient.ins else "Sans matricule INS",
    }


def _tables(document: ClinicalDocument, layout: Layout) -> Iterator[dict[str, Any]]:
    for title, block in layout.tables(document):
        yield {"title": title, "level": 1, "stressed": False, "blocks": [block], "rows": []}


def _sections(document: ClinicalDocument, layout: Layout) -> Iterator[dict[str, Any]]:
    for section in document.sections:
        rows = [] if section.html else list(_rows(_own_results(document, section)))
        title = section.title or ""
        yield {
            "title": title,
            "level": section.level,
            "stressed": bool(layout.stressed) and title.startswith(layout.stressed),
            "blocks": _blocks(document, section) if not rows else [],
            "rows": rows,
        }


def _blocks(document: ClinicalDocument, section: Section) -> list[Block]:
    """The narrative when there is one, else the text, else what the document says in code under this section."""
    if section.html:
        return blocks_of_html(section.html)
    if section.text.strip():
        return blocks_of_text(section.text)
    own = (each for name in _LISTS for each in getattr(document, name) if each.section_code == section.code)
    return blocks_of_text("\n".join(f"- {_stated(each)}" for each in own if each.section_code))


def _stated(statement: Statement) -> str:
    said = statement.label or statement.text or statement.code or ""
    lead = f"absence {'d’' if said[:1].lower() in 'aâàeéèêëhiîïoôuûœæ' else 'de '}{said}" if statement.negated else said
    dates = " – ".join(shown_date(moment) for moment in (statement.start, statement.end) if moment)
    return ", ".join(part for part in (lead, statement.posology, dates, statement.comment) if part)


def _own_results(document: ClinicalDocument, section: Section) -> Iterator[Result]:
    return (result for result in document.results if result.section_code == section.code)


def _rows(results: Iterator[Result]) -> Iterator[dict[str, str]]:
    group = None
    for result in results:
        heading = " – ".join(part for part in (result.group, result.specimen) if part)
        if heading and heading != group:
            group = heading
            yield {"kind": "group", "text": heading}
        second = shown_other_value(result)
        yield {
            "kind": "result",
            "label": result.label or result.code or "",
            "note": " – ".join(part for part in (result.method, result.comment) if part),
            "value": f"{shown_value(result)} ({second})" if second else shown_value(result),
            "range": shown_range(result),
            "mark": shown_interpretation(result),
            "previous": shown_previous(result),
        }
