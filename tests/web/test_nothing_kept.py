"""A refusal is a constant, and must not keep what it refused: requests, files, records."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client, override_settings

from maillon.formats.refusal import Refused
from maillon.kernel.message import UserMessage

pytestmark = pytest.mark.django_db


def _held() -> int:
    """Refusals on which frames still hang."""
    return sum(each.__traceback__ is not None for kind in (UserMessage, Refused) for each in kind._said)


def _refused() -> int:
    UserMessage.let_go()
    Client().post("/mon-espace/entrer/un-lien-qui-n-existe-pas")
    return _held()


def test_a_refused_request_is_not_kept_by_its_refusal() -> None:
    assert _refused() == 0
    with override_settings(MIDDLEWARE=[each for each in settings.MIDDLEWARE if not each.endswith("nothing_kept")]):
        assert _refused() == 1


def test_what_was_raised_is_let_go() -> None:
    refusal = UserMessage("E-ESSAI", "Non.")
    with pytest.raises(UserMessage):
        raise refusal
    assert refusal.__traceback__ is not None
    UserMessage.let_go()
    assert refusal.__traceback__ is None
