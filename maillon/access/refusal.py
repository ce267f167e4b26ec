"""One answer for « interdit » and « inexistant »."""

from __future__ import annotations

from maillon.kernel.message import UserMessage


class AccessDenied(UserMessage):
    def __init__(self) -> None:
        super().__init__("E-ACC-04", "Ce dossier n’existe pas ou ne vous est pas ouvert.")
