"""PDF: what acts is named and taken away; what is plain stays unflagged; the child may die, the parent not."""

from __future__ import annotations

import io
import os
import threading
import time

import pikepdf
import pytest

from maillon.formats import bounded
from maillon.formats.pdf import scan_pdf, text_of_pdf, without_active_content
from maillon.formats.refusal import Refused
from tests.formats.hostile.making import pdf_of, stream

FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def _written(words: bytes, pages_of: str = "") -> bytes:
    return pdf_of(
        pages_of,
        FONT,
        stream(b"BT /F1 12 Tf 50 700 Td (" + words + b") Tj ET"),
        page="/Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >>",
    )


def test_a_plain_document_is_left_alone() -> None:
    scan = scan_pdf(_written(b"Compte rendu"))
    assert (scan.ok, scan.active, scan.encrypted, scan.pages, scan.pdfa) == (True, (), False, 1, False)


def test_the_claim_of_pdfa_is_read_in_both_writings() -> None:
    for claim in (b"<pdfaid:part>3</pdfaid:part>", b'<rdf:Description pdfaid:part="1"/>'):
        assert scan_pdf(pdf_of("/Metadata 4 0 R", stream(claim, "/Type /Metadata /Subtype /XML"))).pdfa


def test_the_copy_keeps_its_text_and_loses_its_script() -> None:
    data = _written(b"Compte rendu", "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>")
    assert scan_pdf(data).active == ("JavaScript", "OpenAction")
    copy = without_active_content(data)
    assert scan_pdf(copy).ok
    assert b"alert" not in copy
    assert text_of_pdf(copy).strip() == "Compte rendu"


def test_a_harmless_link_survives_the_cleaning() -> None:
    links = (
        "[<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://esante.gouv.fr/) >> >>"
        " << /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /Launch /F (cmd.exe) >> >>]"
    )
    copy = without_active_content(pdf_of(page=f"/Annots {links}"))
    with pikepdf.open(io.BytesIO(copy)) as pdf:
        kept = [annotation.A.get("/URI") for annotation in pdf.pages[0].Annots]
    assert [str(uri) if uri is not None else None for uri in kept] == ["https://esante.gouv.fr/", None]


def test_two_hundred_plain_documents_raise_no_flag() -> None:
    flagged = [number for number in range(200) if scan_pdf(_written(b"Page %d /JS /AA" % number)).active]
    assert flagged == []


def test_the_text_is_found_and_cut_at_the_wanted_length() -> None:
    assert text_of_pdf(_written(b"Compte rendu")).strip() == "Compte rendu"
    assert len(text_of_pdf(_written(b"x" * 500), max_chars=100)) <= 100


def test_what_is_no_pdf_has_no_text_and_no_copy() -> None:
    assert text_of_pdf(b"Bonjour") == ""
    with pytest.raises(Refused) as refused:
        without_active_content(b"Bonjour")
    assert refused.value.code == "E-FMT-60"


def test_a_locked_document_has_no_copy() -> None:
    pdf, written = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.save(written, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(Refused) as refused:
        without_active_content(written.getvalue())
    assert refused.value.code == "E-FMT-62"
    assert scan_pdf(written.getvalue()).encrypted


def _endless() -> bytes:
    """Text operators by the million: minutes of work for a reader of text."""
    return pdf_of(
        "", FONT, stream(b"BT /F1 1 Tf " + b"(a) Tj " * 3_000_000 + b"ET"),
        page="/Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >>",
    )  # fmt: skip


def test_a_document_without_end_is_given_up_and_the_next_one_read() -> None:
    bounded.warm_up()
    started = time.process_time()
    assert text_of_pdf(_endless()) == ""  # the child spends its second and a half of processor, and is ended
    assert time.process_time() - started < 1
    assert text_of_pdf(_written(b"Compte rendu")).strip() == "Compte rendu"


def test_a_killed_child_is_replaced() -> None:
    bounded.warm_up()
    child = bounded._child
    assert child is not None
    child.process.kill()
    child.process.wait()
    assert scan_pdf(_written(b"a")).ok


def test_several_threads_share_the_child() -> None:
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(scan_pdf(_written(b"a")).ok)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


def test_a_forked_worker_has_its_own_child() -> None:
    scan_pdf(_written(b"a"))
    mine = bounded._child
    assert mine is not None
    worker = os.fork()
    if worker == 0:
        ok = (
            scan_pdf(_written(b"b")).ok
            and bounded._child is not None
            and bounded._child.process.pid != mine.process.pid
        )
        bounded._end_child()
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 0
    assert mine.process.poll() is None
    assert scan_pdf(_written(b"c")).ok


def test_the_child_has_no_secret_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded._end_child()
    monkeypatch.setenv("MAILLON_SECRET", "tournesol")
    bounded.warm_up()
    child = bounded._child
    assert child is not None
    scan_pdf(_written(b"a"))
    with open(f"/proc/{child.process.pid}/environ", "rb") as environment:
        assert b"tournesol" not in environment.read()


def test_an_unknown_task_is_never_run() -> None:
    with pytest.raises(bounded.Exhausted):
        bounded.run_bounded("os.system", b"true")
    assert scan_pdf(_written(b"a")).ok
