"""The narrative as HTML and as text: every legitimate character, and nothing that acts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree, html

from maillon.formats.cda.narrative import to_html
from maillon.formats.cda.narrative_text import ACTIVE
from maillon.formats.cda.read import open_cda, read_cda
from tests.formats.cda.documents import cda, section
from tests.formats.cda.samples import SAMPLES, sample_data, samples_missing
from tests.formats.hostile.payloads import NARRATIVE_PAYLOADS, TEXT_PAYLOADS

TAGS = {
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "ul", "ol", "li", "br", "sub", "sup", "span",
    "strong", "em", "u", "del", "ins", "a", "small", "div",
}  # fmt: skip
ATTRIBUTES = {"id", "class", "scope", "colspan", "rowspan", "href", "rel", "data-attachment"}


def rendered(narrative: str) -> str:
    return read_cda(cda(section(text=narrative))).sections[0].html


class Checker(HTMLParser):
    """Reads as a browser would; whatever is not on the list is a fault."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.faults.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.faults.append(f"{tag}@{name}")
            if name == "href" and not re.match(r"(https?://|mailto:|#cda-)", value or ""):
                self.faults.append(f"href={value}")
            if name == "id" and not re.fullmatch(r"cda-[\w.-]*", value or ""):
                self.faults.append(f"id={value}")


def faults(written: str) -> list[str]:
    checker = Checker()
    checker.feed(written)
    return checker.faults


@pytest.mark.parametrize("payload", NARRATIVE_PAYLOADS)
def test_no_hostile_element_survives(payload: str) -> None:
    written = rendered(payload)
    assert faults(written) == []
    assert "alert(1)" not in re.sub(r"(?s)>[^<]*<", "><", f">{written}<"), "a payload stands in an attribute"


@pytest.mark.parametrize("payload", TEXT_PAYLOADS)
def test_a_hostile_text_is_only_text(payload: str) -> None:
    paragraph = etree.Element("paragraph")
    paragraph.text = re.sub(r"[^\t\n\r -\ud7ff\ue000-\ufffd]", "", payload)
    written = rendered(etree.tostring(paragraph, encoding="unicode"))
    assert faults(written) == []
    assert html.fromstring(f"<div>{written}</div>").text_content().split() == paragraph.text.split()


def test_what_runs_is_left_out_of_the_text_too_and_is_said() -> None:
    document = read_cda(cda(section(text="<paragraph>avant<script>alert(1)</script> après</paragraph>")))
    assert document.sections[0].text == "avant après"
    assert "alert" not in document.sections[0].html
    assert "C-39" in {one.code for one in document.conformance.anomalies}


@pytest.mark.parametrize(
    ("narrative", "expected"),
    [
        ("<paragraph>Un</paragraph>", "<p>Un</p>"),
        ('<content styleCode="Bold">Gras</content>', "<strong>Gras</strong>"),
        ('<content styleCode="BoldItalics">Les deux</content>', "<strong><em>Les deux</em></strong>"),
        ('<content ID="a b">Nommé</content>', '<span id="cda-a_b">Nommé</span>'),
        ('<content revised="delete">Ôté</content>', "<del>Ôté</del>"),
        ("H<sub>2</sub>O<br/>10<sup>9</sup>", "H<sub>2</sub>O<br>10<sup>9</sup>"),
        ('<list listType="ordered"><item>Un</item></list>', "<ol><li>Un</li></ol>"),
        ("<list><caption>Titre</caption><item>Un</item></list>", "<p>Titre</p><ul><li>Un</li></ul>"),
        ('<linkHtml href="https://exemple.test/a?b=1&amp;c=2">Lien</linkHtml>',
         '<a href="https://exemple.test/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">Lien</a>'),
        ('<linkHtml href="#x">Plus bas</linkHtml>', '<a href="#cda-x" rel="noopener noreferrer nofollow">Plus bas</a>'),
        ('<linkHtml href="ftp://exemple.test">Texte seul</linkHtml>', "Texte seul"),
        ("<inconnu>Texte <autre>gardé</autre></inconnu>", "Texte gardé"),
        ('<footnote ID="n1">Note</footnote>', '<small id="cda-n1" class="cda-footnote">Note</small>'),
        ('<renderMultiMedia referencedObject="rien"/>',
         '<span class="cda-missing">[pièce jointe absente du document]</span>'),
        ("&lt;b&gt; &amp; &quot;", '&lt;b&gt; &amp; "'),
    ],
)  # fmt: skip
def test_each_element_has_its_html(narrative: str, expected: str) -> None:
    assert rendered(narrative) == expected


def test_a_table_says_what_its_headings_head() -> None:
    written = rendered(
        '<table border="1" width="100%"><caption>Bilan</caption><col width="3"/>'
        "<thead><tr><th>Analyse</th><td>Valeur</td>"
        '</tr></thead><tbody><tr><th rowspan="2">Sodium</th><td align="right" onclick="x">139</td></tr></tbody></table>'
    )
    assert '<th scope="col">Analyse</th><th scope="col">Valeur</th>' in written
    assert '<th scope="row" rowspan="2">Sodium</th><td class="align-right">139</td>' in written
    assert written.startswith("<table><caption>Bilan</caption><thead>")


def test_absurd_spans_are_dropped() -> None:
    written = rendered("<table><tbody><tr><td colspan='99999999' rowspan='-3'>x</td></tr></tbody></table>")
    assert "span" not in written


def test_the_plain_text_has_a_line_per_row_and_a_tab_between_cells() -> None:
    (found,) = read_cda(
        cda(
            section(
                text="<table><tbody><tr><td>Na</td><td/><td>139  mmol</td></tr><tr><td>K</td></tr></tbody></table>Fin"
            )
        )
    ).sections
    assert found.text == "Na\t\t139 mmol\nK\nFin"


CHARACTERS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=40)


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.sampled_from(["paragraph", "content", "item", "td", "sup", "odd"]), CHARACTERS, CHARACTERS),
        max_size=6,
    )
)
def test_every_character_of_the_text_is_kept(pieces: list[tuple[str, str, str]]) -> None:
    root = etree.Element("{urn:hl7-org:v3}text")
    for name, text, tail in pieces:
        child = etree.SubElement(root, f"{{urn:hl7-org:v3}}{name}")
        child.text, child.tail = text, tail
    expected = "".join("".join(text + tail for _, text, tail in pieces).split())
    shown = html.fragment_fromstring(to_html(root, attachments={}) or " ", create_parent="div").text_content()
    assert "".join(shown.split()) == expected


@pytest.mark.skipif(not SAMPLES, reason=samples_missing)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_character_of_the_samples_is_kept(name: str) -> None:
    reading = open_cda(sample_data(name))
    for part, found in zip(reading.body.sections, reading.sections, strict=True):
        expected = "".join("".join("".join(one.itertext()).split()) for one in part.narratives)
        shown = html.fragment_fromstring(found.html or " ", create_parent="div")
        for label in shown.xpath("//*[@data-attachment or @class='cda-missing']"):
            label.text = None
        assert "".join(shown.text_content().split()) == expected
        assert "".join(found.text.split()) == expected
        assert faults(found.html) == []


def test_the_active_elements_are_not_among_those_of_cda() -> None:
    assert not ACTIVE & {"table", "list", "item", "paragraph", "content", "linkhtml", "rendermultimedia", "footnote"}
