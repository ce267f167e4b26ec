"""The value sets of the DMP (JDV J57, J58, J60, J61, J65, J66): public data, read as any software would."""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "content" / "terminologie"
SETS = {
    "class": "jdv-j57-class-code-dmp",
    "confidentiality": "jdv-j58-confidentiality-code-dmp",
    "format": "jdv-j60-format-code-dmp",
    "facility": "jdv-j61-healthcare-facility-type-code-dmp",
    "role": "jdv-j65-subject-role-dmp",
    "type": "jdv-j66-type-code-dmp",
}
NAMES = {
    "class": "la classe (JDV_J57)", "confidentiality": "la confidentialité (JDV_J58)", "format": "le format (JDV_J60)",
    "facility": "le secteur (JDV_J61)", "role": "le rôle (JDV_J65)", "type": "le type (JDV_J66)",
}  # fmt: skip


@cache
def _concepts() -> dict[str, dict[tuple[str, str], str]]:
    held: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    with (_FOLDER / "concepts.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            held[line["set"]][line["code"], line["system"]] = line["display"]
    return held


@cache
def class_of(type_code: str) -> tuple[str, str, str] | None:
    """ASS_X04."""
    with (_FOLDER / "type-vers-classe.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["type_code"] == type_code:
                return line["class_code"], line["class_system"], line["class_display"]
    return None


def holds(kind: str, code: str | None, system: str | None) -> bool:
    return (code or "", system or "") in _concepts()[SETS[kind]]


def has_code(kind: str, code: str) -> bool:
    return any(held == code for held, _ in _concepts()[SETS[kind]])
