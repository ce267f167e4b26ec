"""(a) Intake: received bytes to committed record, beside the bare lxml parse of the same bytes, in one run and one process.

The documents are 28 KB laboratory reports of 20 results, each of its own patient among 146,000, in a base of 1,000,000
documents. The path is the one that the worker takes: read, match, decide, key and journal, file, commit; « message »
is the worker's own step, from the kept bytes of a message (MIME, archive, metadata) to what became of it. « Par lots »
is the same path with one commit for fifty documents; the worker itself gives each message its own transaction. The
full-text index, which is written just after, is apart.

Processor time is given beside, because whoever else works on the machine changes the clock far more than the effort.

`python -m bench intake`
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import ground, lab_message
from bench.lab_report import lab_report

ROUNDS = 10
PER_ROUND = 50
YARDSTICK = "parse lxml seul"
AIMS = {
    "une transaction durable par document": "visé 30 %",
    "par lots de 50": "visé 45 %",
}
Report = tuple[bytes, Any]
Work = Callable[[Sequence[Report]], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """Microseconds per document: the clock, the processor of this process, that of PostgreSQL."""

    wall: float
    python: float
    server: float


def main(*, patients: int = 146_000, documents: int = 1_000_000) -> None:
    ground.prepare(patients=patients, documents=documents)
    server = _server_process()
    works: dict[str, Work] = {
        YARDSTICK: _parse,
        "lecture du document, sans base": _read,
        "une transaction durable par document": _one_by_one,
        "par lots de 50": _together,
        "message gardé, jusqu’au classement": _messages,
        "index plein texte (à part)": lambda _: _index(),
    }
    taken: dict[str, list[Taken]] = {name: [] for name in works}
    reports = iter(variations((ROUNDS + 1) * PER_ROUND * len(works)))
    _drain()
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            some = list(itertools.islice(reports, PER_ROUND))
            if work is _messages:
                lab_message.keep(
                    [
                        (lab_message.mailbox_of(place.structure_id), lab_message.message_with(data))
                        for data, place in some
                    ]
                )
            measured = _measured(lambda work=work, some=some: work(some), server)  # type: ignore[misc]
            if turn:  # the first turn prepares the statements
                taken[name].append(measured)
    report(taken)


def _measured(work: Callable[[], None], server: Path) -> Taken:
    before = time.perf_counter(), time.process_time(), _processor_of(server)
    work()
    after = time.perf_counter(), time.process_time(), _processor_of(server)
    return Taken(*((end - start) / PER_ROUND * 1e6 for start, end in zip(before, after, strict=True)))


def report(taken: dict[str, list[Taken]]) -> None:
    middle = {name: _median(times) for name, times in taken.items()}
    yardstick = middle[YARDSTICK]
    print(
        f"  {'µs par document, médianes':50}{'horloge':>9}{'Python':>8}{'PostgreSQL':>12}{'du parse':>10}{'(processeur)':>14}"
    )
    for name, each in middle.items():
        print(
            f"  {name:50}{each.wall:9.0f}{each.python:8.0f}{each.server:12.0f}{yardstick.wall / each.wall:10.1%}"
            f"{yardstick.python / max(each.python + each.server, 1):14.1%}  {AIMS.get(name, '')}"
        )
    alone = middle["une transaction durable par document"]
    reading = middle["lecture du document, sans base"].python
    waiting = max(alone.wall - alone.python - alone.server, 0)
    print(
        f"  de quoi est faite une transaction : lecture {reading / alone.wall:.0%}, reste de Python "
        f"{(alone.python - reading) / alone.wall:.0%}, PostgreSQL {alone.server / alone.wall:.0%}, "
        f"attente (disque, réveils, voisins) {waiting / alone.wall:.0%}"
    )
    print(
        f"  plafonds : lecture seule {yardstick.python / reading:.0%} du parse, tout Python "
        f"{yardstick.python / alone.python:.0%} (PostgreSQL et disque supposés gratuits)"
    )


def _median(times: Sequence[Taken]) -> Taken:
    return Taken(
        *(statistics.median(values) for values in zip(*((t.wall, t.python, t.server) for t in times), strict=True))
    )


def _server_process() -> Path:
    """Where the system tells the processor time of the server's process of our connection."""
    from django.db import connection

    connection.ensure_connection()
    return Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")


def _processor_of(server: Path) -> float:
    """Seconds. Zero where the server is on another machine, or the system does not tell."""
    return int(server.read_text().split()[0]) / 1e9 if server.exists() else 0.0


def _parse(reports: Sequence[Report]) -> None:
    from lxml import etree

    for data, _ in reports:
        etree.fromstring(data)  # noqa: S320, TID251 — the yardstick itself


def _read(reports: Sequence[Report]) -> None:
    from maillon.formats.cda.read import open_cda

    for data, _ in reports:
        open_cda(data).for_filing()


def _one_by_one(reports: Sequence[Report]) -> None:
    from django.db import transaction

    for each in reports:
        with transaction.atomic():
            _step(*each)


def _together(reports: Sequence[Report]) -> None:
    from django.db import transaction

    with transaction.atomic():
        for each in reports:
            _step(*each)


def _step(data: bytes, place: Any) -> None:
    """What the worker does with one document of a message, once the message is opened."""
    from maillon.exchange.deciding import decide
    from maillon.exchange.filing import file_alone
    from maillon.exchange.findings import finding_of_cda
    from maillon.kernel import clock

    (decision,) = decide([finding_of_cda("DOC0001.XML", data)], None)
    assert decision.patient_id is not None, decision.doubts
    file_alone(decision.finding, decision.patient_id, place, received_at=clock.now(), resource_id="banc")


def _messages(reports: Sequence[Report]) -> None:
    from maillon.exchange.api import process_next

    done = sum(process_next() for _ in reports)
    assert done == len(reports), done


def _drain() -> None:
    """What an interrupted run left."""
    from maillon.exchange.api import process_next

    while process_next():
        pass


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
    main()
