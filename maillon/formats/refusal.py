"""The one way in which a format says no."""

from __future__ import annotations


class Refused(Exception):
    """Bytes that must not be read further.

    `code` is stable (E-FMT-nn…), `message` is French and fit for a screen; neither carries patient data.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
