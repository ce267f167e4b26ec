from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pypdfium2
import pytest

from maillon.formats.pdf_pages import page_count, page_pictures
from maillon.formats.protocol_write import Block, Picture, ProtocolPaper, write_protocol

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10"/></svg>'
PAPER = ProtocolPaper(
    title="Entorse de la cheville", code="ENTORSE", standing="Version 1, en vigueur", structure="MSP des Tilleuls",
    footer="Entorse de la cheville", draft="", head=(Block(title="Objet", text="Une seule conduite à tenir."),),
    tables=(), tail=(), pictures=(Picture(title="Logigramme", svg=SVG, alt="Un carré"),),
)  # fmt: skip


def printed(_: int = 0) -> bytes:
    return write_protocol(PAPER, made_at=datetime(2026, 5, 4, tzinfo=UTC))


def test_a_short_protocol_has_a_page_of_text_and_a_page_for_its_picture() -> None:
    assert page_count(printed()) == 2
    assert [one[:8] for one in page_pictures(printed(), width=80)] == [b"\x89PNG\r\n\x1a\n"] * 2


def test_pdfium_is_never_entered_twice_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps global state, and a server answers in several threads."""
    inside: list[int] = []
    most: list[int] = []

    class Watched(pypdfium2.PdfDocument):  # type: ignore[misc]
        def __init__(self, data: bytes) -> None:
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.05)
            super().__init__(data)

        def close(self) -> None:
            inside.pop()
            super().close()

    pdf = printed()
    monkeypatch.setattr(pypdfium2, "PdfDocument", Watched)
    with ThreadPoolExecutor(4) as threads:
        for work in [threads.submit(printed), threads.submit(page_pictures, pdf, width=80), threads.submit(printed)]:
            work.result()
    assert most == [1, 1, 1]
