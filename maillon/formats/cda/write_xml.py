"""The few gestures with which a CDA is written: elements, codes, ids, times."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any, Final

from lxml import etree

from maillon.formats.cda.hl7 import SCHEMES
from maillon.formats.document import Attachment
from maillon.formats.refusal import Refused

HL7: Final = "urn:hl7-org:v3"
LAB: Final = "urn:oid:1.3.6.1.4.1.19376.1.3.2"
DICOM: Final = "urn:dicom-org:ps3-20"
XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
NAMESPACES: Final[Any] = {None: HL7, "lab": LAB, "xsi": "http://www.w3.org/2001/XMLSchema-instance"}

LOINC: Final = "2.16.840.1.113883.6.1"
RPPS_ROOT: Final = "1.2.250.1.71.4.2.1"
STRUCTURE_ROOT: Final = "1.2.250.1.71.4.2.2"

Element = etree._Element

_ISO_TIME = re.compile(
    r"^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$"
)


def add(parent: Element, name: str, text: str | None = None, /, **attributes: str | None) -> Element:
    """A child in the HL7 namespace. Attributes without a value are left out; `class_` and the like lose their tail."""
    child = etree.SubElement(parent, f"{{{HL7}}}{name}")
    for key, value in attributes.items():
        if value is not None:
            child.set(key.rstrip("_"), value)
    if text is not None:
        child.text = text
    return child


def add_templates(parent: Element, *roots: str) -> None:
    for root in roots:
        oid, _, extension = root.partition("^")
        add(parent, "templateId", root=oid, extension=extension or None)


def add_code(
    parent: Element, name: str, code: str | None, *, system: str | None, label: str | None = None, typed: bool = False
) -> Element:
    coded = add(parent, name)
    if typed:
        coded.set(XSI_TYPE, "CD")
    for key, value in (("code", code), ("displayName", label), ("codeSystem", SCHEMES.get(system or "", system))):
        if value is not None:
            coded.set(key, value)
    if system == LOINC:
        coded.set("codeSystemName", "LOINC")
    return coded


def add_id(parent: Element, full_id: str, *, name: str = "id") -> Element:
    """`full_id` is `root` or `root^extension`, as the model writes it."""
    root, _, extension = full_id.partition("^")
    return add(parent, name, root=root, extension=extension or None)


def add_national_id(parent: Element, national_id: str, *, root: str) -> Element:
    """A bare national id under its own root; any other `root^extension` as it stands."""
    return add_id(parent, national_id if "^" in national_id else f"{root}^{national_id}")


def add_time(parent: Element, name: str, iso: str) -> Element:
    return add(parent, name, value=hl7_time(iso))


def add_interval(parent: Element, name: str, *, start: str | None, end: str | None) -> Element:
    interval = add(parent, name)
    if start is not None:
        add_time(interval, "low", start)
    if end is not None:
        add_time(interval, "high", end)
    return interval


def hl7_time(iso: str) -> str:
    """ISO 8601 to HL7 TS with the same precision; a time of day without its zone is refused (CI-SIS)."""
    found = _ISO_TIME.match(iso)
    if not found:
        raise Refused("E-ECR-03", "Une date du document n’a pas la forme attendue.")
    year, month, day, hour, minute, second, zone = found.groups()
    if hour is not None and zone is None:
        raise Refused("E-ECR-03", "Une date du document porte une heure sans fuseau horaire.")
    digits = "".join(part for part in (year, month, day, hour, minute, second) if part)
    return digits + ("+0000" if zone == "Z" else (zone or "").replace(":", ""))


def add_file(parent: Element, name: str, file: Attachment) -> Element:
    """The bytes in base64, with the digest (HL7 ED, integrityCheck) by which a receiver sees that they are whole."""
    encoded = base64.b64encode(file.data).decode("ascii")
    digest = base64.b64encode(hashlib.sha256(file.data).digest()).decode("ascii")
    return add(
        parent, name, encoded, mediaType=file.media_type, representation="B64",
        integrityCheck=digest, integrityCheckAlgorithm="SHA-256",
    )  # fmt: skip


def add_accession_number(order: Element, full_id: str) -> None:
    """`ps3-20:accessionNumber`, the extension of DICOM part 20 to an order."""
    root, _, extension = full_id.partition("^")
    number = etree.SubElement(order, f"{{{DICOM}}}accessionNumber", nsmap={"ps3-20": DICOM})
    number.set("root", root)
    if extension:
        number.set("extension", extension)


def empty_document() -> Element:
    return etree.Element(f"{{{HL7}}}ClinicalDocument", nsmap=NAMESPACES)


def add_laboratory_status(parent: Element, code: str) -> None:
    """`lab:statusCode`, the extension of IHE XD-LAB to a service event."""
    etree.SubElement(parent, f"{{{LAB}}}statusCode").set("code", code)


def serialised(root: Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
