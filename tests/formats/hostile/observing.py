"""Runs every case of one reader in its own process and prints, for each, the verdict, the seconds and the memory.

python -m tests.formats.hostile.observing xml
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import sys
import time
from pathlib import Path

from maillon.formats import bounded, media, refusal_codes
from maillon.formats.archive import open_archive
from maillon.formats.cda.read import read_cda
from maillon.formats.mail import read_mail
from maillon.formats.pdf import scan_pdf, without_active_content
from maillon.formats.refusal import Refused
from maillon.formats.untrusted import parse_untrusted
from maillon.formats.xdm import compare, read_xdm

CHILD_SECONDS = 1.5  # bounded.run_bounded's own limit
READERS = ("xml", "zip", "xdm", "mail", "pdf", "media")


def observe_xml(data: bytes) -> str:
    parse_untrusted(data)
    return "accepted"


def observe_zip(data: bytes) -> str:
    open_archive(data)
    return "accepted"


def observe_xdm(data: bytes) -> str:
    package = read_xdm(data)
    found = []
    for document in package.documents:
        if document.metadata is None:
            continue
        try:
            header = read_cda(document.data)
        except Refused:
            header = None
        found += compare(document.metadata, document.data, header)
    if any(each.fatal for each in found):
        return "fatal " + ",".join(sorted({each.code for each in found if each.fatal}))
    if any(each.about_identity for each in found):
        return "doubt " + ",".join(sorted({each.code for each in found if each.about_identity}))
    if package.anomalies:
        return "anomaly " + ",".join(sorted(each.code for each in package.anomalies))
    return "disagreement " + ",".join(sorted({each.code for each in found})) if found else "accepted"


def observe_mail(data: bytes) -> str:
    mail = read_mail(data)
    return "anomaly " + ",".join(each.code for each in mail.anomalies) if mail.anomalies else "accepted"


def observe_pdf(data: bytes) -> str:
    scan = scan_pdf(data)
    if scan.active and scan.problem is None:
        again = scan_pdf(without_active_content(data))
        word = "neutralised" if again.ok and again.pages == scan.pages else "still active"
        return f"{word} {','.join(scan.active)}"
    if scan.active:
        return f"active {','.join(scan.active)}"
    return f"refused {scan.problem}" if scan.problem else "accepted"


def observe_media(data: bytes) -> str:
    kind = media.sniff(data, "piece.png")
    return f"kind {kind} {'shown' if kind in media.MEDIA_SHOWN else 'not shown'}"


OBSERVERS = {name: globals()[f"observe_{name}"] for name in READERS}


def verdict(reader: str, data: bytes) -> str:
    try:
        return str(OBSERVERS[reader](data))
    except Refused as refused:
        known = refusal_codes.MESSAGES.get(refused.code) == refused.message
        return f"refused {refused.code}" if known else f"refused without its sentence: {refused.code}"


def _memory(process: int | str, field: str) -> int:
    """Kilobytes; 0 for a process that is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(status.partition(f"{field}:")[2].split()[0]) if field in status else 0


def _peak(process: int | str) -> int:
    """A child that was stopped took its count away: its ceiling is then the only honest figure."""
    return _memory(process, "VmHWM") or bounded.MEMORY_BYTES // 1024


def _processor(process: int | str) -> float | None:
    """Processor seconds so far; None for a process that is gone."""
    if process == "self":
        return time.process_time()
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _spent(process: int | str, since: float) -> float:
    """A child that was stopped had spent all that it was allowed, at the most."""
    now = _processor(process)
    return now - since if now is not None else CHILD_SECONDS


def _forget_peak(process: int | str) -> None:
    with contextlib.suppress(OSError):
        Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")


def _bounded_child() -> int | None:
    child = bounded._child
    return child.process.pid if child is not None and child.process.poll() is None else None


def measure(reader: str, data: bytes) -> tuple[str, float, int]:
    """(verdict, processor seconds, megabytes gained at the peak, the bounded child's included)."""
    if reader == "pdf":
        bounded.warm_up()
        scan_pdf(b"%PDF-1.7")  # the start of Python and of its libraries is nobody's fault
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    child = _bounded_child()
    watched = [process for process in ("self", child) if process is not None]
    for process in watched:
        _forget_peak(process)
    before = [_memory(process, "VmRSS") for process in watched]
    started = [_processor(process) or 0.0 for process in watched]
    said = verdict(reader, data)
    # Processor seconds: what the file costs, whatever else the machine is doing.
    seconds = sum(_spent(process, since) for process, since in zip(watched, started, strict=True))
    gained = sum(max(0, _peak(process) - was) for process, was in zip(watched, before, strict=True))
    return said, seconds, gained // 1024


def main(reader: str) -> None:
    for case in importlib.import_module(f"tests.formats.hostile.{reader}_cases").CASES:
        said, seconds, megabytes = measure(reader, case.build())
        print(json.dumps([case.name, said, round(seconds, 3), megabytes]), flush=True)
    print(json.dumps(["alive"]))


if __name__ == "__main__":
    main(sys.argv[1])
