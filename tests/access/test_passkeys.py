"""A passkey is a second factor: a password alone gives itself the first one, never another (the gestures of a real
device are in tests/browser/test_lock.py)."""

from __future__ import annotations

import dataclasses
import json

import pytest

from maillon.access import passkeys
from maillon.access.door import Browser
from maillon.access.models import Account, Passkey
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from tests.conftest import Cast

HERE = passkeys.Site(name="localhost", origin="http://localhost")
BROWSER = Browser(user_agent="essai", source="192.0.2.1")


@pytest.fixture
def half_way(cast: Cast) -> Actor:
    """Claire, who gave her password, and nothing else."""
    Account.objects.filter(pk=cast.claire.account_id).update(totp_secret=None, totp_confirmed_at=None)
    return dataclasses.replace(cast.claire, assurance=1)


def test_the_first_second_factor_may_be_a_passkey(half_way: Actor) -> None:
    assert json.loads(passkeys.draw_registration(half_way, HERE))["challenge"]


def test_a_password_alone_adds_no_passkey_to_another(half_way: Actor) -> None:
    Passkey.objects.create(account_id=half_way.account_id, credential_id=b"la sienne", public_key=b"x", name="Sa clé")
    for attempt in (
        lambda: passkeys.draw_registration(half_way, HERE),
        lambda: passkeys.register(half_way, {}, name="une autre", site=HERE, browser=BROWSER),
    ):
        with pytest.raises(UserMessage, match="E-ACC-11"):
            attempt()
    strong = dataclasses.replace(half_way, assurance=2)
    assert json.loads(passkeys.draw_registration(strong, HERE))["excludeCredentials"]
