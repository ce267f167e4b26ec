"""What a hostile, doubtful or odd file is: its name, who reads it, how it is built, and the exact verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`verdict`: « refused CODE », « accepted », « anomaly CODES », « fatal CODES », « doubt CODES », « disagreement
    CODES » (harmless), « neutralised NAMES », « active NAMES » (no copy can be made), « kind TYPE »."""

    name: str
    reader: str  # xml, zip, xdm, mail, pdf, media
    build: Callable[[], bytes]
    verdict: str


class Cases(list[Case]):
    """A list of cases of one reader."""

    def __init__(self, reader: str) -> None:
        super().__init__()
        self.reader = reader

    def add(self, name: str, build: Callable[[], bytes] | bytes, verdict: str) -> None:
        made = build if callable(build) else (lambda data=build: data)
        self.append(Case(name=name, reader=self.reader, build=made, verdict=verdict))
