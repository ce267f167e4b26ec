"""Accounts and sessions: who is in front of the screen.

Unknown identifier, wrong password and locked account give one answer after one slow hash, so that nothing can be
enumerated.
Password rules follow the CNIL (délibération 2022-100): a long password, or blocking after failures.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from maillon.access.models import Account, Session
from maillon.kernel import clock, sql
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage

SESSION_LENGTH = dt.timedelta(hours=12)
FAILURES_BEFORE_LOCK = 5
LONGEST_LOCK = dt.timedelta(minutes=15)
SHORTEST_PASSWORD = 14

REFUSED = UserMessage("E-ACC-01", "Identifiant ou mot de passe incorrect, ou compte temporairement bloqué.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    id: int
    created_at: dt.datetime
    last_seen_at: dt.datetime
    user_agent: str
    is_current: bool


def register_account(
    *,
    identifier: str,
    password: str,
    professional_id: ProfessionalId,
    structure_id: StructureId,
    is_administrator: bool = False,
) -> None:
    """Open an account, or set again the one of this professional. One professional, one account (E-ACC-10)."""
    _refuse_short(password)
    Account.objects.update_or_create(
        professional_id=professional_id,
        defaults={
            "identifier": _spelled(identifier),
            "password": make_password(password),
            "structure_id": structure_id,
            "is_administrator": is_administrator,
            "is_active": True,
        },
    )


def sign_in(identifier: str, password: str, *, user_agent: str = "") -> str:
    """A new session's token, to be kept by the browser only. Raises UserMessage E-ACC-01, always the same."""
    account = Account.objects.filter(identifier=_spelled(identifier), is_active=True).first()
    # The hash is computed whoever it is for, and even when locked: the delay says nothing.
    is_right = check_password(password, account.password if account else _nobody())
    if account is None or not _is_admitted(account.pk, is_right=is_right):
        raise REFUSED
    return _open_session(account, user_agent)


def sign_out(token: str) -> None:
    Session.objects.filter(token_hash=_hash(token)).delete()


def actor_of(token: str) -> Actor | None:
    """Who holds the token, as of now: one prepared statement, so that a revocation holds at the next request."""
    found = sql.row(
        _ACTOR + " WHERE s.token_hash = %(token)s AND s.ends_at > %(now)s" + _ACTOR_END,
        {
            "token": _hash(token),
            "now": clock.now(),
            "today": clock.today(),
        },
    )
    return _actor(found) if found else None


def actor_of_account(account_id: int) -> Actor:
    found = sql.row(
        _ACTOR.replace("access_session s JOIN access_account a ON a.id = s.account_id", "access_account a").replace(
            "s.id", "NULL::bigint"
        )
        + " WHERE a.id = %(account)s"
        + _ACTOR_END,
        {"account": account_id, "today": clock.today()},
    )
    if found is None:
        raise Account.DoesNotExist
    return _actor(found)


def sessions_of(actor: Actor) -> list[SessionLine]:
    found = Session.objects.filter(account_id=_account_of(actor), ends_at__gt=clock.now()).order_by("-last_seen_at")
    return [
        SessionLine(
            id=session.pk,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            user_agent=session.user_agent,
            is_current=session.pk == actor.session_id,
        )
        for session in found
    ]


def revoke(actor: Actor, session_id: int) -> None:
    """End one of one's own sessions; somebody else's is silently not found."""
    Session.objects.filter(pk=session_id, account_id=_account_of(actor)).delete()


@transaction.atomic
def change_password(actor: Actor, old: str, new: str) -> None:
    """Every other session of the account ends."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=_account_of(actor))
    if not check_password(old, account.password):
        raise UserMessage("E-ACC-02", "Le mot de passe actuel n’est pas le bon.")
    _refuse_short(new)
    account.password = make_password(new)
    account.save(update_fields=["password"])
    account.sessions.exclude(pk=actor.session_id or 0).delete()


def _refuse_short(password: str) -> None:
    if len(password) < SHORTEST_PASSWORD:
        raise UserMessage("E-ACC-03", f"Le mot de passe doit compter au moins {SHORTEST_PASSWORD} caractères.")


def _account_of(actor: Actor) -> int:
    """A machine has no account: asking for it is a fault of ours."""
    if actor.account_id is None:
        raise UserMessage("E-ACC-05", "Ce compte n’existe pas.")
    return actor.account_id


def _open_session(account: Account, user_agent: str) -> str:
    token = secrets.token_urlsafe(32)
    Session.objects.create(
        token_hash=_hash(token), account=account, ends_at=clock.now() + SESSION_LENGTH, user_agent=user_agent[:200]
    )
    return token


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _spelled(identifier: str) -> str:
    """Without case or blanks; a NUL, which the base does not take, makes it nobody's."""
    return identifier.strip().lower().replace("\0", "\ufffd")


@transaction.atomic
def _is_admitted(account_id: int, *, is_right: bool) -> bool:
    """One attempt at a time: guesses made at the same instant are all counted, and the lock holds for the next."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
    if _is_locked(account):
        return False
    if is_right:
        Account.objects.filter(pk=account_id).update(failed_attempts=0, locked_until=None, last_login=clock.now())
    else:
        _count_failure(account)
    return is_right


def _is_locked(account: Account) -> bool:
    return account.locked_until is not None and account.locked_until > clock.now()


def _count_failure(account: Account) -> None:
    """From the fifth failure on, each one locks for longer: one minute, two, four… fifteen at most."""
    failures = account.failed_attempts + 1
    account.failed_attempts = failures
    if failures >= FAILURES_BEFORE_LOCK:
        wait = dt.timedelta(minutes=2 ** min(failures - FAILURES_BEFORE_LOCK, 10))
        account.locked_until = clock.now() + min(wait, LONGEST_LOCK)
    account.save(update_fields=["failed_attempts", "locked_until"])


_nobody_hash: list[str] = []


def _nobody() -> str:
    """The hash of a password that nobody has, made once."""
    if not _nobody_hash:
        _nobody_hash.append(make_password(secrets.token_urlsafe(16)))
    return _nobody_hash[0]


_ACTOR = """
SELECT a.id, s.id, a.is_administrator, a.structure_id, st.name, p.id, p.national_id, p.profession_code,
       p.title, p.given_name, p.family_name,
       ARRAY(SELECT t.structure_id FROM professionals_attachment t
              WHERE t.professional_id = p.id AND t.start <= %(today)s AND (t."end" IS NULL OR t."end" >= %(today)s))
  FROM access_session s JOIN access_account a ON a.id = s.account_id
  JOIN professionals_professional p ON p.id = a.professional_id
  JOIN professionals_structure st ON st.id = a.structure_id"""
_ACTOR_END = " AND a.is_active AND p.is_active"


def _actor(found: sql.Row) -> Actor:
    account, session, administrator, structure, structure_name, person, national_id, profession, *name, places = found
    title, given, family = name
    return Actor(
        kind="professional",
        assurance=2,
        label=f"{'Dr ' if title == 'DR' else ''}{given} {family}",
        professional_id=ProfessionalId(person),
        structure_id=StructureId(structure),
        structure_ids=tuple(StructureId(place) for place in places),
        structure_name=structure_name,
        profession_code=profession,
        national_id=national_id,
        is_administrator=administrator,
        account_id=account,
        session_id=session,
    )
