"""How dear is the reading that filing needs, beside the bare parsing of the same bytes? `python -m bench.read_cda`

Budget: header, results, statements and plain text in at most 1.2 times the cost of the parse, on top of that parse.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.lab_report import lab_report  # noqa: E402
from maillon.formats.cda.read import CdaReading, open_cda, read_cda  # noqa: E402
from maillon.formats.untrusted import parse_untrusted  # noqa: E402

ROUNDS = 15
TIMES = 100


def cost(work: Callable[[], object]) -> float:
    """Microseconds of processor time, the best of the rounds: a neighbour's noise only ever adds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(TIMES):
            work()
        best = min(best, time.process_time() - start)
    return best / TIMES * 1e6


def main() -> None:
    data = lab_report()
    root = parse_untrusted(data)
    digest = open_cda(data).for_filing()
    print(f"document: {len(data)} bytes, {sum(1 for _ in root.iter())} elements, {len(digest.results)} results")
    bare = cost(lambda: etree.fromstring(data))
    trusted = cost(lambda: parse_untrusted(data))
    filing = cost(lambda: CdaReading(data, parse_untrusted(data)).for_filing())
    whole = cost(lambda: read_cda(data))
    print(f"bare lxml parse            {bare:8.0f} µs  1.00")
    print(f"parse_untrusted            {trusted:8.0f} µs  {trusted / bare:.2f}")
    print(f"open_cda().for_filing()    {filing:8.0f} µs  {filing / bare:.2f}")
    print(f"read_cda()                 {whole:8.0f} µs  {whole / bare:.2f}")
    print(f"filing on top of the parse {filing - trusted:8.0f} µs  {(filing - trusted) / bare:.2f}   (budget 1.20)")


if __name__ == "__main__":
    main()
