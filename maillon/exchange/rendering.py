"""Whether a PDF that came beside a CDA is that CDA, to be read without software (ECO.2.1.1), or another document.

Believed on evidence only: a rendering is filed nowhere. The bytes of the body, or the same person and the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from maillon.formats import media
from maillon.formats.cda.read import CdaReading
from maillon.formats.document import PatientTraits
from maillon.formats.mail_write import unaccented
from maillon.formats.pdf import text_of_pdf

SHORTEST_WORD: Final = 4
LONGEST_WORD: Final = 40  # beyond, it is a file written as text
# Measured on the national examples and on the demonstration's two years: a rendering holds 93 % of what its CDA tells,
# or takes 64 % of its words from it; the page of another type, for the same patient, 53 % at most.
ALL_OF_THE_CDA: Final = 0.8
MOST_OF_THE_PAGE: Final = 0.6
_WORD: Final = re.compile(r"[a-z0-9]+")
_MONTHS: Final = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
    "decembre",
)  # fmt: skip


def shows(pdf: bytes, cda: CdaReading) -> bool:
    bodies = [each.data for each in cda.attachments if each.media_type == media.PDF]
    if pdf in bodies:
        return True
    said = _words(text_of_pdf(pdf))
    if not _names(said, cda.header.patient):
        return False
    inside = [text_of_pdf(each) for each in bodies]
    shown, told = _telling(said), _telling(_words("\n".join([cda.plain_text, *inside])))
    # A page has headings that the CDA has not, or the CDA has entries and codes that its page does not show.
    whole = told | _telling(_words(cda.data.decode("utf-8", "replace")))
    return len(shown & told) >= ALL_OF_THE_CDA * len(told) or len(shown & whole) >= MOST_OF_THE_PAGE * len(shown)


def _names(said: list[str], patient: PatientTraits) -> bool:
    """Birth name and birth date, which every rendering shows on its first page."""
    text, family = f" {' '.join(said)} ", " ".join(_words(patient.birth_family_name or ""))
    return bool(family) and f" {family} " in text and any(f" {day} " in text for day in _days(patient.birth_date or ""))


def _days(date: str) -> Iterable[str]:
    """28/03/1979, 28.3.79, 1979-03-28, 28 mars 1979, 28031979, as words."""
    year, _, rest = date[:10].partition("-")
    month, _, day = rest.partition("-")
    if not (year.isdecimal() and month.isdecimal() and day.isdecimal() and 1 <= int(month) <= len(_MONTHS)):
        return ()
    bare = str(int(day))
    named = [f"{each} {_MONTHS[int(month) - 1]} {year}" for each in (day, bare, f"{bare}er")]
    return (
        f"{day} {month} {year}", f"{day} {month} {year[2:]}", f"{bare} {int(month)} {year}", f"{year} {month} {day}",
        f"{day}{month}{year}", f"{year}{month}{day}", *named,
    )  # fmt: skip


def _telling(words: Iterable[str]) -> set[str]:
    return {word for word in words if SHORTEST_WORD <= len(word) <= LONGEST_WORD}


def _words(text: str) -> list[str]:
    return _WORD.findall(unaccented(text).lower())
