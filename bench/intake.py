"""(a) Intake: received bytes to committed record, beside the bare lxml parse of the same bytes, in one run and one process.

The documents are 28 KB laboratory reports of 20 results, each of its own patient among 146,000, in a base of 1,000,000
documents. The path is the one that the worker takes: read, match, decide, key and journal, file, commit. The full-text
index, which is written just after, is measured apart.

`python -m bench intake`
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bench import ground
from bench.lab_report import lab_report

ROUNDS = 10
PER_ROUND = 50
Report = tuple[bytes, Any]


def main(*, patients: int = 146_000, documents: int = 1_000_000) -> None:
    ground.prepare(patients=patients, documents=documents)
    from lxml import etree

    works: dict[str, Callable[[Sequence[Report]], None]] = {
        "parse lxml seul": lambda reports: [etree.fromstring(data) for data, _ in reports] and None,
        "une transaction durable par document": lambda reports: [_alone(*report) for report in reports] and None,
        "par lots": _together,
        "index plein texte (à part)": lambda _: _index(),
    }
    reports = iter(variations((ROUNDS + 1) * PER_ROUND * len(works)))
    taken: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            some = list(itertools.islice(reports, PER_ROUND))
            start = time.perf_counter()
            work(some)
            if turn:  # the first turn prepares the statements
                taken[name].append((time.perf_counter() - start) / PER_ROUND * 1e6)
    report(taken)


def report(taken: dict[str, list[float]]) -> None:
    yardstick = statistics.median(taken["parse lxml seul"])
    for name, times in taken.items():
        micro = statistics.median(times)
        aim = {"une transaction durable par document": "visé 30 %", "par lots": "visé 45 %"}.get(name, "")
        print(f"  {name:42}{micro:8.0f} µs/document  {yardstick / micro:6.1%} du parse seul  {aim}")


def _alone(data: bytes, place: Any) -> None:
    from django.db import transaction

    with transaction.atomic():
        _step(data, place)


def _step(data: bytes, place: Any) -> None:
    """What the worker does with one document of a message, once the message is opened."""
    from maillon.exchange.deciding import decide
    from maillon.exchange.filing import file_alone
    from maillon.exchange.findings import finding_of_cda
    from maillon.kernel import clock

    (decision,) = decide([finding_of_cda("DOC0001.XML", data)], None)
    assert decision.patient_id is not None, decision.doubts
    file_alone(decision.finding, decision.patient_id, place, received_at=clock.now(), resource_id="banc")


def _together(reports: Sequence[Report]) -> None:
    from django.db import transaction

    with transaction.atomic():
        for data, place in reports:
            _step(data, place)


def _index() -> None:
    from maillon.documents import api as documents

    documents.index_words(batch=PER_ROUND)


def variations(count: int) -> list[Report]:
    """Reports of different patients of the ground, each with its own identifiers."""
    from maillon.exchange.readers import Place
    from maillon.kernel import sql

    people = sql.rows(
        """SELECT p.ins, p.birth_family_name, p.birth_given_names, p.birth_date, p.sex, m.structure_id
             FROM patients_patient p JOIN access_care_team_membership m
               ON m.patient_id = p.id AND m.structure_id IS NOT NULL
            ORDER BY md5(p.ins || %s) LIMIT %s""",
        (f"{time.time()}", count),
    )
    places = [Place(structure_id=person[5], professional_id=None) for person in people]
    return list(zip(_written(people), places, strict=True))


def _written(people: Sequence[Any]) -> Iterator[bytes]:
    template = lab_report().decode()
    for number, (ins, family, given, born, sex, _) in enumerate(people):
        mark = f"{time.time_ns()}.{number}"
        yield (
            template.replace("279035121518989", ins)
            .replace("PAT-TROIS", family)
            .replace("DOMINIQUE MARIE-LOUISE", given)
            .replace("DOMINIQUE", given)
            .replace("19790328", f"{born:%Y%m%d}")
            .replace('Code code="F" displayName="Féminin"', f'Code code="{sex}" displayName="Sexe"')
            .replace("1.2.250.1.213.1.1.1.55.999", f"2.25.{mark}")
            .encode()
        )


if __name__ == "__main__":
    sys.exit(main())
