from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher, identify_hasher
from django.db import connection

from maillon import settings as real_settings
from maillon.access import accounts
from maillon.access import api as access_room
from maillon.access.models import Account, Session
from maillon.kernel import clock
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Attachment, Professional
from tests.conftest import PASSWORD, Cast

NEW_PASSWORD = "Une autre phrase, assez longue"


def refusal(identifier: str, password: str) -> UserMessage:
    with pytest.raises(UserMessage) as caught:
        access_room.accounts.sign_in(identifier, password, user_agent="")
    return caught.value


@contextmanager
def hashes_counted() -> Iterator[list[str]]:
    made: list[str] = []
    compute = MD5PasswordHasher.encode

    def encode(self: MD5PasswordHasher, password: str, salt: str) -> str:
        made.append(password)
        return compute(self, password, salt)

    with mock.patch.object(MD5PasswordHasher, "encode", encode):
        yield made


def signed_in(identifier: str = "claire@demo") -> str:
    return access_room.accounts.sign_in(identifier, PASSWORD, user_agent="Firefox 140")


def lock(identifier: str = "claire@demo") -> None:
    for _ in range(accounts.FAILURES_BEFORE_LOCK):
        refusal(identifier, "faux")


def test_the_right_password_opens_a_session_of_its_owner(cast: Cast) -> None:
    actor = access_room.accounts.actor_of(signed_in())
    assert actor is not None
    assert (actor.professional_id, actor.label, actor.profession_code) == (
        cast.claire.professional_id, "Dr Claire Morel", "G15_10",
    )  # fmt: skip
    assert actor.structure_ids == (cast.tilleuls_id,)


def test_the_identifier_is_read_without_case_or_blanks(cast: Cast) -> None:
    assert access_room.accounts.actor_of(signed_in("  Claire@DEMO ")) is not None


def test_unknown_wrong_locked_and_closed_are_refused_with_one_message(cast: Cast) -> None:
    lock("karim@demo")
    Account.objects.filter(identifier="nadia@demo").update(is_active=False)
    told = [
        refusal("claire@demo", "faux"),
        refusal("personne@demo", PASSWORD),
        refusal("karim@demo", PASSWORD),
        refusal("nadia@demo", PASSWORD),
        refusal("", ""),
        refusal("claire\0@demo", PASSWORD),
    ]
    assert {(each.code, each.message) for each in told} == {("E-ACC-01", accounts.REFUSED.message)}


def test_every_answer_costs_one_hash(cast: Cast) -> None:
    lock("karim@demo")
    refusal("personne@demo", "faux")  # the hash of nobody's password is made once
    for identifier, password in [
        ("claire@demo", "faux"), ("personne@demo", "faux"), ("karim@demo", PASSWORD), ("karim@demo", "faux"),
    ]:  # fmt: skip
        with hashes_counted() as made:
            refusal(identifier, password)
        assert len(made) == 1, identifier
    with hashes_counted() as made:
        signed_in()
    assert len(made) == 1


def test_the_real_hash_is_slow_and_argon2_comes_first(cast: Cast, settings: object) -> None:
    settings.PASSWORD_HASHERS = real_settings.PASSWORD_HASHERS  # type: ignore[attr-defined]
    account = Account.objects.get(identifier="claire@demo")
    account.set_password(PASSWORD)
    account.save()
    assert identify_hasher(account.password).algorithm == "argon2"
    assert access_room.accounts.actor_of(signed_in()) is not None
    refusal("claire@demo", "faux")


def test_four_failures_lock_nothing(cast: Cast) -> None:
    for _ in range(accounts.FAILURES_BEFORE_LOCK - 1):
        refusal("claire@demo", "faux")
    assert signed_in()


def test_the_fifth_failure_locks_for_one_minute(cast: Cast) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        lock()
        refusal("claire@demo", PASSWORD)
    with time_machine.travel(now + dt.timedelta(seconds=59), tick=False):
        refusal("claire@demo", PASSWORD)
    with time_machine.travel(now + dt.timedelta(seconds=61), tick=False):
        assert signed_in()


def test_each_further_failure_locks_twice_as_long_and_never_more_than_a_quarter_of_an_hour(cast: Cast) -> None:
    moment, waits = clock.now(), []
    with time_machine.travel(moment, tick=False) as traveller:
        lock()
        for _ in range(7):
            account = Account.objects.get(identifier="claire@demo")
            assert account.locked_until is not None
            waits.append((account.locked_until - clock.now()).total_seconds() / 60)
            traveller.move_to(account.locked_until + dt.timedelta(seconds=1))
            refusal("claire@demo", "faux")
    assert waits == [1, 2, 4, 8, 15, 15, 15]


def test_an_attempt_during_the_lock_does_not_lengthen_it(cast: Cast) -> None:
    lock()
    before = Account.objects.values_list("locked_until", "failed_attempts").get(identifier="claire@demo")
    refusal("claire@demo", "faux")
    assert Account.objects.values_list("locked_until", "failed_attempts").get(identifier="claire@demo") == before


def test_a_success_forgets_the_failures(cast: Cast) -> None:
    for _ in range(accounts.FAILURES_BEFORE_LOCK - 1):
        refusal("claire@demo", "faux")
    signed_in()
    for _ in range(accounts.FAILURES_BEFORE_LOCK - 1):
        refusal("claire@demo", "faux")
    assert signed_in()


def test_the_lock_of_one_account_touches_no_other(cast: Cast) -> None:
    lock()
    assert signed_in("karim@demo")


@pytest.mark.django_db(transaction=True)
def test_guesses_made_at_the_same_instant_are_all_counted(cast: Cast) -> None:
    number, gate = 6, threading.Barrier(6)

    def guess() -> None:
        gate.wait()
        with pytest.raises(UserMessage):
            accounts.sign_in("claire@demo", "faux")
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    account = Account.objects.get(identifier="claire@demo")
    assert account.failed_attempts >= accounts.FAILURES_BEFORE_LOCK
    assert account.locked_until is not None


def test_only_the_hash_of_the_token_is_kept(cast: Cast) -> None:
    token = signed_in()
    (session,) = Session.objects.all()
    assert bytes(session.token_hash) == hashlib.sha256(token.encode()).digest()
    values = [bytes(value) if isinstance(value, memoryview) else value for value in vars(session).values()]
    assert token not in map(str, values)
    assert token.encode() not in values


def test_a_session_ends_after_twelve_hours(cast: Cast) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        token = signed_in()
    with time_machine.travel(now + dt.timedelta(hours=11, minutes=59), tick=False):
        assert access_room.accounts.actor_of(token) is not None
    with time_machine.travel(now + dt.timedelta(hours=12), tick=False):
        assert access_room.accounts.actor_of(token) is None


@pytest.mark.parametrize("token", ["", "x", "é" * 50, "a\0b"])
def test_a_token_that_nobody_was_given_is_nobody(cast: Cast, token: str) -> None:
    assert access_room.accounts.actor_of(token) is None


def test_signing_out_ends_this_session_only(cast: Cast) -> None:
    here, there = signed_in(), signed_in()
    access_room.accounts.sign_out(here)
    assert access_room.accounts.actor_of(here) is None
    assert access_room.accounts.actor_of(there) is not None


def test_a_revoked_session_is_over_at_the_next_request(cast: Cast) -> None:
    here, there = signed_in(), signed_in()
    actor = access_room.accounts.actor_of(here)
    assert actor is not None
    lines = access_room.accounts.sessions_of(actor)
    assert sorted(line.is_current for line in lines) == [False, True]
    (other,) = (line for line in lines if not line.is_current)
    access_room.accounts.revoke(actor, other.id)
    assert access_room.accounts.actor_of(there) is None
    assert access_room.accounts.actor_of(here) == actor


def test_nobody_sees_or_ends_the_session_of_another(cast: Cast) -> None:
    hers, his = signed_in(), signed_in("karim@demo")
    karim = access_room.accounts.actor_of(his)
    claire = access_room.accounts.actor_of(hers)
    assert karim is not None
    assert claire is not None
    assert claire.session_id is not None
    assert [line.id for line in access_room.accounts.sessions_of(karim)] == [karim.session_id]
    access_room.accounts.revoke(karim, claire.session_id)
    assert access_room.accounts.actor_of(hers) is not None


def test_a_new_password_ends_the_other_sessions_and_replaces_the_old_one(cast: Cast) -> None:
    here, there, his = signed_in(), signed_in(), signed_in("karim@demo")
    actor = access_room.accounts.actor_of(here)
    assert actor is not None
    access_room.accounts.change_password(actor, PASSWORD, NEW_PASSWORD)
    assert access_room.accounts.actor_of(here) is not None
    assert access_room.accounts.actor_of(there) is None
    assert access_room.accounts.actor_of(his) is not None
    refusal("claire@demo", PASSWORD)
    assert access_room.accounts.sign_in("claire@demo", NEW_PASSWORD, user_agent="")


@pytest.mark.parametrize(("old", "new", "code"), [("faux", NEW_PASSWORD, "E-ACC-02"), (PASSWORD, "court", "E-ACC-03")])
def test_a_refused_change_of_password_changes_nothing(cast: Cast, old: str, new: str, code: str) -> None:
    here, there = signed_in(), signed_in()
    actor = access_room.accounts.actor_of(here)
    assert actor is not None
    with pytest.raises(UserMessage) as caught:
        access_room.accounts.change_password(actor, old, new)
    assert caught.value.code == code
    assert access_room.accounts.actor_of(there) is not None
    assert signed_in()


def test_an_ended_attachment_leaves_the_actor_at_once(cast: Cast) -> None:
    token = signed_in()
    Attachment.objects.filter(professional_id=cast.claire.professional_id).update(
        end=clock.today() - dt.timedelta(days=1)
    )
    actor = access_room.accounts.actor_of(token)
    assert actor is not None
    assert actor.structure_ids == ()


def test_an_attachment_counts_from_its_first_day_to_its_last(cast: Cast) -> None:
    token, today = signed_in("paul@demo"), clock.today()
    attachment = Attachment.objects.create(
        professional_id=cast.paul.professional_id, structure_id=cast.tilleuls_id, start=today, end=today
    )
    actor = access_room.accounts.actor_of(token)
    assert actor is not None
    assert set(actor.structure_ids) == {cast.elsewhere_id, cast.tilleuls_id}
    attachment.start = attachment.end = today + dt.timedelta(days=1)
    attachment.save()
    actor = access_room.accounts.actor_of(token)
    assert actor is not None
    assert set(actor.structure_ids) == {cast.elsewhere_id}


def test_a_closed_account_is_nobody_at_the_next_request(cast: Cast) -> None:
    token = signed_in()
    Account.objects.filter(identifier="claire@demo").update(is_active=False)
    assert access_room.accounts.actor_of(token) is None


def test_a_professional_who_no_longer_practises_is_nobody_at_the_next_request(cast: Cast) -> None:
    token = signed_in()
    Professional.objects.filter(pk=cast.claire.professional_id).update(is_active=False)
    assert access_room.accounts.actor_of(token) is None


def test_a_professional_has_one_account_whose_identifier_may_change(cast: Cast) -> None:
    assert cast.claire.professional_id is not None
    assert cast.claire.structure_id is not None
    access_room.accounts.register_account(
        identifier="Dr.Morel@demo ", password=NEW_PASSWORD, professional_id=cast.claire.professional_id,
        structure_id=cast.claire.structure_id,
    )  # fmt: skip
    assert access_room.accounts.sign_in("dr.morel@demo", NEW_PASSWORD, user_agent="")
    refusal("claire@demo", PASSWORD)


def test_a_machine_has_no_sessions(cast: Cast) -> None:
    with pytest.raises(UserMessage) as caught:
        access_room.accounts.sessions_of(access_room.machine("essai"))
    assert caught.value.code == "E-ACC-05"
