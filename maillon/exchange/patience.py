"""How long a line may go on talking: an end that never finishes its answer would hold the worker, and every other box.

The time limit of a socket is between two pieces; an operator that lets a piece fall now and then, or adds lines to its
answer without end, never meets it. This one is for the whole answer.
"""

from __future__ import annotations

import ssl
import time
from typing import Any, Final

ANSWER_SECONDS: Final = 300.0  # the largest message (45 MB) at 150 kB a second


class PatientLine(ssl.SSLSocket):
    """Raises TimeoutError when what follows our last word is not whole after ANSWER_SECONDS."""

    _until: float | None = None  # by the monotonic clock; none yet while we speak

    def send(self, data: Any, flags: int = 0) -> int:
        self._until = None
        return super().send(data, flags)

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002  (the name is ssl's)
        now = time.monotonic()
        if self._until is None:
            self._until = now + ANSWER_SECONDS
        if now > self._until:
            raise TimeoutError("answer")
        return super().read(len, buffer)


def patient(context: ssl.SSLContext) -> ssl.SSLContext:
    context.sslsocket_class = PatientLine
    return context
