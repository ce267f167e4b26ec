"""Why an identity is doubtful, or what about it does not hold together: a stable code and a French sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Shown to a person; never holds a trait."""

    code: str
    message: str
