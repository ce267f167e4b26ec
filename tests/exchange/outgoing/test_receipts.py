"""What comes back, and what it moves: delivery reports, notices, integration errors, answers, lies, repetitions."""

from __future__ import annotations

import itertools

import pytest

from maillon.exchange import api as exchange
from maillon.exchange.outgoing import following, receipts, states
from maillon.exchange.outgoing.models import SentEvent, SentMail, SentRecipient
from maillon.formats.mail import read_mail
from maillon.formats.mail_write import write_notice
from maillon.kernel import clock
from maillon.noticed.models import Notice
from maillon.tasks import api as tasks
from maillon.tasks.models import Task
from tests.exchange.letters import PDF, arrived, mail
from tests.exchange.outgoing.conftest import KARIM, PAUL, Record, data_of

pytestmark = pytest.mark.django_db
S = states.SentState


def dsn(action: str, *, address: str = PAUL.address, status: str = "", headers: bool = True, envid: str = "") -> bytes:
    returned = f"Message-ID: <{SentMail.objects.order_by('id')[0].message_id}>\r\nSubject: x\r\n" if headers else ""
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@operateur.mssante.test\r\nSubject: rapport\r\nMessage-ID: <d@op>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\n\r\nrapport\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; op\r\n"
        + (f"Original-Envelope-Id: {envid}\r\n" if envid else "")
        + f"\r\nOriginal-Recipient: rfc822;{address}\r\nFinal-Recipient: rfc822;{address}\r\nAction: {action}\r\n"
        + (f"Status: {status}\r\n" if status else "")
        + f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--b--\r\n"
    ).encode()


def mdn(verdict: str, *, sender: str = PAUL.address, envelope: str = "", final: str | None = None) -> bytes:
    return (
        f"Return-Path: <{envelope}>\r\nFrom: {sender}\r\nSubject: accuse\r\nMessage-ID: <m{verdict[:9]}@op>\r\n"
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\r\n\r\n'
        "--b\r\n\r\nlu\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        f"Final-Recipient: rfc822;{final or sender}\r\n"
        f"Original-Message-ID: <{SentMail.objects.order_by('id')[0].message_id}>\r\n"
        f"Disposition: manual-action/MDN-sent-manually; {verdict}\r\n--b--\r\n"
    ).encode()


def plain(subject: str, *, sender: str = PAUL.address, envelope: str | None = None, text: str = "Bonjour") -> bytes:
    return (
        f"Return-Path: <{sender if envelope is None else envelope}>\r\nFrom: {sender}\r\nSubject: {subject}\r\n"
        f"Message-ID: <p{abs(hash(subject))}@op>\r\n"
        f"In-Reply-To: <{SentMail.objects.order_by('id')[0].message_id}>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


@pytest.fixture
def sent(record: Record) -> Record:
    """One document to Paul, taken by the operator."""
    record.send(record.file())
    SentRecipient.objects.update(state="accepted", is_due=False)
    return record


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("delivered", "delivered"), ("failed", "failed"), ("delayed", "accepted"), ("relayed", "accepted"),
        ("expanded", "accepted"), ("nonsense", "unknown"),
    ],
)  # fmt: skip
def test_a_delivery_report_moves_what_it_proves(sent: Record, said: str, state: str) -> None:
    sent.desk.receive(dsn(said, status="5.1.1" if said == "failed" else "2.0.0"))
    assert sent.states() == [state]
    assert Task.objects.filter(kind="a_faire").count() == (state in ("failed", "unknown"))
    assert sent.desk.messages()[-1].kind == "dsn"


def test_an_address_that_is_nobodys_is_a_correspondent_without_mssante(sent: Record) -> None:
    """IR3: noted once on the document, told to its sender by the follow-up; over when it is sent again."""
    for _ in range(2):
        sent.desk.receive(dsn("failed", status="5.1.1"))
    notice = Notice.objects.get(fact="sans_adresse_mssante")
    assert (notice.code, notice.detail, notice.settled_at) == ("IR3", PAUL.address, None)
    assert Task.objects.get(kind="a_faire").professional_id == sent.claire.professional_id
    with sent.reading() as access:
        exchange.outgoing.retry(access, SentRecipient.objects.get().sending.uuid)
    notice.refresh_from_db()
    assert notice.settled_at is not None
    assert notice.outcome.startswith("Renvoyé")


def test_a_full_mailbox_is_no_missing_address(sent: Record) -> None:
    sent.desk.receive(dsn("failed", status="5.2.2"))
    assert sent.states() == ["failed"]
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    ("verdict", "state", "said"),
    [
        ("displayed", "read", "Ouvert par le destinataire."),
        ("processed", "read", "Intégré par le logiciel du destinataire."),
        ("deleted", "delivered", "Arrivé, puis supprimé sans avoir été ouvert."),
        ("denied", "accepted", ""),
        ("processed/Error: 902^Identifiant de patient inconnu", "failed",
         "Le logiciel du destinataire n’a pas pu intégrer le document\u202f: 902, identifiant de patient inconnu."),
        ("processed/Error: 107^Refus local", "failed",
         "Le logiciel du destinataire n’a pas pu intégrer le document\u202f: 107, refus local."),
    ],
)  # fmt: skip
def test_a_notice_says_read_or_not_integrated(sent: Record, verdict: str, state: str, said: str) -> None:
    sent.desk.receive(mdn(verdict))
    assert sent.states() == [state]
    assert SentRecipient.objects.get().reason == said


@pytest.mark.parametrize("code", ["900", "901", "902", "903", "904", "905", "906", None])
def test_the_notices_that_we_write_ourselves_are_understood(sent: Record, code: str | None) -> None:
    notice = write_notice(
        data_of(SentMail.objects.get()), sender=PAUL.address, at=clock.now(), message_id="n@op", error_code=code
    )
    assert notice is not None
    sent.desk.receive(b"Return-Path: <>\r\n" + notice.as_bytes())
    assert sent.states() == ["failed" if code else "read"]
    if code:
        assert f"\u202f: {code}, " in SentRecipient.objects.get().reason


@pytest.mark.parametrize(
    "subject",
    [
        "[KO Intégration système !][904] XDM/1.0/DDM+CR DUPONT Marie", "[KO Integration systeme !][904]",
        "=?utf-8?q?=5BKO_Int=C3=A9gration_syst=C3=A8me_!=5D=5B904=5D_XDM/1.0/DDM+CR?=",
    ],
)  # fmt: skip
def test_an_integration_error_in_a_plain_mail_is_understood(sent: Record, subject: str) -> None:
    found = sent.desk.receive(plain(subject))
    assert sent.states() == ["failed"]
    assert "904, " in SentRecipient.objects.get().reason
    assert [each.media_type for each in found if each.media_type == "text/plain"] == []


def test_an_answer_is_a_proof_of_reading_and_still_something_to_read(sent: Record) -> None:
    found = sent.desk.receive(plain("Re: CR", text="Merci, bien reçu."))
    assert sent.states() == ["read"]
    assert [each.state for each in found][-1] == "to_settle"


@pytest.mark.parametrize(
    ("subject", "envelope", "state"),
    [("Re: [KO Intégration système !][902] XDM/1.0/DDM+CR", PAUL.address, "failed"), ("Réponse", "", "unknown")],
)
def test_an_answer_that_brings_a_document_is_also_something_to_settle(
    sent: Record, subject: str, envelope: str, state: str
) -> None:
    about = {"In-Reply-To": f"<{SentMail.objects.get().message_id}>"}
    answer = mail(("resultat.pdf", "application/pdf", PDF), sender=PAUL.address, subject=subject, headers=about)
    received = sent.desk.receive(arrived(answer, envelope=envelope))[-1]
    assert (received.name, received.state) == ("resultat.pdf", "to_settle")
    assert sent.states() == [state]


def test_our_own_document_that_comes_back_with_an_error_is_not_to_settle(sent: Record) -> None:
    ours = read_mail(data_of(SentMail.objects.get())).attachments
    back = [(each.name, each.media_type, each.data) for each in ours]
    about = {"In-Reply-To": f"<{SentMail.objects.get().message_id}>"}
    answer = mail(*back, sender=PAUL.address, subject="[KO Intégration système !][902] CR", headers=about)
    before = sent.desk.documents()
    assert back
    assert sent.desk.receive(arrived(answer, envelope=PAUL.address)) == before
    assert sent.states() == ["failed"]


def test_an_absence_proves_the_delivery_only(sent: Record) -> None:
    absent = plain("Absent").replace(b"From:", b"Auto-Submitted: auto-replied\r\nFrom:", 1)
    sent.desk.receive(absent)
    assert sent.states() == ["delivered"]


def test_an_odd_return_is_unknown_and_somebody_looks(sent: Record) -> None:
    mail_id = SentMail.objects.get().message_id
    odd = (
        "Return-Path: <>\r\nFrom: postmaster@vieux.mssante.test\r\nSubject: Undelivered\r\nMessage-ID: <o@x>\r\n"
        f"Content-Type: text/plain\r\n\r\nYour message {mail_id} could not be delivered.\r\n"
    )
    sent.desk.receive(odd.encode())
    assert sent.states() == ["unknown"]
    assert SentRecipient.objects.get().reason == receipts.ODD_RETURN
    assert len(tasks.my_day(sent.claire).to_do) == 1


@pytest.mark.parametrize(
    "verdict",
    [
        "processed/error", "processed/Error", "processed/warning, failure", "displayed/error", "failed",
        "processed\r\nError: boîte du logiciel pleine", "processed\r\nFailure: signature",
    ],
)  # fmt: skip
def test_an_error_without_a_code_is_no_reading(sent: Record, verdict: str) -> None:
    sent.desk.receive(mdn(verdict))
    row = SentRecipient.objects.get()
    assert (row.state, row.reason) == (
        "failed", "Le logiciel du destinataire n’a pas pu intégrer le document\u202f: 906, autre erreur."
    )  # fmt: skip
    assert len(tasks.my_day(sent.claire).to_do) == 1


def test_a_warning_is_no_failure(sent: Record) -> None:
    sent.desk.receive(mdn("processed/warning\r\nError: \r\nWarning: logo absent"))
    assert sent.states() == ["read"]


def test_a_report_without_headers_is_known_by_its_envelope_number(sent: Record) -> None:
    sent.desk.receive(dsn("delivered", headers=False, envid=SentMail.objects.get().uuid.hex.upper()))
    assert sent.states() == ["delivered"]


def test_a_report_about_another_address_of_the_only_recipient_is_theirs(sent: Record) -> None:
    sent.desk.receive(dsn("failed", address="alias@interne.test", status="5.2.2"))
    assert SentRecipient.objects.get().reason == "La boîte du destinataire est pleine."


def test_each_recipient_has_their_own_fate(record: Record) -> None:
    record.send(record.file(), to=(PAUL, KARIM))
    SentRecipient.objects.update(state="accepted", is_due=False)
    record.desk.receive(dsn("delivered", address=KARIM.address), mdn("displayed", sender=KARIM.address))
    assert record.states() == ["accepted", "read"]
    record.desk.receive(dsn("failed", address="personne@ailleurs.test"))
    assert record.states() == ["accepted", "read"]


def test_what_a_closed_citizen_mailbox_says(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    record.send(record.file(), to=(exchange.outgoing.THE_PATIENT,))
    record.desk.receive(dsn("failed", address="279035121518989@patient.mssante.test", status="5.1.1"))
    assert SentRecipient.objects.get().reason == following.NO_MES


@pytest.mark.parametrize("envelope", ["pirate@ailleurs.test", "x@cabinet-port.mssante.test.ailleurs.fr"])
def test_anybody_can_write_a_notice_and_it_proves_nothing(sent: Record, envelope: str) -> None:
    sent.desk.receive(mdn("displayed", envelope=envelope))
    assert sent.states() == ["accepted"]
    assert SentEvent.objects.filter(text=receipts.STRANGER).count() == 1


def test_a_report_in_another_mailbox_is_about_nothing(sent: Record) -> None:
    from maillon.exchange.models import Mailbox

    other = Mailbox.objects.get(pk=sent.desk.mailbox.pk)
    other.pk, other.address = None, "autre@msp-tilleuls.mssante.test"
    other.save()
    SentMail.objects.get().sending.__class__.objects.update(mailbox=other)
    sent.desk.receive(dsn("failed"))
    assert sent.states() == ["accepted"]


def test_a_remote_end_that_repeats_itself_asks_once(sent: Record) -> None:
    for number in range(5):
        sent.desk.receive(dsn("failed", status="5.1.1").replace(b"<d@op>", f"<d{number}@op>".encode()))
    assert sent.states() == ["failed"]
    assert Task.objects.filter(kind="a_faire").count() == 1
    assert SentEvent.objects.filter(recipient__sending__isnull=False).count() == 2


def test_a_remote_end_that_contradicts_itself_is_believed_for_what_it_proves(sent: Record) -> None:
    sent.desk.receive(dsn("failed", status="4.4.7"))
    assert len(tasks.my_day(sent.claire).to_do) == 1
    sent.desk.receive(mdn("displayed"))
    assert sent.states() == ["read"]
    assert tasks.my_day(sent.claire).to_do == ()
    sent.desk.receive(dsn("failed", status="5.0.0").replace(b"<d@op>", b"<late@op>"))
    assert sent.states() == ["read"]
    sent.desk.receive(mdn("processed/Error: 906^Autre"))
    assert sent.states() == ["failed"]
    assert len(tasks.my_day(sent.claire).to_do) == 1


def test_a_receipt_before_our_own_knowledge_stops_the_attempts(record: Record) -> None:
    from maillon.kernel import outbox

    record.send(record.file())
    record.desk.receive(mdn("displayed"))
    assert record.states() == ["read"]
    outbox.run_due()
    assert record.states() == ["read"]
    assert SentMail.objects.get().attempts == 0


def test_hostile_reports_break_nothing(sent: Record) -> None:
    message_id = SentMail.objects.get().message_id
    for number, body in enumerate(
        (b"", b"Final-Recipient:\r\n", b"Action: failed\r\n" * 5000, b"Final-Recipient: rfc822;" + b"a" * 70_000,
         b"Final-Recipient: x\r\nAction: \x00\xff\r\n", b"Disposition: " + b";" * 3000)
    ):  # fmt: skip
        for kind in ("delivery-status", "disposition-notification"):
            sent.desk.receive(
                b"Return-Path: <>\r\nFrom: a@b.fr\r\nMessage-ID: <h%d%s@x>\r\n" % (number, kind.encode())
                + f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'.encode()
                + f"--b\r\nContent-Type: message/{kind}\r\n\r\n".encode() + body
                + f"\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{message_id}>\r\n\r\n--b--\r\n".encode()
            )  # fmt: skip
    assert all(each.state != "kept" for each in sent.desk.messages())
    assert sent.states()[0] in {state.value for state in S}


def test_the_table_of_states_holds_for_every_order_of_evidence() -> None:
    """Whatever comes in whatever order: a state is never left by an arrow that is not in the table, and reading is
    never undone but by an integration error."""
    evidence = ("accept", "refuse", "postpone", "lose_answer", "deliver", "read", "bounce", "reject", "stay_silent")
    for order in itertools.permutations(evidence, 4):
        state = str(S.SENDING)
        for name in order:
            before = state
            state = states.SENT.target(name, source=state) if states.may(name, state) else state
            if before == S.READ and state != S.READ:
                assert name == "reject"
            if before == S.DELIVERED and state not in (S.DELIVERED, S.READ):
                assert name in ("bounce", "reject")
            if state == S.WAITING:
                assert before in (S.SENDING, S.WAITING)
