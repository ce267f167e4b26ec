"""Accounts: the first factor of a person, and what slows down whoever guesses.

Unknown identifier, wrong password and locked account give one answer after one slow hash, so that nothing can be
enumerated. The CNIL (délibération 2022-100) asks for blocking after failures, and for at most 25 of them a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from maillon.access import door, passwords, sessions
from maillon.access import provider as provider
from maillon.access.door import Browser
from maillon.access.models import Account, Session, SignInEvent
from maillon.access.sessions import Method, account_of
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage

FAILURES_BEFORE_LOCK = 5
FAILURES_A_DAY = 25
LONGEST_LOCK = dt.timedelta(minutes=15)

REFUSED = UserMessage("E-ACC-01", "Identifiant ou mot de passe incorrect, ou compte temporairement bloqué.")


def register_account(
    *,
    identifier: str,
    password: str,
    professional_id: ProfessionalId,
    structure_id: StructureId,
    is_administrator: bool = False,
    is_referent: bool = False,
) -> int:
    """Open an account, or set again the one of this professional. One professional, one account (E-ACC-10). A new
    password ends what the old one had opened."""
    known = Account.objects.filter(professional_id=professional_id).first()
    is_same = known is not None and passwords.is_right(known, password)
    account, _ = Account.objects.update_or_create(
        professional_id=professional_id,
        defaults={
            "identifier": _spelled(identifier),
            "password": known.password if known and is_same else passwords.sealed(password, about=(identifier,)),
            "structure_id": structure_id,
            "is_administrator": is_administrator,
            "is_referent": is_referent,
            "is_active": True,
        },
    )
    if known and not is_same:
        sessions.end_all(account.pk)
    return account.pk


def sign_in(identifier: str, password: str, *, browser: Browser | None = None) -> str:
    """The token of a session that has proven one factor. Raises UserMessage E-ACC-01, always the same."""
    browser = browser or Browser()
    account = Account.objects.filter(identifier=_spelled(identifier), is_active=True).first()
    # The hash is computed whoever it is for, and even when locked: the delay says nothing.
    is_right = passwords.is_right(account, password)
    if account is None or not admitted(account.pk, lambda _: is_right):
        door.refused("mot_de_passe", "inconnu_faux_ou_bloque", browser, account_id=account.pk if account else None)
        raise REFUSED
    door.accepted("mot_de_passe", account.pk, browser)
    places = sessions.workplaces(account.professional_id)
    return sessions.open_session(account.pk, method=Method.PASSWORD, browser=browser, situations=places)


def proves_password(actor: Actor, password: str) -> bool:
    """The password again, of somebody whose session is locked: counted like an attempt to sign in."""
    account = Account.objects.get(pk=account_of(actor))
    is_right = passwords.is_right(account, password)
    return admitted(account.pk, lambda _: is_right)


@transaction.atomic
def change_password(actor: Actor, old: str, new: str) -> None:
    """Every other session of the account ends."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=account_of(actor))
    if not passwords.is_right(account, old):
        raise UserMessage("E-ACC-02", "Le mot de passe actuel n’est pas le bon.")
    account.password = passwords.sealed(new, about=(account.identifier, *actor.label.split()))
    account.save(update_fields=["password"])
    sessions.end_all(account.pk, but=actor.session_id)


@transaction.atomic
def admitted(account_id: int, judge: Callable[[Account], bool]) -> bool:
    """One attempt at a time: guesses made at the same instant are all counted, and the lock holds for the next. The
    judge sees the account under its lock, so that a code is not used twice."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=account_id)
    if _is_locked(account):
        return False
    is_right = judge(account)
    if is_right:
        Account.objects.filter(pk=account_id).update(failed_attempts=0, locked_until=None, last_login=clock.wall())
    else:
        _count_failure(account)
    return is_right


def _is_locked(account: Account) -> bool:
    is_worn_out = account.attempts_day == _true_day() and account.attempts_today >= FAILURES_A_DAY
    return is_worn_out or (account.locked_until is not None and account.locked_until > clock.wall())


def _true_day() -> dt.date:
    """In Paris; a demonstration that moves its clock gives no new day of guesses."""
    return clock.in_paris(clock.wall()).date()


def _count_failure(account: Account) -> None:
    """From the fifth failure on, each one locks for longer: one minute, two, four… fifteen at most."""
    failures, today = account.failed_attempts + 1, _true_day()
    account.failed_attempts = failures
    account.attempts_today = account.attempts_today + 1 if account.attempts_day == today else 1
    account.attempts_day = today
    if failures >= FAILURES_BEFORE_LOCK:
        wait = dt.timedelta(minutes=2 ** min(failures - FAILURES_BEFORE_LOCK, 10))
        account.locked_until = clock.wall() + min(wait, LONGEST_LOCK)
    account.save(update_fields=["failed_attempts", "locked_until", "attempts_today", "attempts_day"])


def _spelled(identifier: str) -> str:
    """Without case or blanks; a NUL, which the base does not take, makes it nobody's."""
    return identifier.strip().lower().replace("\0", "\ufffd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who used a shared post."""

    uuid: str
    label: str


def people(uuids: Sequence[str]) -> list[Person]:
    """Those who used a shared post, in the order given; who left is left out."""
    found = Account.objects.filter(uuid__in=uuids, is_active=True).select_related("professional")
    labels = {str(each.uuid): f"{each.professional.given_name} {each.professional.family_name}" for each in found}
    return [Person(uuid=uuid, label=labels[uuid]) for uuid in uuids if uuid in labels]


def identifier_of(uuid: str) -> str:
    return Account.objects.filter(uuid=uuid, is_active=True).values_list("identifier", flat=True).first() or ""


def uuid_of(actor: Actor) -> str:
    return str(Account.objects.values_list("uuid", flat=True).get(pk=account_of(actor)))


def of_professional(professional_id: ProfessionalId) -> int | None:
    """The open account of a professional, if any."""
    found = Account.objects.filter(professional_id=professional_id, is_active=True)
    return found.values_list("pk", flat=True).first()


def never_signed_in(people: Collection[ProfessionalId]) -> frozenset[ProfessionalId]:
    """Those for whom nobody ever entered: without an account, or with one that was never used."""
    accounts = Account.objects.filter(professional_id__in=list(people))
    came = accounts.filter(
        Q(last_login__isnull=False)
        | Exists(Session.objects.filter(account_id=OuterRef("pk")))
        | Exists(SignInEvent.objects.filter(account_id=OuterRef("pk"), outcome=door.ACCEPTED))
    )
    return frozenset(people) - {ProfessionalId(each) for each in came.values_list("professional_id", flat=True)}
