"""The arena of the kill test: a real intake whose worker, database and mail operator are killed again and again.

Runs as a program of its own (`python -m tests.exchange.arena --help`), on a database cluster, an operator and a folder
of its own. Django is loaded once; workers are forked from here, so that starting one costs milliseconds. Prints one
JSON object: what was killed, what was sent, and every broken promise in words.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import django
import psycopg

from maillon.kernel.database import EmbeddedServer
from tests.exchange.letters import DEFAULT, LABORATORY, PDF, cda, mail
from tests.mailservers.operator import OperatorProcess

BOXES = ("accueil@msp-tilleuls.mssante.test", "claire.morel@msp-tilleuls.mssante.test")
KNOWN_PEOPLE, NEW_PEOPLE = 12, 6
WEIGHTS = {"worker": 70, "database": 12, "operator": 18}
HOSTILE = b"<?xml version='1.0'?><!DOCTYPE x []><ClinicalDocument xmlns='urn:hl7-org:v3'></ClinicalDocument>"


@dataclass(frozen=True)
class Letter:
    """One message to send, and what must become of each document in it. `documents`: unique ids of its CDAs."""

    message_id: str
    box: str
    data: bytes
    states: tuple[str, ...]
    documents: tuple[str, ...] = ()
    asks_notice: bool = False


def person(number: int) -> dict[str, str]:
    """Fictitious people without matricule, told apart by their name and birth date."""
    return DEFAULT | {
        "ins": "", "family": f"FICTIF{chr(65 + number)}", "given": f"Prénom{chr(65 + number)}",
        "birth": f"19{40 + number}0{1 + number % 9}11",
    }  # fmt: skip


def letters(count: int, chance: random.Random) -> list[Letter]:
    made: list[Letter] = []
    for number in range(count):
        box = chance.choice(BOXES)
        message_id = f"<kill-{number}@bio-vallee.mssante.test>"
        kind = chance.choices(["one", "two", "again", "pdf", "hostile"], [70, 10, 10, 5, 5])[0]
        filed = [each for each in made if each.states == ("filed",)]
        asks = number % 10 == 0
        options = {"message_id": message_id, "to": box, "notify": LABORATORY if asks else None}
        if kind == "again" and filed:
            former = chance.choice(filed)
            attached = (("document.xml", "text/xml", former_cda(former)),)
            made.append(Letter(message_id, box, mail(*attached, **options), ("again",), former.documents, asks))
        elif kind == "pdf":
            attached = (("courrier.pdf", "application/pdf", PDF + str(number).encode()),)
            made.append(Letter(message_id, box, mail(*attached, **options), ("to_settle",), (), asks))
        elif kind == "hostile":
            attached = (("document.xml", "text/xml", HOSTILE),)
            made.append(Letter(message_id, box, mail(*attached, **options), ("refused",), (), asks))
        else:
            who = person(chance.randrange(KNOWN_PEOPLE + NEW_PEOPLE))
            ids = tuple(f"1.2.250.1.999.8.{number}.{rank}" for rank in range(2 if kind == "two" else 1))
            attached = tuple((f"{each}.xml", "text/xml", cda(each, person=who)) for each in ids)
            made.append(Letter(message_id, box, mail(*attached, **options), ("filed",) * len(ids), ids, asks))
    return made


def former_cda(letter: Letter) -> bytes:
    from maillon.formats.mail import read_mail

    return read_mail(letter.data).attachments[0].data


@dataclass
class Arena:
    folder: Path
    seed: int
    kills_wanted: int
    letters: list[Letter]
    chance: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    worker_pid: int = 0
    sender_pid: int = 0

    def __post_init__(self) -> None:
        self.database = EmbeddedServer(self.folder / "postgresql")
        accounts = dict.fromkeys(BOXES, "secret") | {LABORATORY: "secret"}
        self.operator = OperatorProcess(self.folder / "operator", accounts)

    def run(self) -> dict[str, object]:
        started = time.monotonic()
        self.set_up()
        ready = time.monotonic()
        try:
            self.sender_pid = forked(self.send)
            self.start_worker()
            while sum(self.kills.values()) < self.kills_wanted:
                self.kill_something()
            killed = time.monotonic()
            self.drain()
            broken = Verifier(self).broken()
        finally:
            self.tear_down()
        return {
            "seed": self.seed, "kills": dict(self.kills), "letters": len(self.letters), "broken": broken,
            "seconds": {
                "set_up": round(ready - started, 1), "kills": round(killed - ready, 1),
                "drain": round(time.monotonic() - killed, 1),
            },
        }  # fmt: skip

    def set_up(self) -> None:
        borrow_programs(self.database)
        self.database.start()
        self.operator.start()
        waited_for(forked(self.fill))

    def fill(self) -> None:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        fill_the_house(self.operator)

    # Whoever sends is a process of its own: what it heard 250 for is what must be accounted for.

    def send(self) -> None:
        accepted = os.open(self.folder / "accepted", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        chance = random.Random(self.seed + 1)
        sender = self.operator.endpoint(LABORATORY)
        waiting = list(enumerate(self.letters))
        while waiting:
            try:
                with sender.submission() as connection:
                    for _ in range(chance.randrange(1, 8)):
                        if waiting:
                            number, letter = waiting[0]
                            connection.sendmail(LABORATORY, [letter.box], letter.data)
                            os.write(accepted, f"{number}\n".encode())
                            waiting.pop(0)
            except OSError:
                time.sleep(0.05)  # smtplib's exceptions are OSErrors: the line fell, the letter is sent again
            time.sleep(chance.uniform(0, 0.9))

    def accepted(self) -> list[Letter]:
        return [self.letters[int(line)] for line in (self.folder / "accepted").read_text().split()]

    def start_worker(self) -> None:
        def work() -> None:
            from maillon.exchange.api import Worker

            worker = Worker(interval=0.05)
            signal.signal(signal.SIGTERM, lambda *_: worker.stop())
            worker.run()

        self.worker_pid = forked(work)

    def kill_something(self) -> None:
        time.sleep(self.chance.uniform(0.01, 0.35))
        dead = sum(self.kills.values())  # each kind at least once, however few there are
        kind = [*WEIGHTS][dead] if dead < len(WEIGHTS) else self.chance.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
        self.kills[kind] += 1
        if kind == "worker":
            self.kill_worker()
            self.start_worker()
        elif kind == "database":
            kill_tree(int((self.database.data / "postmaster.pid").read_text().split()[0]))
            self.database.start()
        else:
            self.operator.kill()
            self.operator.start()

    def kill_worker(self) -> None:
        os.kill(self.worker_pid, signal.SIGKILL)
        _, status = os.waitpid(self.worker_pid, 0)
        if not os.WIFSIGNALED(status):
            raise RuntimeError(f"the worker had ended by itself ({status})")

    def drain(self) -> None:
        """Everything runs again, and nobody is killed any more: in the end nothing is left to do."""
        waited_for(self.sender_pid)
        self.sender_pid = 0
        deadline = time.monotonic() + 60
        while self.left_to_do() and time.monotonic() < deadline:
            time.sleep(0.1)
        os.kill(self.worker_pid, signal.SIGTERM)
        os.waitpid(self.worker_pid, 0)
        self.worker_pid = 0

    def left_to_do(self) -> int:
        held = sum(len(self.stored(box)) for box in BOXES)
        with psycopg.connect(self.database.dsn()) as connection:
            row = connection.execute(
                """SELECT (SELECT sum(last_uid) FROM exchange_mailbox), (SELECT sum(seen_uid) FROM exchange_mailbox),
                          (SELECT count(*) FROM exchange_message WHERE state = 'kept'),
                          (SELECT count(*) FROM kernel_job)"""
            ).fetchone()
        assert row is not None
        return (held - int(row[0])) + (held - int(row[1])) + int(row[2]) + int(row[3])

    def stored(self, box: str) -> list[Path]:
        return sorted((self.folder / "operator" / "boites" / box).glob("*.eml"))

    def tear_down(self) -> None:
        for pid in (self.worker_pid, self.sender_pid):
            if pid:
                os.kill(pid, signal.SIGKILL)
        self.operator.stop()
        self.database.stop()


class Verifier:
    """Every promise, counted in the base, at the operator's, and in the sender's mailbox."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.connection = psycopg.connect(arena.database.dsn(), autocommit=True)

    def broken(self) -> list[str]:
        checks: list[Callable[[], list[str]]] = [
            self.every_accepted_message_is_accounted_for, self.each_document_is_what_it_should_be,
            self.nothing_is_filed_twice, self.every_filing_is_in_the_journal, self.all_bytes_are_there,
            self.nobody_is_created_twice, self.the_operator_lost_nothing, self.every_notice_arrived,
        ]  # fmt: skip
        return [each for check in checks for each in check()]

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return self.connection.execute(statement.encode()).fetchall()

    def every_accepted_message_is_accounted_for(self) -> list[str]:
        kept = Counter((row[0], row[1]) for row in self.rows(
            "SELECT b.address, m.message_id FROM exchange_message m JOIN exchange_mailbox b ON b.id = m.mailbox_id"
        ))  # fmt: skip
        accepted = {(letter.box, letter.message_id) for letter in self.arena.accepted()}
        wrong = [f"{key} is kept {kept[key]} times" for key in accepted if kept[key] != 1]
        strangers = [f"{key} was never sent" for key in kept if key not in accepted]
        undone = self.rows("SELECT message_id FROM exchange_message WHERE state <> 'done'")
        count = [] if len(accepted) == len(self.arena.letters) else ["not everything was sent"]
        return wrong + strangers + count + [f"{row[0]} is not processed" for row in undone]

    def each_document_is_what_it_should_be(self) -> list[str]:
        found: dict[str, list[str]] = {}
        for message_id, state in self.rows(
            """SELECT m.message_id, d.state FROM exchange_received_document d JOIN exchange_message m
                   ON m.id = d.message_id ORDER BY m.id, d.rank"""
        ):
            found.setdefault(str(message_id), []).append(str(state))
        broken = []
        for letter in self.arena.letters:
            states = found.get(letter.message_id, [])
            if len(states) != len(letter.states) or not all(map(is_as_expected, letter.states, states)):
                broken.append(f"{letter.message_id}: {states} instead of {letter.states}")
        return broken

    def nothing_is_filed_twice(self) -> list[str]:
        expected = {identifier for letter in self.arena.letters for identifier in letter.documents}
        filed = [str(row[0]) for row in self.rows("SELECT unique_id FROM documents_document")]
        broken = [] if sorted(filed) == sorted(expected) else [f"{len(filed)} documents instead of {len(expected)}"]
        states = self.rows("SELECT count(*) FROM exchange_received_document WHERE state = 'filed'")
        if states[0][0] != len(expected):
            broken.append(f"{states[0][0]} filings instead of {len(expected)}")
        for table, column in (("tasks_task", "document_id"), ("record_timeline", "document_id"),
                              ("record_observation", "document_id")):  # fmt: skip
            wrong = self.rows(
                f"""SELECT d.unique_id, count(t.{column}) FROM documents_document d
                      LEFT JOIN {table} t ON t.{column} = d.id GROUP BY d.unique_id HAVING count(t.{column}) <> 1"""
            )
            broken += [f"{row[0]} has {row[1]} rows in {table}" for row in wrong]
        return broken

    def every_filing_is_in_the_journal(self) -> list[str]:
        without = self.rows(
            """SELECT d.uuid FROM exchange_received_document d WHERE d.state IN ('filed', 'duplicate')
                  AND (SELECT count(*) FROM access_journal j
                        WHERE j.action = 'file' AND j.resource_id = d.uuid::text AND j.decision = 'allow') <> 1"""
        )
        phantoms = self.rows(
            """SELECT j.id FROM access_journal j WHERE j.action = 'file' AND NOT EXISTS
                 (SELECT 1 FROM exchange_received_document d
                   WHERE d.uuid::text = j.resource_id AND d.state IN ('filed', 'duplicate'))"""
        )
        broken = [f"{row[0]} is not once in the journal" for row in without]
        return broken + [f"journal row {row[0]} tells of nothing" for row in phantoms]

    def all_bytes_are_there(self) -> list[str]:
        missing = self.rows(
            """SELECT encode(x.sha256, 'hex') FROM (SELECT sha256 FROM exchange_message
                 UNION SELECT sha256 FROM exchange_received_document UNION SELECT sha256 FROM documents_document) x
                WHERE NOT EXISTS (SELECT 1 FROM documents_blob b WHERE b.sha256 = x.sha256)"""
        )
        return [f"bytes {row[0]} are missing" for row in missing]

    def nobody_is_created_twice(self) -> list[str]:
        twice = self.rows("SELECT norm_family FROM patients_patient GROUP BY norm_family HAVING count(*) > 1")
        return [f"{row[0]} was created twice" for row in twice]

    def the_operator_lost_nothing(self) -> list[str]:
        broken = []
        for box in BOXES:
            held = self.arena.operator.endpoint(box).messages()
            unread = [uid for uid, (flags, _) in held.items() if b"\\Seen" not in flags]
            if unread:
                broken.append(f"{box}: {unread} were not marked")
            if len(held) != len(self.arena.stored(box)):
                broken.append(f"{box}: {len(held)} messages served of {len(self.arena.stored(box))}")
        return broken

    def every_notice_arrived(self) -> list[str]:
        """Settled messages are answered once; a copy more is allowed for each kill, and bears the same Message-ID."""
        asked = sum(1 for letter in self.arena.letters if letter.asks_notice and "to_settle" not in letter.states)
        sent = {str(row[0]) for row in self.rows("SELECT message_id FROM exchange_outgoing_mail WHERE state = 'sent'")}
        queued = self.rows("SELECT count(*) FROM exchange_outgoing_mail")[0][0]
        received = Counter(
            message_id_of(raw) for _, raw in self.arena.operator.endpoint(LABORATORY).messages().values()
        )
        broken = [] if len(sent) == queued == asked else [f"{asked} notices asked, {queued} queued, {len(sent)} sent"]
        broken += [f"notice {each} did not arrive" for each in sent - set(received)]
        if sum(received.values()) - len(received) > sum(self.arena.kills.values()):
            broken.append("more copies of notices than kills")
        return broken


def is_as_expected(expected: str, state: str) -> bool:
    """A document sent again is filed by whichever message comes first."""
    return state in ("filed", "duplicate") if expected in ("filed", "again") else state == expected


def message_id_of(raw: bytes) -> str:
    from maillon.formats.mime import read_headers

    return read_headers(raw)["message-id"][0].strip("<>")


def fill_the_house(operator: OperatorProcess) -> None:
    from maillon.access import api as access_room
    from maillon.exchange import api as exchange
    from maillon.kernel.key import Purpose, StructureId
    from maillon.patients import api as patients
    from maillon.professionals.models import Structure
    from tests.exchange.conftest import traits_of

    house = StructureId(Structure.objects.create(finess="990000016", name="Les Tilleuls", type_code="SA52").pk)
    for box in BOXES:
        at = operator.endpoint(box)
        exchange.register_mailbox(
            address=box, structure_id=house, imap_host=at.host, imap_port=at.imap_port, smtp_host=at.host,
            smtp_port=at.smtp_port, username=box, password=at.password, ca_file=at.ca_file,
        )  # fmt: skip
    for number in range(KNOWN_PEOPLE):
        patient = patients.create_from_document(traits_of(person(number)), actor_label="arène")
        access = access_room.open_record(
            access_room.machine("arène"), patient, purpose=Purpose.ADMINISTRATIVE, action="update"
        )
        access_room.team.add_member(
            access, structure_id=house, basis=access_room.Basis.STRUCTURE, evidence="arène"
        )


def forked(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 (nothing of the parent may go on in the child)
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def waited_for(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    if status != 0:
        raise RuntimeError(f"process {pid} ended with {status}")


def kill_tree(pid: int) -> None:
    """The master first, so that it starts nobody again; then those whom it had started. Returns once all are gone."""
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    for each in (pid, *children):
        try:
            os.kill(each, signal.SIGKILL)
        except ProcessLookupError:
            continue
    while any(is_running(each) for each in (pid, *children)):
        time.sleep(0.005)


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def borrow_programs(server: EmbeddedServer) -> None:
    """As root, the server runs a copy of its programs: the one of the tests' own cluster will do."""
    lent = Path("/var/lib/maillon-tests/postgresql/programs")
    server.home.mkdir(parents=True, exist_ok=True)
    if lent.exists() and not (server.home / "programs").exists():
        (server.home / "programs").symlink_to(lent)


def load() -> None:
    """Django and the rooms, once, without any connection; waits that would only be waited for are made short."""
    django.setup()
    from maillon.exchange import api, collecting, sending
    from maillon.kernel import outbox

    assert api
    collecting.LONGEST_WAIT = dt.timedelta(seconds=0.2)
    sending.LONGEST_WAIT = dt.timedelta(seconds=0.5)
    outbox.LEASE = dt.timedelta(seconds=2)
    outbox.LONGEST_WAIT = dt.timedelta(seconds=1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--letters", type=int, default=350)
    options = parser.parse_args()
    os.environ["MAILLON_DONNEES"] = str(options.folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "maillon.settings"
    os.environ["MAILLON_JOURNAL"] = "CRITICAL"
    os.environ.pop("DATABASE_URL", None)
    load()
    chance = random.Random(options.seed)
    arena = Arena(options.folder, options.seed, options.kills, letters(options.letters, chance), chance)
    print(json.dumps(arena.run()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
