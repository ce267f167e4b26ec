"""Collecting against the loopback operator: kept before marked, resumed, never twice, never deleted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from maillon.documents import api as documents
from maillon.exchange import collecting
from maillon.exchange.collecting import collect
from maillon.exchange.models import Mailbox
from tests.exchange.conftest import Desk
from tests.exchange.letters import LABORATORY, report
from tests.mailservers.account import Endpoint

pytestmark = pytest.mark.django_db

Known = Callable[..., object]


def _send(laboratory: Endpoint, post: Desk, *messages: bytes) -> None:
    laboratory.send([post.mailbox.address], *messages)


def _collect(post: Desk) -> int:
    return collect(Mailbox.objects.get(pk=post.mailbox.pk))


def _seen(post: Desk) -> list[bool]:
    assert post.endpoint is not None
    return [b"\\Seen" in flags for flags, _ in post.endpoint.messages().values()]


def test_what_is_collected_is_kept_byte_for_byte_and_marked_read(post: Desk, laboratory: Endpoint) -> None:
    sent = report(subject="Résultats — été")
    _send(laboratory, post, sent)
    assert _collect(post) == 1
    (message,) = post.messages()
    assert documents.bytes_of(bytes(message.sha256)) == f"Return-Path: <{LABORATORY}>\r\n".encode() + sent
    assert _seen(post) == [True]


def test_a_second_collection_keeps_nothing_and_deletes_nothing(post: Desk, laboratory: Endpoint) -> None:
    _send(laboratory, post, report("1.2.3.1"), report("1.2.3.2"))
    assert (_collect(post), _collect(post)) == (2, 0)
    assert len(post.messages()) == 2
    assert _seen(post) == [True, True]


def test_collecting_goes_on_where_it_was_interrupted(
    post: Desk, laboratory: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    _send(laboratory, post, *(report(f"1.2.4.{number}") for number in range(5)))
    monkeypatch.setattr(collecting, "BATCH_MESSAGES", 2)
    kept = collecting.keep

    def cut(batch: collecting.Batch) -> int:
        if batch.last_uid >= 4:
            raise ConnectionResetError
        return kept(batch)

    monkeypatch.setattr(collecting, "keep", cut)
    assert _collect(post) == 0
    assert len(post.messages()) == 2
    monkeypatch.setattr(collecting, "keep", kept)
    Mailbox.objects.update(retry_at=None)
    assert _collect(post) == 3
    assert _seen(post) == [True] * 5


def test_a_stop_between_keeping_and_marking_is_made_good_later(
    post: Desk, laboratory: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    _send(laboratory, post, report())

    def stop(*_: object, **__: object) -> int:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(collecting, "_mark", stop)
        _collect(post)
    assert len(post.messages()) == 1
    assert _seen(post) == [False]
    assert _collect(post) == 0
    assert _seen(post) == [True]


def test_a_renumbered_mailbox_is_read_again_without_keeping_twice(post: Desk, laboratory: Endpoint) -> None:
    _send(laboratory, post, report())
    _collect(post)
    Mailbox.objects.filter(pk=post.mailbox.pk).update(uid_validity=1, last_uid=999, seen_uid=999)
    assert _collect(post) == 0
    post.mailbox.refresh_from_db()
    assert (post.mailbox.last_uid, len(post.messages())) == (1, 1)


def test_a_message_without_message_id_is_recognised_by_its_bytes(post: Desk, laboratory: Endpoint) -> None:
    sent = report(message_id="")
    _send(laboratory, post, sent, sent)
    assert _collect(post) == 1
    assert post.messages()[0].message_id.endswith("@sans-identifiant.invalid>")


def test_a_message_that_is_too_big_is_refused_with_its_header(
    post: Desk, laboratory: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "MAX_BYTES", 1000)
    _send(laboratory, post, report("1.2.5.1"), report("1.2.5.2"))
    assert _collect(post) == 2
    first = post.messages()[0]
    assert (first.state, first.refusal_code) == ("refused", "E-MSG-20")
    header = documents.bytes_of(bytes(first.sha256))
    assert header.startswith(b"Return-Path:")
    assert b"ClinicalDocument" not in header
    assert first.size > 1000


def test_two_collectors_never_work_on_one_mailbox(post: Desk, laboratory: Endpoint, other_session: object) -> None:
    _send(laboratory, post, report())
    hold, release = other_session  # type: ignore[misc]
    hold(collecting.LOCK_CLASS, post.mailbox.pk)
    assert _collect(post) == 0
    release(collecting.LOCK_CLASS, post.mailbox.pk)
    assert _collect(post) == 1


@pytest.fixture
def other_session() -> object:
    """A second database session, as another worker would have."""
    import psycopg
    from django.db import connection

    other = psycopg.connect(**_parameters(connection.settings_dict), autocommit=True)
    yield (
        lambda *key: other.execute("SELECT pg_advisory_lock(%s::int, %s::int)", key),
        lambda *key: other.execute("SELECT pg_advisory_unlock(%s::int, %s::int)", key),
    )
    other.close()


def _parameters(settings: dict[str, object]) -> dict[str, object]:
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {names[key]: value for key, value in settings.items() if key in names and value}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"imap_port": 1}, "n’est pas joignable"),
        ({"ca_file": ""}, "certificat"),
        ({"username": "inconnu"}, "refuse l’identifiant"),
    ],
)
def test_a_failure_of_the_operator_is_told_on_the_mailbox_and_retried_later(
    post: Desk, change: dict[str, object], words: str
) -> None:
    Mailbox.objects.filter(pk=post.mailbox.pk).update(**change)
    assert _collect(post) == 0
    post.mailbox.refresh_from_db()
    assert words in post.mailbox.last_error
    assert post.mailbox.failures == 1
    assert post.mailbox.pk not in {each.pk for each in collecting.due_mailboxes()}


def test_a_collection_that_succeeds_forgets_the_failures(post: Desk) -> None:
    Mailbox.objects.filter(pk=post.mailbox.pk).update(failures=4, last_error="L’opérateur n’est pas joignable.")
    _collect(post)
    post.mailbox.refresh_from_db()
    assert (post.mailbox.failures, post.mailbox.last_error, post.mailbox.retry_at) == (0, "", None)
    assert post.mailbox.last_collected_at is not None


def test_the_password_is_sealed_in_the_base(post: Desk) -> None:
    assert post.endpoint is not None
    assert post.endpoint.password.encode() not in bytes(post.mailbox.sealed_password)
    assert post.endpoint.password not in repr(collecting.account_of(post.mailbox))
    assert collecting.account_of(post.mailbox).password == post.endpoint.password


def test_the_operator_relays_nothing_and_believes_nobody(operator: object, laboratory: Endpoint) -> None:
    import smtplib

    with laboratory.submission() as connection:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            connection.sendmail(LABORATORY, ["quelquun@ailleurs.test"], report())
        with pytest.raises(smtplib.SMTPSenderRefused):
            connection.sendmail("dr.faux@bio-vallee.mssante.test", ["boite-0@msp-tilleuls.mssante.test"], report())
    wrong = dataclasses.replace(laboratory, password="faux")
    with pytest.raises(smtplib.SMTPAuthenticationError), wrong.submission():
        pass
