"""Who else speaks at these moments: rooms above register a source of cards (a protocol's alerts), which is asked with
the key at hand. Nothing is imported from above.

    @prescribing.speaks("protocoles", at=("patient-view",))
    def alerts(access: Access, occasion: Occasion) -> Iterable[Card]: …
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from maillon.kernel.key import Access
from maillon.prescribing.cards import Card
from maillon.prescribing.prescription import Prescription

Hook = Literal["patient-view", "order-select", "order-sign"]
HOOKS: Final[tuple[Hook, ...]] = ("patient-view", "order-select", "order-sign")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    hook: Hook
    prescription: Prescription


Source = Callable[[Access, Occasion], Iterable[Card]]
_SOURCES: dict[str, tuple[frozenset[Hook], Source]] = {}


def speaks(name: str, *, at: Iterable[Hook]) -> Callable[[Source], Source]:
    """Registers a source under its name; the same name again replaces it. Its keys begin with the name."""

    def register(source: Source) -> Source:
        _SOURCES[name] = (frozenset(at), source)
        return source

    return register


def silence(name: str) -> None:
    _SOURCES.pop(name, None)


def told(access: Access, occasion: Occasion) -> Iterator[Card]:
    for name in sorted(_SOURCES):
        hooks, source = _SOURCES[name]
        if occasion.hook in hooks:
            yield from source(access, occasion)
