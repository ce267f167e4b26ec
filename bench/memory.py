"""(d) Memory of a worker over 10,000 documents: resident size every 1,000 documents, and its slope.

The worker is the product's own (`exchange.Worker`), in this process, alone: every document comes in its own message,
with its archive, and is taken from the base as it was kept. Messages are written by another process, so that
nothing of their making is counted here. The full-text index is written in between, as the worker does.

`python -m bench memory`
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from pathlib import Path

from bench import ground

DOCUMENTS = 10_000
STEP = 1_000
WARM_UP = 1_000  # caches, prepared statements, the allocator's own arenas
FLAT = 100.0  # bytes per document: one megabyte over 10,000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    count: int = parser.parse_args().documents
    ground.prepare()
    from django.db import connection

    from maillon.exchange.api import Worker

    connection.close()
    worker = Worker(interval=3600)
    worker.drain()  # what an interrupted run left
    sizes: list[tuple[int, float]] = []
    started = time.perf_counter()
    for done in range(STEP, WARM_UP + count + 1, STEP):
        _in_another_process(_keep, STEP)
        worker.drain()
        sizes.append((done, _resident()))
        print(f"  {done:6} documents  {sizes[-1][1]:7.1f} Mio", flush=True)
    print(f"  durée {time.perf_counter() - started:.0f} s, préparation des messages comprise")
    _report(sizes)
    return 0


def _report(sizes: list[tuple[int, float]]) -> None:
    """The slope is fitted after the warm-up."""
    settled = [each for each in sizes if each[0] >= WARM_UP]
    slope = _slope(settled) * 1024 * 1024  # bytes per document
    verdict = "plate" if slope <= FLAT else "pas plate"
    print(f"  de {settled[0][1]:.1f} à {settled[-1][1]:.1f} Mio : {slope:+.0f} octets par document, {verdict}")


def _slope(points: list[tuple[int, float]]) -> float:
    """Least squares, in megabytes per document."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def _resident() -> float:
    """Megabytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def _in_another_process(work: object, *arguments: object) -> None:
    child = multiprocessing.get_context("spawn").Process(target=work, args=arguments)  # type: ignore[arg-type]
    child.start()
    child.join()
    if child.exitcode != 0:
        raise SystemExit("la préparation des messages a échoué")


def _keep(count: int) -> None:
    import django

    django.setup()
    from bench import lab_message
    from bench.intake import variations

    boxes: dict[int, int] = {}
    for data, place in variations(count):
        box = boxes.get(place.structure_id) or boxes.setdefault(
            place.structure_id, lab_message.mailbox_of(place.structure_id)
        )
        lab_message.keep([(box, lab_message.message_with(data))])


if __name__ == "__main__":
    sys.exit(main())
