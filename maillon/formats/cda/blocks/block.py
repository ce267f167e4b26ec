"""A block: how the items of one list of the model are written in a section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from maillon.formats.cda.blocks.draft import Draft, OpenSection

ListName = str  # of a field of ClinicalDocument: « problems », « results »…


def every(item: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`complete` fills in what the entry says whether the model does or not (its normal form); `takes` chooses among
    the items of the list; `noun` names one item in French."""

    list: ListName
    write: Callable[[Draft, OpenSection, Sequence[Any]], None]
    complete: Callable[[Any], Any]
    noun: str
    takes: Callable[[Any], bool] = every
