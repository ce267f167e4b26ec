"""What the door lets through is what was written."""

from __future__ import annotations

import codecs
import concurrent.futures
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted


@pytest.mark.parametrize(
    ("declared", "codec", "mark"),
    [
        ("UTF-8", "utf-8", b""),
        ("UTF-8", "utf-8", codecs.BOM_UTF8),
        ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE),
        ("UTF-16", "utf-16-be", codecs.BOM_UTF16_BE),
        ("ISO-8859-15", "iso8859-15", b""),
        ("windows-1252", "cp1252", b""),
        ("ISO-8859-1", "cp1252", b""),
    ],
)
def test_the_same_words_come_out_of_every_admitted_encoding(declared: str, codec: str, mark: bytes) -> None:
    words = "Prélèvement à jeun, cœur, 37,5 €"
    data = mark + f'<?xml version="1.0" encoding="{declared}"?><a>{words}</a>'.encode(codec)
    assert parse_untrusted(data).text == words


def test_comments_and_instructions_are_gone_and_text_is_whole() -> None:
    root = parse_untrusted(b"<?xml-stylesheet href='x'?><a>un<!-- c -->deux<?p q?><![CDATA[<trois>]]></a>")
    assert root.text == "undeux<trois>"
    assert len(root) == 0
    assert root.getprevious() is None


def test_an_inclusion_is_not_followed() -> None:
    root = parse_untrusted(
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/></a>'
    )
    assert "".join(root.itertext()) == ""


def test_large_text_is_read_whole() -> None:
    text = b"QUJD" * 3_000_000
    assert len(parse_untrusted(b"<a>" + text + b"</a>").text or "") == len(text)


def test_several_threads_read_at_once() -> None:
    def read(number: int) -> str | None:
        return parse_untrusted(b"<a>%d</a>" % number).text

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(200))) == [str(number) for number in range(200)]


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(alphabet="<>!?-[]&;/ab=\"' \n", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refused):  # any other exception fails
        parse_untrusted(data)
