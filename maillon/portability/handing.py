"""A folder that is handed over as one ZIP, made while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from maillon.formats.portability.packing import as_one_zip
from maillon.portability.folder import files_of


def in_one_zip(folder: Path) -> Iterator[bytes]:
    """`export_professional`'s folder, piece by piece; nothing is held in memory nor written again."""
    return as_one_zip(folder, files_of(folder))
