"""A count says what it counts; a share is a part of a whole of the same kind, or it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from maillon.kernel.message import UserMessage

Unit = Literal["patients", "documents", "structures", "professionnels", "messages", "heures", "jours", "autres"]
UNITS: Final[dict[str, str]] = {
    "patients": "patients distincts", "documents": "documents", "structures": "structures",
    "professionnels": "professionnels distincts", "messages": "messages", "heures": "heures", "jours": "jours",
    "autres": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    number: int
    unit: Unit


def share(part: Count, whole: Count) -> float | None:
    """In percent; None when there is nothing to share. Raises E-TER-01 (two counting units), E-TER-02 (a part larger
    than the whole)."""
    must_be_alike(part.unit, whole.unit)
    if part.number > whole.number:
        raise UserMessage(
            "E-TER-02",
            f"Un taux dépasserait 100\u202f%\u202f: {part.number} sur {whole.number}. L’un des deux décomptes est "
            "faux\u202f: vérifiez le relevé avant de publier.",
        )
    return 100 * part.number / whole.number if whole.number else None


def mean(total: Count, per: Count) -> float | None:
    """So many of one thing for each of another: units may differ, and nothing is a percentage."""
    return total.number / per.number if per.number else None


def must_be_alike(part: Unit, whole: Unit) -> None:
    if part != whole:
        raise UserMessage(
            "E-TER-01",
            f"Un taux ne mélange pas {UNITS[part] or part} et {UNITS[whole] or whole}\u202f: comptez la même chose en "
            "haut et en bas, ou faites-en une moyenne.",
        )
