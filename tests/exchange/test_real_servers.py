"""Against real Dovecot and Postfix: submitted, delivered, collected, filed, answered."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable, Iterator

import pytest

from maillon.documents import api as documents
from maillon.exchange.collecting import collect
from maillon.exchange.models import Mailbox, OutgoingMail
from maillon.formats.mail import read_mail
from maillon.kernel import outbox
from tests.conftest import Cast
from tests.exchange.conftest import Desk, desk_at, process_all
from tests.exchange.letters import LABORATORY, cda, mail, report, xdm
from tests.mailservers.account import Endpoint
from tests.mailservers.debian import MailServers, missing

pytestmark = [
    pytest.mark.django_db, pytest.mark.servers,
    pytest.mark.skipif(bool(missing()), reason=f"Dovecot and Postfix: {missing()}"),
]  # fmt: skip

TLS, STARTTLS = "accueil@msp-tilleuls.mssante.test", "coordination@msp-tilleuls.mssante.test"


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServers]:
    made = MailServers({TLS: "secret-1", STARTTLS: "secret-2", LABORATORY: "secret-3"})
    try:
        yield made.start()
    except RuntimeError as error:
        pytest.fail(f"{error}\n{made.log()}")
    finally:
        made.stop()


@pytest.fixture(params=[False, True], ids=["tls", "starttls"])
def real(request: pytest.FixtureRequest, cast: Cast, servers: MailServers) -> Desk:
    starttls = bool(request.param)
    return desk_at(cast, servers.endpoint(STARTTLS if starttls else TLS, starttls=starttls))


@pytest.fixture
def laboratory(servers: MailServers) -> Endpoint:
    return servers.endpoint(LABORATORY)


def _collected(post: Desk, *, number: int, seconds: float = 20) -> None:
    """Postfix delivers a moment after it has accepted."""
    deadline = time.monotonic() + seconds
    kept = 0
    while kept < number and time.monotonic() < deadline:
        kept += collect(Mailbox.objects.get(pk=post.mailbox.pk))
        time.sleep(0.05)
    post.mailbox.refresh_from_db()
    assert (kept, post.mailbox.last_error) == (number, "")


def _waiting(endpoint: Endpoint) -> dict[int, tuple[frozenset[bytes], bytes]]:
    deadline = time.monotonic() + 20
    while not (found := endpoint.messages()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_a_report_submitted_to_postfix_is_filed_and_its_sender_told(
    real: Desk, laboratory: Endpoint, known: Callable[..., object]
) -> None:
    known()
    transport = real.mailbox.transport
    before = len(laboratory.messages())
    sent = xdm(cda(), to=real.mailbox.address, notify=LABORATORY, message_id=f"<{transport}@bio-vallee.mssante.test>")
    laboratory.send([real.mailbox.address], sent)
    _collected(real, number=1)
    process_all()
    assert [each.state for each in real.documents()] == ["filed"]
    outbox.run_due()
    assert OutgoingMail.objects.get().state == "sent"
    deadline = time.monotonic() + 20
    while len(answers := laboratory.messages()) == before and time.monotonic() < deadline:
        time.sleep(0.05)
    answer = read_mail(answers[max(answers)][1])
    assert answer.report is not None
    assert (answer.report.disposition, answer.report.failed) == ("processed", False)
    assert answer.report.original_message_id == f"<{transport}@bio-vallee.mssante.test>"


def test_what_dovecot_holds_is_marked_read_and_never_deleted(real: Desk, laboratory: Endpoint) -> None:
    assert real.endpoint is not None
    already = real.endpoint.messages()
    laboratory.send([real.mailbox.address], report("1.2.7.1"), mail(subject="Bonjour", text="Été à Nîmes."))
    _collected(real, number=len(already) + 2)
    held = real.endpoint.messages()
    assert len(held) == len(already) + 2
    assert all(b"\\Seen" in flags for flags, _ in held.values())
    kept = {documents.bytes_of(bytes(message.sha256)) for message in real.messages()}
    assert kept == {raw for _, raw in held.values()}


def test_dovecot_killed_and_started_again_gives_the_rest(
    real: Desk, laboratory: Endpoint, servers: MailServers
) -> None:
    assert real.endpoint is not None
    already = len(real.endpoint.messages())
    _collected(real, number=already) if already else None
    laboratory.send([real.mailbox.address], report("1.2.8.1"))
    _collected(real, number=1)
    servers.kill_dovecot()
    collect(Mailbox.objects.get(pk=real.mailbox.pk))
    real.mailbox.refresh_from_db()
    assert real.mailbox.last_error != ""
    servers.start_dovecot()
    laboratory.send([real.mailbox.address], report("1.2.8.2"))
    _collected(real, number=1)
    assert len(real.messages()) == already + 2


def test_postfix_is_no_open_relay(laboratory: Endpoint) -> None:
    with laboratory.submission() as connection, pytest.raises(smtplib.SMTPRecipientsRefused):
        connection.sendmail(LABORATORY, ["quelquun@ailleurs.test"], report())
