"""Registering a partner's software, listing, revoking. By the digital referent for their own structures, or by the
console of the installation."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from maillon.access.models import PartnerClient, PartnerToken
from maillon.access.partners.scopes import ONLINE, Scope
from maillon.access.refusal import AccessDenied
from maillon.access.rule import governed
from maillon.access.sessions import hashed
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.professionals import api as professionals

_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """`keys`: public JWK of a software that signs; without them a secret is drawn. `profession_code`: whose row of the
    matrix holds when the software asks by itself."""

    name: str
    structure_id: StructureId
    profession_code: str
    scopes: Sequence[str]
    reason: str
    redirect_uris: Sequence[str] = ()
    keys: Sequence[dict[str, Any]] = ()
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A software that proved who it is, and may still ask today."""

    id: int
    client_id: UUID
    name: str
    structure_id: StructureId
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLine:
    client_id: UUID
    name: str
    structure: str
    profession: str
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    signs: bool
    reason: str
    start: dt.date
    end: dt.date | None
    registered_by: str
    created_at: dt.datetime
    last_token_at: dt.datetime | None
    revoked_at: dt.datetime | None
    revoked_by: str
    revoke_reason: str
    is_current: bool = field(default=False)


def may_manage(actor: Actor) -> bool:
    """The digital referent of the structure; the console, which is a machine of the house."""
    if actor.kind == "machine":
        return True
    return actor.kind == "professional" and actor.assurance >= 2 and actor.is_referent


@transaction.atomic
def register(actor: Actor, asked: Registration) -> tuple[UUID, str]:
    """Its number, and its secret, which is said once; an empty secret for a software that signs. Raises E-PAR-01 to
    06, AccessDenied."""
    _may_manage_at(actor, asked.structure_id)
    _refuse_odd(asked)
    secret = "" if asked.keys else secrets.token_urlsafe(32)
    row = PartnerClient.objects.create(
        name=asked.name.strip()[:100],
        structure_id=asked.structure_id,
        profession_code=asked.profession_code,
        secret_hash=hashed(secret) if secret else None,
        keys=list(asked.keys),
        redirect_uris=list(asked.redirect_uris),
        scopes=sorted(set(asked.scopes)),
        reason=asked.reason.strip()[:300],
        start=asked.start or clock.today(),
        end=asked.end,
        registered_by=actor.label,
    )
    return row.client_id, secret


def listed(actor: Actor) -> list[ClientLine]:
    """The latest first; of the referent's structures, of all for the console."""
    if not may_manage(actor):
        raise AccessDenied
    rows = _managed(actor).select_related("structure").order_by("-created_at", "-id")
    return [_line(row) for row in rows]


@transaction.atomic
def revoke(actor: Actor, client_id: UUID, *, reason: str) -> None:
    """From the next request on, its tokens included. Idempotent. Raises E-PAR-07, AccessDenied."""
    if not may_manage(actor):
        raise AccessDenied
    if not reason.strip():
        raise UserMessage("E-PAR-07", "Indiquez pourquoi l’accès de ce logiciel prend fin.")
    row = _managed(actor).select_for_update(of=("self",)).filter(client_id=client_id).first()
    if row is None:
        raise AccessDenied
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by, row.revoke_reason = clock.now(), actor.label, reason.strip()[:300]
        row.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    PartnerToken.objects.filter(client=row).delete()


def client_of_secret(client_id: str, secret: str) -> Client | None:
    """None alike for an unknown software, a wrong secret, and one that may no longer ask."""
    row = row_of(client_id)
    kept = bytes(row.secret_hash) if row is not None and row.secret_hash is not None else b"\0" * 32
    is_right = hmac.compare_digest(kept, hashed(secret))
    return client_of(row) if row is not None and row.secret_hash is not None and is_right else None


def row_of(client_id: str) -> PartnerClient | None:
    """As it holds today."""
    try:
        number = UUID(client_id)
    except ValueError:
        return None
    row = PartnerClient.objects.filter(client_id=number).first()
    return row if row is not None and is_current(row) else None


def client_of(row: PartnerClient) -> Client:
    return Client(
        id=row.pk,
        client_id=row.client_id,
        name=row.name,
        structure_id=StructureId(row.structure_id),
        scopes=tuple(row.scopes),
    )


def is_current(row: PartnerClient) -> bool:
    today = clock.today()
    return row.revoked_at is None and row.start <= today and (row.end is None or today <= row.end)


def _managed(actor: Actor) -> QuerySet[PartnerClient]:
    rows = PartnerClient.objects.all()
    return rows if actor.kind == "machine" else rows.filter(structure_id__in=governed(actor))


def _may_manage_at(actor: Actor, structure_id: StructureId) -> None:
    if not may_manage(actor) or (actor.kind != "machine" and structure_id not in governed(actor)):
        raise AccessDenied


def _refuse_odd(asked: Registration) -> None:
    if not asked.name.strip() or not asked.reason.strip():
        raise UserMessage("E-PAR-01", "Donnez le nom du logiciel et ce qui justifie son accès (contrat, convention).")
    if professionals.structure(asked.structure_id) is None:
        raise UserMessage("E-PAR-02", "Cette structure n’est pas connue de l’annuaire.")
    if asked.profession_code not in professionals.PROFESSIONS:
        raise UserMessage("E-PAR-03", "Choisissez la profession dont la matrice d’habilitation s’appliquera.")
    odd = [word for word in asked.scopes if Scope.read(word) is None and word != ONLINE]
    if odd or not asked.scopes:
        said = f"\u202f: {odd[0]}" if odd else ""
        raise UserMessage("E-PAR-04", f"Portée inconnue{said}. Exemple\u202f: system/DocumentReference.read.")
    _refuse_odd_addresses(asked)
    if asked.end is not None and asked.end < (asked.start or clock.today()):
        raise UserMessage("E-PAR-06", "La fin de l’accès ne peut pas précéder son début.")
    _refuse_odd_keys(asked.keys)


def _refuse_odd_addresses(asked: Registration) -> None:
    needs_one = any((scope := Scope.read(word)) and scope.level != "system" for word in asked.scopes)
    if (needs_one and not asked.redirect_uris) or not all(map(_is_address, asked.redirect_uris)):
        raise UserMessage(
            "E-PAR-05",
            "Une portée « user » ou « patient » demande une adresse de retour en https (http seulement vers la machine "
            "locale), sans fragment.",
        )


def _is_address(text: str) -> bool:
    if len(text) > 300 or re.search(r"[\s#*]", text):
        return False
    parts = urlsplit(text)
    return bool(parts.netloc) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL))


def _refuse_odd_keys(keys: Iterable[dict[str, Any]]) -> None:
    keys = list(keys)
    if not keys:
        return
    try:
        KeySet.import_key_set({"keys": keys})  # type: ignore[arg-type,unused-ignore]
    except (JoseError, ValueError, KeyError, TypeError):
        raise UserMessage("E-PAR-08", "Le jeu de clés n’est pas un JWKS lisible.") from None
    if any(_PRIVATE & key.keys() or key.get("kty") not in ("RSA", "EC") for key in keys):
        raise UserMessage("E-PAR-08", "Donnez les seules clés publiques (RSA ou EC) du logiciel.")


def _line(row: PartnerClient) -> ClientLine:
    latest = PartnerToken.objects.filter(client=row).order_by("-created_at").values_list("created_at", flat=True)
    return ClientLine(
        client_id=row.client_id,
        name=row.name,
        structure=row.structure.name,
        profession=professionals.PROFESSIONS.get(row.profession_code, row.profession_code),
        scopes=tuple(row.scopes),
        redirect_uris=tuple(row.redirect_uris),
        signs=bool(row.keys),
        reason=row.reason,
        start=row.start,
        end=row.end,
        registered_by=row.registered_by,
        created_at=row.created_at,
        last_token_at=latest.first(),
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        revoke_reason=row.revoke_reason,
        is_current=is_current(row),
    )
