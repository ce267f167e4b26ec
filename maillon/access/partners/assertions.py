"""`private_key_jwt`: a software that proves who it is by signing (RFC 7523 §3, OpenID Connect Core §9)."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, Final

import orjson
from django.db import IntegrityError, transaction
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from maillon.access.models import PartnerAssertion
from maillon.access.partners.registering import Client, client_of, row_of
from maillon.kernel import clock

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS: Final = ("RS384", "ES384", "RS256", "PS256", "ES256")  # the first two: SMART
LONGEST: Final = 300  # seconds between now and the end of an assertion
SKEW: Final = 30


def client_of_assertion(assertion: str, *, audience: str) -> Client | None:
    """None alike for whatever is wrong. An assertion is good once."""
    row = row_of(_said_by(assertion))
    if row is None or not row.keys:
        return None
    claims = _signed(assertion, row.keys)
    if claims is None or not _is_ours(claims, str(row.client_id), audience) or not _is_new(claims):
        return None
    return client_of(row)


def _said_by(assertion: str) -> str:
    """Who says to have signed: whose keys to try."""
    try:
        payload = extract_compact(assertion.encode()).payload
        said = orjson.loads(payload)
        return str(said.get("sub", "")) if isinstance(said, dict) else ""
    except (JoseError, ValueError):
        return ""


def _signed(assertion: str, keys: list[dict[str, Any]]) -> dict[str, Any] | None:
    try:
        found = jwt.decode(assertion, KeySet.import_key_set({"keys": keys}), algorithms=list(ALGORITHMS))  # type: ignore[arg-type,unused-ignore]
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return dict(found.claims)


def _is_ours(claims: dict[str, Any], client_id: str, audience: str) -> bool:
    now, end = clock.wall().timestamp(), claims.get("exp")
    named = claims.get("aud")
    is_for_us = audience in (named if isinstance(named, list) else [named])
    is_dated = isinstance(end, (int, float)) and now - SKEW < end <= now + LONGEST + SKEW
    number = claims.get("jti")
    return is_for_us and is_dated and claims.get("iss") == claims.get("sub") == client_id and isinstance(number, str)


def _is_new(claims: dict[str, Any]) -> bool:
    digest = hashlib.sha256(f"{claims['iss']}|{claims['jti']}".encode()).digest()
    PartnerAssertion.objects.filter(ends_at__lt=clock.wall() - dt.timedelta(minutes=5)).delete()
    try:
        with transaction.atomic():
            PartnerAssertion.objects.create(jti_hash=digest, ends_at=dt.datetime.fromtimestamp(claims["exp"], dt.UTC))
    except IntegrityError:
        return False
    return True
