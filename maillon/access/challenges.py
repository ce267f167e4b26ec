"""What is drawn for one browser and answered once: within ten minutes, by the same browser, or never."""

from __future__ import annotations

import datetime as dt
from typing import Any

from maillon.access.models import Challenge
from maillon.access.sessions import hashed
from maillon.kernel import clock

LIFE = dt.timedelta(minutes=10)


def keep(kind: str, key: str, *, browser: str, drawn: dict[str, Any]) -> None:
    """`key` comes back with the answer; `browser` is the secret of its cookie. What has expired is swept."""
    now = clock.wall()
    Challenge.objects.filter(expires_at__lte=now).delete()
    Challenge.objects.update_or_create(
        key_hash=hashed(f"{kind}:{key}"),
        defaults={"kind": kind, "browser_hash": hashed(browser), "drawn": drawn, "expires_at": now + LIFE},
    )


def take(kind: str, key: str, *, browser: str) -> dict[str, Any] | None:
    """Once: two answers at the same instant find it one time. None for another browser, which uses it up too."""
    found = Challenge.objects.filter(key_hash=hashed(f"{kind}:{key}"), kind=kind)
    with_browser = list(found.values("browser_hash", "drawn", "expires_at"))
    if not with_browser or not found.delete()[0]:
        return None
    (kept,) = with_browser
    is_of_this_browser = bytes(kept["browser_hash"]) == hashed(browser)
    drawn: dict[str, Any] = kept["drawn"]
    return drawn if is_of_this_browser and kept["expires_at"] > clock.wall() else None


def look(kind: str, key: str) -> dict[str, Any] | None:
    """What was drawn, without using it up."""
    return (
        Challenge.objects.filter(key_hash=hashed(f"{kind}:{key}"), kind=kind, expires_at__gt=clock.wall())
        .values_list("drawn", flat=True)
        .first()
    )
