"""How many structured documents are written per second, type by type, beside the bare parsing of the same bytes?
`python -m bench.write_cda`

The documents are random models of the tests, always the same ones. The ratio tells how many bare lxml parses of the
document it costs to write it: it does not depend on the machine.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from lxml import etree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from maillon.formats.cda.types.registry import STRUCTURED_TYPES  # noqa: E402
from maillon.formats.cda.write import write_cda  # noqa: E402
from maillon.formats.document import ClinicalDocument  # noqa: E402
from tests.formats.cda.types.strategies import STRATEGIES  # noqa: E402

MODELS = 40
ROUNDS = 9


def some_documents(name: str) -> list[ClinicalDocument]:
    found: list[ClinicalDocument] = []

    @settings(
        max_examples=MODELS, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(STRATEGIES[name])
    def collect(document: ClinicalDocument) -> None:
        found.append(document)

    collect()
    return found


def main() -> None:
    print(f"{'type':22}{'octets':>9}{'documents/s':>13}{'écriture':>12}{'analyse nue':>13}{'rapport':>9}")
    for sheet in STRUCTURED_TYPES:
        documents = some_documents(sheet.name)
        written = [write_cda(document) for document in documents]
        writing, parsing = [], []
        for _ in range(ROUNDS):  # in turn, so that a neighbour's noise falls on both
            start = time.process_time()
            for document in documents:
                write_cda(document)
            middle = time.process_time()
            for data in written:
                etree.fromstring(data)
            writing.append((middle - start) / len(documents))
            parsing.append((time.process_time() - middle) / len(documents))
        one, bare = statistics.median(writing), statistics.median(parsing)
        size = statistics.mean(map(len, written))
        print(
            f"{sheet.name:22}{size:9.0f}{1 / one:13.0f}{one * 1e6:9.0f} µs{bare * 1e6:10.0f} µs{one / bare:9.1f}"
        )


if __name__ == "__main__":
    main()
