"""What rooms that this one does not know add to the copy of a record: each gives its part, of what the key opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from maillon.formats.copy_write import Section
from maillon.formats.fhir.datatypes import Resource
from maillon.kernel.key import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`sections`: for people, in French. `resources`: the same for programs. `count`: of its things, for the
    manifest."""

    name: str
    count: int
    sections: tuple[Section, ...]
    resources: tuple[Resource, ...]


Maker = Callable[[Access], Part]
_makers: Final[list[Maker]] = []


def adds(maker: Maker) -> Maker:
    """Registered once, when the application starts; in the order in which the copy shows them."""
    _makers.append(maker)
    return maker


def parts_of(access: Access) -> tuple[Part, ...]:
    return tuple(maker(access) for maker in _makers)
