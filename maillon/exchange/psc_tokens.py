"""What Pro Santé Connect sends back, judged line by line (OpenID Connect Core 1.0 §3.1.3, RFC 9207, Back-Channel Logout
1.0 §2.6). A `Fault` names the line for our own journal; the person is always told the same thing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.jws import extract_compact
from joserfc.util import urlsafe_b64encode

ALGORITHMS: Final = ("RS256", "PS256", "ES256")
SKEW: Final = 30  # seconds between two clocks
OLDEST: Final = 600
LEVELS: Final = {"eidas1": 1, "eidas2": 2, "eidas3": 3}
SMALLEST_RSA: Final = 2048
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_NATIONAL_ID: Final = re.compile(r"8[0-9]{11}", re.ASCII)  # 8, then the eleven digits of the RPPS
_SUBJECT: Final = re.compile(r"f:[0-9a-fA-F-]{36}:(?P<id>.+)")
_LONGEST: Final = 255

Claims = Mapping[str, Any]


class Fault(Exception):
    """A line was not kept; `reason` is for the security journal."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownKey(Fault):
    """Signed with a key that is not in the set we know: the set may have turned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    issuer: str
    client: str
    now: int
    nonce: str = ""
    access_token: str = ""
    code: str = ""
    asked_at: int | None = None  # set when the provider had to ask again who is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    national_id: str
    sites: tuple[str, ...]  # FINESS numbers of the situations of practice
    is_regulation: bool


def signed_claims(token: object, keys: list[dict[str, Any]]) -> tuple[dict[str, Any], str]:
    """The claims of a token signed by one of the keys, and its algorithm."""
    if not isinstance(token, str) or token.count(".") != 2 or len(token) > 32_000:
        raise Fault("jeton_forme")
    try:
        header = extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise Fault("jeton_forme") from None
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise Fault("alg")
    if "crit" in header or header.get("typ", "JWT") not in ("JWT", "logout+jwt"):
        raise Fault("entete")
    try:
        # The header's own keys (jwk, jku, x5c) are never looked at.
        claims = jwt.decode(token, _key(header.get("kid"), algorithm, keys), algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError):
        raise Fault("signature") from None
    return claims, algorithm


def _key(kid: object, algorithm: str, keys: list[dict[str, Any]]) -> Key:
    if not isinstance(kid, str) or not kid:
        raise Fault("kid_absent")
    same = [key for key in keys if key.get("kid") == kid]
    if not same:
        raise UnknownKey("kid_inconnu")
    (first, *others) = same
    family = "EC" if algorithm.startswith("ES") else "RSA"
    if others or first.get("kty") != family or first.get("use", "sig") != "sig":
        raise Fault("cle")
    if first.get("alg", algorithm) != algorithm or "d" in first:
        raise Fault("cle")
    key: Key = ECKey.import_key(first) if family == "EC" else RSAKey.import_key(first)
    if isinstance(key, RSAKey) and key.raw_value.key_size < SMALLEST_RSA:
        raise Fault("cle_courte")
    return key


def judge_id_token(claims: Claims, expected: Expected, *, algorithm: str) -> None:
    _judge_issue(claims, expected)
    _text(claims, "sub")
    if not hmac.compare_digest(_text(claims, "nonce").encode(), expected.nonce.encode()):
        raise Fault("nonce")
    if LEVELS.get(_text(claims, "acr"), 0) < LEVELS["eidas1"]:
        raise Fault("acr")
    for name, value in (("at_hash", expected.access_token), ("c_hash", expected.code)):
        if name in claims and claims[name] != half_hash(value):
            raise Fault(name)
    if expected.asked_at is not None and _moment(claims, "auth_time") < expected.asked_at - SKEW:
        raise Fault("auth_time")


def _judge_issue(claims: Claims, expected: Expected) -> None:
    """By whom, for whom, when: what every token of the provider says."""
    if claims.get("iss") != expected.issuer:
        raise Fault("iss")
    audience = claims.get("aud")
    if audience != expected.client and audience != [expected.client]:
        raise Fault("aud")  # another audience beside ours is one that we do not know
    if claims.get("azp", expected.client) != expected.client:
        raise Fault("azp")
    if _moment(claims, "exp") <= expected.now - SKEW:
        raise Fault("exp")
    issued = _moment(claims, "iat")
    if not expected.now - OLDEST <= issued <= expected.now + SKEW:
        raise Fault("iat")
    if "nbf" in claims and _moment(claims, "nbf") > expected.now + SKEW:
        raise Fault("nbf")


def judge_logout_token(claims: Claims, expected: Expected) -> tuple[str, str, str]:
    """(number, subject, session) of a back-channel logout; a nonce would make it a stolen id_token."""
    _judge_issue(claims, expected)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Fault("events")
    if "nonce" in claims:
        raise Fault("nonce_de_trop")
    subject = _text(claims, "sub") if "sub" in claims else ""
    session = _text(claims, "sid") if "sid" in claims else ""
    if not subject and not session:
        raise Fault("sub_et_sid_absents")
    return _text(claims, "jti"), subject, session


def person_of(userinfo: Claims, *, subject: str) -> Person:
    """The professional whom the provider describes, who must be the one of the token."""
    if userinfo.get("sub") != subject:
        raise Fault("userinfo_sub")
    national_id = _text(userinfo, "SubjectNameID")
    if not _NATIONAL_ID.fullmatch(national_id):
        raise Fault("identifiant_national")
    federated = _SUBJECT.fullmatch(subject)
    if (federated and federated["id"] != national_id) or userinfo.get("preferred_username", national_id) != national_id:
        raise Fault("identifiants_differents")
    return Person(
        national_id=national_id,
        sites=tuple(dict.fromkeys(_sites(userinfo.get("SubjectRefPro")))),
        is_regulation=str(userinfo.get("Acces_Regulation_Medicale", "")).lower() in ("true", "1", "oui"),
    )


def _sites(directory: object) -> list[str]:
    """`SubjectRefPro.exercices[].activities[].numeroFinessSite`; what has another shape names no site."""
    exercises = _entries(directory, "exercices")
    activities = [activity for exercise in exercises for activity in _entries(exercise, "activities")]
    found = [activity.get("numeroFinessSite") for activity in activities if isinstance(activity, dict)]
    return [site for site in found if isinstance(site, str) and site]


def _entries(holder: object, name: str) -> list[Any]:
    entries = holder.get(name) if isinstance(holder, dict) else None
    return entries if isinstance(entries, list) else []


def half_hash(value: str) -> str:
    """Left half of the SHA-256 (the hash of each of our three algorithms), as at_hash and c_hash want it."""
    return urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).decode()


def _text(claims: Claims, name: str) -> str:
    found = claims.get(name)
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST or "\0" in found:
        raise Fault(name)
    return found


def _moment(claims: Claims, name: str) -> int:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < 2**40:
        raise Fault(name)
    return int(found)
