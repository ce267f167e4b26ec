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
from maillon.access.models import Account, Replacement, Session, SignInEvent
from maillon.access.sessions import Browser
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Attachment, Professional
from tests.conftest import PASSWORD, Cast

NEW_PASSWORD = "Une autre phrase, assez longue"


def refusal(identifier: str, password: str) -> UserMessage:
    with pytest.raises(UserMessage) as caught:
        access_room.accounts.sign_in(identifier, password)
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
    return access_room.accounts.sign_in(identifier, PASSWORD, browser=Browser(user_agent="Firefox 140"))


def lock(identifier: str = "claire@demo") -> None:
    for _ in range(accounts.FAILURES_BEFORE_LOCK):
        refusal(identifier, "faux")


def test_the_right_password_opens_a_session_of_its_owner(cast: Cast) -> None:
    actor = access_room.sessions.actor_of(signed_in())
    assert actor is not None
    assert (actor.professional_id, actor.label, actor.profession_code) == (
        cast.claire.professional_id, "Dr Claire Morel", "G15_10",
    )  # fmt: skip
    assert actor.structure_ids == (cast.tilleuls_id,)


def test_the_identifier_is_read_without_case_or_blanks(cast: Cast) -> None:
    assert access_room.sessions.actor_of(signed_in("  Claire@DEMO ")) is not None


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
    assert access_room.sessions.actor_of(signed_in()) is not None
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


def strong(actor: Actor, method: Session.Method = Session.Method.CODE, *, is_shared_post: bool = False) -> str:
    assert actor.account_id is not None
    assert actor.structure_id is not None
    return access_room.sessions.open_session(
        actor.account_id, method=method, browser=Browser(is_shared_post=is_shared_post),
        situations=[actor.structure_id],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "length"),
    [
        (Session.Method.CODE, dt.timedelta(hours=12)),
        (Session.Method.PASSKEY, dt.timedelta(hours=12)),
        (Session.Method.PSC, dt.timedelta(hours=4)),
        (Session.Method.PASSWORD, dt.timedelta(minutes=15)),
    ],
)
def test_a_session_ends_however_busy_it_is(cast: Cast, method: Session.Method, length: dt.timedelta) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        token, at = strong(cast.claire, method), start
        while at + dt.timedelta(minutes=10) < start + length:
            at += dt.timedelta(minutes=10)
            traveller.move_to(at)
            assert access_room.sessions.actor_of(token) is not None, at - start
        traveller.move_to(start + length)
        assert access_room.sessions.standing_of(token) is None


@pytest.mark.parametrize(("is_shared_post", "minutes"), [(False, 15), (True, 5)])
def test_a_silent_session_is_locked_then_goes_on_where_it_was(cast: Cast, is_shared_post: bool, minutes: int) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        token = strong(cast.claire, is_shared_post=is_shared_post)
        traveller.move_to(start + dt.timedelta(minutes=minutes, seconds=-1))
        before = access_room.sessions.standing_of(token)
        assert before is not None
        assert before.lacks == ""
        traveller.shift(dt.timedelta(minutes=minutes))
        assert access_room.sessions.actor_of(token) is None
        locked = access_room.sessions.standing_of(token)
        assert locked is not None
        assert (locked.lacks, locked.actor) == ("unlock", before.actor)
        traveller.shift(dt.timedelta(minutes=minutes))
        assert access_room.sessions.actor_of(token) is None, "asking does not wake it"
        access_room.factors.lift_lock(locked, PASSWORD, browser=Browser())
        assert access_room.sessions.actor_of(token) == before.actor


def test_somebody_seen_is_written_once_a_minute_at_most(cast: Cast) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        token = strong(cast.claire)
        seen = []
        for seconds in (30, 61, 90, 122):
            traveller.move_to(start + dt.timedelta(seconds=seconds))
            access_room.sessions.actor_of(token)
            seen.append(round((Session.objects.get().last_seen_at - start).total_seconds()))
    assert seen == [0, 61, 61, 122]


def test_a_locked_session_opens_for_its_person_only_and_five_failures_end_it(cast: Cast) -> None:
    token = strong(cast.claire)
    access_room.sessions.lock(token)
    standing = access_room.sessions.standing_of(token)
    assert standing is not None
    codes = []
    for _ in range(access_room.sessions.UNLOCKS_BEFORE_END):
        with pytest.raises(UserMessage) as caught:
            access_room.factors.lift_lock(standing, "le mot de passe d’un autre", browser=Browser())
        codes.append(caught.value.code)
    assert codes == ["E-ACC-13"] * 4 + ["E-ACC-14"]
    assert access_room.sessions.standing_of(token) is None


def test_what_was_sent_to_a_locked_session_is_kept_sealed_and_given_once(cast: Cast) -> None:
    token = strong(cast.claire)
    session = Session.objects.get()
    assert access_room.sessions.hold(session.pk, "/a-regler", {"motif": ["Une phrase du patient"]})
    kept = bytes(Session.objects.get().held or b"")
    assert kept
    assert b"phrase" not in kept
    assert access_room.sessions.take_held(session.pk) == ("/a-regler", {"motif": ["Une phrase du patient"]})
    assert access_room.sessions.take_held(session.pk) is None
    assert not access_room.sessions.hold(session.pk, "/", {"motif": ["x" * 70_000]})
    assert access_room.sessions.actor_of(token) is not None


def test_twenty_five_failures_close_the_account_for_the_day(cast: Cast) -> None:
    morning = clock.now().replace(hour=9)
    with time_machine.travel(morning, tick=False) as traveller:
        for _ in range(accounts.FAILURES_A_DAY):
            refusal("claire@demo", "faux")
            traveller.shift(dt.timedelta(minutes=16))
        refusal("claire@demo", PASSWORD)
        traveller.shift(dt.timedelta(days=1))
        assert signed_in()


def test_a_password_alone_is_one_factor_and_opens_no_record(cast: Cast) -> None:
    standing = access_room.sessions.standing_of(signed_in())
    assert standing is not None
    assert (standing.lacks, standing.actor.assurance) == ("factor", 1)


def test_with_several_situations_one_is_chosen_and_only_among_those(cast: Cast) -> None:
    Attachment.objects.create(
        professional_id=cast.claire.professional_id, structure_id=cast.elsewhere_id, start=clock.today()
    )
    assert cast.claire.account_id is not None
    token = access_room.sessions.open_session(
        cast.claire.account_id, method=Session.Method.CODE, browser=Browser(),
        situations=[cast.tilleuls_id, cast.elsewhere_id],
    )  # fmt: skip
    standing = access_room.sessions.standing_of(token)
    assert standing is not None
    assert standing.lacks == "situation"
    assert [each.name for each in access_room.sessions.situations_of(standing)] == [
        "Cabinet du Port", "Maison de santé des Tilleuls",
    ]  # fmt: skip
    with pytest.raises(UserMessage, match="ne vous est pas ouverte"):
        access_room.sessions.choose_situation(standing, 999_999)
    access_room.sessions.choose_situation(standing, cast.elsewhere_id)
    actor = access_room.sessions.actor_of(token)
    assert actor is not None
    assert actor.structure_id == cast.elsewhere_id


def test_whoever_replaces_holds_it_from_the_first_day_to_the_last(cast: Cast) -> None:
    token, today = strong(cast.karim), clock.today()
    given = Replacement.objects.create(
        replaced_id=cast.claire.professional_id, replacing_id=cast.karim.professional_id, start=today, end=today,
        reason="congé", recorded_by="essai",
    )  # fmt: skip
    held = access_room.sessions.actor_of(token)
    assert held is not None
    assert held.replaces == (cast.claire.professional_id,)
    given.ended_at = clock.now()
    given.save()
    after = access_room.sessions.actor_of(token)
    assert after is not None
    assert after.replaces == ()


def test_the_door_is_journalled_without_a_secret(cast: Cast) -> None:
    browser = Browser(source="192.0.2.7")
    with pytest.raises(UserMessage):
        accounts.sign_in("claire@demo", "un mot de passe faux", browser=browser)
    accounts.sign_in("claire@demo", PASSWORD, browser=browser)
    found = list(SignInEvent.objects.order_by("pk"))
    assert [(each.kind, each.outcome, each.account_id) for each in found] == [
        ("mot_de_passe", "refuse", cast.claire.account_id),
        ("mot_de_passe", "accepte", cast.claire.account_id),
    ]
    written = " ".join(str(value) for each in found for value in vars(each).values())
    assert "192.0.2.7" not in written
    assert "un mot de passe faux" not in written
    assert bytes(found[0].source_hash or b"") != hashlib.sha256(b"192.0.2.7").digest(), "the hash is keyed"


@pytest.mark.parametrize("token", ["", "x", "é" * 50, "a\0b"])
def test_a_token_that_nobody_was_given_is_nobody(cast: Cast, token: str) -> None:
    assert access_room.sessions.actor_of(token) is None


def test_signing_out_ends_this_session_only(cast: Cast) -> None:
    here, there = signed_in(), signed_in()
    access_room.sessions.sign_out(here)
    assert access_room.sessions.actor_of(here) is None
    assert access_room.sessions.actor_of(there) is not None


def test_a_revoked_session_is_over_at_the_next_request(cast: Cast) -> None:
    here, there = signed_in(), signed_in()
    actor = access_room.sessions.actor_of(here)
    assert actor is not None
    lines = access_room.sessions.sessions_of(actor)
    assert sorted(line.is_current for line in lines) == [False, True]
    (other,) = (line for line in lines if not line.is_current)
    access_room.sessions.revoke(actor, other.id)
    assert access_room.sessions.actor_of(there) is None
    assert access_room.sessions.actor_of(here) == actor


def test_nobody_sees_or_ends_the_session_of_another(cast: Cast) -> None:
    hers, his = signed_in(), signed_in("karim@demo")
    karim = access_room.sessions.actor_of(his)
    claire = access_room.sessions.actor_of(hers)
    assert karim is not None
    assert claire is not None
    assert claire.session_id is not None
    assert [line.id for line in access_room.sessions.sessions_of(karim)] == [karim.session_id]
    access_room.sessions.revoke(karim, claire.session_id)
    assert access_room.sessions.actor_of(hers) is not None


def test_a_new_password_ends_the_other_sessions_and_replaces_the_old_one(cast: Cast) -> None:
    here, there, his = signed_in(), signed_in(), signed_in("karim@demo")
    actor = access_room.sessions.actor_of(here)
    assert actor is not None
    access_room.accounts.change_password(actor, PASSWORD, NEW_PASSWORD)
    assert access_room.sessions.actor_of(here) is not None
    assert access_room.sessions.actor_of(there) is None
    assert access_room.sessions.actor_of(his) is not None
    refusal("claire@demo", PASSWORD)
    assert access_room.accounts.sign_in("claire@demo", NEW_PASSWORD)


@pytest.mark.parametrize(("old", "new", "code"), [("faux", NEW_PASSWORD, "E-ACC-02"), (PASSWORD, "court", "E-ACC-03")])
def test_a_refused_change_of_password_changes_nothing(cast: Cast, old: str, new: str, code: str) -> None:
    here, there = signed_in(), signed_in()
    actor = access_room.sessions.actor_of(here)
    assert actor is not None
    with pytest.raises(UserMessage) as caught:
        access_room.accounts.change_password(actor, old, new)
    assert caught.value.code == code
    assert access_room.sessions.actor_of(there) is not None
    assert signed_in()


def test_an_ended_attachment_leaves_the_actor_at_once(cast: Cast) -> None:
    token = signed_in()
    Attachment.objects.filter(professional_id=cast.claire.professional_id).update(
        end=clock.today() - dt.timedelta(days=1)
    )
    actor = access_room.sessions.actor_of(token)
    assert actor is not None
    assert actor.structure_ids == ()


def test_an_attachment_counts_from_its_first_day_to_its_last(cast: Cast) -> None:
    token, today = signed_in("paul@demo"), clock.today()
    attachment = Attachment.objects.create(
        professional_id=cast.paul.professional_id, structure_id=cast.tilleuls_id, start=today, end=today
    )
    actor = access_room.sessions.actor_of(token)
    assert actor is not None
    assert set(actor.structure_ids) == {cast.elsewhere_id, cast.tilleuls_id}
    attachment.start = attachment.end = today + dt.timedelta(days=1)
    attachment.save()
    actor = access_room.sessions.actor_of(token)
    assert actor is not None
    assert set(actor.structure_ids) == {cast.elsewhere_id}


def test_a_closed_account_is_nobody_at_the_next_request(cast: Cast) -> None:
    token = signed_in()
    Account.objects.filter(identifier="claire@demo").update(is_active=False)
    assert access_room.sessions.actor_of(token) is None


def test_a_professional_who_no_longer_practises_is_nobody_at_the_next_request(cast: Cast) -> None:
    token = signed_in()
    Professional.objects.filter(pk=cast.claire.professional_id).update(is_active=False)
    assert access_room.sessions.actor_of(token) is None


def test_a_professional_has_one_account_whose_identifier_may_change(cast: Cast) -> None:
    assert cast.claire.professional_id is not None
    assert cast.claire.structure_id is not None
    access_room.accounts.register_account(
        identifier="Dr.Morel@demo ", password=NEW_PASSWORD, professional_id=cast.claire.professional_id,
        structure_id=cast.claire.structure_id,
    )  # fmt: skip
    assert access_room.accounts.sign_in("dr.morel@demo", NEW_PASSWORD)
    refusal("claire@demo", PASSWORD)


def test_a_machine_has_no_sessions(cast: Cast) -> None:
    with pytest.raises(UserMessage) as caught:
        access_room.sessions.sessions_of(access_room.machine("essai"))
    assert caught.value.code == "E-ACC-05"
