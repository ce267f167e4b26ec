"""Every table of the product leaves, or somebody said why it stays; no secret does."""

from __future__ import annotations

from django.apps import apps

from maillon.portability.tables import DECLARED, STAYS, every_table, secrets, undeclared

# Looked at one by one: they look like secrets by their name, and are none.
NO_SECRET: set[tuple[str, str]] = set()


def test_every_table_leaves_or_stays_for_a_reason() -> None:
    assert undeclared() == [], "declare them in maillon/portability/tables.py: they leave (DECLARED) or stay (STAYS)"


def test_what_is_declared_exists() -> None:
    known = {model._meta.db_table for model in apps.get_models()}
    assert {name for held in DECLARED.values() for name in held} <= known
    assert set(STAYS) <= known


def test_no_secret_is_carried() -> None:
    assert set(secrets()) == NO_SECRET


def test_what_is_referred_to_lands_before() -> None:
    landed: set[str] = set()
    for table in every_table():
        late = {table.references[column] for column in table.told.late}
        of_elsewhere = {"documents_document", "patients_patient"} if table.part == "messagerie" else set()
        assert set(table.references.values()) - late - of_elsewhere <= landed | {table.name}, table.name
        landed.add(table.name)
