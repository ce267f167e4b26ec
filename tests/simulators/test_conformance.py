"""What the simulated laboratory, hospitals, imaging centre and pharmacy write: our checks always, the official kit when
it is there.

`CDA_KIT_DEMO=tous` for every document of the demonstration; else some of each kind.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import date
from itertools import chain
from pathlib import Path

import pytest

from maillon.formats.cda.checks import check
from simulators.outgoing import OutgoingDocument, address_book, render
from simulators.story import documents
from simulators.territory import build_territory
from tests.formats.cda.types import kit

UNTIL = date(2026, 11, 24)
TERRITORY = build_territory(until=UNTIL)
CONTACTS = address_book(TERRITORY)
SOME = 2  # of a type, at a level


def told() -> list[OutgoingDocument]:
    found = list(documents(TERRITORY, seed=1, until=UNTIL))
    if os.environ.get("CDA_KIT_DEMO") == "tous":
        return found
    kinds: dict[tuple[str | None, int], list[OutgoingDocument]] = defaultdict(list)
    for each in found:
        kinds[each.document.type_code, each.document.level].append(each)
    return list(chain.from_iterable(some[:SOME] for some in kinds.values()))


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    return {f"{place:05d}": render(each.document, contacts=CONTACTS).cda for place, each in enumerate(told())}


def test_our_checks_find_nothing_in_what_the_demonstration_sends(written: dict[str, bytes]) -> None:
    assert {name: found for name, data in written.items() if (found := check(data))} == {}


def test_the_official_kit_finds_nothing_in_what_the_demonstration_sends(
    written: dict[str, bytes], tmp_path: Path
) -> None:
    errors = kit.errors_of(written, tmp_path)
    assert set(errors) == set(written)
    wrong = {name: said for name, said in errors.items() if said}
    print(f"démonstration : {len(written) - len(wrong)} documents conformes sur {len(written)}")
    assert wrong == {}, Counter(chain.from_iterable(wrong.values())).most_common(5)
