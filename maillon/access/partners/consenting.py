"""The consent of a person: what the software asks for, what is said before, the code that it takes away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.db import transaction

from maillon.access import rule
from maillon.access.keys import open_record
from maillon.access.partners.registering import row_of
from maillon.access.partners.scopes import Scope, granted
from maillon.access.partners.tokens import give_code
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43,128}")
_OF_A_PERSON: Final = frozenset({"user", "patient"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that may be shown: the software and its address of return are known, the scopes are not empty."""

    client_id: int
    name: str
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str
    challenge: str

    @property
    def needs_patient(self) -> bool:
        return any((scope := Scope.read(word)) and scope.level == "patient" for word in self.scopes)

    @property
    def origin(self) -> str:
        """Where the browser goes back, for the page's own policy."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}"

    def back(self, **said: str) -> str:
        return _back(self.redirect_uri, self.state, **said)


class Redirected(Exception):
    """The request is refused, and it is the software that is told, at its own address."""

    def __init__(self, address: str) -> None:
        super().__init__("redirected")
        self.address = address


def ask(query: Mapping[str, str], *, audience: str) -> Asked:
    """Raises E-PAR-20 when nobody may be told but the person (RFC 6749 §4.1.2.1), else Redirected."""
    row, redirect_uri = row_of(query.get("client_id", "")), query.get("redirect_uri", "")
    if row is None or redirect_uri not in row.redirect_uris:
        raise UserMessage(
            "E-PAR-20", "Ce logiciel ou son adresse de retour ne sont pas connus, ou son accès a pris fin."
        )
    state, challenge = query.get("state", "")[:500], query.get("code_challenge", "")
    scopes = granted(query.get("scope", "").split(), row.scopes, levels=_OF_A_PERSON)
    wrong = (
        ("unsupported_response_type", query.get("response_type") != "code"),
        ("invalid_request", query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge)),
        ("invalid_request", query.get("aud", audience).rstrip("/") != audience.rstrip("/")),
        ("invalid_scope", not scopes),
    )
    for error, is_wrong in wrong:
        if is_wrong:
            raise Redirected(_back(redirect_uri, state, error=error))
    return Asked(
        client_id=row.pk, name=row.name, scopes=scopes, redirect_uri=redirect_uri, state=state, challenge=challenge
    )


@transaction.atomic
def begin(actor: Actor, asked: Asked, *, patient: UUID | None = None) -> str:
    """The address where the browser takes the code. Raises E-PAR-21 without the record that is needed, AccessDenied for
    one that is not open."""
    record_id = None
    if asked.needs_patient:
        if patient is None:
            raise UserMessage("E-PAR-21", "Choisissez le dossier que ce logiciel pourra lire.")
        key = open_record(actor, patient, purpose=rule.usual_purpose(actor), action="update", resource_type="software")
        record_id = key.patient_id
    code = give_code(
        asked.client_id, actor, scopes=asked.scopes, redirect_uri=asked.redirect_uri, challenge=asked.challenge,
        record_id=record_id,
    )  # fmt: skip
    return asked.back(code=code)


def refuse(asked: Asked) -> str:
    return asked.back(error="access_denied")


def _back(address: str, state: str, **said: str) -> str:
    parts = urlsplit(address)
    query = "&".join(each for each in (parts.query, urlencode(said | ({"state": state} if state else {}))) if each)
    return urlunsplit(parts._replace(query=query))
