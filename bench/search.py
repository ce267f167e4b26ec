"""Patient search against pg_trgm, on the same synthetic territory, in the same run.

`python -m bench.search --patients 146000`. Makes its own database and drops it. Recall: is the patient whose name was
typed among the first ten lines? Time: what the statements of one search take, asked on the server's socket, median of
the queries.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, NamedTuple

import psycopg

from bench import machine
from bench.names_drawn import Draw
from maillon.kernel import database
from simulators.matricule import matricule

NAME = "maillon_bench_search"
BLOCK = 100
INS_TEST_OID = "1.2.250.1.213.1.4.10"
PLACES = ("69383", "38185", "75114", "13205", "59350", "31555", "35238", "67482", "2A004", "99352")


class Person(NamedTuple):
    id: int
    family: str
    given: str
    first: str
    used: str
    born: date
    sex: str
    place: str
    ins: str


class Query(NamedTuple):
    person: Person
    text: str


class Measured(NamedTuple):
    recall: float
    median: float  # ms of statements
    late: float  # 99th centile
    whole: float  # ms of the whole call


def drawn(draw: Draw, count: int) -> Iterator[Person]:
    chance, borne = draw.chance, set[str]()
    for number in range(1, count + 1):
        sex = chance.choice("FM")
        born = date(1926, 1, 1) + timedelta(days=chance.randrange(36_500))
        given = draw.given(sex)
        used = draw.surname() if sex == "F" and chance.random() < 0.4 else ""
        place = chance.choice(PLACES)
        ins, order = "", number
        while not ins or ins in borne:
            ins = matricule(sex=sex, birth_date=born, birth_place_code=place, order=order % 1000)
            order += 1
        borne.add(ins)
        yield Person(number, draw.surname(), " ".join(given), given[0], used, born, sex, place, ins)


@contextmanager
def own_database() -> Iterator[None]:
    database.ensure_started()
    server = os.environ.get("DATABASE_URL") or database.embedded().dsn("postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
        try:
            _point_django_at_it()
            yield
        finally:
            from django.db import connection as ours

            ours.close()
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _point_django_at_it() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.DATABASES["default"]["NAME"] = NAME
    django.setup()
    call_command("migrate", "patients", verbosity=0, interactive=False, skip_checks=True)


def load(people: list[Person]) -> None:
    from django.db import connection

    from maillon.patients.name_index import rebuild
    from maillon.patients.names import fold

    began = time.perf_counter()
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY patients_patient (id, uuid, birth_family_name, birth_given_names, first_birth_given_name, "
            "used_family_name, used_given_name, birth_date, sex, birth_place_code, ins, ins_oid, "
            "identity_status, is_homonym, is_doubtful, is_fictitious, phone, email, address, postal_code, "
            "city, norm_family, norm_used, norm_given) "
            "FROM STDIN"
        ) as copy:
            for each in people:
                copy.write_row(
                    (
                        each.id,
                        f"00000000-0000-4000-8000-{each.id:012d}",
                        each.family,
                        each.given,
                        each.first,
                        each.used,
                        "",
                        each.born,
                        each.sex,
                        each.place,
                        each.ins,
                        INS_TEST_OID,
                        "QUAL",
                        False,
                        False,
                        False,
                        "",
                        "",
                        "",
                        "",
                        "",
                        fold(each.family),
                        fold(each.used),
                        fold(each.given),
                    )
                )
        loaded = time.perf_counter()
        rebuild()
        indexed = time.perf_counter()
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        # The same names as the dictionary: birth, use, every given name.
        cursor.execute("ALTER TABLE patients_patient ADD whole_name text")
        cursor.execute("UPDATE patients_patient SET whole_name = norm_family || ' ' || norm_used || ' ' || norm_given")
        cursor.execute("CREATE INDEX bench_trgm ON patients_patient USING gin (whole_name gin_trgm_ops)")
        compared = time.perf_counter()
    connection.connection.commit()
    connection.connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) / 1048576 FROM pg_class"
            " WHERE relname IN ('patients_name_word', 'patients_name_variant', 'patients_name_pair') ORDER BY relname"
        )
        for name, rows, size in cursor.fetchall():
            print(f"  {name} : {rows} lignes, {size} Mio")
    print(
        f"  chargement {loaded - began:.1f} s ; dictionnaire {indexed - loaded:.1f} s ; "
        f"index pg_trgm {compared - indexed:.1f} s"
    )


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Adds up what the statements take, each with its way to the server and back."""
    from maillon.kernel import sql

    told, rows = [0.0], sql.rows

    def timed(statement: str, parameters: Any = ()) -> list[Any]:
        began = time.perf_counter()
        found = rows(statement, parameters)
        told[0] += time.perf_counter() - began
        return found

    sql.rows = timed  # type: ignore[assignment]
    try:
        yield told
    finally:
        sql.rows = rows  # type: ignore[assignment]


def measured(queries: list[Query], *methods: Callable[[str], list[int]]) -> list[Measured]:
    """In turns, by blocks of questions: a busy machine is busy for all, and none empties another's caches."""
    told: list[list[tuple[bool, float, float]]] = [[] for _ in methods]
    with stopwatch() as statements:
        for start in range(0, len(queries), BLOCK):
            for method, ask in enumerate(methods):
                for query in queries[: BLOCK // 5]:
                    ask(query.text)
                for query in queries[start : start + BLOCK]:
                    statements[0] = 0.0
                    began = time.perf_counter()
                    found = ask(query.text)
                    told[method].append((query.person.id in found, statements[0], time.perf_counter() - began))
    return [_summary(each) for each in told]


def _summary(told: list[tuple[bool, float, float]]) -> Measured:
    hits, statements, wholes = zip(*told, strict=True)
    late = sorted(statements)[int(len(told) * 0.99) - 1]
    return Measured(
        100 * sum(hits) / len(told),
        1000 * statistics.median(statements),
        1000 * late,
        1000 * statistics.median(wholes),
    )


def by_room(text: str) -> list[int]:
    from django.db import transaction

    from maillon.patients.models import Patient
    from maillon.patients.search import search

    with transaction.atomic():  # as a journalled search always is
        return [line.id for line in search(text, within=Patient.objects.filter(merged_into__isnull=True))]


def by_trigrams(text: str) -> list[int]:
    from maillon.kernel import sql

    return [
        row[0]
        for row in sql.rows(
            "SELECT id, similarity(whole_name, %(text)s) AS likeness FROM patients_patient WHERE whole_name %% %(text)s"
            " ORDER BY likeness DESC, id LIMIT 10",
            {"text": text},
        )
    ]


def questions(draw: Draw, people: list[Person], count: int) -> dict[str, list[Query]]:
    sample = draw.chance.sample(people, count)

    def asked(write: Callable[[Person], str]) -> list[Query]:
        return [Query(each, write(each)) for each in sample]

    def first(each: Person) -> str:
        return each.first.replace("-", " ")

    def mistyped(each: Person) -> str:
        words = [draw.typo(word) for word in first(each).split()[:1]] + first(each).split()[1:]
        return f"{draw.typo(each.family)} {' '.join(words)}"

    return {
        "matricule": asked(lambda each: each.ins),
        "date de naissance": asked(lambda each: f"{each.born:%d%m%Y}"),
        "date + 3 lettres": asked(lambda each: f"{each.born:%d%m%Y} {each.family[:3]}"),
        "nom exact": asked(lambda each: f"{each.family} {first(each)}"),
        "faute dans le nom": asked(lambda each: f"{draw.typo(each.family)} {first(each)}"),
        "faute dans les deux": asked(mistyped),
        "ordre inversé": asked(lambda each: f"{first(each)} {each.family}"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=146_000)
    parser.add_argument("--questions", type=int, default=500)
    options = parser.parse_args()
    draw = Draw(20260101, options.patients)
    people = list(drawn(draw, options.patients))
    with own_database():
        print(f"Recherche de patients : {options.patients} patients ; {machine.described()}")
        load(people)
        report(questions(draw, people, options.questions), people)


def report(asked: dict[str, list[Query]], people: list[Person]) -> None:
    print(
        f"{'question':<22}{'rappel@10':>10}{'base p50':>11}{'p99':>9}{'appel p50':>11}   pg_trgm : rappel, p50  rapport"
    )
    for name, queries in asked.items():
        alone = name.startswith(("matricule", "date"))
        ours, *others = measured(queries, by_room) if alone else measured(queries, by_room, by_trigrams)
        line = f"{name:<22}{ours.recall:>9.1f}%{ours.median:>8.2f} ms{ours.late:>6.1f} ms{ours.whole:>8.2f} ms"
        for theirs in others:
            line += f"   {theirs.recall:>5.1f}%  {theirs.median:>6.1f} ms   × {theirs.median / ours.median:.0f}"
        print(line)
    print(f"  rappel possible, nom exact (plus de dix homonymes) : {reachable(people, asked['nom exact']):.1f} %")


def reachable(people: list[Person], queries: list[Query]) -> float:
    """What ten lines can hold: more than ten people of the same names leave some out, whatever the method."""
    counts: dict[tuple[str, str], int] = {}
    for each in people:
        counts[each.family, each.first] = counts.get((each.family, each.first), 0) + 1
    return 100 * sum(min(1.0, 10 / counts[each.person.family, each.person.first]) for each in queries) / len(queries)


if __name__ == "__main__":
    main()
