"""What a form sends, as what it means. What means nothing is left to the verb, which refuses it in its own words."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation
from uuid import UUID

from maillon.patients import api as patients


def typed_number(text: str) -> int:
    """-1 for what is no whole number of nine digits at most."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def typed_decimal(text: str) -> Decimal:
    """9,5 or 9.5; -1 for what is no number."""
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return Decimal(-1)
    return found if found.is_finite() else Decimal(-1)


def typed_day(text: str) -> dt.date | None:
    """31032026 or 31/03/2026; None when nothing is typed. Raises E-DAT-01, E-DAT-02."""
    return patients.typed_date(text) if text.strip() else None


def typed_hour(text: str) -> dt.time | None:
    """14h30, 14:30, 1430 or 14h; None for what is no hour."""
    found = re.fullmatch(r"(\d{1,2})\s*[h:]?\s*(\d{2})?", text.strip().lower())
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    return dt.time(int(found[1]), int(found[2] or 0))


def typed_uuid(text: str) -> UUID:
    """The one that names nothing for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
