"""The worker's rounds: collect, process, send, index, climb, seal. It survives the database and the operator."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError, connection

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange.collecting import collect, due_mailboxes
from maillon.exchange.directory import api as directory
from maillon.exchange.processing import process_next
from maillon.formats.refusal import Refused
from maillon.kernel import clock, outbox, periodic, sql
from maillon.kernel.message import UserMessage
from maillon.tasks import api as tasks

log = logging.getLogger(__name__)

ESCALATE_EVERY = dt.timedelta(minutes=1)
SEAL_EVERY = 5.0
REVIEW_EVERY = 3600.0
DIRECTORY_EVERY = 10.0
LONGEST_PAUSE = 5.0
PROCESS_FOR = 2.0


@dataclass(slots=True)
class Worker:
    """`interval`: seconds between two collections of a mailbox."""

    interval: float
    _is_stopping: bool = False
    _escalated_at: dt.datetime | None = None
    _sealed_at: float = field(default=float("-inf"))
    _reviewed_at: float = field(default=float("-inf"))
    _collected_at: float = field(default=float("-inf"))
    _directory_at: float = field(default=float("-inf"))

    def stop(self) -> None:
        """After the current message. May be called by a signal handler: it takes no lock."""
        self._is_stopping = True

    def run(self) -> None:
        """Until `stop`. A database that went away is waited for."""
        pause = 0.1
        while not self._is_stopping:
            try:
                busy = self.round()
            except (DatabaseError, InterfaceError) as error:
                log.warning("database: %s", type(error).__name__)
                connection.close()
                self._pause(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                pause = 0.1
                if not busy:
                    self._pause(min(self.interval, 1.0))

    def drain(self) -> None:
        """Collect once, then work until nothing is left that is due."""
        self._collected_at = float("-inf")
        while self.round() and not self._is_stopping:
            pass

    def round(self) -> bool:
        """One collection when it is time, and some of all other work. True when there may be more."""
        collected = _apart(self._collect)
        processed = _apart(self._process)
        sent = _apart(outbox.run_due)
        indexed = not processed and _apart(documents.index_words)
        self._escalate()
        _apart(self._refresh_directory)
        self._seal()
        UserMessage.let_go()
        Refused.let_go()
        return collected or processed or sent or indexed

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _collect(self) -> int:
        if time.monotonic() - self._collected_at < self.interval:
            return 0
        new = 0
        for mailbox in due_mailboxes():
            if self._is_stopping:
                break
            new += collect(mailbox)
        self._collected_at = time.monotonic()
        return new

    def _process(self) -> int:
        """For a while: other mailboxes and answers must not wait for a flood."""
        until = time.monotonic() + PROCESS_FOR
        done = 0
        while not self._is_stopping and time.monotonic() < until and process_next():
            done += 1
        return done

    def _escalate(self) -> None:
        """A minute of the clock of care: a demonstration that leaps to another day looks there at once."""
        now = clock.now()
        if self._escalated_at is None or abs(now - self._escalated_at) >= ESCALATE_EVERY:
            while _apart(tasks.escalate_due) and not self._is_stopping:
                pass
            _apart(documents.visibility.invite_and_reveal)
            _apart(periodic.run_due)
            self._escalated_at = now

    def _refresh_directory(self) -> None:
        """Some pages at a time: mails do not wait for the whole country."""
        if time.monotonic() - self._directory_at >= DIRECTORY_EVERY:
            if directory.is_due():
                directory.refresh(most_pages=20)
            self._directory_at = time.monotonic()

    def _seal(self) -> None:
        """The journal: its chain and its heads; each week, the accesses that look odd."""
        if time.monotonic() - self._sealed_at >= SEAL_EVERY:
            _apart(access_room.journal.tend)
            self._sealed_at = time.monotonic()
        if time.monotonic() - self._reviewed_at >= REVIEW_EVERY:
            _apart(access_room.journal.note_week)
            self._reviewed_at = time.monotonic()


def _apart(work: Callable[[], object]) -> bool:
    """Whether it did something. What fails, at every round perhaps, is told and takes nothing from the rest of the
    round; a database that went away is everybody's trouble, and `run` waits for it."""
    try:
        return bool(work())
    except Exception as error:  # noqa: BLE001 (whatever one part does, the others have their turn)
        if sql.is_away(error):
            raise
        log.warning("%s failed: %s", work.__qualname__, type(error).__name__)
        return False
