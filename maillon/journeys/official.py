"""What the official kit says of a document of a run, where CDA_KIT names a copy of it."""

from __future__ import annotations

import functools
import os
from dataclasses import replace
from pathlib import Path
from typing import Final

from maillon.formats.kit import topics
from maillon.formats.kit.engine import Kit
from maillon.formats.kit.source import open_kit
from maillon.formats.refusal import Refused
from maillon.scenarios.api import report

MOST: Final = 5  # errors told of one document


@functools.cache
def kit() -> Kit | None:
    """None without CDA_KIT. Raises Refused for one that cannot be opened, or without the engine that runs it."""
    named = os.environ.get("CDA_KIT")
    if not named:
        return None
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Kit(open_kit(Path(named), cache=Path(home) / "maillon" / "conformite"))


def judged(found: report.Produced, data: bytes) -> report.Produced:
    """With the errors that the kit finds in it; as it was where there is no kit, or where the kit cannot read it."""
    judge = kit()
    if judge is None:
        return found
    try:
        errors = judge.check(data).errors
    except Refused:
        return found
    said = tuple(f"Kit officiel\u202f: {topics.words_of(each)}" for each in errors[:MOST])
    return replace(found, kit_errors=len(errors), remarks=(*found.remarks, *said))
