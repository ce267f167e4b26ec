"""A document with the PDF/A-1b that is made from it: the body of a level 1 document, the copy inside a structured one.

What a structured document says on paper is its own narrative, so that the page, the text and the codes agree.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.attached import PDF_COPY
from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.cda.write_parties import Contacts
from maillon.formats.document import Attachment, ClinicalDocument
from maillon.formats.pdf_write import write_pdf

_NOT_YET: Final = b"%PDF-1.4\n%%EOF\n"


def with_pdf(
    document: ClinicalDocument,
    *,
    contacts: Contacts | None = None,
    identity_status: str | None = None,
    signed: bool = False,
) -> ClinicalDocument:
    """Replaces the PDF that the document may have had. Refused as `write_cda` and `write_pdf` refuse."""
    told = document if document.level == 1 else _narrated(document, contacts or {})
    pdf = write_pdf(told, contacts=contacts, identity_status=identity_status, signed=signed)
    return _carrying(document, pdf)


def _narrated(document: ClinicalDocument, contacts: Contacts) -> ClinicalDocument:
    written = read_cda(write_cda(_carrying(document, _NOT_YET), contacts=contacts))
    return replace(document, sections=tuple(one for one in written.sections if one.code != PDF_COPY))


def _carrying(document: ClinicalDocument, pdf: bytes) -> ClinicalDocument:
    is_level_one = document.level == 1
    copy = Attachment(
        media_type="application/pdf",
        size=len(pdf),
        sha256=hashlib.sha256(pdf).hexdigest(),
        title=document.title if is_level_one else "Copie du document",
        section_code=None if is_level_one else PDF_COPY,
        data=pdf,
    )
    others = (
        () if is_level_one else tuple(one for one in document.attachments if one.section_code not in (None, PDF_COPY))
    )
    return replace(document, attachments=(*others, copy))
