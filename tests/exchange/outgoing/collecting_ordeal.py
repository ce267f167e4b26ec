"""The ordeal of collecting: reports come back to a mailbox whose operator falls at every step, and what must hold.

Four promises (domain sheet of integrity, I1 to I4): what is marked read at the operator's is kept here; what is kept is
kept once, however often it is given; a collection that did not take all says so on the mailbox's row; each report has
its effect on what was sent.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from maillon.exchange import api as exchange
from maillon.exchange.collecting import collect
from maillon.exchange.models import Mailbox, Message
from maillon.exchange.outgoing.models import SentRecipient
from tests.exchange.conftest import process_all
from tests.exchange.letters import LABORATORY
from tests.exchange.outgoing.conftest import Record
from tests.exchange.outgoing.falling import FallingOperator, every_fall
from tests.mailservers.account import Endpoint

HELD_SECONDS = 15  # of a patience of 0.3 s, on a machine that does other things


@dataclass
class Receipts:
    record: Record
    sender: Endpoint  # who returns the reports, at the loopback operator
    operator: FallingOperator
    chance: random.Random
    broken: list[str] = field(default_factory=list)
    returned: Counter[str] = field(default_factory=Counter)  # by Message-ID, how often the operator was given it
    told: int = 0  # collections that said on the row that they had failed
    _expected: dict[str, str] = field(default_factory=dict)  # address -> state, once its report is returned
    _marked: set[int] = field(default_factory=set)

    def run(self, deaths: int) -> None:
        uuid = self.record.file()
        self._already = Message.objects.filter(mailbox=self._box()).count()
        while len(self.operator.falls) < deaths:
            self._send_some(uuid)
            with self.sender.submission() as line:
                for said in self._some_reports():
                    line.sendmail("", [self._behind.address], said)
            for _ in range(self.chance.randrange(3, 9)):
                self.operator.fall_at(self.chance.choice(every_fall()))
                self._collect()
            process_all()
        self.operator._next.clear()
        self._collect()
        process_all()
        self._verify()

    @property
    def _behind(self) -> Endpoint:
        return self.operator.behind

    def _box(self) -> Mailbox:
        return Mailbox.objects.get(pk=self.record.desk.mailbox.pk)

    def _send_some(self, uuid: UUID) -> None:
        number = SentRecipient.objects.count()
        for each in range(2):
            self.record.send(uuid, to=(exchange.Recipient(address=f"r{number + each}@ch-vallee.mssante.test"),))
        SentRecipient.objects.filter(state="waiting").update(state="accepted", is_due=False)

    def _some_reports(self) -> list[bytes]:
        """Of what was accepted and has no answer yet; one in ten is given twice, byte for byte."""
        said = []
        waiting = SentRecipient.objects.exclude(address__in=self._expected).select_related("mail").order_by("pk")
        for row in waiting:
            if self.chance.random() < 0.3:
                continue
            fate = self._expected[row.address] = self.chance.choice(("delivered", "failed", "read"))
            for _ in range(2 if self.chance.random() < 0.1 else 1):
                said.append(report_of(row, fate))
                self.returned[f"<ret-{row.pk}@op>"] += 1
        return said

    def _collect(self) -> None:
        began = time.monotonic()
        collect(self._box())
        if time.monotonic() - began > HELD_SECONDS:
            self.broken.append(f"{self.operator.falls[-1]} held the worker")
        box = self._box()
        with self._behind.inbox() as client:
            there = client.search()
            marked = set(client.search(["SEEN"])) - self._marked
            names = client.fetch(sorted(marked), ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]) if marked else {}
        for uid, each in names.items():
            name = each[b"BODY[HEADER.FIELDS (MESSAGE-ID)]"].decode().partition(":")[2].strip()
            if not Message.objects.filter(mailbox=box, message_id=name).exists():
                self.broken.append(f"message {uid} is marked read, and was not kept")
        self._marked |= marked
        is_told = bool(box.last_error and box.failures and box.retry_at)
        self.told += is_told
        if not is_told and there and not (box.last_uid == box.seen_uid == max(there)):
            self.broken.append(f"read to {box.last_uid} and marked to {box.seen_uid} of {max(there)}, in silence")
        if len(there) != self.returned.total():
            self.broken.append(f"{len(there)} messages at the operator's, of {self.returned.total()}")

    def _verify(self) -> None:
        kept = Counter(Message.objects.filter(mailbox=self._box()).values_list("message_id", flat=True))
        self.copies = sum(kept[each] - 1 for each in self.returned if each in kept)
        self.broken += [f"{each} was lost" for each in self.returned if each not in kept]
        if kept.total() - self._already != len(self.returned):
            self.broken.append(f"{len(self.returned)} reports returned, {kept.total() - self._already} kept")
        unread = Message.objects.exclude(state="done").count()
        if unread:
            self.broken.append(f"{unread} messages are not processed")
        for row in SentRecipient.objects.all():
            if row.state != self._expected.get(row.address, "accepted"):
                self.broken.append(f"{row.pk} is {row.state}, and was {self._expected.get(row.address, 'accepted')}")


def report_of(row: SentRecipient, fate: str) -> bytes:
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
        f"From: {writer}\r\nSubject: retour\r\nMessage-ID: <ret-{row.pk}@op>\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n--b\r\n\r\nretour\r\n--b\r\n'
        f"Content-Type: message/{kind}\r\n\r\n{machine}--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{row.mail.message_id}>\r\n\r\n--b--\r\n"
    ).encode()
