"""What may be said to a person when something is refused."""

from __future__ import annotations

import threading
import weakref
from typing import ClassVar


class UserMessage(Exception):
    """A refusal with a stable code and a French sentence that says what happened and what to do. No patient data."""

    _said: ClassVar[weakref.WeakSet[UserMessage]] = weakref.WeakSet()
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        with self._lock:
            self._said.add(self)

    @classmethod
    def let_go(cls) -> None:
        """Most refusals are constants, and Python hangs on an exception, each time it is raised, everything that was at
        hand there: the request, the file, the record. Once the work is answered, that is let go."""
        with cls._lock:
            kept = list(cls._said)
        for each in kept:
            each.__traceback__ = each.__context__ = None
