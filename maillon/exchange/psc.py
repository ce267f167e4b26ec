"""Pro Santé Connect by OpenID Connect: authorization code with PKCE, state and nonce bound to one browser, one use.

MAILLON_PSC_EMETTEUR names the issuer, MAILLON_PSC_CLIENT this client; its secret is `secrets/psc`. Every fault, of the
network or of a forger, gives the person the same sentence, and our journal the reason.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from joserfc.util import urlsafe_b64encode

from maillon.access import api as access_room
from maillon.exchange import psc_line, psc_tokens
from maillon.exchange.psc_tokens import Expected, Fault, Person
from maillon.kernel import clock, config
from maillon.kernel.message import UserMessage

SCOPE: Final = "openid scope_all"
LEVEL: Final = "eidas1"
_KIND: Final = "psc"

Browser = access_room.sessions.Browser
provider = access_room.accounts.provider

REFUSED = UserMessage(
    "E-PSC-01",
    "L’identification par Pro Santé Connect n’a pas abouti. Rien n’a été ouvert\u202f: recommencez, "
    "ou connectez-vous autrement.",
)
AWAY = UserMessage(
    "E-PSC-04", "Pro Santé Connect ne répond pas. Réessayez dans un instant, ou connectez-vous autrement."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whom the provider vouches for."""

    person: Person
    subject: str
    session: str
    id_token: str
    after: str

    @property
    def national_id(self) -> str:
        return self.person.national_id


def is_plugged() -> bool:
    return bool(_issuer() and _client())


def answers() -> bool:
    """Whether the provider says where it is, now: what it said an hour ago does not open a session."""
    try:
        _line().describe(is_again=True)
        _line().endpoint("authorization_endpoint")
    except Fault:
        return False
    return True


def begin(*, back: str, after: str, browser_secret: str, is_fresh: bool) -> str:
    """Where to send the browser. `is_fresh`: the provider asks again who is there, whoever was there before."""
    try:
        line = _line()
        endpoint = line.endpoint("authorization_endpoint")
    except Fault:
        raise AWAY from None
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    drawn: dict[str, Any] = {"nonce": nonce, "verifier": verifier, "issuer": line.issuer, "back": back, "after": after}
    drawn |= {"asked_at": int(clock.wall().timestamp())} if is_fresh else {}
    provider.keep(_KIND, state, browser=browser_secret, drawn=drawn)
    asked = {
        "response_type": "code", "client_id": _client(), "redirect_uri": back, "scope": SCOPE, "state": state,
        "nonce": nonce, "acr_values": LEVEL, "code_challenge_method": "S256", "code_challenge": _s256(verifier),
    }  # fmt: skip
    asked |= {"prompt": "login", "max_age": "0"} if is_fresh else {}
    return f"{endpoint}?{urlencode(asked)}"


def finish(answer: Mapping[str, Sequence[str]], *, back: str, browser_secret: str, browser: Browser) -> Known:
    """Whom the provider vouches for. Raises E-PSC-01 for every fault, and journals which."""
    try:
        return _finish(answer, back=back, browser_secret=browser_secret)
    except Fault as fault:
        provider.refused(_KIND, fault.reason, browser)
        raise REFUSED from None


def sign_in(known: Known, *, browser: Browser) -> str:
    return provider.sign_in(
        known.national_id,
        sites=known.person.sites,
        provided=access_room.sessions.Provided(
            subject=known.subject, session=known.session, id_token=known.id_token,
            is_regulation=known.person.is_regulation,
        ),
        browser=browser,
    )  # fmt: skip


def sign_out_address(id_token: str | None, *, back: str) -> str:
    """Where the browser signs out of the provider; nothing when it did not come in by it, or it does not answer."""
    if not id_token or not is_plugged():
        return ""
    try:
        endpoint = _line().endpoint("end_session_endpoint")
    except Fault:
        return ""
    asked = {"id_token_hint": id_token, "post_logout_redirect_uri": back, "client_id": _client()}
    return f"{endpoint}?{urlencode(asked)}"


def end_sessions(tokens: Sequence[str], *, browser: Browser) -> None:
    """Back-channel logout. Raises E-PSC-01 for a token that is not one, or was obeyed already."""
    try:
        if len(tokens) != 1:
            raise Fault("jeton_forme")
        line = _line()
        claims, _ = _signed(line, tokens[0])
        jti, subject, session = psc_tokens.judge_logout_token(claims, _expected(line))
        if provider.end_sessions(jti=jti, subject=subject, session=session, browser=browser) is None:
            raise Fault("jti_rejoue")
    except Fault as fault:
        provider.refused("psc_deconnexion", fault.reason, browser)
        raise REFUSED from None


def _finish(answer: Mapping[str, Sequence[str]], *, back: str, browser_secret: str) -> Known:
    drawn = provider.take(_KIND, _one(answer, "state"), browser=browser_secret)
    if drawn is None:
        raise Fault("state")
    line = _line()
    if drawn["issuer"] != line.issuer or drawn["back"] != back:
        raise Fault("melange")
    _judge_answerer(answer, line)
    if "error" in answer:
        raise Fault(f"erreur_{_one(answer, 'error')}")
    code = _one(answer, "code")
    tokens = line.exchange(code, verifier=drawn["verifier"], back=back, client=_client(), secret=_secret())
    access_token, id_token = _tokens(tokens)
    claims, algorithm = _signed(line, id_token)
    expected = _expected(
        line, nonce=drawn["nonce"], access_token=access_token, code=code, asked_at=drawn.get("asked_at")
    )
    psc_tokens.judge_id_token(claims, expected, algorithm=algorithm)
    person = psc_tokens.person_of(line.userinfo(access_token), subject=claims["sub"])
    return Known(
        person=person, subject=claims["sub"], session=str(claims.get("sid", ""))[:255], id_token=id_token,
        after=drawn["after"],
    )  # fmt: skip


def _judge_answerer(answer: Mapping[str, Sequence[str]], line: psc_line.Line) -> None:
    """RFC 9207: an answer that names another issuer, or none where ours always names itself, is mixed up."""
    is_named = "iss" in answer or line.names_itself
    if is_named and not hmac.compare_digest(_one(answer, "iss").encode(), line.issuer.encode()):
        raise Fault("iss_reponse")


def _tokens(answer: Mapping[str, Any]) -> tuple[str, str]:
    access_token, id_token = answer.get("access_token"), answer.get("id_token")
    if str(answer.get("token_type", "")).lower() != "bearer":
        raise Fault("token_type")
    if not isinstance(access_token, str) or not access_token.isascii() or not access_token.isprintable():
        raise Fault("access_token")
    if not access_token or not isinstance(id_token, str):
        raise Fault("id_token_absent")
    return access_token, id_token


def _signed(line: psc_line.Line, token: str) -> tuple[dict[str, Any], str]:
    try:
        return psc_tokens.signed_claims(token, line.keys())
    except psc_tokens.UnknownKey:
        return psc_tokens.signed_claims(token, line.keys(is_again=True))


def _expected(line: psc_line.Line, **others: Any) -> Expected:
    return Expected(issuer=line.issuer, client=_client(), now=int(clock.wall().timestamp()), **others)


def _one(answer: Mapping[str, Sequence[str]], name: str) -> str:
    """A parameter that is there once: twice is an attempt to make two readers read two things."""
    found = answer.get(name, ())
    if len(found) != 1 or not found[0] or len(found[0]) > 2000 or "\0" in found[0]:
        raise Fault(f"parametre_{name}")
    return found[0]


def _line() -> psc_line.Line:
    if not is_plugged():
        raise Fault("non_branche")
    return psc_line.line_to(_issuer())


def _issuer() -> str:
    return os.environ.get("MAILLON_PSC_EMETTEUR", "")


def _client() -> str:
    return os.environ.get("MAILLON_PSC_CLIENT", "")


def _secret() -> str:
    return config.secret("psc")


def _s256(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode()
