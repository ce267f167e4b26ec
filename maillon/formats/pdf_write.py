"""A4 report as PDF/A-1b, from the same model as the CDA: what a person reads, and what the MSSanté line asks beside it.

The compiler is kept warm between documents; the same model always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst

from maillon.formats.cda.write_parties import Contacts, Directory
from maillon.formats.document import Author, ClinicalDocument, PatientTraits, Result, Section
from maillon.formats.refusal import Refused
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

PDF_STANDARD: Final = "a-1b"
TEMPLATE: Final = Path(__file__).with_name("report.typ")
_ONE_AT_A_TIME: Final = Lock()  # the warm compiler keeps its inputs between calls
_SEXES: Final = {"F": "née le", "M": "né le"}
_INS_LABELS: Final = {
    "1.2.250.1.213.1.4.8": "INS-NIR",
    "1.2.250.1.213.1.4.9": "INS-NIA",
    "1.2.250.1.213.1.4.10": "INS-NIR de test",
    "1.2.250.1.213.1.4.11": "INS-NIR de démonstration",
}


def write_pdf(document: ClinicalDocument, *, contacts: Contacts | None = None) -> bytes:
    report = _report(document, directory=Directory(contacts or {}))
    try:
        with _ONE_AT_A_TIME:
            pdf = _compiler().compile(
                format="pdf",
                pdf_standards=PDF_STANDARD,
                pdf_tags=False,  # not part of PDF/A-1b, and half the size without
                timestamp=_timestamp(document.created_at),
                sys_inputs={"report": json.dumps(report, ensure_ascii=False)},
            )
    except typst.TypstError:  # its message may quote the document
        raise Refused("E-ECR-12", "La mise en page du document a échoué.") from None
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(str(TEMPLATE), ignore_system_fonts=True)


def _timestamp(created_at: str | None) -> int:
    """A document dated to the day only counts from midnight UTC; without any date, from the epoch."""
    if not created_at or len(created_at) < 10:
        return 0
    moment = datetime.fromisoformat(created_at if "T" in created_at else f"{created_at}T00:00:00+00:00")
    return int(moment.timestamp())


def _report(document: ClinicalDocument, *, directory: Directory) -> dict[str, Any]:
    author = document.authors[0] if document.authors else Author()
    signed = f"{_person(author)}" if author.family_name else ""
    return {
        "title": document.title or document.type_label or "Document",
        "author": author.organization_name or signed,
        "subtitle": f"Document du {shown_date(document.created_at, with_time=True)}",
        "sender": _sender(author, document=document, directory=directory),
        "recipients": [_person(recipient) for recipient in document.recipients],
        "patient": _patient(document.patient),
        "sections": list(_sections(document)),
        "signature": f"Validé par {signed}" if signed else "",
        "footer": f"{_name(document.patient)} – {shown_date(document.patient.birth_date)}",
    }


def _sender(author: Author, *, document: ClinicalDocument, directory: Directory) -> dict[str, Any]:
    contact = directory.contact(author.organization_id)
    telephones = [telecom.removeprefix("tel:") for telecom in contact.telecoms if telecom.startswith("tel:")]
    keeper = document.custodian.name if document.custodian else None
    return {
        "name": author.organization_name or keeper or _person(author),
        "lines": [
            *contact.address,
            *(f"Tél.{NARROW_SPACE}: {shown_telephone(number)}" for number in telephones),
            _person(author),
        ],
    }


def _person(author: Author) -> str:
    lead = {"DR": "Dr", "PR": "Pr"}.get(author.suffix or "", {"M": "M.", "MME": "Mme"}.get(author.prefix or "", ""))
    return " ".join(part for part in (lead, author.given_name, author.family_name) if part)


def _name(patient: PatientTraits) -> str:
    return (
        f"{patient.birth_family_name or patient.used_family_name or ''} {patient.first_birth_given_name or ''}".strip()
    )


def _patient(patient: PatientTraits) -> dict[str, str]:
    used = " ".join(part for part in (patient.used_family_name, patient.used_given_name) if part)
    details = [f"Prénoms de naissance{NARROW_SPACE}: {patient.birth_given_names}" if patient.birth_given_names else ""]
    details.append(f"nom utilisé{NARROW_SPACE}: {used}" if used else "")
    details.append(f"lieu de naissance{NARROW_SPACE}: {patient.birth_place_code}" if patient.birth_place_code else "")
    label = _INS_LABELS.get(patient.ins_oid or "", "INS")
    return {
        "name": _name(patient),
        "sex": {"F": "sexe féminin", "M": "sexe masculin"}.get(patient.sex or "", "sexe indéterminé"),
        "birth": f"{_SEXES.get(patient.sex or '', 'naissance le')} {shown_date(patient.birth_date)}",
        "detail": ", ".join(part for part in details if part),
        "ins": f"Matricule INS{NARROW_SPACE}: {patient.ins} [{label}]" if patient.ins else "Sans matricule INS",
    }


def _sections(document: ClinicalDocument) -> Iterator[dict[str, Any]]:
    for section in document.sections:
        rows = list(_rows(_own_results(document, section)))
        yield {
            "title": section.title or "",
            "level": section.level,
            "paragraphs": [line for line in section.text.split("\n") if line.strip()] if not rows else [],
            "rows": rows,
        }


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
