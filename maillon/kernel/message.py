"""What may be said to a person when something is refused."""

from __future__ import annotations


class UserMessage(Exception):
    """A refusal with a stable code and a French sentence that says what happened and what to do. No patient data."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
