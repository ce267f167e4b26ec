"""Matricules INS of fictitious people, in the test range: the shape of a NIR, and its true key."""

from __future__ import annotations

from datetime import date


def control_key(first_thirteen: str) -> str:
    """97 − (N13 mod 97), Corsica counted as 19 (2A) and 18 (2B)."""
    digits = first_thirteen.replace("2A", "19", 1).replace("2B", "18", 1)
    return f"{97 - int(digits) % 97:02d}"


def matricule(*, sex: str, birth_date: date, birth_place_code: str, order: int) -> str:
    sex_digit = "1" if sex == "M" else "2"
    first_thirteen = f"{sex_digit}{birth_date:%y%m}{birth_place_code}{order:03d}"
    return first_thirteen + control_key(first_thirteen)
