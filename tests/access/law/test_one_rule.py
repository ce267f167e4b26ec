"""One rule, one answer: the list, the single check, the key, row-level security and an independent implementation
agree on every situation drawn; and a rule with one fault in it is found.

`MAILLON_MONDES=200 pytest tests/access/law/test_one_rule.py` draws more worlds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection

from maillon.access import api as access_room
from maillon.access import law, matrix, rule, wall
from maillon.documents.models import Document
from maillon.kernel import sql
from maillon.kernel.key import Actor, PatientId, Purpose
from maillon.patients.models import Patient
from tests.access.law import oracle
from tests.access.law.mutants import Mutant, forget_texts, mutants
from tests.access.law.worlds import NOW, Drawing, World

SEEDS = range(int(os.environ.get("MAILLON_MONDES", "20")))  # 20 worlds: 115,600 situations
MOST_WORLDS_FOR_A_MUTANT = 12


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def drawn(seed: int, monkeypatch: pytest.MonkeyPatch) -> World:
    world = Drawing(seed).world_written()
    monkeypatch.setattr(matrix, "readable", world.readable)
    forget_texts()
    return world


def listed(actor: Actor, purpose: Purpose) -> set[int]:
    written, parameters = rule.across(actor, "d", document="id", purpose=purpose)
    return {row[0] for row in sql.rows(f"SELECT d.id FROM documents_document d WHERE {written}", parameters)}


def checked_one_by_one(actor: Actor, purpose: Purpose, world: World) -> set[int]:
    written, parameters = rule.across(actor, "d", document="id", purpose=purpose)
    text = f"SELECT d.id FROM documents_document d WHERE d.id = %(one)s AND {written}"
    return {paper.id for paper in world.papers if sql.row(text, parameters | {"one": paper.id})}


def through_keys(actor: Actor, purpose: Purpose, world: World) -> tuple[set[int], set[int], set[int]]:
    """With a key to each record that opens: those patients, the documents by the condition that the key gives, and what
    a statement without any condition finds behind the wall."""
    opened: set[int] = set()
    conditioned: set[int] = set()
    bare: set[int] = set()
    for patient in world.patients:
        try:
            access_room.open_record(actor, PatientId(patient), purpose=purpose)
            with access_room.reading(actor, PatientId(patient), purpose=purpose) as access:
                opened.add(access.patient_id)
                bare |= {row[0] for row in sql.rows("SELECT id FROM documents_document")}
        except access_room.AccessDenied:
            continue
        visible = Document.objects.filter(access_room.rule.VisibleWithin(access, document="id"))
        conditioned |= set(visible.values_list("pk", flat=True))
    return opened, conditioned, bare


def codes(actor: Actor, purpose: Purpose) -> dict[int, str]:
    parameters = rule.parameters_of(actor, purpose=purpose)
    text = law.deciding(law.LAWS[actor.kind], lambda fact: law.in_set_form(fact, "d", document="id"))
    return dict(sql.rows(f"SELECT d.id, {text} FROM documents_document d", parameters))


@pytest.mark.parametrize("seed", SEEDS)
def test_all_answers_agree(db: None, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = drawn(seed, monkeypatch)
    seen = 0
    for actor, purpose in world.actors:
        expected = {paper.id: oracle.code(world, actor, purpose, paper) for paper in world.papers}
        visible = {number for number, code in expected.items() if oracle.may(code)}
        opened, conditioned, bare = through_keys(actor, purpose, world)
        assert listed(actor, purpose) == visible
        assert checked_one_by_one(actor, purpose, world) == visible
        assert conditioned == visible
        assert bare == visible
        assert codes(actor, purpose) == expected
        assert opened == {patient for patient in world.patients if oracle.opens(world, actor, purpose, patient)}
        seen += len(visible)
    assert 40 < seen < len(world.actors) * len(world.papers) / 2, "the world says something"


@pytest.mark.parametrize("seed", [1, 2])
def test_the_patients_listed_are_those_whose_record_opens(db: None, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = drawn(seed, monkeypatch)
    for actor, purpose in world.actors:
        written, parameters = rule.opens(actor, "p", purpose=purpose)
        opened = {row[0] for row in sql.rows(f"SELECT p.id FROM patients_patient p WHERE {written}", parameters)}
        assert opened == {patient for patient in world.patients if oracle.opens(world, actor, purpose, patient)}


def test_every_fault_of_the_rule_is_found(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mutant of the declaration disagrees with the oracle in some world, by what it shows or by the code that it
    gives."""
    alive = {mutant.name: mutant for mutant in mutants()}
    assert len(alive) >= 150
    for seed in range(MOST_WORLDS_FOR_A_MUTANT):
        world = drawn(1000 + seed, monkeypatch)
        truth = {
            (index, paper.id): oracle.code(world, actor, purpose, paper)
            for index, (actor, purpose) in enumerate(world.actors)
            for paper in world.papers
        }
        for name in [name for name, mutant in alive.items() if not _agrees(mutant, world, truth)]:
            del alive[name]
        connection.cursor().execute("DELETE FROM documents_document")
        if not alive:
            return
    assert not alive, sorted(alive)


def _agrees(mutant: Mutant, world: World, truth: dict[tuple[int, int], str]) -> bool:
    with mutant.in_force():
        for index, (actor, purpose) in enumerate(world.actors):
            expected = {number: code for (who, number), code in truth.items() if who == index}
            if codes(actor, purpose) != expected:
                return False
            if listed(actor, purpose) != {number for number, code in expected.items() if oracle.may(code)}:
                return False
    return True


def test_without_a_key_the_wall_shows_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn(3, monkeypatch)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {wall.ROLE}")
        for table in wall.policies():
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table
        cursor.execute("RESET ROLE")
    assert Patient.objects.exists()
