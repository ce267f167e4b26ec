"""From the promise to what the operator said, at a loopback operator and at operators that misbehave."""

from __future__ import annotations

import datetime as dt
import time

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.models import DocumentMark
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange import smtp
from maillon.exchange.models import Mailbox
from maillon.exchange.outgoing import following, transport
from maillon.exchange.outgoing.models import SentEvent, SentMail, SentRecipient
from maillon.kernel import clock, outbox
from maillon.kernel.message import UserMessage
from maillon.kernel.models import Job
from maillon.noticed.models import Notice
from maillon.patients.models import Patient
from maillon.tasks import api as tasks
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.exchange.letters import LABORATORY, cda
from tests.exchange.outgoing.conftest import KARIM, PAUL, Record, data_of
from tests.exchange.outgoing.operators import Death, MortalOperator
from tests.mailservers.account import Endpoint

pytestmark = pytest.mark.django_db
THERE = exchange.Recipient(address=LABORATORY, name="Laboratoire Bio-Vallée", kind="organization")
GONE = exchange.Recipient(address="parti@bio-vallee.mssante.test", name="Dr Parti")


def _run(minutes: float = 0.0, *, since: dt.datetime | None = None) -> None:
    with time_machine.travel((since or clock.now()) + dt.timedelta(minutes=minutes, seconds=1), tick=False):
        while outbox.run_due():
            pass


def test_it_arrives_byte_for_byte_and_the_screen_says_so(posted: Record, laboratory: Endpoint) -> None:
    before = set(laboratory.messages())
    sending = posted.send(posted.file(), to=(THERE,))
    outbox.run_due()
    shown = posted.shown(sending)
    assert [(each.state_label, each.reason) for each in shown.recipients] == [
        ("Accepté par l’opérateur", "L’opérateur a pris le message.")
    ]
    (arrived,) = (raw for uid, (_, raw) in laboratory.messages().items() if uid not in before)
    assert arrived == f"Return-Path: <{posted.desk.mailbox.address}>\r\n".encode() + data_of(SentMail.objects.get())
    assert not Job.objects.filter(kind="exchange.outgoing.submit").exists()


def test_one_address_refused_does_not_hold_the_other(posted: Record) -> None:
    posted.send(posted.file(), to=(THERE, GONE))
    outbox.run_due()
    assert posted.states() == ["accepted", "failed"]
    failed = SentRecipient.objects.get(state="failed")
    assert failed.reason == "L’opérateur ne connaît pas cette adresse, ou la boîte est fermée."
    (task,) = Task.objects.filter(kind="a_faire")
    assert task.professional_id == posted.claire.professional_id
    assert "Parti" not in task.title
    assert "DUPONT" not in task.title


def test_the_sender_has_it_in_their_day_and_sends_again_elsewhere(posted: Record) -> None:
    sending = posted.send(posted.file(), to=(GONE,))
    outbox.run_due()
    assert len(tasks.my_day(posted.claire).to_do) == 1
    assert exchange.outgoing.count_to_look_after(posted.claire) == 1
    with posted.reading() as access:
        exchange.outgoing.retry(access, sending.uuid)
    assert tasks.my_day(posted.claire).to_do == ()
    assert posted.states() == ["waiting"]
    outbox.run_due()
    assert posted.states() == ["failed"]
    assert len(tasks.my_day(posted.claire).to_do) == 1
    with posted.reading() as access, pytest.raises(UserMessage):
        exchange.outgoing.give_up(access, sending.uuid, reason=" ")
    with posted.reading() as access:
        closed = exchange.outgoing.give_up(access, sending.uuid, reason="Remis en main propre")
    assert closed.recipients[0].closed == "Dr Claire Morel\u202f: Remis en main propre"
    assert (closed.needs_somebody, tasks.my_day(posted.claire).to_do) == (False, ())
    assert exchange.outgoing.count_to_look_after(posted.claire) == 0
    with posted.reading() as access, pytest.raises(UserMessage) as refused:
        exchange.outgoing.retry(access, sending.uuid)
    assert refused.value.code == "E-ENV-32"


def test_an_operator_that_is_away_is_tried_then_somebody_is_told_within_a_quarter_of_an_hour(record: Record) -> None:
    begun = clock.now()
    sending = record.send(record.file())
    for minute in range(18):
        _run(minute, since=begun)
    shown = record.shown(sending).recipients[0]
    assert (shown.state, shown.reason) == ("failed", transport.GAVE_UP)
    assert SentMail.objects.get().attempts > 5
    assert Task.objects.filter(kind="a_faire").count() == 1
    assert not Job.objects.filter(kind="exchange.outgoing.submit").exists()


def _at(record: Record, operator: MortalOperator) -> None:
    Mailbox.objects.filter(pk=record.desk.mailbox.pk).update(
        imap_host="127.0.0.1", smtp_host="127.0.0.1", smtp_port=operator.port, ca_file=operator.ca_file,
        transport="starttls",
    )  # fmt: skip


@pytest.mark.parametrize("death", [each for each in Death if not each.is_ambiguous], ids=lambda each: each.value)
def test_a_line_that_falls_before_the_last_byte_leaves_no_doubt(
    record: Record, mortal: MortalOperator, death: Death
) -> None:
    _at(record, mortal)
    mortal.die_at(death)
    record.send(record.file())
    outbox.run_due()
    assert record.states() == ["accepted" if death.is_survived else "waiting"]
    _run(5)
    assert record.states() == ["accepted"]
    assert len(mortal.taken) == 1


@pytest.mark.parametrize("death", [each for each in Death if each.is_ambiguous], ids=lambda each: each.value)
def test_an_answer_that_is_lost_is_unknown_until_it_is_known(
    record: Record, mortal: MortalOperator, death: Death
) -> None:
    _at(record, mortal)
    mortal.die_at(death)
    sending = record.send(record.file())
    began = time.monotonic()
    outbox.run_due()
    assert time.monotonic() - began < 15, "the operator held the worker"
    shown = record.shown(sending).recipients[0]
    assert (shown.state_label, shown.needs_somebody) == ("Indéterminé", False)
    _run(5)
    assert record.states() == ["accepted"]
    assert len(mortal.taken) in (1, 2)
    assert len({each.message_id for each in mortal.taken}) == 1
    assert len({each.data for each in mortal.taken}) == 1


def test_what_stays_unknown_is_said_to_be_unknown_and_given_to_somebody(record: Record, mortal: MortalOperator) -> None:
    _at(record, mortal)
    mortal.die_at(Death.AFTER_DOT_TAKEN)
    begun = clock.now()
    sending = record.send(record.file())
    outbox.run_due()
    mortal.stop()
    for minute in range(1, 18):
        _run(minute, since=begun)
    shown = record.shown(sending).recipients[0]
    assert (shown.state, shown.reason) == ("unknown", transport.GAVE_UP_UNSURE)
    assert shown.needs_somebody
    assert shown.may_retry
    assert "Demandez au destinataire" in shown.to_do
    (task,) = Task.objects.filter(kind="a_faire")
    assert task.title.startswith("On ne sait pas")


def test_a_worker_that_dies_after_the_operators_answer_leaves_a_doubt_not_a_silence(
    posted: Record, laboratory: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    before = len(laboratory.messages())
    posted.send(posted.file(), to=(THERE,))

    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(transport, "_write", dies)
        with pytest.raises(Killed):
            outbox.run_due()
    assert posted.states() == ["sending"]
    _run(3)
    assert posted.states() == ["accepted"]
    assert SentRecipient.objects.get().was_cut
    assert SentEvent.objects.filter(text=transport.DIED).count() == 1
    assert len(laboratory.messages()) - before == 2
    assert len({raw for _, raw in list(laboratory.messages().values())[before:]}) == 1


def test_a_refusal_after_a_doubt_stays_a_doubt(record: Record, mortal: MortalOperator) -> None:
    _at(record, mortal)
    mortal.die_at(Death.AFTER_DOT_TAKEN)
    sending = record.send(record.file())
    outbox.run_due()
    mortal.refuse_recipients = 550
    _run(5)
    shown = record.shown(sending).recipients[0]
    assert (shown.state, shown.reason) == ("unknown", transport.REFUSED_AFTER_DOUBT)
    assert shown.needs_somebody


def test_a_citizen_without_a_mailbox_is_known_as_soon_as_the_operator_refuses(
    record: Record, mortal: MortalOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only when a report comes back: the paper is offered at once."""
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    _at(record, mortal)
    mortal.refuse_recipients = 550
    record.send(record.file(), to=(exchange.outgoing.THE_PATIENT,))
    outbox.run_due()
    assert SentRecipient.objects.get().reason == following.NO_MES
    with record.reading() as access:
        assert exchange.outgoing.closed_because(access) == following.NO_MES


@pytest.mark.parametrize(
    ("said", "is_known"),
    [
        ("5.1.1 no such user", True), ("5.2.1 mailbox disabled", True), ("no such user", True),
        ("5.7.1 rejected by policy", False), ("5.2.2 mailbox full", False), ("5.4.4 no route", False),
    ],
)  # fmt: skip
def test_an_address_is_unknown_when_the_operator_says_so_of_it(
    record: Record, mortal: MortalOperator, monkeypatch: pytest.MonkeyPatch, said: str, is_known: bool
) -> None:
    """A rule of the operator, met at RCPT, closes nobody's Mon espace santé (RFC 3463 §3)."""
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    _at(record, mortal)
    mortal.refuse_recipients, mortal.refuse_saying = 550, said
    record.send(record.file(), to=(PAUL, exchange.outgoing.THE_PATIENT))
    outbox.run_due()
    closed = following.NO_MES if is_known else ""
    with record.reading() as access:
        assert exchange.outgoing.closed_because(access) == closed
    others = following.NOT_KNOWN if is_known else "L’opérateur a refusé le message."
    assert {each.reason for each in SentRecipient.objects.all()} == {others, closed or others}


@pytest.mark.parametrize("step", ["MAIL", "DATA", "."])
@pytest.mark.parametrize("code", [550, 551, 553])
def test_a_mail_or_a_sender_that_is_refused_says_nothing_of_the_address(
    record: Record, mortal: MortalOperator, monkeypatch: pytest.MonkeyPatch, step: str, code: int
) -> None:
    """« 550 5.7.1 message content rejected by policy »."""
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    _at(record, mortal)
    mortal.refuse_at[step] = f"{code} 5.7.1 rejected by policy"
    record.send(record.file(), to=(PAUL, exchange.outgoing.THE_PATIENT))
    outbox.run_due()
    assert [(each.state, each.reason) for each in SentRecipient.objects.all()] == [
        ("failed", "L’opérateur a refusé le message.")
    ] * 2
    with record.reading() as access:
        assert exchange.outgoing.closed_because(access) == ""
    assert not Notice.objects.filter(code="IR3").exists()


def test_one_address_is_unknown_and_the_mail_is_refused_to_the_other(record: Record, mortal: MortalOperator) -> None:
    _at(record, mortal)
    mortal.refuse_address, mortal.refuse_at["."] = PAUL.address, "550 5.7.1 rejected by policy"
    record.send(record.file(), to=(PAUL, KARIM))
    outbox.run_due()
    reasons = SentRecipient.objects.order_by("id").values_list("reason", flat=True)
    assert list(reasons) == [following.NOT_KNOWN, "L’opérateur a refusé le message."]


def test_a_greylisted_address_waits_for_its_own_turn(record: Record, mortal: MortalOperator) -> None:
    _at(record, mortal)
    mortal.defer_once.add(PAUL.address)
    other = exchange.Recipient(address="autre@ch-vallee.mssante.test")
    record.send(record.file(), to=(PAUL, other))
    outbox.run_due()
    assert record.states() == ["waiting", "accepted"]
    _run(5)
    assert record.states() == ["accepted", "accepted"]
    assert [each.recipients for each in mortal.taken] == [(other.address,), (PAUL.address,)]


def test_a_delivery_report_is_asked_where_the_operator_gives_them_and_its_silence_is_told(
    record: Record, mortal: MortalOperator
) -> None:
    _at(record, mortal)
    sending = record.send(record.file())
    outbox.run_due()
    assert "NOTIFY=SUCCESS,FAILURE,DELAY" in mortal.said
    assert f"ENVID={SentMail.objects.get().uuid.hex}" in mortal.said
    assert record.states() == ["accepted"]
    _run(48 * 60 + 1)
    shown = record.shown(sending).recipients[0]
    assert (shown.state, shown.reason, shown.needs_somebody) == ("unknown", transport.SILENT, True)


def test_what_was_handed_to_a_system_that_reports_nothing_is_not_silent(record: Record, mortal: MortalOperator) -> None:
    from tests.exchange.outgoing.test_receipts import dsn

    _at(record, mortal)
    record.send(record.file())
    outbox.run_due()
    record.desk.receive(dsn("relayed", status="2.0.0"))
    _run(48 * 60 + 1)
    relayed = SentRecipient.objects.get()
    assert (relayed.state, relayed.reason) == ("accepted", following.RELAYED)


def test_the_silent_one_is_not_sent_again_when_another_is(record: Record, mortal: MortalOperator) -> None:
    _at(record, mortal)
    mortal.refuse_address = PAUL.address
    other = exchange.Recipient(address="autre@ch-vallee.mssante.test")
    sending = record.send(record.file(), to=(PAUL, other))
    outbox.run_due()
    _run(48 * 60 + 1)
    assert record.states() == ["failed", "unknown"]
    mortal.refuse_address = ""
    with record.reading() as access:
        paul = record.shown(sending).recipients[0]
        exchange.outgoing.retry(access, sending.uuid, recipient=paul.uuid)
    outbox.run_due()
    assert record.states() == ["accepted", "unknown"]
    assert [each.recipients for each in mortal.taken] == [(other.address,), (PAUL.address,)]


BY_CLAIRE = cda().replace(b'extension="899000009999"', b'extension="899000000011"')  # so that she may read it still


def _changed(record: Record, cast: Cast, change: str) -> None:
    """What became of the document, of the patient's wishes or of the identity since the promise."""
    document = Document.objects.get()
    with record.reading() as access:
        if change in DocumentMark.Kind.names:
            DocumentMark.objects.create(
                patient_id=record.patient, document_id=document.pk, kind=DocumentMark.Kind[change], since=clock.now(),
                set_by="essai",
            )  # fmt: skip
        elif change == "opposed to all":
            access_room.consents.oppose_all(access, channel="oral", confirmation="je confirme")
        elif change == "opposed to him":
            access_room.consents.oppose_person(access, professional_id=cast.paul.professional_id, channel="oral")
        elif change == "withdrawn":
            documents.withdraw(access, document.uuid, reason="mauvais patient")
        elif change == "replaced":
            Document.objects.update(status="replaced")
        elif change == "declined":
            exchange.outgoing.note_patient_choice(access, wants_documents=False)
        elif change == "not qualified":
            Patient.objects.update(identity_status="PROV", ins=None, ins_oid=None)
        elif change == "another matricule":
            Patient.objects.update(ins="277076322082910")
        else:
            SentRecipient.objects.update(address="277076322082910@patient.mssante.test")


THE_PATIENT = exchange.outgoing.THE_PATIENT
CHANGES = [
    (PAUL, "MASKED", "E-ENV-06"), (PAUL, "opposed to him", "E-ENV-17"), (PAUL, "opposed to all", "E-ENV-17"),
    (PAUL, "withdrawn", "E-ENV-05"), (PAUL, "replaced", "E-ENV-05"), (THE_PATIENT, "declined", "E-ENV-11"),
    (THE_PATIENT, "HIDDEN_FROM_PATIENT", "E-ENV-07"), (THE_PATIENT, "MINOR_SECRET", "E-ENV-08"),
    (THE_PATIENT, "not qualified", "E-ENV-10"), (THE_PATIENT, "another matricule", "E-ENV-13"),
    (THE_PATIENT, "another address", "E-ENV-26"),
]  # fmt: skip


@pytest.mark.parametrize(("to", "change", "code"), CHANGES, ids=[change for _, change, _ in CHANGES])
def test_what_may_be_sent_no_more_is_not_sent_again(
    record: Record, mortal: MortalOperator, monkeypatch: pytest.MonkeyPatch, cast: Cast, to: exchange.Recipient,
    change: str, code: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    _at(record, mortal)
    mortal.refuse_recipients = 552
    sending = record.send(record.file(data=BY_CLAIRE), to=(to,))
    outbox.run_due()
    mortal.refuse_recipients = 0
    _changed(record, cast, change)
    with record.reading() as access, pytest.raises(UserMessage) as refused:
        exchange.outgoing.retry(access, sending.uuid)
    outbox.run_due()
    assert (refused.value.code, record.states(), mortal.taken) == (code, ["failed"], [])


@pytest.mark.parametrize(("to", "change", "code"), CHANGES, ids=[change for _, change, _ in CHANGES])
def test_what_may_be_sent_no_more_when_its_turn_comes_is_held_back_and_its_sender_is_told(
    record: Record, mortal: MortalOperator, monkeypatch: pytest.MonkeyPatch, cast: Cast, to: exchange.Recipient,
    change: str, code: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    _at(record, mortal)
    mortal.die_at(Death.BUSY_AT_RCPT)
    sending = record.send(record.file(data=BY_CLAIRE), to=(to,))
    outbox.run_due()
    _changed(record, cast, change)
    _run(1)
    shown = record.shown(sending).recipients[0]
    assert (shown.state, shown.reason[:8], mortal.taken) == ("failed", "Retenu. ", [])
    assert "tout est vérifié de nouveau" in shown.to_do
    (task,) = Task.objects.filter(kind="a_faire")
    assert task.title == following.HELD_BACK_TITLE
    assert not Job.objects.filter(kind="exchange.outgoing.submit").exists()
    closed = Notice.objects.filter(settled_at__isnull=True, fact__in=("espace_sante_indisponible", "envoi_sans_ins"))
    assert closed.exists() is (change in ("declined", "not qualified"))


def test_an_opposition_to_one_colleague_holds_nothing_back_from_another(
    record: Record, mortal: MortalOperator, cast: Cast
) -> None:
    _at(record, mortal)
    record.send(record.file(data=BY_CLAIRE), to=(PAUL, KARIM))
    _changed(record, cast, "opposed to him")
    outbox.run_due()
    assert record.states() == ["failed", "accepted"]
    assert [each.recipients for each in mortal.taken] == [(KARIM.address,)]


def test_what_may_have_arrived_before_it_was_held_back_stays_a_doubt(
    record: Record, mortal: MortalOperator, cast: Cast
) -> None:
    _at(record, mortal)
    mortal.die_at(Death.AFTER_DOT_TAKEN)
    sending = record.send(record.file(data=BY_CLAIRE))
    outbox.run_due()
    _changed(record, cast, "MASKED")
    _run(1)
    shown = record.shown(sending).recipients[0]
    assert (shown.state, shown.reason[:8], len(mortal.taken)) == ("unknown", "Retenu. ", 1)
    assert shown.needs_somebody


def test_a_dead_operator_holds_up_the_others_once_only(
    record: Record, mortal: MortalOperator, monkeypatch: pytest.MonkeyPatch
) -> None:
    _at(record, mortal)
    monkeypatch.setattr(smtp, "SECONDS", 0.3)
    mortal.die_at(Death.SILENT_AT_CONNECT, times=50)
    for number in range(5):
        record.send(record.file(f"1.2.250.1.999.7.{number}"))
    outbox.run_due()
    assert mortal.connections == 1
    assert record.states() == ["waiting"] * 5


def test_no_second_message_hides_in_the_first(record: Record, mortal: MortalOperator) -> None:
    _at(record, mortal)
    record.send(record.file(), text="Bonjour\n.\nMAIL FROM:<x@y.fr>\n.\r\nDATA\r\n")
    outbox.run_due()
    assert len(mortal.taken) == 1
    assert mortal.connections == 1
