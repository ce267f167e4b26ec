"""What every archive has in common: rows of tables with the law as their condition, and the names of what they refer to
elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import orjson

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.formats.portability.manifest import Missing
from maillon.formats.portability.packing import ROWS, Packing
from maillon.kernel import sql
from maillon.kernel.key import Access
from maillon.portability import rows
from maillon.portability.tables import Part, Table, every_table, table_of, tables

ELSEWHERE: Final = f"{ROWS}/renvois.jsonl"
RECORD_ITSELF: Final = ("patients_patient", "documents_document")
SHELF: Final = "MESSAGES"  # bytes that rows name by their SHA-256
# Rows that an archive may name without carrying them: by which identifiers another installation finds them.
_NAMED: Final = {
    "patients_patient": "SELECT id, uuid::text, NULL FROM patients_patient WHERE id = ANY(%s) ORDER BY id",
    "exchange_message": "SELECT id, uuid::text, NULL FROM exchange_message WHERE id = ANY(%s) ORDER BY id",
    "documents_document": "SELECT id, uuid::text, unique_id FROM documents_document WHERE id = ANY(%s) ORDER BY id",
}


class Mentions:
    """The numbers that the rows of one archive refer to, and those that it carries."""

    def __init__(self) -> None:
        self.named: dict[str, set[int]] = defaultdict(set)
        self.carried: dict[str, set[int]] = defaultdict(set)

    def note(self, table: Table, row: rows.Row) -> None:
        if "n" in row and table.name in _NAMED:
            self.carried[table.name].add(row["n"])
        for column, target in table.references.items():
            if row.get(column) is not None:
                self.named[target].add(row[column])
        for column, target in table.told.lists.items():
            self.named[target].update(row.get(column) or ())

    @property
    def of_the_directory(self) -> dict[str, set[int]]:
        """What TRANSV must carry for the archive to be understood."""
        return {each.name: self.named[each.name] for each in tables(Part.DIRECTORY) if each.name in self.named}


def put_table(
    packed: Packing, mentions: Mentions, table: Table, condition: str, parameters: dict[str, Any], *,
    without: Collection[str] = (),
) -> None:  # fmt: skip
    """`without`: columns that leave empty."""

    def noted() -> Iterator[bytes]:
        for line in rows.lines_out(table, condition, parameters):
            row = orjson.loads(line) | dict.fromkeys(without)
            mentions.note(table, row)
            yield orjson.dumps(row) if without else line

    packed.put_rows(table.name, noted())


def put_shelf(packed: Packing, digests: Iterable[bytes]) -> list[Missing]:
    """The bytes that rows name; those that are gone are told."""
    missing = []
    for digest in digests:
        try:
            packed.put(f"{SHELF}/{digest.hex().upper()}.BIN", documents.bytes_of(digest))
        except documents.BytesMissing:
            missing.append(Missing(unique_id=digest.hex(), why="octets d’un message absents ou altérés"))
    return missing


def put_elsewhere(packed: Packing, mentions: Mentions) -> None:
    """How another installation finds the rows that are named here and carried elsewhere."""
    lines = [
        orjson.dumps({"table": table, "n": number, "uuid": known, "unique_id": unique_id})
        for table, asked in _NAMED.items()
        for number, known, unique_id in sql.rows(asked, (sorted(mentions.named[table] - mentions.carried[table]),))
    ]
    if lines:
        packed.put(ELSEWHERE, b"\n".join(lines) + b"\n")


def of_one_record(access: Access, table: Table) -> tuple[str, dict[str, Any]]:
    """The condition on rows `t` of the table: of the patient, and as the law opens them to the key. A row about a
    document that the key does not open stays as hidden as the document, and a part as its whole."""
    condition, parameters = _of_itself(access, table)
    if not table.told.part_of:
        return condition, parameters
    whole, known = of_one_record(access, table_of(table.told.part_of))
    part = f't."{table.told.by}" IN (SELECT t.id FROM {table.told.part_of} t WHERE {whole})'  # noqa: S608
    return f"{condition} AND {part}", parameters | known


def _of_itself(access: Access, table: Table) -> tuple[str, dict[str, Any]]:
    condition = table.told.where or "t.patient_id = %(patient)s"
    parameters: dict[str, Any] = {"patient": access.patient_id}
    if table.told.through is not None:
        other, names = table.told.through
        written, known = access_room.rule.within(access, "o")
        named = f"SELECT 1 FROM {other} o WHERE o.{names} = t.id AND o.patient_id = %(patient)s AND {written}"  # noqa: S608
        return f"EXISTS ({named})", parameters | known
    if table.told.own:
        condition += _of_its_author(access, table)
        parameters |= {"own": access.actor.professional_id}
    column = "id" if table.name == "documents_document" else "document_id"
    if table.is_of_law:
        written, known = access_room.rule.within(access, "t", document=column)
        may_have_none = column in table.nullable and table.name == "tasks_task"
        condition += f" AND (t.document_id IS NULL OR {written})" if may_have_none else f" AND {written}"
        return condition, parameters | known
    if table.references.get("document_id") == "documents_document" or table.told.of_document:
        written, known = access_room.rule.within(access, "d", document="id")
        condition += (
            " AND (t.document_id IS NULL OR EXISTS (SELECT 1 FROM documents_document d"  # noqa: S608
            f" WHERE d.id = t.document_id AND {written}))"
        )
        return condition, parameters | known
    return condition, parameters


def _of_its_author(access: Access, table: Table) -> str:
    """What is being written is of whoever writes it alone; a program takes all, in an export of everything."""
    if access.actor.kind == "machine":
        return ""
    mine = f't."{table.told.own}" = %(own)s' if access.actor.kind == "professional" else "false"
    if table.told.shown_once:
        return f' AND (t."{table.told.shown_once}" IS NOT NULL OR {mine})'
    return f" AND {mine}"


def left_behind(table: Table) -> list[str]:
    """Columns that name what does not leave with one record."""
    return [column for column, target in table.references.items() if not table_of(target).told.in_unit]


def carried_with_a_record(access: Access, *, unit: bool) -> list[Table]:
    """Who wrote some documents of a record without belonging to its team takes these, and whom they are of. Only a
    program, for an export of everything, takes the traces of the house."""
    is_program = access.actor.kind == "machine"
    found = [
        each
        for each in every_table()
        if each.part is Part.RECORD
        and (each.told.in_unit or not unit)
        and (each.told.in_targeted or is_program and not unit)
    ]
    if access.scope == "whole":
        return found
    return [each for each in found if each.told.of_document or each.name in RECORD_ITSELF]
