"""The ordeal of sending: remote ends that die at every step, workers that die between two, and what must hold after.

Three promises (domain sheet of integrity, I4 and I5): nothing accepted is lost in silence; a mail arrives more often
than once at most as often as an answer was lost; a state never says more than the evidence.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import time_machine

from maillon.exchange import api as exchange
from maillon.exchange import smtp
from maillon.exchange.models import Mailbox, Message
from maillon.exchange.outgoing import transport
from maillon.exchange.outgoing.models import SentMail, SentRecipient
from maillon.kernel import clock, outbox
from maillon.tasks.models import Task
from tests.exchange.conftest import process_all
from tests.exchange.letters import LABORATORY
from tests.exchange.outgoing.conftest import Record
from tests.exchange.outgoing.operators import Death, MortalOperator
from tests.mailservers.account import Endpoint

WORKER_DEATHS = ("before speaking", "after the answer", "before the end")


class Killed(BaseException):
    """As if the process had gone: the transaction is undone, the lease and the trace of the beginning stay."""


@dataclass
class Ordeal:
    record: Record
    operator: MortalOperator
    chance: random.Random
    workers: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    retried: int = 0
    _right: set[int] = field(default_factory=set)
    _clock: dt.datetime = field(default_factory=clock.now)

    def run(self, deaths: int) -> None:
        uuid = self.record.file()
        sent = 0
        while len(self.operator.deaths) + sum(self.workers.values()) < deaths:
            for _ in range(self.chance.randrange(1, 4)):
                sent += 1
                to = exchange.Recipient(address=f"d{sent}@ch-vallee.mssante.test")
                self.record.send(uuid, to=(to,), wants_delivery=False)
            for _ in range(self.chance.randrange(1, 4)):
                self.operator.die_at(self.chance.choice(list(Death)))
            self._round()
        self._drain()
        self._verify(sent)

    def _round(self) -> None:
        """A few minutes pass, jobs come due, somebody or something dies."""
        self._clock += dt.timedelta(minutes=self.chance.choice((1, 3, 6)))
        with time_machine.travel(self._clock, tick=True), self._mortal_worker():
            smtp._resting.clear()
            with contextlib.suppress(Killed):
                while outbox.run_due():
                    pass
        self._look()

    def _drain(self) -> None:
        self.operator._next.clear()
        for _ in range(40):
            self._clock += dt.timedelta(minutes=5)
            with time_machine.travel(self._clock, tick=True):
                smtp._resting.clear()
                while outbox.run_due():
                    pass
                self._send_again()
            if not SentRecipient.objects.exclude(state="accepted").exists():
                break
        self._look()

    def _send_again(self) -> None:
        """What was reported to somebody is sent again by them, as they would from the page."""
        waiting = SentRecipient.objects.filter(state__in=("failed", "unknown"), is_due=False)
        for uuid in waiting.values_list("sending__uuid", flat=True):
            with self.record.reading() as access:
                exchange.outgoing.retry(access, uuid)
            self.retried += 1

    @contextlib.contextmanager
    def _mortal_worker(self) -> Iterator[None]:
        """One round in four, the worker dies too, at one of three moments of one job."""
        if self.chance.random() > 0.25:
            yield
            return
        where = self.chance.choice(WORKER_DEATHS)
        genuine_submit, genuine_write, genuine_go_on = smtp.submit, transport._write, transport._go_on

        def die(*_: object) -> None:
            self.workers[where] += 1
            smtp._lines.clear()
            raise Killed

        if where == "before speaking":
            smtp.submit = die  # type: ignore[assignment]
        elif where == "after the answer":
            transport._write = die
        else:
            transport._go_on = die
        try:
            yield
        finally:
            smtp.submit, transport._write, transport._go_on = genuine_submit, genuine_write, genuine_go_on

    def _look(self) -> None:
        """At every moment: accepted means taken; given up means that somebody was asked."""
        taken = {each.message_id for each in self.operator.taken}
        for row in SentRecipient.objects.exclude(pk__in=self._right).select_related("mail"):
            if row.state == "accepted":
                self._right.add(row.pk)
                if row.mail.message_id not in taken:
                    self.broken.append(f"{row.pk} is said to be accepted, and was not taken")
            if row.state == "failed" and row.mail.message_id in taken:
                self.broken.append(f"{row.pk} is said to have failed, and was taken")
            if row.state in ("failed", "unknown") and not row.is_due and row.asked_at is None:
                self.broken.append(f"{row.pk} ended badly, and nobody was asked")

    def _verify(self, sent: int) -> None:
        states = Counter(SentRecipient.objects.values_list("state", flat=True))
        if states != {"accepted": sent}:
            self.broken.append(f"{dict(states)} of {sent} sent")
        taken = Counter(each.message_id for each in self.operator.taken)
        ids = set(SentMail.objects.values_list("message_id", flat=True))
        self.broken += [f"{each} never arrived" for each in ids - set(taken)]
        self.broken += [f"{each} was never sent" for each in set(taken) - ids]
        self.copies = sum(taken.values()) - len(taken)
        self.ambiguous = sum(each.is_ambiguous for each in self.operator.deaths) + sum(self.workers.values())
        if self.copies > self.ambiguous:
            self.broken.append(f"{self.copies} copies for {self.ambiguous} answers lost")
        different = {(each.message_id, each.data) for each in self.operator.taken}
        if len(different) != len(taken):
            self.broken.append("a mail was not the same at two attempts")
        if Task.objects.filter(kind="a_faire", done_at__isnull=True).exists():
            self.broken.append("somebody is still asked about what arrived")


# ------------------------------------------------------------------------------------------------ receipts


@dataclass
class CuttingProxy:
    """Between us and the operator: the line falls after a number of bytes drawn beforehand, wherever that is."""

    target: int
    budgets: list[int] = field(default_factory=list)
    cuts: int = 0
    _is_stopping: bool = False

    def start(self) -> CuttingProxy:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def stop(self) -> None:
        self._is_stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while not self._is_stopping:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            budget = self.budgets.pop(0) if self.budgets else 1 << 40
            server = socket.create_connection(("127.0.0.1", self.target))
            left = [budget]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink, left), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, left: list[int]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if len(data) > left[0]:
                    sink.sendall(data[: left[0]])
                    if left[0] >= 0:
                        self.cuts += 1
                    left[0] = -1
                    break
                left[0] -= len(data)
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@dataclass
class Receipts:
    """Reports and notices are collected through a line that falls; each must be kept once and have its effect."""

    record: Record
    sender: Endpoint  # who returns the reports, at the loopback operator
    chance: random.Random
    broken: list[str] = field(default_factory=list)
    cuts: int = 0

    def run(self, deaths: int) -> None:
        assert self.record.desk.endpoint is not None
        endpoint = self.record.desk.endpoint
        proxy = CuttingProxy(endpoint.imap_port).start()
        box = self.record.desk.mailbox
        Mailbox.objects.filter(pk=box.pk).update(imap_port=proxy.port)
        uuid, expected = self.record.file(), {}
        already = Message.objects.filter(mailbox=box).count()
        returned = 0
        with self.sender.submission() as line:
            while proxy.cuts < deaths:
                expected |= self._send_some(uuid)
                for row in SentRecipient.objects.filter(state="accepted").select_related("mail"):
                    if row.address not in expected or self.chance.random() < 0.3:
                        continue
                    said = _report(row, returned, expected[row.address])
                    line.sendmail("", [endpoint.address], said)
                    returned += 1
                for _ in range(self.chance.randrange(1, 6)):
                    proxy.budgets.append(int(self.chance.expovariate(1 / 6000)))
                    exchange.collect(Mailbox.objects.get(pk=box.pk))
                process_all()
        proxy.budgets.clear()
        exchange.collect(Mailbox.objects.get(pk=box.pk))
        process_all()
        proxy.stop()
        self.cuts = proxy.cuts
        self._verify(expected, returned, Message.objects.filter(mailbox=box).count() - already)

    def _send_some(self, uuid: object) -> dict[str, str]:
        number = SentRecipient.objects.count()
        made = {}
        for each in range(2):
            address = f"r{number + each}@ch-vallee.mssante.test"
            self.record.send(uuid, to=(exchange.Recipient(address=address),))  # type: ignore[arg-type]
            made[address] = self.chance.choice(("delivered", "failed", "read"))
        SentRecipient.objects.filter(state="waiting").update(state="accepted", is_due=False)
        return made

    def _verify(self, expected: dict[str, str], returned: int, kept: int) -> None:
        if kept != returned:
            self.broken.append(f"{returned} reports returned, {kept} kept")
        unread = Message.objects.exclude(state="done").count()
        if unread:
            self.broken.append(f"{unread} messages are not processed")
        for row in SentRecipient.objects.all():
            if row.state not in ("accepted", expected[row.address]):
                self.broken.append(f"{row.pk} is {row.state}, and was {expected[row.address]}")
        reported = SentRecipient.objects.exclude(state="accepted").count()
        if reported < returned * 0.5:
            self.broken.append(f"only {reported} of {returned} reports had their effect")


def _report(row: SentRecipient, number: int, fate: str) -> bytes:
    if fate == "read":
        kind, machine = "disposition-notification", (
            f"Final-Recipient: rfc822;{row.address}\r\nOriginal-Message-ID: <{row.mail.message_id}>\r\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
        )
    else:
        kind, machine = "delivery-status", (
            f"Reporting-MTA: dns; op\r\n\r\nFinal-Recipient: rfc822;{row.address}\r\nAction: {fate}\r\n"
            f"Status: {'2.0.0' if fate == 'delivered' else '5.1.1'}\r\n"
        )
    writer = row.address if fate == "read" else LABORATORY
    return (
        f"From: {writer}\r\nSubject: retour\r\nMessage-ID: <ret-{number}-{row.pk}@op>\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n--b\r\n\r\nretour\r\n--b\r\n'
        f"Content-Type: message/{kind}\r\n\r\n{machine}--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{row.mail.message_id}>\r\n\r\n--b--\r\n"
    ).encode()


def folder_of(tmp_path: Path) -> Path:
    made = tmp_path / f"mortel-{time.monotonic_ns()}"
    made.mkdir()
    return made
