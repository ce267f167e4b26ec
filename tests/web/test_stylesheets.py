"""House rule of the stylesheets that are sent as one: a selector is written in one of them. Written in two, whichever
comes last decides for the other's pages, where nobody looks. Print alone says again what the screen says."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from maillon.web import assets

SHEETS = [each for each in assets.BUNDLES["maillon.css"] if each.name != "print.css"]


def selectors(text: str) -> set[str]:
    """Outside media questions."""
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    bare = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", bare)
    heads = re.findall(r"([^{}]+)\{[^{}]*\}", bare)
    return {" ".join(each.split()) for head in heads for each in re.split(r",(?![^(]*\))", head)}


def written_twice(sheets: dict[str, str]) -> dict[str, list[str]]:
    homes: dict[str, list[str]] = defaultdict(list)
    for name, text in sheets.items():
        for each in selectors(text):
            homes[each].append(name)
    return {each: names for each, names in homes.items() if len(names) > 1}


def test_a_selector_is_written_in_one_stylesheet() -> None:
    assert len(SHEETS) > 15
    assert written_twice({each.name: Path(each).read_text(encoding="utf-8") for each in SHEETS}) == {}


def test_the_rule_can_fail() -> None:
    one, other = ".a, .b:is(.c, .d) { margin: 0; }", "@media print { .a { margin: 1px; } } /* .a {} */ .b:is(.c, .d) {}"
    assert written_twice({"one": one, "other": other}) == {".b:is(.c, .d)": ["one", "other"]}
