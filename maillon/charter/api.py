"""The door of the room `charter`."""

from __future__ import annotations

from maillon.charter.definition import responsibilities
from maillon.charter.enforcement import settings
from maillon.charter.showing import (
    ClauseChange,
    ClauseLine,
    Comparison,
    VersionLine,
    VersionView,
    compare,
    show,
    versions,
)
from maillon.charter.upkeep import ItemLine, confirm, items
from maillon.charter.writing import (
    comment,
    draft,
    enforce,
    may_write,
    propose,
    remove_clause,
    resume,
    sign,
    write_clause,
)

__all__ = [
    "ClauseChange",
    "ClauseLine",
    "Comparison",
    "ItemLine",
    "VersionLine",
    "VersionView",
    "comment",
    "compare",
    "confirm",
    "draft",
    "enforce",
    "items",
    "may_write",
    "propose",
    "remove_clause",
    "responsibilities",
    "resume",
    "settings",
    "show",
    "sign",
    "versions",
    "write_clause",
]
