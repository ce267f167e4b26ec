"""What everybody sees, told by names that mean the same in any installation."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import orjson

from maillon.access import api as access_room
from maillon.access.models import Account, Visitor, VisitorSession
from maillon.documents.bytes import bytes_of
from maillon.documents.models import Document
from maillon.kernel import clock, sql
from maillon.kernel.key import Actor
from maillon.portability.tables import Table, every_table

Documents = dict[str, tuple[str, str, int]]
Seen = dict[str, dict[str, list[str]]]


def what_everybody_sees() -> Seen:
    """Person → the records that open, and the documents that the law lets them read: every pair is in or out."""
    return {name: _seen(actor) for name, actor in _everybody()}


def _everybody() -> list[tuple[str, Actor]]:
    found = [
        (each.identifier, access_room.sessions.actor_of_account(each.pk))
        for each in Account.objects.order_by("identifier")
    ]
    for visitor in Visitor.objects.order_by("uuid"):
        for record in _records_of(visitor):
            found.append((f"{visitor.uuid}/{record}", _visiting(visitor, record)))
    return found


def _records_of(visitor: Visitor) -> list[str]:
    of_others = sql.rows(
        "SELECT p.uuid::text FROM access_delegation d JOIN patients_patient p ON p.id = d.patient_id"
        " WHERE d.visitor_id = %s ORDER BY 1",
        (visitor.pk,),
    )
    own = sql.rows("SELECT uuid::text FROM patients_patient WHERE id = %s", (visitor.patient_id,))
    return [each for (each,) in (*own, *of_others)]


def _visiting(visitor: Visitor, record: str) -> Actor:
    token = f"vue-{visitor.uuid}-{record}"
    (number,) = sql.row("SELECT id FROM patients_patient WHERE uuid::text = %s", (record,)) or (None,)
    VisitorSession.objects.update_or_create(
        token_hash=hashlib.sha256(token.encode()).digest(),
        defaults={
            "visitor": visitor, "record_id": number, "factors": ["courriel", "sms"], "last_seen_at": clock.now(),
            "ends_at": clock.now() + dt.timedelta(hours=3),
        },
    )  # fmt: skip
    visiting = access_room.visitors.patient_door.visiting_of(token)
    assert visiting is not None
    return visiting.actor


def _seen(actor: Actor) -> dict[str, list[str]]:
    documents = Document.objects.filter(access_room.rule.VisibleTo(actor, document="id"))
    return {
        "records": sorted(map(str, access_room.rule.visible_patients(actor).values_list("uuid", flat=True))),
        "documents": sorted(documents.values_list("unique_id", flat=True)),
    }


def documents() -> Documents:
    """Unique identifier → SHA-256 of its bytes as they are served, state, version."""
    return {
        row.unique_id: (hashlib.sha256(bytes_of(row.sha256)).hexdigest(), row.status, row.version_number)
        for row in Document.objects.all()
    }


def every_row(*, but: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Table → its rows, their references told by what they name: equal in two installations when nothing was lost."""
    names = {table.name: _names(table) for table in every_table() if table.has_number}
    for table in every_table():
        if table.has_number and table.identity and set(table.identity) <= table.references.keys():
            names[table.name] = _names_of_links(table, names)
    return {table.name: sorted(_rows(table, names)) for table in every_table() if table.name not in but}


def _names(table: Table) -> dict[int, str]:
    """Number → the digest of what never changes in the row, without its references."""
    own = [column for column in table.identity if column not in table.references] or ["created_at"]
    columns = ", ".join(f'"{column}"' for column in own if column in table.columns) or "id"
    said = f"SELECT id, to_jsonb((SELECT r FROM (SELECT {columns}) r))::text FROM {table.name}"
    return {number: f"{table.name}:{told}" for number, told in sql.rows(said)}


def _names_of_links(table: Table, names: dict[str, dict[int, str]]) -> dict[int, str]:
    """Of rows that only what they link tells apart: their number is another in each installation, and after a fall."""
    columns = ", ".join(f'"{column}"' for column in table.identity)
    ends = [names[table.references[column]] for column in table.identity]
    return {
        number: f"{table.name}:{[end.get(each) for end, each in zip(ends, linked, strict=True)]}"
        for number, *linked in sql.rows(f"SELECT id, {columns} FROM {table.name}")
    }


def _rows(table: Table, names: dict[str, dict[int, str]]) -> list[str]:
    columns = ", ".join(f'"{column}"' for column in table.columns)
    told = []
    for (row,) in sql.rows(f"SELECT to_jsonb((SELECT r FROM (SELECT {columns}) r))::text FROM {table.name}"):
        said: dict[str, Any] = orjson.loads(row)
        for column, target in table.references.items():
            said[column] = names[target].get(said[column]) if said[column] is not None else None
        for column, target in table.told.lists.items():
            said[column] = sorted(names[target].get(each, "?") for each in said[column])
        told.append(orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode())
    return told

