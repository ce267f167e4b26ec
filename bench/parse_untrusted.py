"""Cost of parse_untrusted beside bare lxml on the same bytes; prints one line per document. Target: at most 1.3.

    python bench/parse_untrusted.py FILE.xml…
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from maillon.formats.untrusted import parse_untrusted

ROUNDS, REPEATS = 60, 20


def seconds(parse: Callable[[bytes], object], data: bytes) -> float:
    started = time.perf_counter()
    for _ in range(REPEATS):
        parse(data)
    return (time.perf_counter() - started) / REPEATS


def main(paths: list[str]) -> None:
    for path in paths:
        data = Path(path).read_bytes()
        pairs = [(seconds(etree.fromstring, data), seconds(parse_untrusted, data)) for _ in range(ROUNDS)]
        bare, safe = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(safe / bare for bare, safe in pairs)
        print(
            f"{Path(path).name}: {len(data):,} bytes, lxml {bare * 1e6:.0f} µs, "
            f"parse_untrusted {safe * 1e6:.0f} µs, ratio {ratio:.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
