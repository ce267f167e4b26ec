"""Sessions: who is in front of the screen, how surely, in which situation of practice, and since when they are silent.

Ours rather than the framework's: a token of which only the hash is kept, one prepared statement for each request, so
that a revocation, a lock or the end of an attachment holds at the next request.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.db import transaction
from django.db.models import F

from maillon.access import door
from maillon.access.door import Browser as Browser
from maillon.access.models import Account, Session
from maillon.kernel import clock, sealing, sql
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage

Method = Session.Method

LENGTH = dt.timedelta(hours=12)
PROVIDER_LENGTH = dt.timedelta(hours=4)  # that of an e-CPS session
HALFWAY_LENGTH = dt.timedelta(minutes=15)  # the time to prove the second factor
FRESH = dt.timedelta(minutes=10)  # how long a proof serves for a change of the ways in (ASVS 5.0, 7.5.1)
IDLE = dt.timedelta(minutes=15)
IDLE_ON_SHARED_POST = dt.timedelta(minutes=5)
SEEN_AT_MOST_EVERY = dt.timedelta(minutes=1)
UNLOCKS_BEFORE_END = 5
HELD_AT_MOST = 64 * 1024

Lack = Literal["", "factor", "situation", "unlock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a session stands: whose it is, and what it lacks before a page opens."""

    actor: Actor
    lacks: Lack
    method: str
    is_shared_post: bool
    proven_at: dt.datetime
    situations: tuple[StructureId, ...]

    @property
    def is_fresh(self) -> bool:
        """A factor was proven a moment ago: whoever found the screen open could not have."""
        return clock.wall() - self.proven_at < FRESH

    @property
    def idle(self) -> dt.timedelta:
        return IDLE_ON_SHARED_POST if self.is_shared_post else IDLE


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    id: int
    created_at: dt.datetime
    last_seen_at: dt.datetime
    user_agent: str
    method: str
    is_shared_post: bool
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    structure_id: StructureId
    name: str
    city: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """What Pro Santé Connect said of the person and of the session."""

    subject: str
    session: str = ""
    id_token: str = ""
    is_regulation: bool = False


def open_session(
    account_id: int,
    *,
    method: Method,
    browser: Browser,
    situations: Sequence[int] = (),
    provided: Provided | None = None,
) -> str:
    """A new session's token, to be kept by the browser only. A single situation is chosen at once."""
    token, now = secrets.token_urlsafe(32), clock.wall()
    Session.objects.create(
        token_hash=hashed(token),
        account_id=account_id,
        created_at=now,
        last_seen_at=now,
        proven_at=now,
        ends_at=now + _length(method),
        user_agent=browser.user_agent[:200],
        method=method,
        assurance=1 if method is Method.PASSWORD else 2,
        structure_id=situations[0] if len(situations) == 1 else None,
        situations=list(situations),
        is_shared_post=browser.is_shared_post,
        **_of_provider(provided),
    )
    return token


def _length(method: Method) -> dt.timedelta:
    return {Method.PSC: PROVIDER_LENGTH, Method.PASSWORD: HALFWAY_LENGTH}.get(method, LENGTH)


def _of_provider(provided: Provided | None) -> dict[str, Any]:
    if provided is None:
        return {}
    return {
        "provider_subject": provided.subject,
        "provider_session": provided.session,
        "provider_token": sealing.seal(provided.id_token),
        "is_regulation": provided.is_regulation,
    }


def standing_of(token: str) -> Standing | None:
    """Who holds the token, as of now: one prepared statement, which also notes that they were seen."""
    now = clock.wall()
    found = sql.row(
        _HELD + _SEEN + _STANDING,
        {
            "token": hashed(token),
            "now": now,
            "today": clock.today(),
            "silent_since": now - IDLE,
            "silent_on_shared_post_since": now - IDLE_ON_SHARED_POST,
            "seen_before": now - SEEN_AT_MOST_EVERY,
        },
    )
    return _standing(found) if found else None


def actor_of(token: str) -> Actor | None:
    """Who holds the token, unless the session is locked."""
    standing = standing_of(token)
    return standing.actor if standing is not None and standing.lacks != "unlock" else None


def actor_of_account(account_id: int) -> Actor:
    """The person of an account, as after a strong sign-in."""
    found = sql.row(_NOBODY_IN_FRONT + _STANDING, {"account": account_id, "now": clock.wall(), "today": clock.today()})
    if found is None:
        raise Account.DoesNotExist
    return replace(_standing(found).actor, assurance=2)


def actor_of_session(session_id: int) -> Actor | None:
    """The person of a session that goes on, for a software to which they gave a token in it. The lock is that of the
    screen: it holds back nothing here."""
    found = sql.row(_OF_SESSION + _STANDING, {"session": session_id, "now": clock.wall(), "today": clock.today()})
    standing = _standing(found) if found else None
    return standing.actor if standing is not None and not standing.lacks else None


def sign_out(token: str) -> str | None:
    """The session is over. Gives the provider's id_token, which its own sign-out asks for."""
    session = Session.objects.filter(token_hash=hashed(token)).first()
    if session is None:
        return None
    session.delete()
    return sealing.unseal(bytes(session.provider_token)) if session.provider_token else None


def sessions_of(actor: Actor) -> list[SessionLine]:
    found = Session.objects.filter(account_id=account_of(actor), ends_at__gt=clock.wall()).order_by("-last_seen_at")
    return [
        SessionLine(
            id=session.pk,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            user_agent=session.user_agent,
            method=Method(session.method).label,
            is_shared_post=session.is_shared_post,
            is_current=session.pk == actor.session_id,
        )
        for session in found
    ]


def revoke(actor: Actor, session_id: int) -> None:
    """End one of one's own sessions; somebody else's is silently not found."""
    Session.objects.filter(pk=session_id, account_id=account_of(actor)).delete()


def end_all(account_id: int, *, but: int | None = None) -> None:
    Session.objects.filter(account_id=account_id).exclude(pk=but or 0).delete()


# --------------------------------------------------------------------------------------- situation of practice


def situations_of(standing: Standing) -> list[Situation]:
    """The structures among which the person may choose where they practise at this moment."""
    found = sql.rows(
        "SELECT id, name, city FROM professionals_structure WHERE id = ANY(%(offered)s) ORDER BY name",
        {"offered": list(standing.situations)},
    )
    return [
        Situation(structure_id=StructureId(key), name=name, city=city, is_current=key == standing.actor.structure_id)
        for key, name, city in found
    ]


def choose_situation(standing: Standing, structure_id: int) -> None:
    """Raises E-ACC-07 for a structure that was not offered, or where the person no longer works."""
    if structure_id not in standing.situations or structure_id not in standing.actor.structure_ids:
        raise UserMessage("E-ACC-07", "Cette situation d’exercice ne vous est pas ouverte. Choisissez-en une autre.")
    Session.objects.filter(pk=standing.actor.session_id or 0).update(structure_id=structure_id)


# ------------------------------------------------------------------------------------------------ the idle lock


def lock(token: str) -> None:
    Session.objects.filter(token_hash=hashed(token), locked_at=None).update(locked_at=clock.wall())


def unlock(session_id: int) -> None:
    """The factor was proven again: the same session goes on, where it was."""
    now = clock.wall()
    Session.objects.filter(pk=session_id).update(locked_at=None, last_seen_at=now, proven_at=now, failed_unlocks=0)


def count_failed_unlock(standing: Standing) -> int:
    """How many by now; at the fifth the session is over, and what it held with it."""
    session = Session.objects.filter(pk=standing.actor.session_id or 0)
    session.update(failed_unlocks=F("failed_unlocks") + 1)
    failures = session.values_list("failed_unlocks", flat=True).first() or 0
    if failures >= UNLOCKS_BEFORE_END:
        session.delete()
    return failures


def hold(session_id: int, address: str, fields: dict[str, list[str]]) -> bool:
    """Keep, sealed, a form that was sent while the session was locked. False when it is too long to be kept."""
    text = json.dumps({"address": address, "fields": fields})
    if len(text) > HELD_AT_MOST:
        return False
    Session.objects.filter(pk=session_id).update(held=sealing.seal(text))
    return True


@transaction.atomic
def take_held(session_id: int) -> tuple[str, dict[str, list[str]]] | None:
    """The form that was kept, once."""
    session = Session.objects.select_for_update(of=("self",)).get(pk=session_id)
    if session.held is None:
        return None
    kept = json.loads(sealing.unseal(bytes(session.held)))
    session.held = None
    session.save(update_fields=["held"])
    return kept["address"], kept["fields"]


# --------------------------------------------------------------------------------------------------------------


def strengthen(session_id: int, browser: Browser) -> str:
    """The second factor was proven: a new token, so that the one of the first step is worth nothing any more."""
    with transaction.atomic():
        session = Session.objects.select_for_update(of=("self",)).get(pk=session_id)
        session.delete()
        token = open_session(
            session.account_id,
            method=Method.CODE,
            browser=replace(browser, is_shared_post=session.is_shared_post),
            situations=session.situations,
        )
    door.accepted("second_facteur", session.account_id, browser)
    return token


def workplaces(professional_id: int) -> list[int]:
    """The structures where somebody works today."""
    found = sql.rows(
        "SELECT DISTINCT structure_id FROM professionals_attachment"
        " WHERE professional_id = %(person)s AND start <= %(today)s"
        ' AND ("end" IS NULL OR "end" >= %(today)s) ORDER BY structure_id',
        {"person": professional_id, "today": clock.today()},
    )
    return [key for (key,) in found]


def account_of(actor: Actor) -> int:
    """A machine has no account: asking for it is a fault of ours."""
    if actor.account_id is None:
        raise UserMessage("E-ACC-05", "Ce compte n’existe pas.")
    return actor.account_id


def hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


_HELD = """
WITH held AS (
  SELECT id, account_id, structure_id, situations, assurance, method, is_regulation, is_shared_post, last_seen_at,
         proven_at,
         locked_at IS NOT NULL OR last_seen_at <= CASE WHEN is_shared_post THEN %(silent_on_shared_post_since)s
                                                       ELSE %(silent_since)s END AS is_locked
    FROM access_session WHERE token_hash = %(token)s AND ends_at > %(now)s)"""
_SEEN = """, seen AS (
  UPDATE access_session s SET last_seen_at = %(now)s FROM held
   WHERE s.id = held.id AND NOT held.is_locked AND held.last_seen_at < %(seen_before)s)"""
_NOBODY_IN_FRONT = """
WITH held AS (
  SELECT NULL::bigint AS id, %(account)s::bigint AS account_id, NULL::bigint AS structure_id,
         '{}'::bigint[] AS situations, 2 AS assurance, '' AS method, false AS is_regulation, false AS is_shared_post,
         %(now)s::timestamptz AS proven_at, false AS is_locked)"""
_OF_SESSION = """
WITH held AS (
  SELECT id, account_id, structure_id, situations, assurance, method, is_regulation, is_shared_post, proven_at,
         false AS is_locked
    FROM access_session WHERE id = %(session)s AND ends_at > %(now)s)"""
_STANDING = """
SELECT held.is_locked, held.method, held.is_shared_post, held.structure_id IS NULL AND cardinality(held.situations) > 0,
       held.situations, held.proven_at,
       held.assurance, held.is_regulation, a.id, held.id,
       a.is_administrator AND st.id = a.structure_id, a.is_referent AND st.id = a.structure_id,
       st.id, st.name, p.id, p.national_id, p.profession_code, p.title, p.given_name, p.family_name,
       ARRAY(SELECT t.structure_id FROM professionals_attachment t
              WHERE t.professional_id = p.id AND t.start <= %(today)s AND (t."end" IS NULL OR t."end" >= %(today)s)),
       ARRAY(SELECT r.replaced_id FROM access_replacement r
              WHERE r.replacing_id = p.id AND r.start <= %(today)s AND r."end" >= %(today)s
                AND (r.ended_at IS NULL OR r.ended_at > %(now)s))
  FROM held JOIN access_account a ON a.id = held.account_id
  JOIN professionals_professional p ON p.id = a.professional_id
  JOIN professionals_structure st ON st.id = COALESCE(held.structure_id, a.structure_id)
 WHERE a.is_active AND p.is_active"""


def _standing(found: sql.Row) -> Standing:
    is_locked, method, is_shared_post, must_choose, situations, proven_at, *of_actor = found
    actor = _actor(of_actor)
    lacks: Lack = "unlock" if is_locked else "factor" if actor.assurance < 2 else "situation" if must_choose else ""
    return Standing(
        actor=actor, lacks=lacks, method=method, is_shared_post=is_shared_post, proven_at=proven_at,
        situations=tuple(StructureId(each) for each in situations),
    )  # fmt: skip


def _actor(found: Sequence[Any]) -> Actor:
    assurance, is_regulation, account, session, administrator, referent, structure, structure_name, *person = found
    key, national_id, profession, title, given, family, places, replaced = person
    return Actor(
        kind="professional",
        assurance=assurance,
        label=f"{'Dr ' if title == 'DR' else ''}{given} {family}",
        professional_id=ProfessionalId(key),
        replaces=tuple(ProfessionalId(each) for each in replaced),
        structure_id=StructureId(structure),
        structure_ids=tuple(StructureId(place) for place in places),
        structure_name=structure_name,
        profession_code=profession,
        national_id=national_id,
        is_administrator=administrator,
        is_referent=referent,
        is_regulation=is_regulation,
        account_id=account,
        session_id=session,
    )
