"""BIO-CR-BIO 2024.01: the laboratory report (IHE XD-LAB). Its chapters are those of the laboratory, and a chapter holds
batteries and specimens: its body has a grammar of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from maillon.formats.cda.blocks.attached import PDF_COPY, complete_copy
from maillon.formats.cda.types.laboratory_body import write_laboratory_body
from maillon.formats.cda.types.laboratory_complete import complete_laboratory
from maillon.formats.cda.types.sheet import StructuredType
from maillon.formats.cda.write_xml import LOINC
from maillon.formats.document import ClinicalDocument, Section

COPY_SECTION: Final = Section(code=PDF_COPY, system=LOINC, title="Copie du document")


def _complete(document: ClinicalDocument) -> ClinicalDocument:
    found = complete_laboratory(document)
    chapters = tuple(one for one in found.sections if one.code != PDF_COPY)
    attachments = tuple(map(complete_copy, found.attachments))
    return replace(found, sections=(*chapters, COPY_SECTION), attachments=attachments)


BIO_CR_BIO: Final = StructuredType(
    name="BIO-CR-BIO 2024.01",
    format=("urn:ihe:lab:xd-lab:2008", "Compte rendu structuré d'examens de biologie médicale"),
    codes=("11502-2",),
    templates=("1.3.6.1.4.1.19376.1.3.3", "1.2.250.1.213.1.1.1.55^2024.01"),
    body=write_laboratory_body,
    complete=_complete,
)
