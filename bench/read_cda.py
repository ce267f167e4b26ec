"""How dear is the reading that filing needs, beside the bare parsing of the same bytes? `python -m bench.read_cda`

Budget: header, results, statements and plain text in at most 1.2 times the cost of the parse, on top of that parse.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.lab_report import lab_report  # noqa: E402
from maillon.formats.cda.read import CdaReading, open_cda, read_cda  # noqa: E402
from maillon.formats.untrusted import parse_untrusted  # noqa: E402

ROUNDS = 120
TIMES = 10


def costs(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median microseconds of processor time. Each round measures every work in turn, so that a change of clock speed
    or a neighbour's noise falls on all of them."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            start = time.process_time()
            for _ in range(TIMES):
                work()
            taken[name].append((time.process_time() - start) / TIMES * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    data = lab_report()
    root = parse_untrusted(data)
    digest = open_cda(data).for_filing()
    print(f"document: {len(data)} bytes, {sum(1 for _ in root.iter())} elements, {len(digest.results)} results")
    found = costs(
        {
            "bare lxml parse": lambda: etree.fromstring(data),
            "parse_untrusted": lambda: parse_untrusted(data),
            "open_cda().for_filing()": lambda: CdaReading(data, parse_untrusted(data)).for_filing(),
            "read_cda()": lambda: read_cda(data),
        }
    )
    bare, trusted, filing, _ = found.values()
    for name, microseconds in found.items():
        print(f"{name:28}{microseconds:8.0f} µs  {microseconds / bare:.2f}")
    print(f"{'filing on top of the parse':28}{filing - trusted:8.0f} µs  {(filing - trusted) / bare:.2f}   (budget 1.20)")


if __name__ == "__main__":
    main()
