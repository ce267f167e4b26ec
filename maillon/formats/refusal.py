"""The one way in which a format says no."""

from __future__ import annotations

import threading
import weakref
from typing import ClassVar


class Refused(Exception):
    """Bytes that must not be read further.

    `code` is stable (E-FMT-nn…), `message` is French and fit for a screen; neither carries patient data.
    """

    _said: ClassVar[weakref.WeakSet[Refused]] = weakref.WeakSet()
    _lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        with self._lock:
            self._said.add(self)

    @classmethod
    def let_go(cls) -> None:
        """As for what is said to people (kernel.message): a constant keeps no bytes of what it refused."""
        with cls._lock:
            kept = list(cls._said)
        for each in kept:
            each.__traceback__ = each.__context__ = None
