"""Rows that land: references translated, what is ours already recognised, what contradicts it refused whole."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from maillon.documents import api as documents
from maillon.formats.refusal import Refused
from maillon.kernel import sql
from maillon.portability import rows
from maillon.portability.opened import Opened
from maillon.portability.packed import SHELF
from maillon.portability.rows import Row
from maillon.portability.tables import Table, every_table

PATIENTS: Final = "patients_patient"
DOCUMENTS: Final = "documents_document"
Numbers = dict[str, dict[int, int]]  # table → number in the installation that was left → ours


class Conflict(Exception):
    """What came contradicts what is here, or itself: nothing of the archive lands, a person decides."""

    def __init__(self, code: str, *reasons: str, candidates: Iterable[int] = ()) -> None:
        super().__init__(code)
        self.code, self.reasons, self.candidates = code, list(reasons), sorted(candidates)


NO_SUCH_ROW: Final = "Une ligne en nomme une autre que l’export ne contient pas, ou qui n’a pas été reprise."
OTHER_CONTENT: Final = {
    DOCUMENTS: "Un document portant le même identifiant est déjà classé, autre par son contenu ou par son patient.",
    "patients_local_identifier": "Un identifiant local du patient est ici celui d’une autre personne.",
    PATIENTS: "Les traits stricts de la personne ne sont pas ceux que cette installation connaît.",
}


@dataclass(slots=True)
class Landing:
    """One archive. `shared`: the numbers of the directory, for all the archives; `known`: of the patients that have
    landed already. `late`: references to records that have not."""

    archive: Opened
    shared: Numbers
    known: dict[int, int]
    own: Numbers = field(default_factory=lambda: defaultdict(dict))
    added: Counter[str] = field(default_factory=Counter)
    recognised: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    late: list[dict[str, Any]] = field(default_factory=list)
    new_documents: set[int] = field(default_factory=set)
    _elsewhere: dict[tuple[str, int], Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._elsewhere = self.archive.elsewhere()

    def land(self, table: Table, came: Iterable[Row], *, is_strict: bool = True) -> None:
        """Rows are added once. Without `is_strict` (the directory), what contradicts ours is left out, and counted."""
        some: list[Row] = []
        for row in came:
            some.append(row)
            if len(some) == rows.AT_ONCE:
                self._land(table, some, is_strict=is_strict)
                some = []
        self._land(table, some, is_strict=is_strict)
        self._link_within(table)

    def find(self, target: str, number: int) -> int | None:
        """Our number of a row that they number so."""
        for numbers in (self.own, self.shared):
            if number in numbers.get(target, ()):
                return numbers[target][number]
        if target == PATIENTS and number in self.known:
            return self.known[number]
        said = self._elsewhere.get((target, number))
        found = sql.row(_BY_NAME[target], said) if said and target in _BY_NAME else None
        return found[0] if found else None

    def _land(self, table: Table, came: list[Row], *, is_strict: bool) -> None:
        ours = [(row, self._translated(table, row, is_strict=is_strict)) for row in came]
        landed = [(row, translated) for row, translated in ours if translated is not None]
        fresh = [each for each in landed if self._is_of_a_new_document(table, each[1][0])]
        others = [each for each in landed if not self._is_of_a_new_document(table, each[1][0])]
        found = rows.matches(table, [translated for _, (translated, _) in others])
        for rank, (row, _) in enumerate(others):
            match = found.get(rank)
            if match is None:
                fresh.append(others[rank])
            else:
                self._recognise(table, row, match, is_strict=is_strict)
        self._add(table, fresh)

    def _recognise(self, table: Table, row: Row, match: rows.Match, *, is_strict: bool) -> None:
        if not match.agrees:
            if is_strict:
                raise Conflict("E-POR-22", OTHER_CONTENT.get(table.name, "Une ligne contredit celle d’ici."))
            self.left_out[table.name] += 1
            return
        (self.recognised if match.is_equal else self.differing)[table.name] += 1
        self._remember(table, row, match.id)

    def _add(self, table: Table, fresh: list[tuple[Row, tuple[Row, list[dict[str, Any]]]]]) -> None:
        numbers = rows.insert(table, [translated for _, (translated, _) in fresh])
        self.added[table.name] += len(fresh)
        for number, (row, (_, late)) in zip(numbers, fresh, strict=False):
            self._remember(table, row, number)
            self.late += [each | {"id": number} for each in late]
            if table.name == DOCUMENTS:
                self.new_documents.add(number)

    def _remember(self, table: Table, row: Row, number: int | None) -> None:
        if number is not None and isinstance(row.get("n"), int) and table.name in _referred():
            self.own[table.name][row["n"]] = number

    def _link_within(self, table: Table) -> None:
        """Rows of one table that name each other, in whatever order they came."""
        late, self.late = self.late, []
        for each in late:
            ours = self.own[table.name].get(each["n"]) if each["table"] == each["target"] == table.name else None
            if ours is None:
                self.late.append(each)
            else:
                link(each, ours)

    def _is_of_a_new_document(self, table: Table, translated: Row) -> bool:
        """Its rows come with it: there is nothing of ours to recognise."""
        return table.told.of_document and translated.get("document_id") in self.new_documents

    def _translated(
        self, table: Table, row: Row, *, is_strict: bool
    ) -> tuple[Row, list[dict[str, Any]]] | None:
        """With our numbers; and what is to be filled in once the other record has landed."""
        ours, late = {column: row.get(column) for column in table.columns}, []
        for column, target in table.references.items():
            number = ours[column]
            if number is None:
                continue
            ours[column] = self.find(target, number) if isinstance(number, int) else None
            if ours[column] is None and column in table.told.late:
                said = self._elsewhere.get((target, number), {})
                late.append(
                    {"table": table.name, "column": column, "target": target, "n": number, "uuid": said.get("uuid")}
                )
            elif ours[column] is None:
                if is_strict:
                    raise Conflict("E-POR-23", NO_SUCH_ROW)
                self.left_out[table.name] += 1
                return None
        for column, target in table.told.lists.items():
            found = [self.find(target, each) for each in ours[column] or () if isinstance(each, int)]
            ours[column] = [each for each in found if each is not None]
        return ours, late


def refuse_other_counts(archive: Opened, announced: dict[str, int], parts: Iterable[Table]) -> None:
    """A manifest that lies is found before a row lands. Raises Refused (E-POR-08)."""
    for table in parts:
        if sum(1 for _ in archive.rows(table.name)) != announced.get(table.name, 0):
            raise Refused("E-POR-08", "Une archive ne contient pas ce que le manifeste annonce.")


@functools.cache
def _referred() -> frozenset[str]:
    """The tables that others refer to: their numbers are remembered."""
    return frozenset(
        target for table in every_table() for target in (*table.references.values(), *table.told.lists.values())
    )


def link(late: Mapping[str, Any], number: int) -> None:
    """A reference that was late is filled in. Its table and its column are those of the declaration."""
    text = f'UPDATE {late["table"]} SET "{late["column"]}" = %(number)s WHERE id = %(id)s'  # noqa: S608
    sql.rows(text, {"number": number, "id": late["id"]})


def number_of_uuid(target: str, uuid: object) -> int | None:
    """Of a row that was late."""
    found = sql.row(_BY_NAME[target], {"uuid": str(uuid), "unique_id": None}) if target in _BY_NAME else None
    return found[0] if found else None


def keep_shelf(archive: Opened) -> None:
    """Bytes that rows name, each compared with its SHA-256. Refused (E-POR-07)."""
    for name in archive.archive:
        if name.startswith(f"{SHELF}/"):
            digest = documents.keep_bytes(archive.archive[name])
            if digest.hex().upper() != name.rpartition("/")[2].removesuffix(".BIN"):
                raise Refused("E-POR-07", "Un message de l’archive n’a pas l’empreinte que son nom annonce.")


_BY_NAME: Final = {
    "exchange_message": "SELECT id FROM exchange_message WHERE uuid::text = %(uuid)s",
    PATIENTS: "SELECT id FROM patients_patient WHERE uuid::text = %(uuid)s",
    DOCUMENTS: "SELECT id FROM documents_document WHERE uuid::text = %(uuid)s OR unique_id = %(unique_id)s LIMIT 1",
}
