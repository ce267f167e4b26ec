"""Subjects of MSSanté messages: `XDM/1.0/DDM+<libellé> <NOM> <prénom> <JJ/MM/AAAA>` (Référentiel socle, ECO.2.1.3)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from maillon.formats.document import PatientTraits

_PREFIX = re.compile(r"XDM/1\.0/DDM\+?", re.IGNORECASE)
_BRACKETED = re.compile(r"\[([^\[\]]{0,80})\]")
_REPLY = re.compile(r"^(?:(?:re|fw|fwd|tr|réf)\s?:\s*)+", re.IGNORECASE)
_BIRTH_DATE = re.compile(r"(?<!\d)(\d{2})[/.-](\d{2})[/.-](\d{4})\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectTraits:
    """The patient as the subject names them: a hint to check against, never enough to file."""

    label: str | None = None
    family: str | None = None
    given: str | None = None
    birth_date: str | None = None
    words: tuple[str, ...] = ()  # label and names, in capitals without accents


def subject_traits(subject: str) -> SubjectTraits | None:
    """None when the subject does not follow the convention."""
    prefix = _PREFIX.search(subject)
    if prefix is None:
        return None
    rest = subject[prefix.end() :].strip()
    date = _BIRTH_DATE.search(rest)
    named = rest[: date.start()].split() if date else rest.split()
    label, family, given = _split_names(named) if date else (" ".join(named), "", "")
    return SubjectTraits(
        label=label or None,
        family=family or None,
        given=given or None,
        birth_date=f"{date.group(3)}-{date.group(2)}-{date.group(1)}" if date else None,
        words=tuple(_folded(" ".join(named)).split()),
    )


def replaces_another(subject: str) -> bool:
    return any(_folded(mark) == "ANNULE ET REMPLACE" for mark in _BRACKETED.findall(subject))


def integration_error(subject: str) -> str | None:
    """The code of `[KO Intégration système !][902] XDM/1.0/DDM+…`, « 906 » when none is given; None for another
    subject."""
    marks = _BRACKETED.findall(subject)
    if not any(_folded(mark) == "KO INTEGRATION SYSTEME" for mark in marks):
        return None
    return next((mark for mark in marks if re.fullmatch(r"\d{3}", mark)), "906")


def shown_subject(subject: str) -> str:
    """Without the technical prefix, which nobody should have to read (SC.MSS/UX.28)."""
    return " ".join(_PREFIX.sub("", subject).split())


def is_reply(subject: str) -> bool:
    return _REPLY.match(subject) is not None


def contradicts(subject: SubjectTraits, patient: PatientTraits) -> bool:
    """True when the subject names somebody else. Names are looked for among its words: where the label ends and the
    name begins cannot be told for sure."""
    if subject.birth_date and len(patient.birth_date or "") == 10 and subject.birth_date != patient.birth_date:
        return True
    families = [name for name in (patient.birth_family_name, patient.used_family_name) if name]
    words = set(subject.words)
    return bool(subject.birth_date and families) and not any(
        words.issuperset(_folded(family).split()) for family in families
    )


def _split_names(words: list[str]) -> tuple[str, str, str]:
    """The family name is the last run of capitals; after it, or as its last word, comes the given name."""
    end = len(words)
    while end and not _is_capitals(words[end - 1]):
        end -= 1
    start = end
    while start and _is_capitals(words[start - 1]):
        start -= 1
    if end == len(words) and end - start > 1:
        end -= 1
    return " ".join(words[:start]), " ".join(words[start:end]), " ".join(words[end:])


def _is_capitals(word: str) -> bool:
    return word == word.upper() and any(letter.isalpha() for letter in word) and not any(c.isdigit() for c in word)


def _folded(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"[^A-Z0-9]+", " ", bare.upper().replace("Œ", "OE").replace("Æ", "AE")).strip()
