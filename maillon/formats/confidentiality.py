"""How widely a document may be shown, as its producer says it (JDV_J08): a level, and beside it codes of visibility."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LEVELS: Final = ("N", "R", "V")  # normal, restricted, very restricted: the strictest last
VISIBILITIES: Final = {
    "MASQUE_PS": "Masqué aux professionnels de santé",
    "INVISIBLE_PATIENT": "Non visible par le patient",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "Non visible par les représentants légaux du patient",
}
# The marks of `access` that have a code of visibility.
MARKS: Final = {
    "masque_ps": "MASQUE_PS",
    "invisible_patient": "INVISIBLE_PATIENT",
    "invisible_representants": "INVISIBLE_REPRESENTANTS_LEGAUX",
}


def level_of(codes: Iterable[str | None]) -> str:
    """The strictest that is said: « N » when nothing is, « V » for a code that nobody knows. Too closed, its author and
    whoever it was sent to still read it; too open, what was read cannot be taken back."""
    said = {code for code in codes if code} - VISIBILITIES.keys()
    return max((code if code in LEVELS else LEVELS[-1] for code in said), key=LEVELS.index, default=LEVELS[0])


def visibility_of(codes: Iterable[str | None]) -> frozenset[str]:
    return frozenset(code for code in codes if code in VISIBILITIES)


def marks_of(codes: Iterable[str | None]) -> frozenset[str]:
    said = visibility_of(codes)
    return frozenset(mark for mark, code in MARKS.items() if code in said)


def is_known(code: str | None) -> bool:
    return code in LEVELS or code in VISIBILITIES
