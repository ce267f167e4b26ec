"""Mail and SMS: what leaves, through what, and that a carrier that fails is tried again."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from string import Formatter
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller

from maillon.access import api as access_room
from maillon.access import visitors
from maillon.access.models import Visitor
from maillon.exchange import carrying
from maillon.exchange.carrying import CODE, LINK, TEXTS, NotCarried, Note
from maillon.kernel import clock, outbox
from maillon.kernel.models import Job
from maillon.professionals.models import Professional
from maillon.tasks.models import Task
from tests.access.test_visitors import MAIL, PARENT, born, child, invite, jeanne
from tests.access.visiting import Telephone, key, telephone
from tests.documents import making

__all__ = ["jeanne", "telephone"]
NOTE = Note(
    reference=uuid4(), channel="courriel", to="jeanne@exemple.test", text="Votre espace patient est ouvert."
)

NOBODYS = "0600000422"
CODE_NOTE = Note(reference=uuid4(), channel="sms", to="0612345678", text="123456 est votre code")


class Relay:
    """What a mail relay was given; `refuses` is what it says of a recipient."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.refuses = ""

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refuses or "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    kept = Relay()
    with socket.create_server(("127.0.0.1", 0)) as found:  # a free port: the library does not take 0
        port = found.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.delenv("MAILLON_ENVOIS", raising=False)
    monkeypatch.setenv("MAILLON_COURRIEL_HOTE", "127.0.0.1")
    monkeypatch.setenv("MAILLON_COURRIEL_PORT", str(port))
    monkeypatch.setenv("MAILLON_COURRIEL_EXPEDITEUR", "espace@maison.test")
    yield kept
    controller.stop()


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, dict[str, str]]]]:
    """What an SMS provider was given. It refuses a wrong token and the number that is nobody's; it is at /envoi."""
    taken: list[tuple[str, dict[str, str]]] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 (the library's name)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_known = self.headers["Authorization"] == "Bearer jeton-d-essai"
            status = 401 if not is_known else 404 if self.path != "/envoi" else 202
            if status == 202 and body["to"] == NOBODYS:
                status = 422
            if status == 202:
                taken.append((self.path, body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv("MAILLON_ENVOIS", raising=False)
    monkeypatch.setenv("MAILLON_SMS_URL", f"http://127.0.0.1:{server.server_port}/envoi")
    monkeypatch.setenv("MAILLON_SMS_JETON", "jeton-d-essai")
    yield taken
    server.shutdown()


def test_a_mail_leaves_by_the_relay(relay: Relay) -> None:
    carrying.carry(NOTE)
    (mail,) = relay.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("espace@maison.test", ["jeanne@exemple.test"])
    assert b"Auto-Submitted: auto-generated" in mail.content


def test_an_sms_leaves_by_the_gateway(gateway: list[tuple[str, dict[str, str]]]) -> None:
    carrying.carry(CODE_NOTE)
    ((path, body),) = gateway
    assert (path, body["to"], body["text"]) == ("/envoi", "0612345678", "123456 est votre code")
    assert UUID(body["reference"]) == CODE_NOTE.reference


def test_a_carrier_that_refuses_is_said_without_the_address(
    gateway: list[tuple[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLON_SMS_JETON", "un autre")
    with pytest.raises(NotCarried) as refused:
        carrying.carry(CODE_NOTE)
    assert "0612345678" not in str(refused.value)
    assert not gateway


def test_a_gateway_in_clear_on_the_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILLON_ENVOIS", raising=False)
    monkeypatch.setenv("MAILLON_SMS_URL", "http://passerelle.test/envoi")
    with pytest.raises(NotCarried):
        carrying.carry(CODE_NOTE)


def test_nothing_plugged_is_said_and_nothing_is_lost(
    db: None, cast: Any, jeanne: Any, monkeypatch: pytest.MonkeyPatch, relay: Relay
) -> None:
    monkeypatch.delenv("MAILLON_COURRIEL_HOTE")
    assert carrying.plugged() == {}
    invite(cast, jeanne)
    outbox.run_due()
    (job,) = Job.objects.all()
    assert (job.attempts, job.last_error) == (1, "NotCarried")
    assert MAIL not in json.dumps(job.payload)  # ids only
    monkeypatch.setenv("MAILLON_COURRIEL_HOTE", "127.0.0.1")
    Job.objects.update(due_at=job.created_at)
    outbox.run_due()
    assert not Job.objects.exists()
    assert relay.mails[0].rcpt_tos == [MAIL]


def test_what_is_tried_again_bears_the_same_number(
    db: None, cast: Any, jeanne: Any, monkeypatch: pytest.MonkeyPatch, relay: Relay
) -> None:
    """A worker that dies after the relay took it, and before it is written down."""
    invite(cast, jeanne)
    with monkeypatch.context() as dying:
        dying.setattr(outbox, "_forget", lambda job: 1 / 0)
        outbox.run_due()
    Job.objects.update(due_at=Job.objects.get().created_at)
    outbox.run_due()
    assert not Job.objects.exists()
    first, second = (message_from_bytes(mail.content)["Message-ID"] for mail in relay.mails)
    assert first == second


# ------------------------------------------------------------------------------------------------ refused for good


def asked() -> list[tuple[str, str]]:
    return [(each.title, each.role_code) for each in Task.objects.all()]


def test_a_number_that_is_refused_is_not_tried_again_and_the_secretary_is_asked_for_another(
    db: None, cast: Any, jeanne: Any, gateway: list[tuple[str, dict[str, str]]]
) -> None:
    invite(cast, jeanne, email="", phone=NOBODYS)
    outbox.run_due()
    assert not Job.objects.exists()
    assert asked() == [(carrying.CORRECT, "331")]
    assert NOBODYS not in carrying.CORRECT
    visitors.tell(key(cast.sylvie, jeanne), text="message")
    outbox.run_due()
    assert len(asked()) == 1, "what is asked already is not asked again"
    Task.objects.update(done_at=clock.now(), outcome="fait")
    visitors.tell(key(cast.sylvie, jeanne), text="message")
    outbox.run_due()
    assert len(asked()) == 2, "answered, and the contact is the same: it is said again"
    invite(cast, jeanne, email="", phone="0600000100")
    outbox.run_due()
    assert [body["to"] for _, body in gateway] == ["0600000100"]
    assert not Job.objects.exists()


def test_without_a_secretary_the_treating_physician_is_asked(
    db: None, cast: Any, jeanne: Any, gateway: list[tuple[str, dict[str, str]]]
) -> None:
    making.link(jeanne, cast.claire, access_room.Basis.TREATING)
    invite(cast, jeanne, email="", phone=NOBODYS)
    Professional.objects.filter(pk=cast.sylvie.professional_id).update(profession_code="G15_60")
    outbox.run_due()
    (task,) = Task.objects.all()
    assert (task.role_code, task.professional_id) == ("", cast.claire.professional_id)


def test_a_code_that_is_refused_is_reported_too(
    db: None, cast: Any, jeanne: Any, gateway: list[tuple[str, dict[str, str]]]
) -> None:
    invite(cast, jeanne, email="", phone="0600000100")
    outbox.run_due()
    Visitor.objects.update(phone=NOBODYS)
    visitors.patient_door.knock(NOBODYS, born(jeanne), address="192.0.2.1")
    outbox.run_due()
    assert asked() == [(carrying.CORRECT, "331")]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("said", "is_final"),
    [
        ("550 5.1.1 No such user", True),
        ("550 5.1.10 Null MX", True),
        ("550 5.2.1 Mailbox disabled", True),
        ("550 5.7.1 Relaying denied", False),
        ("550 5.1.8 Bad sender address", False),
        ("550 relay not permitted", False),
        ("553 5.7.1 Sender address rejected: not owned by user", False),
        ("554 5.7.1 Relay access denied", False),
        ("450 4.2.0 Later", False),
    ],
)
def test_a_mailbox_that_is_nobodys_is_reported_and_a_relay_that_is_wrong_is_tried_again(
    db: None, cast: Any, jeanne: Any, relay: Relay, said: str, is_final: bool
) -> None:
    relay.refuses = said
    invite(cast, jeanne)
    outbox.run_due()
    assert (len(asked()), Job.objects.count()) == ((1, 0) if is_final else (0, 1))
    relay.refuses = ""
    Job.objects.update(due_at=clock.now())
    outbox.run_due()
    assert len(relay.mails) == (0 if is_final else 1)


def test_a_gateway_that_is_not_there_is_no_fault_of_the_number(
    db: None, cast: Any, jeanne: Any, gateway: list[tuple[str, dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = os.environ["MAILLON_SMS_URL"]
    monkeypatch.setenv("MAILLON_SMS_URL", right + "s")
    invite(cast, jeanne, email="", phone="0600000100")
    outbox.run_due()
    assert (asked(), Job.objects.count(), gateway) == ([], 1, [])
    monkeypatch.setenv("MAILLON_SMS_URL", right)
    Job.objects.update(due_at=clock.now())
    outbox.run_due()
    assert len(gateway) == 1


def test_what_nobody_follows_is_kept_among_what_is_tried_again(
    db: None, gateway: list[tuple[str, dict[str, str]]]
) -> None:
    alone = Visitor.objects.create(
        patient_id=making.patient(), family_name="SEULE", given_name="JEANNE", birth_date=dt.date(1952, 2, 1),
        phone=NOBODYS,
    )  # fmt: skip
    visitors.tell_visitor(alone.pk, text="bienvenue")
    outbox.run_due()
    (job,) = Job.objects.all()
    assert (asked(), job.last_error) == ([], "Undeliverable")


def test_who_represents_a_child_is_asked_about_in_the_childs_record(
    db: None, cast: Any, gateway: list[tuple[str, dict[str, str]]]
) -> None:
    minor = child(cast, age=10)
    parent = replace(PARENT, email="", phone=NOBODYS)
    visitors.invite_representative(key(cast.sylvie, minor), parent, kind="parent", evidence="livret de famille")
    outbox.run_due()
    assert [each.patient_id for each in Task.objects.all()] == [minor]


def test_the_demonstration_drops_what_its_telephone_shows(telephone: Telephone) -> None:
    carrying.carry(NOTE)
    (note,) = telephone.notes_without_worker()
    assert note.keys() == {"to", "channel", "text", "at"}
    assert set(carrying.plugged().values()) == {"téléphone de démonstration"}


@pytest.mark.parametrize("text", [*TEXTS.values(), LINK, CODE])
def test_no_text_speaks_of_health_nor_names_anybody(text: str) -> None:
    assert set(_fields(text)) <= {"address", "secret"}
    for word in ("résultat", "analyse", "maladie", "traitement", "diagnostic", "Dr "):
        assert word not in text


def _fields(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]
