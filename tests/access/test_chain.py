"""The chain of the journal, its heads and its proof: a thousand tamperings found, no false alarm."""

from __future__ import annotations

import datetime as dt
import functools
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from maillon.access.journal import chain, heads, verification
from maillon.access.models import JournalEntry, JournalHead, JournalLink
from maillon.kernel import clock, sql

START = dt.datetime(2026, 3, 31, 8, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
ROWS, PER_HEAD = 120, 10
ATTACKS = 1000


@pytest.fixture(autouse=True)
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAILLON_TEMOINS", str(tmp_path / "temoins"))
    return tmp_path / "temoins"


def write(at: dt.datetime, number: int = 0, **values: Any) -> JournalEntry:
    given = {
        "actor_kind": "professional", "actor_professional_id": 1 + number % 7, "actor_structure_id": 3,
        "actor_label": f"Dr Claire Morel {number}", "actor_profession_code": "G15_10", "session_id": 40 + number,
        "assurance": 2, "patient_id": 100 + number % 11, "action": "read", "resource_type": "record",
        "purpose": "soin", "decision": "allow", "rule": "medecin_traitant",
    }  # fmt: skip
    return JournalEntry.objects.create(at=at, **given | values)


def write_and_seal(traveller: time_machine.Traveller, *, rows: int = ROWS) -> None:
    """Ten rows a minute, each minute sealed, signed and exported."""
    for number in range(rows):
        moment = START + number * (MINUTE / PER_HEAD)
        traveller.move_to(moment)
        write(moment, number)
        if number % PER_HEAD == PER_HEAD - 1:
            heads.tend()
    traveller.move_to(START + (rows // PER_HEAD + 1) * MINUTE)
    heads.tend()


@pytest.fixture
def sealed(db: None) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        write_and_seal(traveller)
        yield traveller


def said() -> str:
    return "\n".join(verification.verify().findings)


def unguarded(statement: str, *parameters: Any) -> None:
    """As whoever owns the database: the triggers do not stop them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")


# ------------------------------------------------------------------------------------------------ what stands


def test_an_untouched_journal_is_proven(sealed: time_machine.Traveller) -> None:
    report = verification.verify()
    assert report.findings == []
    assert (report.rows, report.heads, report.is_intact) == (ROWS, ROWS // PER_HEAD + 1, True)


def test_the_sealed_text_holds_every_column() -> None:
    assert all(f"j.{field.column}" in chain.CANONICAL for field in JournalEntry._meta.local_fields)


@pytest.mark.parametrize("model", [JournalEntry, JournalLink, JournalHead])
@pytest.mark.parametrize("gesture", ["update", "delete"])
def test_the_base_refuses_to_rewrite(sealed: time_machine.Traveller, model: Any, gesture: str) -> None:
    name = model._meta.local_fields[-1].attname
    rows = model.objects.all()
    rewrite = rows.delete if gesture == "delete" else functools.partial(rows.update, **{name: F(name)})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rewrite()
    assert said() == ""


def test_a_head_is_signed_once_a_minute(sealed: time_machine.Traveller) -> None:
    number = JournalHead.objects.count()
    sealed.shift(dt.timedelta(seconds=59))
    heads.tend()
    assert JournalHead.objects.count() == number
    sealed.shift(dt.timedelta(seconds=1))
    heads.tend()
    assert JournalHead.objects.count() == number + 1
    assert said() == ""


def test_a_journal_that_begins_is_no_anomaly(db: None) -> None:
    write(clock.now())
    assert verification.verify().is_intact


def test_without_any_witness_nothing_is_proven(sealed: time_machine.Traveller, tmp_path: Path) -> None:
    report = verification.verify(witness=tmp_path / "ailleurs")
    assert "Aucun témoin exporté" in report.findings[0]


def test_the_witness_is_signed_by_a_key_that_is_named(sealed: time_machine.Traveller, witness: Path) -> None:
    key = (witness / heads.PUBLIC_KEY).read_text().strip()
    assert verification.verify(keys=frozenset({key})).is_intact
    assert "signature fausse" in verification.verify(keys=frozenset({"00" * 32})).findings[0]


# ------------------------------------------------------------------------------------------------ what is found


def test_a_deleted_row_100_is_told_at_101(sealed: time_machine.Traveller) -> None:
    """AC8.8."""
    unguarded("DELETE FROM access_journal WHERE id = (SELECT entry_id FROM access_journal_link WHERE seq = 100)")
    report = verification.verify()
    assert report.count == 1
    assert report.findings[0].startswith("Ligne 100 absente")
    assert report.findings[0].endswith("la chaîne ne se vérifie plus à partir de la ligne 101.")


def test_a_deleted_row_with_its_link_is_told_as_well(sealed: time_machine.Traveller) -> None:
    unguarded("DELETE FROM access_journal WHERE id = (SELECT entry_id FROM access_journal_link WHERE seq = 100)")
    unguarded("DELETE FROM access_journal_link WHERE seq = 100")
    assert "Ligne 100 absente\u202f; la chaîne ne se vérifie plus à partir de la ligne 101." in said()


def test_a_rewritten_tail_does_not_meet_its_witness(sealed: time_machine.Traveller) -> None:
    """Whoever owns the base can make every hash again: not what another place holds."""
    unguarded("UPDATE access_journal SET actor_label = 'x' WHERE id = " + _entry(105))
    _make_again(105)
    assert "a été refaite entre les lignes 101 et 110" in said()


def test_a_row_put_in_later_is_told_before_and_after_it_is_sealed(sealed: time_machine.Traveller) -> None:
    write(START + 3 * MINUTE)
    assert "n’a pas de maillon" in said()
    sealed.shift(MINUTE)
    heads.tend()
    assert f"La ligne {ROWS + 1}" in said()
    assert "antidatée" in said()


def test_an_emptied_journal_is_told(sealed: time_machine.Traveller) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE access_journal, access_journal_link, access_journal_head")
    found = said()
    assert "n’est plus dans la base" in found
    assert "Chaîne tronquée après la ligne 0" in found


def test_the_command_says_it_and_fails(
    sealed: time_machine.Traveller, witness: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from maillon import cli

    assert cli.main(["verifier", "--temoins", str(witness)]) == 0
    assert "Le journal est intact." in capsys.readouterr().out
    unguarded("UPDATE access_journal SET purpose = 'assurance' WHERE id = " + _entry(42))
    assert cli.main(["verifier", "--temoins", str(witness), "--json"]) == 1
    assert "La ligne 42 (entrée" in capsys.readouterr().out
    assert cli.main(["verifier", "--cle-publique", str(witness / "absente")]) == 2
    assert "La clé publique ne se lit pas" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------ no false alarm


@pytest.fixture
def hurried(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head at every round, real transactions."""
    monkeypatch.setattr(heads, "EVERY", dt.timedelta(0))


def _sealed() -> int:
    return JournalLink.objects.count()


def test_writers_and_sealers_at_the_same_time_raise_no_alarm(hurried: None) -> None:
    failures: list[str] = []

    def several(work: Callable[[int], object], times: int) -> None:
        try:
            for number in range(times):
                work(number)
        except DatabaseError as error:
            failures.append(repr(error))
        finally:
            connection.close()

    def write_some(number: int) -> None:
        with transaction.atomic():
            write(clock.now(), number)
            if number % 5 == 0:
                transaction.set_rollback(True)  # a number of the sequence that no row will ever bear

    def prove(_: int) -> None:
        """Heads are signed here far faster than by the minute: several may wait to be exported. Once they are, nothing
        is left to say."""
        findings = verification.verify().findings
        if any(each.startswith("Export tronqué") for each in findings):
            heads.export()
            findings = verification.verify().findings
        failures.extend(findings)

    threads = [threading.Thread(target=several, args=(write_some, 50)) for _ in range(3)]
    threads += [threading.Thread(target=several, args=(lambda _: heads.tend(), 20)) for _ in range(2)]
    threads += [threading.Thread(target=several, args=(prove, 10))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    heads.tend()
    assert failures == []
    assert said() == ""
    assert _sealed() == JournalEntry.objects.count() == 3 * 40


def test_a_long_transaction_that_commits_late_raises_no_alarm(hurried: None) -> None:
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as slow:
        slow.execute(
            "INSERT INTO access_journal (at, actor_kind, actor_label, action, resource_type, resource_id, purpose,"
            " decision, rule) VALUES (now(), 'machine', 'lente', 'file', 'received', '', 'reception', 'allow', 'x')"
        )
        for number in range(3):
            write(clock.now(), number)
        heads.tend()
        assert (_sealed(), said()) == (3, "")
        slow.commit()
        assert said() == ""
    heads.tend()
    assert (_sealed(), said()) == (4, "")
    ids = list(JournalLink.objects.order_by("seq").values_list("entry_id", flat=True))
    assert ids[3] < ids[0]  # sealed as it became visible, out of the order of the numbers


class Killed(BaseException):
    pass


def killed(*_: object) -> None:
    raise Killed


def test_a_sealer_killed_midway_leaves_nothing_behind(hurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        write(clock.now(), number)
    original = sql.rows

    def killed_once_written(statement: str, parameters: Any = ()) -> list[sql.Row]:
        found = original(statement, parameters)
        if statement.lstrip().startswith("INSERT"):
            raise Killed
        return found

    with monkeypatch.context() as patched:
        patched.setattr(sql, "rows", killed_once_written)
        with pytest.raises(Killed):
            heads.tend()
    assert (_sealed(), said()) == (0, "")


def test_a_head_that_is_signed_and_not_yet_exported_raises_no_alarm(
    hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(clock.now())
    with monkeypatch.context() as patched:
        patched.setattr(heads, "export", killed)
        with pytest.raises(Killed):
            heads.tend()
    assert (_sealed(), said()) == (1, "")
    heads.tend()
    assert (verification.verify().heads, said()) == (2, "")


def test_a_line_cut_short_by_a_stop_is_written_again(sealed: time_machine.Traveller, witness: Path) -> None:
    (path,) = witness.glob("temoins-*.jsonl")
    path.write_text(path.read_text()[:-40])
    assert said() == ""
    sealed.shift(MINUTE)
    heads.tend()
    assert verification.verify().heads == ROWS // PER_HEAD + 2
    assert said() == ""


def test_a_disk_that_is_full_stops_nobody(sealed: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(heads, "_write", lambda *_, **__: (_ for _ in ()).throw(OSError("no space left")))
        sealed.shift(MINUTE)
        write(clock.now())
        assert heads.tend() == 1
    sealed.shift(MINUTE)
    heads.tend()
    assert said() == ""


# ------------------------------------------------------------------------------------------------ a thousand

COLUMNS = [field.column for field in JournalEntry._meta.local_fields if field.column != "id"]
NUMBERS = {"actor_professional_id", "actor_structure_id", "patient_id", "session_id", "assurance", "on_behalf_of_id"}


def _entry(seq: int) -> str:
    return f"(SELECT entry_id FROM access_journal_link WHERE seq = {seq})"


def _make_again(first: int) -> None:
    """Every link from the first on, hashed again over the rows as they are now."""
    rows = sql.rows(
        f"SELECT l.seq, l.previous, {chain.CANONICAL} FROM access_journal_link l"
        " JOIN access_journal j ON j.id = l.entry_id WHERE l.seq >= %s ORDER BY l.seq",
        (first,),
    )
    last = rows[0][1]
    for seq, _, canonical in rows:
        digest = chain.hashed(last, canonical)
        unguarded("UPDATE access_journal_link SET previous = %s, hash = %s WHERE seq = %s", last, digest, seq)
        last = digest


def edit_row(draw: random.Random, witness: Path) -> None:
    column, seq = draw.choice(COLUMNS), draw.randint(1, ROWS)
    if column == "at":
        new = "at + interval '1 microsecond' * " + str(draw.randint(1, 10**12))
    elif column in NUMBERS:
        new = f"(COALESCE({column}, 0) + {draw.randint(1, 9)})"
    else:
        new = f"left({column} || '{draw.choice('abc')}', 10)" if draw.random() < 0.5 else "'autre'"
        new = f"CASE WHEN {new} = {column} THEN 'tiers' ELSE {new} END"
    unguarded(f"UPDATE access_journal SET {column} = {new} WHERE id = {_entry(seq)}")


def number_again(draw: random.Random, witness: Path) -> None:
    seq = draw.randint(1, ROWS)
    unguarded(f"UPDATE access_journal SET id = id + 1000000 WHERE id = {_entry(seq)}")


def delete_row(draw: random.Random, witness: Path) -> None:
    seq = draw.randint(1, ROWS)
    unguarded(f"DELETE FROM access_journal WHERE id = {_entry(seq)}")
    if draw.random() < 0.5:
        unguarded("DELETE FROM access_journal_link WHERE seq = %s", seq)


def close_the_gap(draw: random.Random, witness: Path) -> None:
    """A row taken out with its link, the rest renumbered and hashed again."""
    seq = draw.randint(1, ROWS - 1)
    unguarded(f"DELETE FROM access_journal WHERE id = {_entry(seq)}")
    unguarded("DELETE FROM access_journal_link WHERE seq = %s", seq)
    unguarded("UPDATE access_journal_link SET seq = seq - 1000000 WHERE seq > %s", seq)
    unguarded("UPDATE access_journal_link SET seq = seq + 999999 WHERE seq < 0")
    _make_again(seq)


def insert_row(draw: random.Random, witness: Path) -> None:
    write(START + draw.random() * (ROWS / PER_HEAD - 5) * MINUTE, draw.randint(1, 99))
    if draw.random() < 0.5:
        with time_machine.travel(START + 40 * MINUTE, tick=False):
            heads.tend()


def swap_rows(draw: random.Random, witness: Path) -> None:
    one, other = draw.sample(range(1, ROWS + 1), 2)
    if draw.random() < 0.5:  # what they say
        unguarded(
            "UPDATE access_journal a SET patient_id = b.patient_id, actor_label = b.actor_label, at = b.at"
            f" FROM access_journal b WHERE a.id = {_entry(one)} AND b.id = {_entry(other)}"
        )
    else:  # their place
        first, second = (JournalLink.objects.get(pk=seq).entry_id for seq in (one, other))
        for seq, entry in ((one, -1), (other, first), (one, second)):
            unguarded("UPDATE access_journal_link SET entry_id = %s WHERE seq = %s", entry, seq)


def truncate(draw: random.Random, witness: Path) -> None:
    seq = draw.randint(0, ROWS - 1)
    if draw.random() < 0.7:
        unguarded(f"DELETE FROM access_journal WHERE id IN {_entry(seq)[:-1].replace('= ', '> ')})")
    unguarded("DELETE FROM access_journal_link WHERE seq > %s", seq)
    if draw.random() < 0.5:
        unguarded("DELETE FROM access_journal_head WHERE seq > %s", seq)


def backdate(draw: random.Random, witness: Path) -> None:
    """By six minutes to two hours, and every hash made again."""
    seq = draw.randint(1, ROWS)
    unguarded(
        f"UPDATE access_journal SET at = at - interval '1 minute' * {draw.randint(6, 120)} WHERE id = {_entry(seq)}"
    )
    _make_again(seq)


def edit_link(draw: random.Random, witness: Path) -> None:
    column, seq = draw.choice(["previous", "hash"]), draw.randint(1, ROWS)
    unguarded(
        f"UPDATE access_journal_link SET {column} = set_byte({column}, {draw.randint(0, 31)},"
        f" 255 - get_byte({column}, 0)) WHERE seq = %s AND get_byte({column}, 0) <> 127", seq,
    )  # fmt: skip
    unguarded(f"UPDATE access_journal_link SET {column} = sha256({column}) WHERE seq = %s", seq)


def edit_head(draw: random.Random, witness: Path) -> None:
    """In the base, or in the export."""
    number = draw.randint(1, ROWS // PER_HEAD)
    if draw.random() < 0.5:
        change = draw.choice(
            ["seq = seq + 1", "at = at + interval '1 s'", "hash = sha256(hash)", "line = line || ' '",
             "last_entry_id = last_entry_id - 1"]
        )  # fmt: skip
        unguarded(f"UPDATE access_journal_head SET {change} WHERE number = %s", number)
        return
    (path,) = witness.glob("temoins-*.jsonl")
    lines = path.read_text().splitlines()
    place = draw.choice([f'"lignes":{number * PER_HEAD}', '"empreinte":"', '"signature":"', '"precedent":"'])
    start = lines[number - 1].index(place) + len(place) - 1
    spelled = lines[number - 1]
    lines[number - 1] = spelled[:start] + ("7" if spelled[start] != "7" else "8") + spelled[start + 1 :]
    path.write_text("\n".join(lines) + "\n")


def cut_witness(draw: random.Random, witness: Path) -> None:
    """The last ones, the first ones, or some in the middle; in the export or in the base."""
    first = draw.randint(1, ROWS // PER_HEAD - 1)
    last = draw.randint(first + 1, ROWS // PER_HEAD + 1)
    if draw.random() < 0.3:
        unguarded("DELETE FROM access_journal_head WHERE number BETWEEN %s AND %s", first, last)
        return
    (path,) = witness.glob("temoins-*.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[: first - 1] + lines[last:]))


def rewrite_tail(draw: random.Random, witness: Path) -> None:
    """The owner of the base changes a row, makes every hash again, and the heads of the base with them."""
    edit_row(draw, witness)
    _make_again(1)
    unguarded("UPDATE access_journal_head h SET hash = l.hash FROM access_journal_link l WHERE l.seq = h.seq")


KINDS: list[Callable[[random.Random, Path], None]] = [
    edit_row, number_again, delete_row, close_the_gap, insert_row, swap_rows, truncate, backdate, edit_link, edit_head,
    cut_witness, rewrite_tail,
]  # fmt: skip


def test_a_thousand_tamperings_are_all_found(sealed: time_machine.Traveller, witness: Path) -> None:
    (path,) = witness.glob("temoins-*.jsonl")
    exported = path.read_text()
    missed = []
    for number in range(ATTACKS):
        draw = random.Random(number)
        attack = edit_row if number % 3 == 0 else draw.choice(KINDS)
        with transaction.atomic():
            attack(draw, witness)
            if verification.verify().is_intact:
                missed.append((number, attack.__name__))
            transaction.set_rollback(True)
        path.write_text(exported)
        for later in witness.glob("temoins-*.jsonl"):
            assert later == path
    assert missed == []
    assert said() == ""  # and each was undone
