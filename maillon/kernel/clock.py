"""The one clock. Tests set it with time-machine."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> dt.datetime:
    """The instant, with its time zone (UTC)."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251


def today() -> dt.date:
    """The day in Europe/Paris, which is what a French law or appointment means by a day."""
    return now().astimezone(PARIS).date()


def in_paris(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(PARIS)
