"""The diagnostic asks each line, and does not read a setting: a line that is down is never « bon »."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from maillon.exchange.models import Mailbox, OutgoingMail
from maillon.kernel import clock
from maillon.territory.diagnosing import Check, checks
from tests.conftest import Cast
from tests.exchange.psc_provider import running
from tests.web import world as pages


def of(cast: Cast, title: str) -> Check:
    return next(each for each in checks(cast.nadia) if each.title.startswith(title))


@contextmanager
def listening() -> Iterator[str]:
    """A program of this machine that takes every call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: _take_calls(server), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _take_calls(server: socket.socket) -> None:
    try:
        while True:
            server.accept()[0].close()
    except OSError:
        return


def test_the_line_of_the_national_record_is_bon_when_it_opens(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLON_DMP_ADRESSE", "https://127.0.0.1:9")
    down = of(cast, "Ligne du DMP")
    assert (down.state, down.said) == ("panne", "Branchée, elle ne s’ouvre pas.")
    monkeypatch.setenv("MAILLON_DMP_ADRESSE", "http://ailleurs.example")
    assert of(cast, "Ligne du DMP").state == "panne", "in clear, outside this machine: never opened"
    with listening() as address:
        monkeypatch.setenv("MAILLON_DMP_ADRESSE", address)
        assert (of(cast, "Ligne du DMP").state, of(cast, "Ligne du DMP").said) == ("bon", "Branchée, elle répond.")


def test_the_provider_is_asked_now_and_not_remembered(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as provider:
        monkeypatch.setenv("MAILLON_PSC_EMETTEUR", provider.issuer)
        monkeypatch.setenv("MAILLON_PSC_CLIENT", provider.client)
        assert of(cast, "Pro Santé Connect").state == "bon"
    assert of(cast, "Pro Santé Connect").state == "panne"


@pytest.mark.parametrize(("minutes", "state"), [(2, "bon"), (30, "attention"), (90, "panne")])
def test_a_mail_that_does_not_leave_is_said(cast: Cast, minutes: int, state: str) -> None:
    """Collecting goes well: the operator takes nothing."""
    box = pages.mailbox(cast)
    Mailbox.objects.update(last_collected_at=clock.now())
    assert of(cast, "Boîte").state == "bon"
    assert of(cast, "Départs").said == "Aucun message n’attend de partir."
    OutgoingMail.objects.create(
        mailbox_id=box, message_id="<un@essai>", kind="mdn", recipient="a@b.test", data=b"x",
        created_at=clock.now() - dt.timedelta(minutes=minutes),
    )  # fmt: skip
    found = of(cast, "Départs")
    assert (found.state, f"il y a {minutes}\u202fmin" in found.said) == (state, True)
    assert bool(found.to_do) is (state != "bon")
