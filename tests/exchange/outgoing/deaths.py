"""The ordeal of sending: remote ends that die at every step, workers that die between two, and what must hold after.

Three promises (domain sheet of integrity, I4 and I5): nothing accepted is lost in silence; a mail arrives more often
than once at most as often as an answer was lost; a state never says more than the evidence.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import time_machine

from maillon.exchange import api as exchange
from maillon.exchange import smtp
from maillon.exchange.outgoing import transport
from maillon.exchange.outgoing.models import SentMail, SentRecipient
from maillon.kernel import clock, outbox
from maillon.tasks.models import Task
from tests.exchange.outgoing.conftest import Record
from tests.exchange.outgoing.operators import Death, MortalOperator

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
