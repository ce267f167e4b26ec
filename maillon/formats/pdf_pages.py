"""The pages of a PDF of ours, counted, and as pictures: for screens that show no PDF, for looking before signing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import Final

import pypdfium2

MOST_PAGES: Final = 20
_ONE_AT_A_TIME: Final = Lock()  # PDFium keeps global state


def page_count(pdf: bytes) -> int:
    with _opened(pdf) as document:
        return len(document)


def page_pictures(pdf: bytes, *, width: int = 1100) -> list[bytes]:
    """PNG, each `width` pixels wide, first page first. For bytes that we made: what comes from outside is not drawn."""
    with _opened(pdf) as document:
        return [_picture(document[rank], width) for rank in range(min(len(document), MOST_PAGES))]


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            yield document
        finally:
            document.close()


def _picture(page: pypdfium2.PdfPage, width: int) -> bytes:
    drawn = page.render(scale=width / page.get_width(), grayscale=True).to_pil()
    written = BytesIO()
    drawn.save(written, "PNG")
    return written.getvalue()
