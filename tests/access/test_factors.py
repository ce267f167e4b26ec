"""The second factor: codes of a telephone, recovery codes, the rules of passwords."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyotp
import pytest
import time_machine

from maillon.access import accounts, factors, passwords
from maillon.access import api as access_room
from maillon.access.models import Account, RecoveryCode, Session
from maillon.access.sessions import Browser, Standing
from maillon.kernel import clock
from maillon.kernel.key import Actor, Purpose
from maillon.kernel.message import UserMessage
from maillon.professionals.models import Attachment
from tests.conftest import PASSWORD, Cast
from tests.web import world

HERE = Browser()


def first_step(name: str = "claire") -> Standing:
    standing = access_room.sessions.standing_of(accounts.sign_in(f"{name}@demo", PASSWORD))
    assert standing is not None
    return standing


@pytest.fixture
def secret(cast: Cast) -> str:
    """Claire has a telephone."""
    drawn = pyotp.random_base32()
    assert cast.claire.account_id is not None
    factors.set_code_secret(cast.claire.account_id, drawn)
    return drawn


def code(secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.now() + dt.timedelta(seconds=30 * steps))


def refused(standing: Standing, given: str) -> str:
    with pytest.raises(UserMessage) as caught:
        factors.prove(standing, given, browser=HERE)
    return caught.value.code


def test_a_code_makes_the_session_strong_with_a_new_token(cast: Cast, secret: str) -> None:
    first = accounts.sign_in("claire@demo", PASSWORD)
    standing = access_room.sessions.standing_of(first)
    assert standing is not None
    token = factors.prove(standing, code(secret), browser=HERE)
    assert token != first
    assert access_room.sessions.standing_of(first) is None, "the token of the first step is worth nothing any more"
    actor = access_room.sessions.actor_of(token)
    assert actor is not None
    assert actor.assurance == 2
    assert Session.objects.get().method == "code"


def test_a_password_alone_opens_no_record_whatever_the_page(cast: Cast) -> None:
    access = world.follow(world.register("diabete"), cast, treating=cast.claire)
    weak = first_step().actor
    with pytest.raises(access_room.AccessDenied):
        access_room.open_record(weak, access.patient_id, purpose=Purpose.CARE)
    access_room.open_record(replace(weak, assurance=2), access.patient_id, purpose=Purpose.CARE)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_wrong(cast: Cast, secret: str, steps: int) -> None:
    assert factors.prove(first_step(), code(secret, steps=steps), browser=HERE)


@pytest.mark.parametrize("given", ["", "000000", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\0"])
def test_what_is_not_the_code_is_refused(cast: Cast, secret: str, given: str) -> None:
    assert given != code(secret)
    assert refused(first_step(), given) == "E-ACC-06"


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_minute_is_refused(cast: Cast, secret: str, steps: int) -> None:
    assert refused(first_step(), code(secret, steps=steps)) == "E-ACC-06"


def test_a_code_serves_once_and_an_older_one_no_more(cast: Cast, secret: str) -> None:
    with time_machine.travel(clock.now(), tick=False):
        given, older = code(secret), code(secret, steps=-1)
        factors.prove(first_step(), given, browser=HERE)
        assert refused(first_step(), given) == "E-ACC-06"
        assert refused(first_step(), older) == "E-ACC-06"


def test_codes_are_guessed_no_faster_than_passwords(cast: Cast, secret: str) -> None:
    with time_machine.travel(clock.now(), tick=False):
        standing = first_step()
        for _ in range(accounts.FAILURES_BEFORE_LOCK):
            refused(standing, "000000")
        assert refused(standing, code(secret)) == "E-ACC-06", "locked, and it says no more"


def test_the_secret_is_sealed(cast: Cast, secret: str) -> None:
    kept = bytes(Account.objects.get(identifier="claire@demo").totp_secret or b"")
    assert kept
    assert secret.encode() not in kept


def test_the_first_telephone_is_confirmed_by_its_first_code(cast: Cast) -> None:
    actor = first_step("karim").actor
    drawn = factors.draw_code_secret(actor)
    assert factors.draw_code_secret(actor) == drawn, "the same for ten minutes: a wrong code costs no new picture"
    assert drawn.uri.startswith("otpauth://totp/Maillon:")
    with pytest.raises(UserMessage):
        factors.confirm_code_secret(actor, "000000", browser=HERE)
    assert not factors.factors_of(actor).has_code
    recovery = factors.confirm_code_secret(actor, code(drawn.secret), browser=HERE)
    assert factors.factors_of(actor).has_code
    assert len(set(recovery)) == 10
    assert refused(first_step("karim"), code(drawn.secret)) == "E-ACC-06", "the code of the confirmation has served"


def test_a_password_alone_gives_itself_no_second_telephone(cast: Cast, secret: str) -> None:
    """Otherwise a stolen password would be worth two factors."""
    with pytest.raises(UserMessage) as caught:
        factors.draw_code_secret(first_step().actor)
    assert caught.value.code == "E-ACC-08"


def test_a_recovery_code_serves_once_and_new_ones_replace_the_old(cast: Cast, secret: str) -> None:
    codes = factors.renew_recovery_codes(cast.claire)
    assert all(each.encode() not in bytes(kept.code_hash) for each in codes for kept in RecoveryCode.objects.all())
    assert factors.prove(first_step(), f" {codes[0].upper()} ", browser=HERE)
    assert refused(first_step(), codes[0]) == "E-ACC-06"
    assert factors.factors_of(cast.claire).recovery_left == 9
    factors.renew_recovery_codes(cast.claire)
    assert refused(first_step(), codes[1]) == "E-ACC-06"


def test_a_recovery_code_is_that_of_one_person(cast: Cast, secret: str) -> None:
    karim = pyotp.random_base32()
    assert cast.karim.account_id is not None
    factors.set_code_secret(cast.karim.account_id, karim)
    codes = factors.renew_recovery_codes(cast.claire)
    assert refused(first_step("karim"), codes[0]) == "E-ACC-06"


def test_the_last_second_factor_stays(cast: Cast, secret: str) -> None:
    with pytest.raises(UserMessage) as caught:
        factors.remove_code_secret(cast.claire)
    assert caught.value.code == "E-ACC-09"


def test_several_workplaces_are_a_question_after_the_second_factor(cast: Cast, secret: str) -> None:
    Attachment.objects.create(
        professional_id=cast.claire.professional_id, structure_id=cast.elsewhere_id, start=clock.today()
    )
    standing = access_room.sessions.standing_of(factors.prove(first_step(), code(secret), browser=HERE))
    assert standing is not None
    assert standing.lacks == "situation"
    assert set(standing.situations) == {cast.tilleuls_id, cast.elsewhere_id}


@pytest.mark.parametrize(
    "password",
    [
        "court", "azertyuiop12", "motdepasse2026", "123456789012", "aaaaaaaaaaaaaaaaaaaa", "maillonmaillon",
        "claire@demo1975", "x" * 129,
    ],
)  # fmt: skip
def test_a_password_that_is_soon_guessed_is_refused(password: str) -> None:
    with pytest.raises(UserMessage) as caught:
        passwords.sealed(password, about=("claire@demo",))
    assert caught.value.code == "E-ACC-03"


@pytest.mark.parametrize(
    "password", ["tourbe-glycine", "7Kd!vv2qXp0w", "sept mots valent mieux que des chiffres seuls"]
)
def test_a_long_or_unlikely_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert passwords.sealed(password)


def test_the_same_account_registered_again_keeps_its_sessions_and_a_new_password_ends_them(cast: Cast) -> None:
    def register(password: str) -> None:
        assert cast.claire.professional_id is not None
        assert cast.claire.structure_id is not None
        accounts.register_account(
            identifier="claire@demo", password=password, professional_id=cast.claire.professional_id,
            structure_id=cast.claire.structure_id,
        )  # fmt: skip

    token = world.open_session(cast.claire)
    register(PASSWORD)
    assert access_room.sessions.actor_of(token) is not None
    register("Une autre phrase, assez longue")
    assert access_room.sessions.actor_of(token) is None


def test_somebody_who_may_not_use_codes_cannot_be_asked_for_one(cast: Cast) -> None:
    machine: Actor = access_room.machine("essai")
    with pytest.raises(UserMessage):
        factors.proves_code(machine, "000000")
