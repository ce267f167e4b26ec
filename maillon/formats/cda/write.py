"""Model -> CDA R2. Level 1 for any type of JDV_J07 around its PDF; level 3 for the types of `types.registry`.

Nothing here knows the time or invents an id: the same model gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from maillon.formats.cda.blocks.draft import Draft
from maillon.formats.cda.types import tlm_cr
from maillon.formats.cda.types.body import completed, write_body
from maillon.formats.cda.types.registry import structured_type
from maillon.formats.cda.types.rules import refuse_bad_items
from maillon.formats.cda.types.sheet import StructuredType
from maillon.formats.cda.write_header import write_header
from maillon.formats.cda.write_parties import NO_CONTACT, Contact, Contacts, Directory
from maillon.formats.cda.write_rules import refuse_what_is_wrong
from maillon.formats.cda.write_xml import Element, add, add_file, empty_document, serialised
from maillon.formats.document import ClinicalDocument
from maillon.formats.refusal import Refused

LEVEL_ONE_TEMPLATE: Final = "1.3.6.1.4.1.19376.1.2.20"
# What IHE XDS-SD lets a level 1 body hold, and how each sort of bytes begins.
LEVEL_ONE_MEDIA: Final = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/tiff": b"",
    "text/rtf": b"{\\rtf",
    "text/plain": b"",
}
NO_CONTACTS: Final[Mapping[str, Contact]] = {}


def write_cda(document: ClinicalDocument, *, contacts: Contacts = NO_CONTACTS) -> bytes:
    """Refuses (E-ECR-…) a document that would be wrong. `contacts` gives addresses and telecoms by national id."""
    refuse_what_is_wrong(document)
    directory = Directory(contacts)
    directory.remember(document)
    root = empty_document()
    if document.level == 1:
        _refuse_what_level_one_lacks(document)
        write_header(root, document, templates=(LEVEL_ONE_TEMPLATE,), directory=directory)
        _level_one_body(root, document)
    else:
        _structured(root, document, directory)
    return serialised(root)


def _structured(root: Element, document: ClinicalDocument, directory: Directory) -> None:
    sheet = structured_type(document)
    if sheet is None:
        raise Refused("E-ECR-08", "Ce type de document ne s’écrit pas encore sous forme structurée.")
    _refuse_what_the_type_lacks(document, sheet)
    write_header(root, document, templates=sheet.templates, directory=directory)
    if sheet.body is not None:
        sheet.body(root, Draft(document, directory))
    else:
        refuse_bad_items(document)
        write_body(root, Draft(completed(document, sheet), directory), sheet)


def _refuse_what_the_type_lacks(document: ClinicalDocument, sheet: StructuredType) -> None:
    if document.type_code not in sheet.codes:
        raise Refused("E-ECR-04", f"Un document {sheet.name} a le type {' ou '.join(sheet.codes)}.")
    for missing in sheet.demands(document):
        raise Refused("E-ECR-11", missing)


def _refuse_what_level_one_lacks(document: ClinicalDocument) -> None:
    if document.type_code == tlm_cr.REMOTE_REPORT:
        for missing in tlm_cr.demands(document):
            raise Refused("E-ECR-11", missing)


def _level_one_body(root: Element, document: ClinicalDocument) -> None:
    if len(document.attachments) != 1:
        raise Refused("E-ECR-07", "Un document non structuré contient un fichier, et un seul.")
    body = document.attachments[0]
    start = LEVEL_ONE_MEDIA.get(body.media_type)
    if start is None or not body.data or not body.data.startswith(start):
        raise Refused("E-ECR-07", "Le fichier du document est vide ou n’a pas le format annoncé.")
    holder = add(add(root, "component"), "nonXMLBody")
    add_file(holder, "text", body)


__all__ = ["NO_CONTACT", "Contact", "write_cda"]
