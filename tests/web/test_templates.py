"""House rules of the templates: French typography, compiled, balanced, no text left to chance."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.test import Client

from maillon.web import errors, jinja, labels
from maillon.web.views import day, record, settings, settle
from tests.web.conftest import Record

TEMPLATES = sorted(jinja.TEMPLATES.rglob("*.html"))
SOURCES = [Path(module.__file__ or "") for module in (errors, labels, day, record, settings, settle)]
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPACE_BEFORE = re.compile(r"\w [;:!?](?=[\s<]|$)|« | »")


def words_of(template: str) -> list[str]:
    """Texts between tags, shown attributes, and French strings handed to macros."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "\x00", template, flags=re.S)
    shown = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', text)
    said = re.findall(r'(?<!")"([^"{}<>]*)"', " ".join(re.findall(r"\{\{.*?\}\}", text, re.S)))
    bare = re.sub(r"<[^>]*>|\{\{.*?\}\}", "\x00", text, flags=re.S)
    return [*shown, *said, *bare.split("\x00")]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(jinja.TEMPLATES).as_posix())
def test_french_typography(path: Path) -> None:
    jinja.templates().get_template(path.relative_to(jinja.TEMPLATES).as_posix())
    for words in words_of(path.read_text(encoding="utf-8")):
        assert not SPACE_BEFORE.search(words), words
        assert not re.search(r"[a-zàâéèêëîïôùûç]'[a-zàâéèêëîïôùûç]", words), words


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_french_typography_of_messages(path: Path) -> None:
    for words in re.findall(r'(?<!")"([^"\n]*[éèêàç’][^"\n]*)"(?!")', path.read_text(encoding="utf-8")):
        assert not SPACE_BEFORE.search(words.replace("\\u202f", "\u202f")), words
        assert "'" not in words, words


def test_the_typography_rule_can_fail() -> None:
    assert SPACE_BEFORE.search("Attention : ici")
    assert SPACE_BEFORE.search("« ici »")
    assert not SPACE_BEFORE.search("Attention\u202f: «\u202fici\u202f»")


def test_an_icon_that_is_not_assembled_is_refused() -> None:
    with pytest.raises(LookupError):
        jinja.icon_address("icone-inconnue")


def test_an_unknown_name_in_a_template_is_an_error() -> None:
    from jinja2 import UndefinedError

    with pytest.raises(UndefinedError):
        jinja.templates().from_string("{{ nothing }}").render()


def test_every_page_is_balanced_and_has_one_title(claire: Client, record: Record) -> None:
    addresses = ["/journee", "/patients", "/a-regler", "/reglages", "/raccourcis"]
    addresses += [record.page(tab) for tab in ("chronologie", "resultats", "synthese", "documents", "qui-peut-voir")]
    addresses.append(f"/document/{record.documents[-1].uuid}")
    for address in addresses:
        page = claire.get(address).content.decode()
        assert Balance.of(page) == [], address
        assert page.count("<h1") == 1, address
        assert '<main id="contenu"' in page


class Balance(HTMLParser):
    """Tags opened and not closed, or closed and not opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    @classmethod
    def of(cls, page: str) -> list[str]:
        found = cls()
        found.feed(page)
        return [*found.faults, *found.open]

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in VOID:
            self.faults.append(f"</{tag}> after {self.open[-3:]}")
