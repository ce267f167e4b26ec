"""SMS that are followed to their end: sent once, moved by what the provider answers, never silent when they fail."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from string import Formatter
from uuid import UUID, uuid4

import pytest
import time_machine

from maillon.exchange import api as exchange
from maillon.exchange.texting import line, verbs
from maillon.exchange.texting.rows import TextMessage
from maillon.kernel import outbox
from maillon.kernel.key import Access, StructureId
from maillon.kernel.models import Job
from maillon.patients.models import Patient
from tests.conftest import Cast
from tests.documents import making
from tests.exchange.texting import Provider, sms

__all__ = ["sms"]
NOON = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
texting = exchange.outgoing.texting


@pytest.fixture
def hands(sms: Provider) -> time_machine.Traveller:
    """After the provider has started: its own clock is its own."""
    traveller = time_machine.travel(NOON, tick=False)
    hand = traveller.start()
    yield hand  # type: ignore[misc]
    traveller.stop()


@pytest.fixture
def record(cast: Cast) -> Access:
    patient = making.patient()
    Patient.objects.filter(pk=patient).update(phone="06 12 34 56 78")
    making.link(patient, cast.tilleuls_id)
    return making.key(patient, cast.claire)


def ask(record: Access, cast: Cast, uuid: UUID | None = None, *, phone: str = "") -> TextMessage:
    if phone:
        Patient.objects.filter(pk=record.patient_id).update(phone=phone)
    number = uuid or uuid4()
    texting.ask(record, uuid=number, words="rappeler", structure_id=StructureId(cast.tilleuls_id))
    return TextMessage.objects.get(uuid=number)


def work() -> None:
    while outbox.run_due():
        pass


def state(row: TextMessage) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.said


def test_it_is_sent_once_and_delivered_on_evidence(
    cast: Cast, record: Access, sms: Provider, hands: time_machine.Traveller
) -> None:
    row = ask(record, cast)
    ask(record, cast, row.uuid)
    assert state(row)[0] == "waiting"
    work()
    assert state(row)[0] == "accepted"
    (note,) = sms.received()
    assert (note["to"], note["text"].startswith("Votre équipe de soins cherche à vous joindre")) == ("0612345678", True)
    hands.shift(30)
    work()
    assert state(row)[0] == "delivered"
    assert not Job.objects.exists()
    assert len(sms.received()) == 1


def test_an_answer_that_was_lost_is_asked_for_and_nothing_is_sent_twice(
    cast: Cast, record: Access, sms: Provider, hands: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = line.hand_over

    def lose(**said: object) -> None:
        taken(**said)  # type: ignore[arg-type]
        raise line.NotTaken("the line fell after the last byte")

    monkeypatch.setattr(line, "hand_over", lose)
    row = ask(record, cast)
    work()
    assert state(row)[0] == "sending"
    hands.shift(60)
    work()
    assert state(row)[0] == "accepted"
    hands.shift(60)
    work()
    assert state(row)[0] == "delivered"
    assert len(sms.received()) == 1


@pytest.mark.parametrize(("phone", "why"), [("06 12 34 54 04", "Numéro inconnu"), ("06 12 34 55 03", "éteint")])
def test_what_the_telephone_did_not_receive_says_why(
    cast: Cast, record: Access, sms: Provider, hands: time_machine.Traveller, phone: str, why: str
) -> None:
    row = ask(record, cast, phone=phone)
    work()
    hands.shift(30)
    work()
    assert state(row)[0] == "failed"
    assert why in state(row)[1]
    (shown,) = texting.of_record(record)
    assert shown.is_to_replace
    assert sms.received() == []


@pytest.mark.parametrize("phone", ["01 99 00 00 11", "", "le voisin"])
def test_without_a_mobile_phone_it_is_said_at_once(cast: Cast, record: Access, sms: Provider, phone: str) -> None:
    Patient.objects.filter(pk=record.patient_id).update(phone=phone)
    assert state(ask(record, cast)) == ("failed", verbs.NO_MOBILE)
    assert not Job.objects.exists()


def test_without_a_provider_it_is_said_at_once(
    cast: Cast, record: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAILLON_SMS_URL", raising=False)
    assert state(ask(record, cast)) == ("failed", verbs.NO_LINE)


def test_a_provider_that_is_down_is_tried_again_then_nobody_pretends_to_know(
    cast: Cast, record: Access, sms: Provider, hands: time_machine.Traveller
) -> None:
    row = ask(record, cast)
    sms.stop()
    work()
    assert state(row)[0] == "sending"
    assert "0612345678" not in str(list(Job.objects.values("payload", "last_error")))
    hands.shift(13 * 3600)
    work()
    assert state(row) == ("unknown", "Sans nouvelle de l’opérateur")
    assert not Job.objects.exists()


def test_a_provider_that_took_it_and_went_silent_is_no_delivery(
    cast: Cast, record: Access, sms: Provider, hands: time_machine.Traveller
) -> None:
    row = ask(record, cast)
    work()
    sms.stop()
    hands.shift(3600)
    work()
    assert state(row)[0] == "accepted"
    hands.shift(13 * 3600)
    work()
    assert state(row) == ("unknown", "Sans nouvelle de l’opérateur")
    assert not Job.objects.exists()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n", b"bonjour\r\n\r\n"])
def test_a_gateway_that_sends_elsewhere_or_babbles_is_tried_again(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another host would be given the token and the number."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reply() -> None:
            line_in, _ = server.accept()
            line_in.recv(65536)
            line_in.sendall(answer)
            line_in.close()

        threading.Thread(target=reply, daemon=True).start()
        monkeypatch.setenv("MAILLON_SMS_URL", f"http://127.0.0.1:{server.getsockname()[1]}/messages")
        with pytest.raises(line.NotTaken, match="HTTP 302|BadStatusLine"):
            line.hand_over(reference=uuid4(), to="0612345678", text="Bonjour")


def test_a_wrong_token_is_ours_to_correct_and_loses_nothing(
    cast: Cast, record: Access, sms: Provider, hands: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ask(record, cast)
    with monkeypatch.context() as wrong:
        wrong.setenv("MAILLON_SMS_JETON", "un autre")
        work()
    assert state(row)[0] == "sending"
    hands.shift(60)
    work()
    assert state(row)[0] == "accepted"


def test_no_text_names_anybody_nor_speaks_of_health() -> None:
    for text in verbs.TEXTS.values():
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= {"number"}
        for word in ("résultat", "maladie", "opération", "chirurg", "hôpital", "traitement", "Dr "):
            assert word not in text
    assert len(verbs.TEXTS[verbs.Words.CALL_BACK].format(number=" au 01 99 00 00 10")) <= 160


@pytest.mark.parametrize("host", ["passerelle.test", "localhost.passerelle.test", "127.0.0.1.passerelle.test"])
def test_a_gateway_in_clear_on_the_network_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLON_SMS_URL", f"http://{host}/envoi")
    with pytest.raises(line.NotTaken, match="TLS"):
        line.hand_over(reference=uuid4(), to="0612345678", text="Bonjour")
