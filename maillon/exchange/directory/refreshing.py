"""Refreshing the mirror: what changed since the last round, page by page, each kept in one transaction with the place
where to go on. Interrupted anywhere, it resumes there; a directory that tires is left alone as long as it asks."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Final
from urllib.parse import urlencode

from django.db import transaction

from maillon.exchange.directory import mirroring
from maillon.exchange.directory.line import Directory, NotAnswered, configured
from maillon.exchange.directory.models import MirrorState
from maillon.formats.fhir.directory import KINDS, DirectoryPage, Kind, read_page
from maillon.formats.refusal import Refused
from maillon.kernel import clock, sql

log = logging.getLogger(__name__)

PAGE: Final = 200
EVERY: Final = dt.timedelta(hours=20)  # each night
# The directory's clock is not ours, and a resource may be published late: what is asked overlaps.
OVERLAP: Final = dt.timedelta(hours=2)
LONGEST_WAIT: Final = dt.timedelta(hours=6)
MOST_PAGES: Final = 50_000
LOCK: Final = 4_660_101
GOES_ROUND: Final = "L’annuaire donne toujours la même page\u202f: elle sera redemandée."
ELSEWHERE: Final = "L’annuaire a désigné une page qui n’est pas chez lui."


def refresh(directory: Directory | None = None, *, most_pages: int = 1_000_000) -> int:
    """Pages kept. Never raises for what the directory does: it is written on the state, and shown. One at a time."""
    line = directory or configured()
    if line is None or not _alone():
        return 0
    try:
        kept = 0
        for kind in KINDS:  # places before people, people before roles: a line of the book needs the three
            kept += _refresh_kind(line, kind, most_pages - kept)
        return kept
    finally:
        sql.rows("SELECT pg_advisory_unlock(%s::bigint)", (LOCK,))


def is_due() -> bool:
    """Some kind was not refreshed lately, and may be asked."""
    if configured() is None:
        return False
    states = {each.kind: each for each in MirrorState.objects.all()}
    return any(kind not in states or _is_due(states[kind]) for kind in KINDS)


def _is_due(state: MirrorState) -> bool:
    now = clock.wall()
    if state.retry_at is not None and state.retry_at > now:
        return False
    return bool(state.next_link) or state.refreshed_at is None or now - state.refreshed_at > EVERY


def _refresh_kind(line: Directory, kind: Kind, most_pages: int) -> int:
    state, _ = MirrorState.objects.get_or_create(kind=kind)
    if state.retry_at is not None and state.retry_at > clock.wall():
        return 0
    kept = 0
    if not state.next_link:
        _begin_round(line, state)
    while state.next_link and kept < most_pages:
        try:
            page = read_page(line.get(state.next_link))
            _keep(line, state, page)
        except (NotAnswered, Refused) as error:
            _note_failure(state, error)
            break
        kept += 1
    return kept


def _begin_round(line: Directory, state: MirrorState) -> None:
    asked = {"_count": str(PAGE)}
    if state.since is not None:
        asked["_lastUpdated"] = f"ge{(state.since - OVERLAP).isoformat(timespec='seconds')}"
    state.next_link = f"{line.base}/{state.kind}?{urlencode(asked)}"
    state.round_began, state.pages, state.left_out = clock.wall(), 0, 0
    state.save()


@transaction.atomic
def _keep(line: Directory, state: MirrorState, page: DirectoryPage) -> None:
    """Raises NotAnswered for a page that leads to itself, or elsewhere, or without end: it is asked again later."""
    if page.next_link == state.next_link or state.pages >= MOST_PAGES:
        raise NotAnswered(GOES_ROUND, is_gone=state.pages >= MOST_PAGES)
    if page.next_link is not None and not line.is_own(page.next_link):
        raise NotAnswered(ELSEWHERE)
    mirroring.keep(page.resources)
    state.next_link = page.next_link or ""
    state.pages += 1
    state.left_out += page.left_out
    state.failures, state.retry_at, state.last_error = 0, None, ""
    if not state.next_link:
        state.since, state.refreshed_at = state.round_began, clock.wall()
    state.save()


def _note_failure(state: MirrorState, error: NotAnswered | Refused) -> None:
    """What a death of the directory in the middle of a round has brought stays; the round goes on later."""
    state.refresh_from_db()
    reason = error.reason if isinstance(error, NotAnswered) else error.message
    wait = min(dt.timedelta(seconds=30 * 2 ** min(state.failures, 10)), LONGEST_WAIT)
    if isinstance(error, NotAnswered):
        wait = error.after or wait
        if error.is_gone:  # its pages are kept for a while only: the round begins again, from the same day
            state.next_link = ""
    log.warning("directory %s: %s", state.kind, type(error).__name__)
    state.failures, state.retry_at, state.last_error = state.failures + 1, clock.wall() + wait, reason[:300]
    state.save()


def _alone() -> bool:
    found = sql.row("SELECT pg_try_advisory_lock(%s::bigint)", (LOCK,))
    return bool(found and found[0])
