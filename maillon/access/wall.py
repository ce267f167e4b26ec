"""The second wall: row-level security on everything that belongs to a patient, generated from the same law.

A key given by `reading` switches the transaction to a role that the policies bind, and tells them which record is open
and what the law knows of it. A statement that forgot its condition then finds only what the key opens. Without a key,
that role sees no row at all.

The tables are found by their columns: those of a document (`type_bit`, `confidentiality`, `author_professional_id`)
follow the law on documents, those of a patient follow the key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection, models

from maillon.access import law
from maillon.kernel import sql

ROLE = "maillon_lecteur"
# Rows that are part of another: as hidden as it is, by the column that names it.
PARTS = {
    "documents_content": ("documents_document", "document_id"),
    "documents_fragment": ("documents_document", "document_id"),
    "tasks_escalation": ("tasks_task", "task_id"),
}
NEVER_REWRITTEN = ("access_journal", "access_journal_link", "access_journal_head")

# ------------------------------------------------------------------------------------------------ at each reading


def put_up(known: str, kind: str, facts: tuple[law.Fact, ...]) -> str:
    """The SQL expression that puts up the wall for the rest of the transaction, as part of the statement that cuts the
    key: its parameters are at hand, the facts are the columns of `known`."""
    settings = {"patient": f"{known}.id", "kind": f"'{kind}'"}
    settings |= {name.removeprefix("law_"): f"%({name})s" for name in _parameters(law.LAWS[kind])}
    settings |= {fact.name: f"{known}.{fact.name}" for fact in facts}
    written = [f"set_config('maillon.{name}', COALESCE({value}::text, ''), true)" for name, value in settings.items()]
    return f"num_nonnulls({', '.join(written)}, set_config('role', '{ROLE}', true))"


def _parameters(steps: law.Law) -> list[str]:
    """Those that the law's tests on rows need: the others have made the facts."""
    tests = " ".join(fact.sql for fact in law.facts_of(steps) if fact.source is None)
    return [name for name in law.parameter_types() if f"%({name})s" in tests]


@contextmanager
def taken_down_after() -> Iterator[None]:
    """Around a reading. The wall ends with the transaction; with the reading, when the transaction goes on."""
    goes_on = bool(connection.savepoint_ids)
    yield
    if goes_on:
        sql.rows("SELECT set_config('role', 'none', true)")


@contextmanager
def beside() -> Iterator[None]:
    """Within a reading, for what is not of the record: the reader's own day, a visitor who has no record here. The
    first wall, the law in each list, holds there as anywhere."""
    found = sql.row("SELECT current_setting('role')")
    sql.rows("SELECT set_config('role', 'none', true)")
    yield  # after an exception the transaction is undone, and the role with it
    sql.rows("SELECT set_config('role', %s, true)", (found[0] if found else "none",))


# ------------------------------------------------------------------------------------------------ at each migration


def build() -> None:
    """The role, its rights and every policy, made again from the law. Idempotent."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
        cursor.execute(f"REVOKE UPDATE, DELETE ON {', '.join(NEVER_REWRITTEN)} FROM {ROLE}")
        for table, condition in sorted(policies().items()):
            cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            cursor.execute(f"DROP POLICY IF EXISTS maillon_key ON {table}")
            check = "true" if table in NEVER_REWRITTEN else _of_the_key(table)
            cursor.execute(f"CREATE POLICY maillon_key ON {table} TO {ROLE} USING ({condition}) WITH CHECK ({check})")


def policies() -> dict[str, str]:
    """Table → what the role may read of it."""
    found = {}
    for model in apps.get_models():
        columns = {field.column for field in model._meta.local_fields}
        table = model._meta.db_table
        if columns >= {"patient_id", "type_bit", "confidentiality", "author_professional_id"}:
            found[table] = _of_a_document(table, model)
        elif "patient_id" in columns or table == "patients_patient":
            found[table] = _of_the_key(table)
    for table, (whole, column) in PARTS.items():  # themselves behind it
        found[table] = f"EXISTS (SELECT 1 FROM {whole} whole WHERE whole.id = {table}.{column})"  # noqa: S608
    return found


def _of_the_key(table: str) -> str:
    if table in PARTS:
        return "true"
    return f"{table}.{'id' if table == 'patients_patient' else 'patient_id'} = {_setting('patient', 'bigint')}"


def _of_a_document(table: str, model: type[models.Model]) -> str:
    columns = {field.column: field for field in model._meta.local_fields}
    document = "document_id" if "document_id" in columns else "id"
    laws = " ".join(
        f"WHEN '{kind}' THEN {law.text(law.allowed(steps), lambda fact: _leaf(fact, table, document))}"
        for kind, steps in law.LAWS.items()
    )
    visible = f"CASE {_setting('kind', 'text')} {laws} ELSE false END"
    if table == "tasks_task":  # what is to be done for a patient, about no document
        visible = f"(document_id IS NULL OR {visible})"
    return f"{_of_the_key(table)} AND {visible}"


def _leaf(fact: law.Fact, table: str, document: str) -> str:
    if fact.level == "patient":
        return f"COALESCE({_setting(fact.name, 'boolean')}, false)"
    if fact.level == "mark":
        return f"COALESCE({table}.{document} = ANY({_setting(fact.name, 'bigint[]')}), false)"
    written = fact.sql.replace("{row}", table)
    for name, kind in law.parameter_types().items():
        written = written.replace(f"%({name})s", _setting(name.removeprefix("law_"), kind))
    return f"COALESCE({written}, false)" if fact.level == "actor" else written


def _setting(name: str, kind: str) -> str:
    """A sub-select is read once a statement, not once a row; an absent setting is NULL, which no row equals."""
    return f"(SELECT NULLIF(current_setting('maillon.{name}', true), '')::{kind})::{kind}"


_ROLE = f"""
DO $$ BEGIN
  CREATE ROLE {ROLE} NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
"""
