"""A CDA with the identity of its patient as it is known today: its header says who and which version, all the rest is
as it was signed."""

from __future__ import annotations

from typing import Final

from maillon.formats.cda.hl7 import NS
from maillon.formats.cda.write import NO_CONTACTS
from maillon.formats.cda.write_header import write_header
from maillon.formats.cda.write_parties import Contacts, Directory
from maillon.formats.cda.write_rules import refuse_what_is_wrong
from maillon.formats.cda.write_xml import Element, empty_document, serialised
from maillon.formats.document import ClinicalDocument
from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted

# Element → those before which it stands in the schema, the nearest first.
_REWRITTEN: Final = {
    "id": ("code",),
    "effectiveTime": ("confidentialityCode",),
    "setId": ("versionNumber", "copyTime", "recordTarget"),
    "versionNumber": ("copyTime", "recordTarget"),
    "recordTarget": ("author",),
    "relatedDocument": ("authorization", "componentOf", "component"),
}


def with_identity(data: bytes, document: ClinicalDocument, *, contacts: Contacts = NO_CONTACTS) -> bytes:
    """`document` is what `data` says, under another identity and another version. Refuses (E-ECR-…) what would be
    wrong."""
    refuse_what_is_wrong(document)
    directory = Directory(contacts)
    directory.remember(document)
    header, root = empty_document(), parse_untrusted(data)
    write_header(header, document, templates=(), directory=directory)
    for name, followers in _REWRITTEN.items():
        written = header.find(f"{NS}{name}")
        if written is not None:
            _put(root, written, followers)
    return serialised(root)


def _put(root: Element, written: Element, followers: tuple[str, ...]) -> None:
    former = root.find(str(written.tag))
    if former is not None:
        root.replace(former, written)
        return
    place = next((found for each in followers if (found := root.find(f"{NS}{each}")) is not None), None)
    if place is None:
        raise Refused("E-ECR-08", "L’en-tête de ce document ne se complète pas.")
    place.addprevious(written)
