"""Check digits and shapes of the codes and identifiers of a document: what can be seen to be wrong without a table.

Sources: INSEE (key of the NIR), ANS (RPPS and FINESS by Luhn), LOINC users' guide (mod 10), SNOMED CT release file
specification (Verhoeff), EAN-13 (CIP of 13 digits), WHO (ATC), ATIH (CCAM, CIM-10).
"""

from __future__ import annotations

import re
from typing import Final

LOINC: Final = "2.16.840.1.113883.6.1"
SNOMED: Final = "2.16.840.1.113883.6.96"
CIP: Final = "1.2.250.1.213.2.3.2"
SHAPES: Final = {
    "2.16.840.1.113883.6.73": re.compile(r"[A-V](?:\d\d(?:[A-Z](?:[A-Z](?:\d\d)?)?)?)?"),  # ATC
    "1.2.250.1.213.2.3.1": re.compile(r"6\d{7}"),  # CIS
    "1.2.250.1.215.300.1": re.compile(r"[A-Z]{4}\d{3}"),  # CCAM
    "2.16.840.1.113883.6.3": re.compile(r"[A-Z]\d\d(?:\.?[\dX+\-]{1,4})?"),  # CIM-10
    "2.16.840.1.113883.6.139": re.compile(r"[A-Z]\d\d"),  # CISP-2
}
# Families of terminologies that the national documents use; a root is known with all that is under it.
_FAMILIES: Final = (
    "1.2.250.1.213.1.1.4.", "1.2.250.1.213.1.6.1.", "1.2.250.1.213.2.", "1.2.250.1.213.3.3.", "1.2.250.1.71.",
    "1.2.250.1.215.", "1.2.250.1.161.", "2.16.840.1.113883.4.642.", "1.2.250.1.999.",
)  # fmt: skip
_SYSTEMS: Final = frozenset(
    {
        "2.16.840.1.113883.5.1070",  # HL7 substanceAdminSubstitution
        "1.3.6.1.4.1.19376.1.5.3.2",  # IHEActCode
        "1.3.5.1.4.1.19376.1.5.3.2",  # the same as the national laboratory report writes it
        "2.16.840.1.113883.3.9471",  # NCBI Taxonomy
        "1.3.6.1.4.1.19376.1.9.2.2",  # IHE Pharmacy, items
        "1.2.840.10065",  # ASTM
        "1.2.250.1.215.200.3.3",  # NGAP
        "0.4.0.127.0.16.1.1.2.1",  # EDQM
        "1.2.840.10008.2.16.4",  # DICOM
        "1.2.840.10008.2.6.1",  # identifiers of the DICOM standard
        "2.16.840.1.113883.3.26.1.1",  # NCI thesaurus
        "2.16.840.1.113883.5.1150.1",  # absent or unknown (IPS)
        "2.16.840.1.113883.3.6905.2",  # substances (EMA)
        *(f"2.16.840.1.113883.6.{last}" for last in (1, 3, 8, 43, 73, 96, 139, 254, 347)),
        *(f"2.16.840.1.113883.5.{last}" for last in (1, 4, 7, 25, 83, 84, 88, 90, 110, 111, 112, 129, 139, 1008, 1063)),
        "2.16.840.1.113883.18.311",  # specimens (HL7 0487)
    }
)
_NUMBER_AND_KEY: Final = re.compile(r"(\d{1,7})-(\d)")
_VERHOEFF_D: Final = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_P: Final = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def is_known_system(system: str) -> bool:
    return system in _SYSTEMS or system.startswith(_FAMILIES)


def code_is_sound(code: str, system: str | None) -> bool:
    """True for a system whose codes have no key nor shape that we know."""
    if system == LOINC:
        return loinc_is_sound(code)
    if system == SNOMED:
        return code.startswith("1.2.250.") or verhoeff_is_right(code)  # a code awaited from SNOMED stands as an OID
    if system == CIP:
        return ean_is_right(code) if len(code) == 13 else code.isdigit() and len(code) == 7
    shape = SHAPES.get(system or "")
    return shape is None or shape.fullmatch(code) is not None


def loinc_is_sound(code: str) -> bool:
    """`29463-7`. Answers (LA…) and parts (LP…) are only seen to have their shape."""
    if code.startswith(("LA", "LP")):
        return _NUMBER_AND_KEY.fullmatch(code[2:]) is not None
    found = _NUMBER_AND_KEY.fullmatch(code)
    return found is not None and luhn_is_right(found.group(1) + found.group(2))


def luhn_is_right(digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def ean_is_right(digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit() and len(digits) == 13):
        return False
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def verhoeff_is_right(digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 18):
        return False
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_VERHOEFF_D[check][int(_VERHOEFF_P[place % 8][int(digit)])])
    return check == 0
