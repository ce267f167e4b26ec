"""The INS matricule: its shape, its key, its OID, and what it says of the traits. No input raises anything here."""

from __future__ import annotations

import datetime as dt
import enum
import os
import re
from dataclasses import dataclass
from typing import Final

from maillon.patients.reason import Reason

NIR: Final = "1.2.250.1.213.1.4.8"
NIA: Final = "1.2.250.1.213.1.4.9"
NIR_TEST: Final = "1.2.250.1.213.1.4.10"
NIR_DEMO: Final = "1.2.250.1.213.1.4.11"

KINDS: Final = {NIR: "INS-NIR", NIA: "INS-NIA", NIR_TEST: "INS-NIR de test", NIR_DEMO: "INS-NIR de démonstration"}
OIDS: Final = frozenset(KINDS)


class Environment(enum.StrEnum):
    """A base holds real people, or people of the test range: never both."""

    REAL = "reel"
    TEST = "test"


_ACCEPTED: Final = {Environment.REAL: frozenset((NIR, NIA)), Environment.TEST: frozenset((NIR_TEST, NIR_DEMO))}

# Sex (1 M, 2 F; 3, 4, 7, 8: registration under way), year, month (20–42 and 50–99: unknown), department, commune,
# order, key.
_SHAPE: Final = re.compile(
    r"([1-478])(\d\d)(0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)(\d\d|2[AB])(\d{3})(\d{3})(\d\d)", re.ASCII
)
_BLANKS: Final = re.compile(r"[\s.\u00a0\u202f-]+")
_CORSICA: Final = {"2A": "19", "2B": "18"}
_SEXES: Final = {"1": "M", "3": "M", "7": "M", "2": "F", "4": "F", "8": "F"}

BAD_SHAPE: Final = Reason(
    "E-INS-01", "Le matricule INS n’a pas la forme attendue (13 caractères et une clé de 2 chiffres)."
)
BAD_KEY: Final = Reason(
    "E-INS-02", "La clé du matricule INS est fausse\u202f: il ne pourra pas être qualifié tel quel."
)
UNKNOWN_OID: Final = Reason("E-INS-03", "L’OID du matricule INS n’est pas reconnu.")
OTHER_ENVIRONMENT: Final = Reason(
    "E-INS-05", "Ce matricule INS n’est pas de l’environnement de cette installation (réel ou test)."
)
SEX_DIFFERS: Final = Reason("A-INS-01", "Le sexe ne correspond pas au premier chiffre du matricule INS.")
YEAR_DIFFERS: Final = Reason("A-INS-02", "L’année de naissance ne correspond pas au matricule INS.")
MONTH_DIFFERS: Final = Reason("A-INS-03", "Le mois de naissance ne correspond pas au matricule INS.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatriculeCheck:
    """`matricule` is what was given without its blanks; `problems` says what forbids to qualify it."""

    matricule: str
    is_well_formed: bool
    has_right_key: bool
    kind: str | None
    environment: Environment | None
    problems: tuple[Reason, ...]

    @property
    def is_qualifiable(self) -> bool:
        return not self.problems


def accepted_environment() -> Environment:
    """MAILLON_INS=reel is a deliberate act of the installation; without it only the test range is taken in."""
    return Environment.REAL if os.environ.get("MAILLON_INS") == Environment.REAL else Environment.TEST


def environment_of(oid: str | None) -> Environment | None:
    return next((each for each, oids in _ACCEPTED.items() if oid in oids), None)


def is_accepted(oid: str | None) -> bool:
    return oid in _ACCEPTED[accepted_environment()]


def kind(oid: str | None) -> str | None:
    """« INS-NIR », « INS-NIA », « INS-NIR de test »…; None for another OID."""
    return KINDS.get(oid or "")


def squeezed(text: str | None) -> str:
    """Upper case, without the blanks that people type."""
    return _BLANKS.sub("", text or "").upper()


def key_of(first_thirteen: str) -> str | None:
    """97 − (N13 mod 97), Corsica counted as 19 (2A) and 18 (2B). None where the characters are no matricule."""
    department = first_thirteen[5:7]
    digits = first_thirteen[:5] + _CORSICA.get(department, department) + first_thirteen[7:]
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit()):
        return None
    return f"{97 - int(digits) % 97:02d}"


def check(matricule: str | None, *, oid: str | None = None) -> MatriculeCheck:
    """Everything that can be said of a matricule without asking INSi. Odd input is answered, never refused."""
    text = squeezed(matricule)
    is_well_formed = _SHAPE.fullmatch(text) is not None
    has_right_key = is_well_formed and key_of(text[:13]) == text[13:]
    problems = [BAD_SHAPE] if not is_well_formed else [] if has_right_key else [BAD_KEY]
    if oid not in OIDS:
        problems.append(UNKNOWN_OID)
    elif not is_accepted(oid):
        problems.append(OTHER_ENVIRONMENT)
    return MatriculeCheck(
        matricule=text,
        is_well_formed=is_well_formed,
        has_right_key=has_right_key,
        kind=kind(oid),
        environment=environment_of(oid),
        problems=tuple(problems),
    )


def coherence(matricule: str | None, *, sex: str | None, birth_date: dt.date | None) -> tuple[Reason, ...]:
    """Where the matricule and the traits say different things: warnings, since civil status may have changed since."""
    shape = _SHAPE.fullmatch(squeezed(matricule))
    if shape is None:
        return ()
    sex_digit, year, month = shape.group(1), shape.group(2), int(shape.group(3))
    warnings = []
    if sex in ("F", "M") and _SEXES[sex_digit] != sex:
        warnings.append(SEX_DIFFERS)
    if birth_date is not None and f"{birth_date:%y}" != year:
        warnings.append(YEAR_DIFFERS)
    if birth_date is not None and month <= 12 and birth_date.month != month:
        warnings.append(MONTH_DIFFERS)
    return tuple(warnings)
