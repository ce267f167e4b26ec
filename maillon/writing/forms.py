"""Structured documents (level 3): one builder for each, from the same draft as the letters.

A letter whose `forme` has no builder is a letter of level 1 around its PDF.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from maillon.formats.document import ClinicalDocument

Builder = Callable[[ClinicalDocument], ClinicalDocument]
BUILDERS: Final[Mapping[str, Builder]] = {}


def built(form: str, document: ClinicalDocument) -> ClinicalDocument:
    builder = BUILDERS.get(form)
    return builder(document) if builder is not None else replace(document, level=1)
