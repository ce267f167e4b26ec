"""Alerts: 10,000 laboratory reports that arrive while 20,000 plans run, beside their filing alone and beside a plain SQL
query that finds the same alerts; and one question asked of everybody, beside the same question written by hand.

The reports are filed by the product's own statement, 20 results each; one in ten is of a patient under the protocol
whose HbA1c passes the target by a point. What is measured of the engine is the whole reaction: which plans, which codes,
the facts, the questions, the alerts and their tasks, committed by batches of 200 as the worker does.

`python -m bench pathways`
"""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import ground

PLANS, REPORTS, BATCH = 20_000, 10_000, 200
LOINC = "2.16.840.1.113883.6.1"
QUESTION = 'âge >= 18 et diagnostic("E11*") et au_moins(2, résultat("4548-4") depuis 12 mois)'
BY_HAND = """
SELECT s.id, date_diff('year', s.birth_date, DATE '{today}') >= 18
         AND EXISTS (SELECT 1 FROM fact f WHERE f.subject = s.id AND f.kind = 'problem' AND f.code LIKE 'E11%')
         AND (SELECT count(*) FROM fact f WHERE f.subject = s.id AND f.code = '4548-4' AND f.kind = 'observation'
                AND f.day >= DATE '{today}' - INTERVAL 12 MONTH) >= 2
  FROM subject s
"""
PLAIN = """
SELECT p.id FROM record_observation o JOIN pathways_plan p ON p.patient_id = o.patient_id AND p.is_running
 WHERE o.document_id = ANY(%s) AND o.code = '4548-4' AND o.is_current
   AND o.value >= (p.parameters->>'hba1c')::numeric + 1
   AND o.at >= now() - interval '2 months'
"""


def main(*, patients: int = 146_000, documents: int = 1_000_000, reports: int = REPORTS) -> None:
    ground.prepare(patients=patients, documents=documents)
    people = _plans()
    _look_first(people[number % PLANS] for number in range(0, reports, 5))
    filed, filing = _timed(lambda: _file(people, reports))
    plain = _timed(lambda: _plain(filed))[1]
    raised, reacting = _timed(lambda: _react(filed))
    print(f"  {PLANS} plans en cours, {reports} comptes rendus de 20 résultats ; {raised} alertes levées")
    print(f"  classement seul                        {filing / reports * 1e6:8.0f} µs par document")
    print(f"  réaction du moteur, par lots de {BATCH}    {reacting / reports * 1e6:8.0f} µs par document,"
          f" soit {reacting / filing:.2f} fois le classement")  # fmt: skip
    print(f"  requête SQL nue (mêmes alertes)        {plain / reports * 1e6:8.0f} µs par document ;"
          f" moteur {reacting / plain:.1f} fois")  # fmt: skip
    again, silent = _timed(lambda: _react(filed))
    print(f"  la même réaction une deuxième fois     {silent / reports * 1e6:8.0f} µs par document, {again} alerte")
    _everybody()


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    before = time.perf_counter()
    found = work()
    return found, time.perf_counter() - before


def _plans() -> list[int]:
    """20,000 people under a protocol, made anew."""
    from django.db import connection

    from maillon.access import matrix
    from maillon.pathways import checking
    from maillon.pathways.models import ProtocolVersion

    text = (checking.FOLDER / "DIAB-01.yaml").read_text(encoding="utf-8")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE pathways_alert, pathways_step, pathways_move, pathways_plan CASCADE")
        cursor.execute("TRUNCATE tasks_escalation, tasks_task")
        cursor.execute("SELECT id FROM professionals_structure ORDER BY id LIMIT 1")
        (structure,) = cursor.fetchone()
        version, _ = ProtocolVersion.objects.get_or_create(
            structure_id=structure, code="DIAB-01", number=1,
            defaults={
                "nature": "ppspr", "title": "Banc", "theme": "banc", "state": "en_vigueur", "text": text,
                "fingerprint": hashlib.sha256(text.encode()).hexdigest(), "written_by": "banc",
            },
        )  # fmt: skip
        cursor.execute(
            """INSERT INTO pathways_plan (uuid, patient_id, version_id, structure_id, state, is_running, is_over,
                      parameters, dates, criteria, included_at, consent, consent_text, consent_by, type_bit, looked_at)
               SELECT gen_random_uuid(), id, %s, %s, 'inclus', true, false, '{"hba1c": "7.0"}', '{}', '[]', now(),
                      'oral', '', '', %s, now()
                 FROM patients_patient ORDER BY id LIMIT %s""",
            [version.pk, structure, matrix.bit_of("18776-5"), PLANS],
        )
        cursor.execute("ANALYZE pathways_plan")
        cursor.execute("SELECT id FROM patients_patient ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def _look_first(under_plan: Iterator[int]) -> None:
    """What inclusion asked of everybody is asked already: what is measured is what the report changes."""
    from maillon.pathways import working

    patients = sorted(set(under_plan))
    for start in range(0, len(patients), BATCH):
        working.look_at(patients[start : start + BATCH])


def _file(people: list[int], count: int) -> list[tuple[int, int]]:
    """(document, patient): one in five under the protocol, one in ten with an HbA1c beyond the target."""
    from django.db import transaction

    from maillon.access import api as access_room
    from maillon.documents import api as documents
    from maillon.formats.document import Result
    from maillon.kernel import clock, events
    from maillon.kernel.key import PatientId, Purpose

    machine, mark = access_room.machine("banc"), time.time_ns()
    announced, events.announce = events.announce, lambda event: None  # type: ignore[assignment]  # the filing alone
    found = []
    for number in range(count):
        patient = people[number % PLANS] if number % 5 == 0 else people[PLANS + number % (len(people) - PLANS)]
        now = clock.now()
        results = [
            Result(code=code, system=LOINC, label=code, value=value, unit=unit, at=now.isoformat())
            for code, value, unit in _results(number)
        ]
        filing = documents.Filing(
            data=f"banc {mark} {number}".encode(), media_type="text/plain", unique_id=f"1.2.250.1.999.8.{mark}.{number}",
            type_code="11502-2", title="Biologie", written_at=now.isoformat(), act_at=now.isoformat(), results=results,
            statements={}, text="",
        )  # fmt: skip
        with transaction.atomic():
            access = access_room.open_record(machine, PatientId(patient), purpose=Purpose.INTAKE, action="file")
            found.append((documents.file(access, filing, readers=(), received_at=now).id, patient))
    events.announce = announced
    return found


def _results(number: int) -> Iterator[tuple[str, str, str]]:
    yield "4548-4", "8.4" if number % 10 == 0 else "6.6", "%"
    for place in range(19):
        yield f"{2000 + place}-{place % 10}", f"{1 + place / 10:.1f}", "mmol/L"


def _react(filed: list[tuple[int, int]]) -> int:
    from django.db import transaction

    from maillon.documents.events import DocumentFiled
    from maillon.pathways import reactions
    from maillon.pathways.models import Alert

    before = Alert.objects.count()
    for some in _batches(filed):
        with transaction.atomic():
            reactions.documents_filed([DocumentFiled(document_id=doc, patient_id=patient) for doc, patient in some])
    return Alert.objects.count() - before


def _batches(filed: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    return (filed[start : start + BATCH] for start in range(0, len(filed), BATCH))


def _plain(filed: list[tuple[int, int]]) -> int:
    from maillon.kernel import sql

    return sum(len(sql.rows(PLAIN, ([doc for doc, _ in some],))) for some in _batches(filed))


def _everybody() -> None:
    """The extract of 146,000 people, the question through the engine and by hand, three times each."""
    import duckdb
    from django.db import connection

    from maillon.kernel import clock
    from maillon.questions.api import read_question, sql_of
    from maillon.questions.records import TABLES

    today, base = clock.today(), duckdb.connect()
    base.execute(TABLES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, birth_date, sex FROM patients_patient")
        base.execute("BEGIN")
        path = Path("/tmp") / f"maillon-banc-{time.time_ns()}.csv"  # noqa: S108
        with path.open("w") as file:
            file.writelines(f"{number},{born},{sex}\n" for number, born, sex in cursor.fetchall())
        base.execute("COPY subject FROM ? (FORMAT csv)", [str(path)])
        path.unlink()
    base.execute("""
        INSERT INTO fact SELECT range, 1 + (range * 7919) % 146000, 'observation', CASE WHEN range % 20 = 0 THEN '4548-4'
          ELSE '2823-3' END, now() - INTERVAL (range % 900) DAY, today() - (range % 900)::INT, 6 + range % 4, '', '%', '',
          false, false, NULL FROM range(4000000)
    """)
    base.execute("""
        INSERT INTO fact SELECT range, 1 + range, 'problem', CASE WHEN range % 12 = 0 THEN 'E11.9' ELSE 'I10' END,
          now() - INTERVAL 400 DAY, today() - 400, NULL, '', '', '', false, false, NULL FROM range(146000)
    """)
    base.execute("COMMIT")
    asked = sql_of(read_question(QUESTION), today=today)
    by_hand = f"SELECT count(*) FILTER (c) FROM ({BY_HAND.format(today=today)}) t(id, c)"
    by_engine = f"SELECT count(*) FILTER (truth) FROM ({asked})"
    engine = [_timed(lambda: base.execute(by_engine).fetchone()) for _ in range(4)]
    plain = [_timed(lambda: base.execute(by_hand).fetchone()) for _ in range(4)]
    middle = [statistics.median(each for _, each in times[1:]) for times in (engine, plain)]
    print(f"  une question à 146 000 personnes (4,1 millions de faits) : {middle[0] * 1000:.0f} ms, {engine[0][0][0]} oui ;"
          f" à la main {middle[1] * 1000:.0f} ms, {plain[0][0][0]} oui ; {middle[0] / middle[1]:.1f} fois")  # fmt: skip


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--reports", type=int, default=REPORTS)
    options = parser.parse_args()
    main(documents=options.documents, reports=options.reports)
