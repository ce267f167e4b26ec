"""The security journal of sign-in: what was tried, what came of it, why. No secret, no address in clear."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from maillon.access.models import SignInEvent
from maillon.kernel import clock, config

ACCEPTED, REFUSED = "accepte", "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """What is known of the browser in front of the door."""

    user_agent: str = ""
    source: str = ""
    is_shared_post: bool = False


def accepted(kind: str, account_id: int, browser: Browser) -> None:
    note(kind, ACCEPTED, browser=browser, account_id=account_id)


def refused(kind: str, reason: str, browser: Browser, *, account_id: int | None = None) -> None:
    note(kind, REFUSED, browser=browser, account_id=account_id, reason=reason)


def note(kind: str, outcome: str, *, browser: Browser, account_id: int | None = None, reason: str = "") -> None:
    SignInEvent.objects.create(
        at=clock.wall(), kind=kind, outcome=outcome, reason=reason, account_id=account_id,
        source_hash=_keyed(browser.source) if browser.source else None,
    )  # fmt: skip


def _keyed(source: str) -> bytes:
    return hmac.new(config.secret("scellement").encode(), source.encode(), hashlib.sha256).digest()
