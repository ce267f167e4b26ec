"""What a form sends, as what it means. What means nothing is left to the verb, which refuses it in its own words."""

from __future__ import annotations

import datetime as dt

from maillon.patients import api as patients


def typed_number(text: str) -> int:
    """-1 for what is no whole number of nine digits at most."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def typed_day(text: str) -> dt.date | None:
    """31032026 or 31/03/2026; None when nothing is typed. Raises E-DAT-01, E-DAT-02."""
    return patients.typed_date(text) if text.strip() else None
