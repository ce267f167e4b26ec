"""The patient's door: coming in without an account to remember.

What counts as a factor, and what does not:

- the birth date and the contact that are typed say who one claims to be. They prove nothing (relatives know them);
- the link received by mail proves the mailbox; the code received by SMS proves the phone;
- a phrase of one's own, chosen behind the first door, proves a memory;
- the code that the team handed over, once, proves that one is the person whose identity was checked.

Two of these, each its own channel, make a session that opens a record (assurance 2). Mail and SMS read on one unlocked
telephone are in practice one possession: no level of the eIDAS scale is claimed, FranceConnect is what would bring it.

Whoever knocks, known or not, gets the same answer after the same statements: a challenge is always written and always
handed to the worker. Too many knocks change nothing to that answer; they only stop what would have been sent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from maillon.access.contacts import spelled_email, spelled_phone
from maillon.access.events import ChallengeToSend
from maillon.access.models import DoorChallenge, Visitor, VisitorSession
from maillon.access.rule import visible_patients
from maillon.kernel import clock, config, events, sealing, sql
from maillon.kernel.key import Actor, PatientId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable

Channel = DoorChallenge.Channel
Step = Literal["sms", "courriel", "phrase", "premier_code"]

CHALLENGE_LENGTH = dt.timedelta(minutes=10)
HALF_WAY_LENGTH = dt.timedelta(minutes=15)
SESSION_LENGTH = dt.timedelta(hours=4)
IDLE = dt.timedelta(minutes=15)
KEPT = dt.timedelta(days=1)
MOST_ATTEMPTS = 5
OF_THE_PATIENT, OF_A_REPRESENTATIVE = " (patient)", " (représentant)"  # after their name, in the journal
WINDOW = dt.timedelta(minutes=15)
MOST_PER_CONTACT, MOST_PER_ADDRESS = 5, 30
SHORTEST_PHRASE = 12
FAILURES_BEFORE_LOCK = 5
LONGEST_LOCK = dt.timedelta(minutes=15)

WRONG = UserMessage("E-POR-01", "Ce lien ou ce code n’est pas le bon, ou il n’est plus valable. Demandez-en un autre.")
WRONG_PHRASE = UserMessage("E-POR-09", "Ce n’est pas la bonne réponse, ou la porte est fermée pour quelques minutes.")
SHORT_PHRASE = UserMessage(
    "E-POR-10",
    f"Votre phrase secrète doit compter au moins {SHORTEST_PHRASE} caractères\u202f: trois mots, par exemple.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visiting:
    """Who is behind the door. Until `is_in`, one factor is proven: no record opens."""

    actor: Actor
    visitor_id: int
    session_id: int
    given_name: str
    own_patient_id: PatientId | None
    has_others: bool  # represents somebody

    @property
    def is_in(self) -> bool:
        return self.actor.assurance >= 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What exchange sends: a link or a code, to one address."""

    visitor_id: int
    channel: str
    to: str
    is_link: bool
    secret: str


# ------------------------------------------------------------------------------------------------ first factor


@transaction.atomic
def knock(contact: str, birth_date: dt.date | None, *, address: str) -> uuid.UUID:
    """Whether or not somebody is there: the handle of a challenge. Four statements, always the same."""
    channel, spelled = _contact(contact)
    hashes = {"contact": _keyed(f"contact {spelled}"), "address": _keyed(f"address {address}")}
    is_calm = _is_calm(hashes)
    visitor_id = _who(channel, spelled, birth_date)
    return _challenge(
        visitor_id=visitor_id if is_calm else None, channel=channel, is_link=channel is Channel.MAIL, hashes=hashes
    )


def enter_by_link(token: str, *, user_agent: str = "") -> str:
    """Raises E-POR-01. The link is used by the press of a button, not by its reading: mail scanners open links."""
    found = sql.row(_ANSWER_LINK, {"secret": _keyed(token), "now": clock.wall()})
    if found is None:
        raise WRONG
    return _half_way(found[0], Channel.MAIL, user_agent)


def enter_by_code(handle: uuid.UUID, code: str, *, user_agent: str = "") -> str:
    """Raises E-POR-01."""
    visitor_id, _ = _answer(handle, code, session_id=None)
    return _half_way(visitor_id, Channel.SMS, user_agent)


# ------------------------------------------------------------------------------------------------ second factor


def next_step(visiting: Visiting) -> Step:
    """The other contact; failing that the phrase, or the code that the team handed over."""
    session = _session(visiting)
    visitor = session.visitor
    if Channel.MAIL in session.factors and visitor.phone:
        return "sms"
    if Channel.SMS in session.factors and visitor.email:
        return "courriel"
    return "phrase" if visitor.phrase else "premier_code"


@transaction.atomic
def send_code(visiting: Visiting, *, address: str) -> uuid.UUID | None:
    """The code of the second factor, when it is one that is sent. Too many: the former ones are still good."""
    step, session = next_step(visiting), _session(visiting)
    if step not in ("sms", "courriel"):
        return None
    channel = Channel(step)
    contact = session.visitor.phone if channel is Channel.SMS else session.visitor.email
    hashes = {"contact": _keyed(f"contact {contact}"), "address": _keyed(f"address {address}")}
    if not _is_calm(hashes):
        return None
    return _challenge(
        visitor_id=session.visitor_id, channel=channel, is_link=False, hashes=hashes, session_id=session.pk
    )


def prove_by_code(visiting: Visiting, code: str) -> str:
    """The new token of a session that opens records. Raises E-POR-01, also while locked: each code has its attempts,
    and all of them together have a limit too."""
    latest = DoorChallenge.objects.filter(session_id=visiting.session_id).order_by("-id")
    handle = latest.values_list("handle", flat=True).first() or uuid.uuid4()
    with transaction.atomic():
        visitor = Visitor.objects.select_for_update().get(pk=visiting.visitor_id)
        is_locked = visitor.locked_until is not None and visitor.locked_until > clock.wall()
        channel = "" if is_locked else _answered(handle, code, session_id=visiting.session_id)
        is_admitted = _admits(visitor, is_right=bool(channel))
    if not is_admitted:
        raise WRONG
    return _come_in(visiting, channel)


def prove_by_phrase(visiting: Visiting, phrase: str) -> str:
    """Raises E-POR-09, also while locked."""
    with transaction.atomic():
        visitor = Visitor.objects.select_for_update().get(pk=visiting.visitor_id)
        is_right = bool(visitor.phrase) and check_password(phrase, visitor.phrase)
        is_admitted = _admits(visitor, is_right=is_right)
    if not is_admitted:
        raise WRONG_PHRASE
    return _come_in(visiting, "phrase")


def choose_phrase(visiting: Visiting, first_code: str, phrase: str) -> str:
    """The first time: the code given by hand, and the phrase that will replace it. Raises E-POR-09, E-POR-10."""
    if len(phrase.strip()) < SHORTEST_PHRASE:
        raise SHORT_PHRASE
    with transaction.atomic():
        visitor = Visitor.objects.select_for_update().get(pk=visiting.visitor_id)
        is_right = bool(visitor.first_code) and check_password(_digits(first_code), visitor.first_code)
        is_admitted = _admits(visitor, is_right=is_right)
        if is_admitted:
            Visitor.objects.filter(pk=visitor.pk).update(phrase=make_password(phrase), first_code="")
    if not is_admitted:
        raise WRONG_PHRASE
    return _come_in(visiting, "premier_code")


# ------------------------------------------------------------------------------------------------ behind the door


def visiting_of(token: str) -> Visiting | None:
    """Who holds the token, as of now; the same statement notes that they are still there."""
    moment = clock.wall()
    found = sql.row(_SEEN, {"token": _hash(token), "now": moment, "idle": moment - IDLE, "today": clock.today()})
    if found is None:
        return None
    session, factors, record, visitor, own, given, family, has_others = found
    is_oneself = own is not None and record == own
    given = given.title() if given.isupper() else given  # the INS gives names in capitals
    return Visiting(
        actor=Actor(
            kind="patient" if is_oneself else "representative",
            label=f"{given} {family}{OF_THE_PATIENT if is_oneself else OF_A_REPRESENTATIVE}",
            assurance=len(set(factors)),
            session_id=session,
            visitor_id=visitor,
            patient_id=PatientId(record) if record is not None else None,
        ),
        visitor_id=visitor,
        session_id=session,
        given_name=given,
        own_patient_id=PatientId(own) if own is not None else None,
        has_others=has_others,
    )


def put_on_screen(visiting: Visiting, patient_id: int) -> None:
    """Another record that the law opens to the visitor; any other is silently left."""
    if visible_patients(visiting.actor).filter(pk=patient_id).exists():
        VisitorSession.objects.filter(pk=visiting.session_id).update(record_id=patient_id)


def leave(token: str) -> None:
    VisitorSession.objects.filter(token_hash=_hash(token)).delete()


# ------------------------------------------------------------------------------------------------ for exchange


def letter(challenge_id: int) -> Letter | None:
    """What is to be sent; None when nobody was recognised, or too late."""
    waiting = DoorChallenge.objects.filter(pk=challenge_id, ends_at__gt=clock.wall(), visitor__is_active=True)
    row = waiting.exclude(sealed=b"").select_related("visitor").first()
    if row is None or row.visitor is None:
        return None
    to = row.visitor.email if row.channel == Channel.MAIL else row.visitor.phone
    return Letter(
        visitor_id=row.visitor.pk, channel=row.channel, to=to, is_link=row.is_link,
        secret=sealing.unseal(bytes(row.sealed)),
    )  # fmt: skip


def forget_letter(challenge_id: int) -> None:
    """Once sent, only the hash stays."""
    DoorChallenge.objects.filter(pk=challenge_id).update(sealed=b"")


def forget_old() -> None:
    """What ended a day ago serves nobody: neither who knocked, nor from where, is kept longer."""
    before = {"before": clock.wall() - KEPT}
    sql.rows("DELETE FROM access_door_challenge WHERE created_at < %(before)s", before)
    sql.rows("DELETE FROM access_visitor_session WHERE ends_at < %(before)s", before)


# ------------------------------------------------------------------------------------------------ inside


def _contact(typed: str) -> tuple[Channel, str]:
    """What no contact can be is nobody's, and costs the same."""
    try:
        if "@" in typed:
            return Channel.MAIL, spelled_email(typed)
        return Channel.SMS, spelled_phone(typed)
    except UserMessage:
        return (Channel.MAIL if "@" in typed else Channel.SMS), ""


def _who(channel: Channel, contact: str, birth_date: dt.date | None) -> int | None:
    field = "email" if channel is Channel.MAIL else "phone"
    known = Visitor.objects.filter(**{field: contact or "-"}, birth_date=birth_date or dt.date.min, is_active=True)
    return known.values_list("pk", flat=True).first()


def _is_calm(hashes: dict[str, bytes]) -> bool:
    found = sql.row(_KNOCKS, hashes | {"since": clock.wall() - WINDOW})
    assert found is not None
    return bool(found[0] < MOST_PER_CONTACT and found[1] < MOST_PER_ADDRESS)


def _challenge(
    *,
    visitor_id: int | None,
    channel: Channel,
    is_link: bool,
    hashes: dict[str, bytes],
    session_id: int | None = None,
) -> uuid.UUID:
    secret = secrets.token_urlsafe(32) if is_link else f"{secrets.randbelow(10**6):06d}"
    handle, moment = uuid.uuid4(), clock.wall()
    row = DoorChallenge.objects.create(
        handle=handle, visitor_id=visitor_id, session_id=session_id, channel=channel, is_link=is_link,
        secret_hash=_keyed(secret if is_link else f"{handle} {secret}"), sealed=sealing.seal(secret),
        contact_hash=hashes["contact"], address_hash=hashes["address"], created_at=moment,
        ends_at=moment + CHALLENGE_LENGTH,
    )  # fmt: skip
    events.announce(ChallengeToSend(challenge_id=row.pk))
    return handle


def _answered(handle: uuid.UUID, code: str, *, session_id: int) -> str:
    """The channel whose code was right; empty for a wrong one."""
    try:
        return _answer(handle, code, session_id=session_id)[1]
    except UserMessage:
        return ""


def _answer(handle: uuid.UUID, code: str, *, session_id: int | None) -> tuple[int, str]:
    """Each attempt is counted before it is judged, so that guesses made at the same instant all count."""
    asked = {"handle": handle, "now": clock.wall(), "most": MOST_ATTEMPTS, "session": session_id}
    counted = sql.row(_COUNT_ATTEMPT, asked)
    if counted is None:
        raise WRONG
    secret, channel = counted
    if not hmac.compare_digest(bytes(secret), _keyed(f"{handle} {_digits(code)}")):
        raise WRONG
    found = sql.row(_ANSWER_CODE, asked)
    if found is None:
        raise WRONG
    return found[0], channel


def _half_way(visitor_id: int, factor: str, user_agent: str) -> str:
    """One factor is proven: a short session, which opens nothing."""
    visitor = Visitor.objects.filter(pk=visitor_id, is_active=True).first()
    if visitor is None:
        raise WRONG
    token, moment = secrets.token_urlsafe(32), clock.wall()
    VisitorSession.objects.create(
        token_hash=_hash(token), visitor=visitor, record_id=_first_record(visitor), factors=[factor],
        last_seen_at=moment, ends_at=moment + HALF_WAY_LENGTH, user_agent=storable(user_agent)[:200],
    )  # fmt: skip
    return token


def _first_record(visitor: Visitor) -> int | None:
    if visitor.patient_id is not None:
        return visitor.patient_id
    today = clock.today()
    current = visitor.delegations.filter(start__lte=today, ended_at__isnull=True).exclude(end__lt=today)
    return current.order_by("id").values_list("patient_id", flat=True).first()


def _come_in(visiting: Visiting, factor: str) -> str:
    """A new token: the one of the half-way session, which others may have seen, is worth nothing any more."""
    token, session = secrets.token_urlsafe(32), _session(visiting)
    VisitorSession.objects.filter(pk=session.pk).update(
        token_hash=_hash(token), factors=[*session.factors, factor], ends_at=clock.wall() + SESSION_LENGTH
    )
    return token


def _admits(visitor: Visitor, *, is_right: bool) -> bool:
    """From the fifth failure on, each one closes for longer: one minute, two, four… fifteen at most."""
    if visitor.locked_until is not None and visitor.locked_until > clock.wall():
        return False
    failures, locked_until = (0, None) if is_right else (visitor.failed_attempts + 1, None)
    if failures >= FAILURES_BEFORE_LOCK:
        wait = dt.timedelta(minutes=2 ** min(failures - FAILURES_BEFORE_LOCK, 10))
        locked_until = clock.wall() + min(wait, LONGEST_LOCK)
    Visitor.objects.filter(pk=visitor.pk).update(failed_attempts=failures, locked_until=locked_until)
    return is_right


def _session(visiting: Visiting) -> VisitorSession:
    return VisitorSession.objects.select_related("visitor").get(pk=visiting.session_id)


def _digits(typed: str) -> str:
    return "".join(each for each in typed if each in "0123456789")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _keyed(text: str) -> bytes:
    """A code has few values: without the key, its hash would say it."""
    key = hashlib.sha256(b"porte " + config.secret("scellement").encode()).digest()
    return hmac.digest(key, text.encode(), "sha256")


_SEEN = """
UPDATE access_visitor_session s SET last_seen_at = %(now)s
  FROM access_visitor v
 WHERE v.id = s.visitor_id AND v.is_active
   AND s.token_hash = %(token)s AND s.ends_at > %(now)s AND s.last_seen_at > %(idle)s
RETURNING s.id, s.factors, s.record_id, v.id, v.patient_id, v.given_name, v.family_name,
          EXISTS (SELECT 1 FROM access_delegation d
                   WHERE d.visitor_id = v.id AND d.ended_at IS NULL AND d.start <= %(today)s
                     AND (d."end" IS NULL OR d."end" >= %(today)s))
"""
_KNOCKS = """
SELECT (SELECT count(*) FROM access_door_challenge WHERE contact_hash = %(contact)s AND created_at > %(since)s),
       (SELECT count(*) FROM access_door_challenge WHERE address_hash = %(address)s AND created_at > %(since)s)
"""
_ANSWER_LINK = """
UPDATE access_door_challenge SET answered_at = %(now)s, sealed = ''
 WHERE secret_hash = %(secret)s AND is_link AND answered_at IS NULL AND ends_at > %(now)s AND visitor_id IS NOT NULL
RETURNING visitor_id
"""
_COUNT_ATTEMPT = """
UPDATE access_door_challenge SET attempts = attempts + 1
 WHERE handle = %(handle)s AND NOT is_link AND answered_at IS NULL AND ends_at > %(now)s AND attempts < %(most)s
   AND session_id IS NOT DISTINCT FROM %(session)s
RETURNING secret_hash, channel
"""
_ANSWER_CODE = """
UPDATE access_door_challenge SET answered_at = %(now)s, sealed = ''
 WHERE handle = %(handle)s AND answered_at IS NULL AND visitor_id IS NOT NULL
RETURNING visitor_id
"""
