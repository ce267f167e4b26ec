"""Records as questions ask them: one that a key opens, some that the house watches, or everybody whom one may see."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.db import connection

from maillon.access import api as access_room
from maillon.kernel.key import Access, Actor
from maillon.patients import api as patients
from maillon.questions.facts import Fact, Kind, Sex, Subject
from maillon.questions.looking import reads
from maillon.questions.syntax import Expression
from maillon.record import api as record

if TYPE_CHECKING:
    import duckdb

    Base = duckdb.DuckDBPyConnection

NOBODY_S_PARAMETERS: Final[Mapping[str, Decimal]] = {}


def subject_of(
    access: Access, *, parameters: Mapping[str, Decimal] = NOBODY_S_PARAMETERS, more: Iterable[Fact] = ()
) -> Subject:
    """The person of this record, with all that the key opens. `more`: facts that the record does not hold (the steps of
    a plan)."""
    born = patients.Patient.objects.only("birth_date", "sex").get(pk=access.patient_id)
    return Subject(
        birth_date=born.birth_date,
        sex=_sex(born.sex),
        facts=(*map(fact_of, record.known(access)), *more),
        parameters=parameters,
    )


def subjects_to_watch(
    numbers: Collection[int], asked: Iterable[Expression]
) -> dict[int, tuple[Subject, list[record.Known]]]:
    """People whom the house watches, with the facts that these questions read and no other; and where those facts were
    said. It shows nothing to anybody."""
    read = {code for question in asked for _, code in reads(question)}
    facts: dict[int, list[record.Known]] = {number: [] for number in numbers}
    exact = sorted(code for code in read if not code.endswith("*"))
    beginnings = sorted(code[:-1] for code in read if code.endswith("*"))
    for each in record.known_to_watch(numbers, exact, beginnings):
        facts[each.patient_id].append(each)
    people = patients.Patient.objects.filter(pk__in=list(numbers)).values_list("pk", "birth_date", "sex")
    return {
        number: (Subject(birth_date=born, sex=_sex(sex), facts=tuple(map(fact_of, facts[number]))), facts[number])
        for number, born, sex in people
    }


def fact_of(known: record.Known) -> Fact:
    return Fact(
        id=known.id,
        kind=Kind(known.kind),
        code=known.code,
        at=known.at,
        label=known.label,
        value=known.value,
        comparator=known.comparator,  # type: ignore[arg-type]  # one of the five: the statement writes it
        unit=known.unit,
        text=known.text,
        negated=known.negated,
        absent=known.absent,
        until=known.until,
    )


def _sex(written: str) -> Sex:
    return {"F": "F", "M": "M"}.get(written, "UN")  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------ everybody

TABLES: Final = """
SET TimeZone = 'UTC';
CREATE TABLE subject(id BIGINT, birth_date DATE, sex VARCHAR);
CREATE TABLE fact(id BIGINT, subject BIGINT, kind VARCHAR, code VARCHAR, moment TIMESTAMPTZ, day DATE,
                  value DECIMAL(20, 8), comparator VARCHAR, unit VARCHAR, text VARCHAR, negated BOOLEAN, absent BOOLEAN,
                  until DATE);
CREATE TABLE parameter(subject BIGINT, name VARCHAR, value DECIMAL(20, 8))
"""
_READ: Final = """
INSERT INTO fact
SELECT id, subject, kind, COALESCE(code, ''), moment, CAST(moment AT TIME ZONE 'Europe/Paris' AS DATE), value,
       COALESCE(comparator, ''), COALESCE(unit, ''), COALESCE(text, ''), negated, absent, until
  FROM read_csv(?, auto_detect = false, delim = ',', quote = '"', escape = '"', columns = {
         'subject': 'BIGINT', 'kind': 'VARCHAR', 'id': 'BIGINT', 'code': 'VARCHAR', 'moment': 'TIMESTAMPTZ',
         'value': 'DECIMAL(20, 8)', 'comparator': 'VARCHAR', 'unit': 'VARCHAR', 'text': 'VARCHAR',
         'negated': 'BOOLEAN', 'absent': 'BOOLEAN', 'until': 'DATE'})
"""
_PEOPLE: Final = """
INSERT INTO subject SELECT id, birth_date, CASE WHEN sex IN ('F', 'M') THEN sex ELSE 'UN' END
  FROM read_csv(?, auto_detect = false, delim = ',', columns = {'id': 'BIGINT', 'birth_date': 'DATE', 'sex': 'VARCHAR'})
"""


@contextmanager
def extract(actor: Actor, kinds: Collection[Kind], *, counting: bool = False) -> Iterator[Base]:
    """Everybody whom the actor may see, and the facts of these kinds that they may read, in the tables of `sql_of`: a
    base in memory, gone at the end. `counting`: all the facts of those people, for counts that name nobody."""
    import duckdb

    base = duckdb.connect()
    try:
        base.execute(TABLES)
        with tempfile.TemporaryDirectory(prefix="maillon-") as folder:
            _copy_people(actor, Path(folder) / "people.csv", base)
            _copy_facts(actor, Path(folder) / "facts.csv", base, kinds, counting)
        yield base
    finally:
        base.close()


def _copy_people(actor: Actor, path: Path, base: Base) -> None:
    """`COPY` takes no query set: its text, with its own parameters."""
    people, parameters = patients.Patient.objects.filter(
        access_room.rule.OpensTo(actor), merged_into__isnull=True
    ).values_list("id", "birth_date", "sex").query.sql_with_params()
    text = f"COPY ({people}) TO STDOUT (FORMAT csv)"
    with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(text, parameters) as copied:
        for block in copied:
            file.write(bytes(block))
    if path.stat().st_size:
        base.execute(_PEOPLE, [str(path)])


def _copy_facts(actor: Actor, path: Path, base: Base, kinds: Collection[Kind], counting: bool) -> None:
    with path.open("wb") as file:
        record.copy_known(actor, file.write, kinds=[kind.value for kind in kinds], counting=counting)
    if path.stat().st_size:
        base.execute(_READ, [str(path)])
