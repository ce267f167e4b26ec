"""Names of the HL7 V3 vocabulary that the reader meets, and the two gestures with which it looks at an element."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lxml import etree

Element = etree._Element

HL7: Final = "urn:hl7-org:v3"
NS: Final = "{urn:hl7-org:v3}"
XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
PHARM: Final = "{urn:ihe:pharm:medication}"
SDTC: Final = "{urn:hl7-org:sdtc}"
LAB_STATUS: Final = "{urn:oid:1.3.6.1.4.1.19376.1.3.2}statusCode"

CLINICAL_DOCUMENT: Final = NS + "ClinicalDocument"
SECTION: Final = NS + "section"
COMPONENT: Final = NS + "component"
ENTRY: Final = NS + "entry"
ENTRY_RELATIONSHIP: Final = NS + "entryRelationship"
TEXT: Final = NS + "text"
TITLE: Final = NS + "title"
CODE: Final = NS + "code"
ID: Final = NS + "id"
NAME: Final = NS + "name"
VALUE: Final = NS + "value"
REFERENCE: Final = NS + "reference"
ORIGINAL_TEXT: Final = NS + "originalText"
TRANSLATION: Final = NS + "translation"
QUALIFIER: Final = NS + "qualifier"
TEMPLATE_ID: Final = NS + "templateId"
STATUS_CODE: Final = NS + "statusCode"
EFFECTIVE_TIME: Final = NS + "effectiveTime"
TIME: Final = NS + "time"
LOW: Final = NS + "low"
HIGH: Final = NS + "high"
CENTER: Final = NS + "center"
WIDTH: Final = NS + "width"
AUTHOR: Final = NS + "author"
PERFORMER: Final = NS + "performer"
PARTICIPANT: Final = NS + "participant"
PARTICIPANT_ROLE: Final = NS + "participantRole"
PLAYING_ENTITY: Final = NS + "playingEntity"
PLAYING_DEVICE: Final = NS + "playingDevice"
OBSERVATION: Final = NS + "observation"
OBSERVATION_MEDIA: Final = NS + "observationMedia"
ORGANIZER: Final = NS + "organizer"
ACT: Final = NS + "act"
PROCEDURE: Final = NS + "procedure"
SUBSTANCE_ADMINISTRATION: Final = NS + "substanceAdministration"
SUPPLY: Final = NS + "supply"
ENCOUNTER: Final = NS + "encounter"
REGION_OF_INTEREST: Final = NS + "regionOfInterest"

STATEMENTS: Final = frozenset(
    {OBSERVATION, OBSERVATION_MEDIA, ORGANIZER, ACT, PROCEDURE, SUBSTANCE_ADMINISTRATION, SUPPLY, ENCOUNTER,
     REGION_OF_INTEREST}
)  # fmt: skip

PEOPLE_ROOT: Final = "1.2.250.1.71.4.2.1"  # national id of a professional: « 8 » and the RPPS number
STRUCTURE_ROOT: Final = "1.2.250.1.71.4.2.2"  # national id of a structure: « 1 » and the FINESS number

# INS roots (ANS): NIR, NIA, NIR of test, NIR of demonstration.
INS_ROOTS: Final = frozenset(f"1.2.250.1.213.1.4.{last}" for last in ("8", "9", "10", "11"))

Parts = dict[str, list[Element]]


def parts_of(element: Element) -> Parts:
    """The children by tag, in one pass: several `find` on the same element cost several times as much."""
    parts: Parts = {}
    for child in element:
        tag = child.tag
        if tag in parts:
            parts[tag].append(child)
        else:
            parts[tag] = [child]
    return parts


def child_of(element: Element | None, *path: str) -> Element | None:
    """The first child so named, and on down the path. A plain loop: for a few children it costs half of `find`."""
    for tag in path:
        if element is None:
            return None
        for child in element:
            if child.tag == tag:
                element = child
                break
        else:
            return None
    return element


def first(parts: Parts, tag: str) -> Element | None:
    found = parts.get(tag)
    return found[0] if found else None


def roots_of(elements: Iterable[Element]) -> frozenset[str]:
    return frozenset([element.get("root", "") for element in elements])


def full_id(element: Element | None) -> str | None:
    """`root`, or `root^extension`; None for a null id."""
    if element is None:
        return None
    root, extension = element.get("root"), element.get("extension")
    if root is None:
        return extension or None
    return f"{root}^{extension}" if extension else root


def national_id(element: Element | None, root: str) -> str | None:
    """The bare extension under the national root, else `root^extension`."""
    if element is not None and element.get("root") == root:
        return element.get("extension") or None
    return full_id(element)


def squeezed(text: str | None) -> str | None:
    """Whitespace has no meaning in CDA text: one space, and None rather than an empty string."""
    if text is None:
        return None
    return " ".join(text.split()) or None


def own_text(element: Element | None) -> str | None:
    if element is None:
        return None
    text = inner_text(element) if len(element) else element.text
    return " ".join(text.split()) or None if text else None


def inner_text(element: Element) -> str:
    return "".join(map(str, element.itertext())) if len(element) else element.text or ""


# JDV_J07 and JDV_J10 name one coding scheme by a word, where a CDA asks for an OID (data type of codeSystem).
SCHEMES: Final = {"ASTM": "1.2.840.10065"}  # the arc of ASTM
_SCHEME_NAMES: Final = {oid: name for name, oid in SCHEMES.items()}


def system_of(coded: Element | None) -> str | None:
    """The code system as the value sets name it: an OID, but for « ASTM »."""
    system = coded.get("codeSystem") if coded is not None else None
    return _SCHEME_NAMES.get(system, system) if system is not None else None
