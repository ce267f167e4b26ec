"""How a coded value reads in French: decimal comma, dates as 31/03/2026, ranges in words. Shared by every writer."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from maillon.formats.document import PreviousValue, Result

NARROW_SPACE: Final = "\u202f"
NO_SHARE: Final = "non calculable"
_ISO = re.compile(r"^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T(\d{2}):(\d{2}))?")

# HL7 ObservationInterpretation, as it reads beside a result.
INTERPRETATION_WORDS: Final = {
    "H": "élevé",
    "HH": "très élevé",
    "L": "bas",
    "LL": "très bas",
    "A": "anormal",
    "AA": "très anormal",
    "R": "résistant",
    "I": "intermédiaire",
    "S": "sensible",
    "POS": "positif",
    "NEG": "négatif",
    "N": "normal",
}
ABNORMAL: Final = frozenset({"H", "HH", "L", "LL", "A", "AA", "R", "POS", "HU", "LU"})

# UCUM units that people do not write as machines do.
_SHOWN_UNITS: Final = {
    "mL/min/{1.73_m2}": "mL/min/1,73 m²", "1": "", "10*9/L": "G/L", "10*12/L": "T/L", "mm[Hg]": "mmHg",
    "umol/L": "µmol/L", "{INR}": "",
}  # fmt: skip


def shown_number(value: str | None) -> str:
    return (value or "").replace(".", ",")


def shown_share(part: Decimal | float, whole: Decimal | float) -> str:
    """« 12,5 % », a half rounded up; a share of nothing is « non calculable », never 0 %."""
    if not whole:
        return NO_SHARE
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{shown_number(str(share))}{NARROW_SPACE}%"


def shown_unit(unit: str | None) -> str:
    return _SHOWN_UNITS.get(unit or "", unit or "")


def shown_date(iso: str | None, *, with_time: bool = False) -> str:
    """`2024-03-28T11:20:00+01:00` -> `28/03/2024` (or `28/03/2024 à 11 h 20`); a partial date stays partial."""
    found = _ISO.match(iso or "")
    if not found:
        return iso or ""
    year, month, day, hour, minute = found.groups()
    shown = "/".join(part for part in (day, month, year) if part)
    if with_time and hour is not None:
        shown += f" à {hour}{NARROW_SPACE}h{NARROW_SPACE}{minute}"
    return shown


def shown_value(result: Result | PreviousValue) -> str:
    if result.value is None:
        return " ".join(part for part in (result.value_text, _unit_of_text(result)) if part)
    return " ".join(part for part in (shown_number(result.value), shown_unit(result.unit)) if part)


def _unit_of_text(result: Result | PreviousValue) -> str:
    shown = shown_unit(result.unit)
    return "" if shown and shown in (result.value_text or "") else shown


def shown_other_value(result: Result) -> str:
    """The same measure in the second unit, empty where there is none."""
    return " ".join(part for part in (shown_number(result.other_value), shown_unit(result.other_unit)) if part)


def shown_range(result: Result) -> str:
    if result.range_text:
        return result.range_text
    low, high = shown_number(result.low), shown_number(result.high)
    if low and high:
        return f"{low} à {high}"
    if high:
        return f"inférieur à {high}"
    return f"supérieur à {low}" if low else ""


def shown_telephone(number: str) -> str:
    """`0199000030` -> `01 99 00 00 30`; a number of another shape stays as it is."""
    if len(number) == 10 and number.isdigit():
        return " ".join(number[start : start + 2] for start in range(0, 10, 2))
    return number


def shown_interpretation(result: Result) -> str:
    code = result.interpretation or ""
    return "" if code == "N" else INTERPRETATION_WORDS.get(code, code)


def shown_previous(result: Result) -> str:
    return " ; ".join(f"{shown_value(old)} ({shown_date(old.at)})" for old in result.previous).replace(
        " ;", f"{NARROW_SPACE};"
    )


def counted(number: int, word: str, plural: str = "") -> str:
    """`3 documents`; in French zero and one are singular."""
    return f"{number}{NARROW_SPACE}{word if abs(number) < 2 else plural or word + 's'}"
