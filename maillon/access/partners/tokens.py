"""Tokens: given, exchanged, renewed, forgotten; and who holds one, as of now."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from maillon.access import sessions
from maillon.access.models import PartnerToken
from maillon.access.partners.registering import Client
from maillon.access.partners.scopes import ONLINE, Scope, granted
from maillon.access.sessions import hashed
from maillon.kernel import clock, sql
from maillon.kernel.key import Actor, PatientId, StructureId

ALONE: Final = dt.timedelta(minutes=5)  # a software asks again for nothing
FOR_A_PERSON: Final = dt.timedelta(minutes=15)
CODE: Final = dt.timedelta(minutes=1)
RENEWABLE: Final = dt.timedelta(hours=12)  # no longer than a session
Kind = PartnerToken.Kind


class OAuthError(Exception):
    """RFC 6749 §5.2: the code is for the program, the sentence for who writes it. No patient, no secret."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """`seconds` until the access token ends. `patient` is the record chosen at the consent."""

    access_token: str
    seconds: int
    scopes: tuple[str, ...]
    refresh_token: str = ""
    patient: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks the FHIR API: a partner's software alone, or a person through it."""

    actor: Actor
    client_id: int
    client_name: str
    scopes: tuple[str, ...]
    record_id: PatientId | None = None

    def may(self, resource: str, action: str) -> bool:
        level = {"system"} if self.actor.kind == "partner" else {"user", "patient"}
        known = (Scope.read(word) for word in self.scopes)
        return any(scope.level in level and scope.lets(resource, action) for scope in known if scope)


# ------------------------------------------------------------------------------------------------ who holds a token


def caller_of(token: str) -> Caller | None:
    """None when it is unknown or over, when the software was revoked, when the person's session ended."""
    found = sql.row(_HOLDER, {"token": hashed(token), "now": clock.wall(), "today": clock.today()})
    if found is None:
        return None
    scopes, record, session, client, name, profession, structure, structure_name = found
    common: dict[str, Any] = {"client_id": client, "client_name": name, "scopes": tuple(scopes)}
    if session is None:
        return Caller(actor=_software(client, name, profession, StructureId(structure), structure_name), **common)
    person = sessions.actor_of_session(session)
    if person is None:
        return None
    actor = replace(person, label=f"{person.label} (par {name})"[:200], client_id=client)
    return Caller(actor=actor, record_id=PatientId(record) if record is not None else None, **common)


def _software(client: int, name: str, profession: str, structure: StructureId, structure_name: str) -> Actor:
    return Actor(
        kind="partner",
        label=f"{name} ({structure_name})"[:200],
        assurance=2,  # RFC 6749 §2.3: it proved its identity to be given the token
        structure_id=structure,
        structure_ids=(structure,),
        structure_name=structure_name,
        profession_code=profession,
        client_id=client,
    )


_HOLDER: Final = """
SELECT t.scopes, t.record_id, t.session_id, c.id, c.name, c.profession_code, s.id, s.name
  FROM access_partner_token t JOIN access_partner_client c ON c.id = t.client_id
  JOIN professionals_structure s ON s.id = c.structure_id
 WHERE t.token_hash = %(token)s AND t.kind = 'access' AND t.ends_at > %(now)s
   AND c.revoked_at IS NULL AND c.start <= %(today)s AND (c."end" IS NULL OR c."end" >= %(today)s)
"""

# ------------------------------------------------------------------------------------------------ giving


@transaction.atomic
def give_alone(client: Client, asked: Iterable[str]) -> Issued:
    """Client credentials. Without words, all that the software may do by itself. Raises invalid_scope."""
    scopes = granted(tuple(asked) or client.scopes, client.scopes, levels=frozenset({"system"}))
    scopes = tuple(word for word in scopes if word != ONLINE)
    if not scopes:
        raise OAuthError("invalid_scope", "Aucune des portées demandées n’est accordée à ce logiciel.")
    _sweep()
    token = _keep(client.id, uuid.uuid4(), Kind.ACCESS, ALONE, scopes=scopes)
    return Issued(access_token=token, seconds=int(ALONE.total_seconds()), scopes=scopes)


def give_code(client_id: int, actor: Actor, *, scopes: tuple[str, ...], redirect_uri: str, challenge: str,
              record_id: int | None) -> str:  # fmt: skip
    """The code that the browser carries back to the software: one minute, once."""
    return _keep(
        client_id, uuid.uuid4(), Kind.CODE, CODE, scopes=scopes, redirect_uri=redirect_uri, challenge=challenge,
        account_id=actor.account_id, session_id=actor.session_id, record_id=record_id,
    )  # fmt: skip


def redeem(client: Client, *, code: str, redirect_uri: str, verifier: str) -> Issued:
    """Raises invalid_grant, alike whatever is wrong. A code seen twice ends all that it gave (RFC 9700 §2.1.1)."""
    issued = _once(client, Kind.CODE, code, lambda row: _is_theirs(row, redirect_uri, verifier))
    if issued is None:
        raise OAuthError("invalid_grant", "Ce code d’autorisation n’est pas ou n’est plus valable.")
    return issued


def renew(client: Client, *, refresh_token: str) -> Issued:
    """A new pair; the former refresh token is worth nothing any more, and seen again it ends them all."""
    issued = _once(client, Kind.REFRESH, refresh_token, lambda row: True)
    if issued is None:
        raise OAuthError("invalid_grant", "Ce jeton de renouvellement n’est pas ou n’est plus valable.")
    return issued


def forget(client: Client, token: str) -> None:
    """RFC 7009: what was given together ends together. Unknown or another's: nothing is said."""
    row = PartnerToken.objects.filter(token_hash=hashed(token), client_id=client.id).first()
    if row is not None:
        PartnerToken.objects.filter(grant_id=row.grant_id).delete()


@transaction.atomic
def _once(client: Client, kind: Kind, token: str, judge: Any) -> Issued | None:
    row = (
        PartnerToken.objects.select_for_update(of=("self",))
        .filter(token_hash=hashed(token), kind=kind, client_id=client.id)
        .first()
    )
    if row is None:
        return None
    if row.used_at is not None:
        PartnerToken.objects.filter(grant_id=row.grant_id).delete()
        return None
    if row.ends_at <= clock.wall() or not judge(row) or sessions.actor_of_session(row.session_id or 0) is None:
        return None
    row.used_at = clock.wall()
    row.save(update_fields=["used_at"])
    return _pair(client, row)


def _pair(client: Client, row: PartnerToken) -> Issued:
    common: dict[str, Any] = {
        "scopes": tuple(row.scopes), "account_id": row.account_id, "session_id": row.session_id,
        "record_id": row.record_id,
    }  # fmt: skip
    return Issued(
        access_token=_keep(client.id, row.grant_id, Kind.ACCESS, FOR_A_PERSON, **common),
        refresh_token=_keep(client.id, row.grant_id, Kind.REFRESH, RENEWABLE, **common) if ONLINE in row.scopes else "",
        seconds=int(FOR_A_PERSON.total_seconds()),
        scopes=tuple(row.scopes),
        patient=_number_of(row.record_id),
    )


def _is_theirs(row: PartnerToken, redirect_uri: str, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode(errors="replace")).digest()
    proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(proof, row.challenge) and row.redirect_uri == redirect_uri


def _keep(client_id: int, grant_id: UUID, kind: Kind, length: dt.timedelta, **what: Any) -> str:
    token, now = secrets.token_urlsafe(32), clock.wall()
    what["scopes"] = list(what["scopes"])
    PartnerToken.objects.create(
        token_hash=hashed(token), client_id=client_id, grant_id=grant_id, kind=kind, created_at=now,
        ends_at=now + length, **what,
    )  # fmt: skip
    return token


def _number_of(record_id: int | None) -> UUID | None:
    found = sql.row("SELECT uuid FROM patients_patient WHERE id = %s", (record_id,)) if record_id is not None else None
    return found[0] if found else None


def _sweep() -> None:
    """What has been over for a day is of no use, not even to recognise a second use."""
    PartnerToken.objects.filter(ends_at__lt=clock.wall() - dt.timedelta(days=1)).delete()
