"""HL7 TS to ISO 8601, with the precision that was given and no more."""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache

from maillon.formats.cda.hl7 import CENTER, HIGH, LOW, Element, child_of

_TS = re.compile(r"^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,6})\d*)?)?)?)?)?)?([+-]\d{1,4}|Z)?$")
_WELL_FORMED_ZONE = re.compile(r"(?:[+-]\d{4}|Z)?\Z")


@lru_cache(maxsize=4096)
def iso(value: str | None) -> str | None:
    """None for what is absent or is no date: conformance says so, a wrong date would say nothing."""
    found = _TS.match(value.strip()) if value else None
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    if not _exists(year, month, day, hour, minute, second):
        return None
    date = "-".join(part for part in (year, month, day) if part)
    if hour is None:
        return date
    time = ":".join((hour, minute or "00")) + (f":{second}" if second else "") + (f".{fraction}" if fraction else "")
    return f"{date}T{time}{_zone(zone)}"


def _exists(year: str, month: str | None, day: str | None, *clock: str | None) -> bool:
    if year == "0000" or (month and not 1 <= int(month) <= 12):
        return False
    if day and month and not 1 <= int(day) <= monthrange(int(year), int(month))[1]:
        return False
    return all(part is None or int(part) < limit for part, limit in zip(clock, (24, 60, 60), strict=True))


def _zone(zone: str | None) -> str:
    if zone is None:
        return ""
    if zone == "Z":
        return zone
    return f"{zone[:3]}:{zone[3:]}" if len(zone) == 5 else ""


def is_well_formed(value: str) -> bool:
    """Stricter than `iso`, which drops a zone such as +100 rather than the date before it."""
    found = _TS.match(value.strip())
    return found is not None and iso(value) is not None and bool(_WELL_FORMED_ZONE.match(found[8] or ""))


def moment(element: Element | None) -> str | None:
    """One date from a TS or an interval: its value, else its beginning, else its end."""
    if element is None:
        return None
    value = element.get("value")
    if value is not None:
        return iso(value)
    start, end = period(element)
    return start or end


def period(element: Element | None) -> tuple[str | None, str | None]:
    """Beginning and end of an IVL_TS; a plain TS is its own beginning."""
    if element is None:
        return None, None
    start, end = iso(element.get("value")), None
    for child in element:
        if child.tag == LOW or (child.tag == CENTER and start is None):
            start = iso(child.get("value")) or start
        elif child.tag == HIGH:
            end = iso(child.get("value"))
    return start, end


def width_of(element: Element | None, tag: str) -> tuple[str | None, str | None]:
    width = child_of(element, tag)
    return (width.get("value"), width.get("unit")) if width is not None else (None, None)
