"""The small door of the sub-package, given further by `exchange.api`."""

from __future__ import annotations

from maillon.exchange.directory.refreshing import is_due, refresh
from maillon.exchange.directory.searching import (
    DirectoryLine,
    DirectoryStatus,
    by_address,
    by_national_id,
    note_by_hand,
    search,
    status,
)
from maillon.exchange.directory.taking_in import take_in

__all__ = [
    "DirectoryLine",
    "DirectoryStatus",
    "by_address",
    "by_national_id",
    "is_due",
    "note_by_hand",
    "refresh",
    "search",
    "status",
    "take_in",
]
