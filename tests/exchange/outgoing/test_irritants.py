"""IR2, IR3, IR6 on the way out: said to the sender, another way offered, nothing sent that is wrong."""

from __future__ import annotations

from uuid import UUID

import pytest

from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange import rubbing
from maillon.exchange.directory.models import DirectoryEntry
from maillon.exchange.dmp.rows import DmpOpening
from maillon.exchange.outgoing.models import Sending
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.noticed import api as noticed
from maillon.patients import api as patients
from maillon.patients.events import IdentityQualified
from maillon.professionals.models import MssAddress
from maillon.tasks import api as tasks
from tests.conftest import Cast
from tests.exchange.letters import cda
from tests.exchange.outgoing.conftest import PAUL, Record
from tests.exchange.outgoing.test_receipts import dsn
from tests.tasks.asking import again

pytestmark = pytest.mark.django_db
outgoing = exchange.outgoing
NADIA = "899000000037"


def lines(record: Record, actor: Actor | None = None) -> list[tuple[str, str, str]]:
    """Code, what is said beside, how it ended: of the letters alone, not of how the report came."""
    with record.reading(actor) as access:
        return [
            (line.code, line.detail, line.outcome)
            for line in noticed.of_record(access)
            if line.code in ("IR1", "IR2", "IR3", "IR6")
        ]  # fmt: skip


def refused(record: Record, document: UUID, *to: exchange.Recipient) -> str:
    """As the page does: the refusal is caught where the record is open."""
    with record.reading() as access:
        try:
            exchange.send(access, documents=[document], to=to)
        except UserMessage as refusal:
            return refusal.code
    return ""


def to_do(actor: Actor) -> list[str]:
    return [task.title for task in tasks.my_day(again(actor)).to_do]


# ------------------------------------------------------------------------------------------------ IR6


@pytest.mark.parametrize("trait", [{"birth_family_name": "DURAND"}, {"birth_date": "1979-03-29"}])
def test_ac7_7_a_letter_about_a_homonym_does_not_leave_and_identity_vigilance_is_told(
    record: Record, cast: Cast, trait: dict[str, str]
) -> None:
    """AC7.7: the traits of the document and those of the record differ: blocked, an event, its referent told."""
    document = record.file()
    patients.Patient.objects.filter(pk=record.patient).update(**trait)
    assert refused(record, document, PAUL) == "E-ENV-13"
    assert refused(record, document, PAUL) == "E-ENV-13"
    assert not Sending.objects.exists()
    assert lines(record) == [("IR6", "Dr Claire Morel", "")]
    (title,) = to_do(cast.sylvie)
    assert title.startswith("Identitovigilance")
    assert to_do(cast.claire) == []
    with record.reading() as access:
        assert noticed.marks(access, [document]) == {document: ("Identité à vérifier",)}


def test_another_matricule_blocks_whatever_the_names(record: Record, cast: Cast) -> None:
    document = record.file()
    patients.Patient.objects.filter(pk=record.patient).update(
        identity_status="QUAL", ins="279035121518811", ins_oid="1.2.250.1.213.1.4.10"
    )
    assert refused(record, document, PAUL) == "E-ENV-13"
    assert len(to_do(cast.sylvie)) == 1


# ------------------------------------------------------------------------------------------------ IR2


def test_the_sender_learns_before_sending_that_the_patient_has_no_such_space(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = record.file()
    with record.reading() as access:
        assert outgoing.closed_because(access) == "L’identité n’est pas qualifiée."
    assert refused(record, document, outgoing.THE_PATIENT) == "E-ENV-10"
    assert lines(record) == [("IR1", "L’identité n’est pas qualifiée.", "")], "the identity, not Mon espace santé"
    record.qualify()
    with record.reading() as access:
        assert outgoing.closed_because(access) == ""
        outgoing.note_patient_choice(access, wants_documents=False)
        assert outgoing.closed_because(access) == "Le patient ne souhaite pas de document dans Mon espace santé."
    assert refused(record, document, outgoing.THE_PATIENT) == "E-ENV-11"
    declined = ("IR2", "Le patient ne souhaite pas de document dans Mon espace santé.", "")
    assert lines(record) == [declined, ("IR1", "L’identité n’est pas qualifiée.", "")]


def test_what_an_identity_kept_back_may_be_sent_once_it_is_qualified(record: Record) -> None:
    document = record.file()
    assert refused(record, document, outgoing.THE_PATIENT) == "E-ENV-10"
    with record.reading() as access:
        assert noticed.marks(access, [document]) == {document: ("À remettre sur papier",)}
    record.qualify()
    for _ in range(2):
        rubbing.forget_unqualified(IdentityQualified(patient_id=record.patient))
    assert lines(record) == [("IR1", "L’identité n’est pas qualifiée.", "Identité qualifiée\u202f: il peut partir")]
    with record.reading() as access:
        assert noticed.marks(access, [document]) == {}


def test_what_leaves_for_the_space_after_all_is_not_printed_unless_it_comes_back(
    record: Record, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused for want of a qualified identity, sent once it is: the row no longer says « À remettre sur papier »."""
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    document = record.file()
    assert refused(record, document, outgoing.THE_PATIENT) == "E-ENV-10"
    record.qualify()
    sending = record.send(document, to=(outgoing.THE_PATIENT,))
    former = ("IR1", "L’identité n’est pas qualifiée.", "Envoyé à Mon espace santé")
    assert lines(record) == [former]
    failed = dsn("failed", address="279035121518989@patient.mssante.test", status="5.1.1")
    record.desk.receive(failed)
    why = "Ce patient n’a pas, ou n’a plus, de messagerie dans Mon espace santé."
    assert sorted(lines(record)) == [former, ("IR2", why, "")]
    with record.reading() as access:
        exchange.outgoing.retry(access, sending.uuid)
    assert sorted(lines(record)) == [former, ("IR2", why, "Envoyé à Mon espace santé")]


def test_what_was_seen_last_of_the_space_prevails(
    record: Record, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absent the year it was looked at, the patient has opened it since: a mail arrived there."""
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    opening = DmpOpening.objects.create(
        patient_id=record.patient, professional_id=cast.claire.professional_id or 0, existence="INEXISTANT",
        checked_at=clock.now(),
    )  # fmt: skip
    with record.reading() as access:
        assert outgoing.closed_because(access) == "Le patient n’a pas Mon espace santé."
    record.send(record.file(), to=(outgoing.THE_PATIENT,))
    record.desk.receive(dsn("delivered", address="279035121518989@patient.mssante.test", status="2.0.0"))
    with record.reading() as access:
        assert outgoing.closed_because(access) == ""
        DmpOpening.objects.filter(pk=opening.pk).update(checked_at=clock.now())
        assert outgoing.closed_because(access) == "Le patient n’a pas Mon espace santé."


def test_paper_is_counted(record: Record, cast: Cast) -> None:
    document = record.file()
    with record.reading() as access:
        outgoing.hand_over_on_paper(access, document)
        outgoing.hand_over_on_paper(access, document)
    assert lines(record) == [("IR1", "L’identité n’est pas qualifiée.", "Remis sur papier")]
    record.qualify()
    with record.reading() as access, pytest.raises(UserMessage, match="Mon espace santé est ouvert"):
        outgoing.hand_over_on_paper(access, document)


def test_a_citizen_mailbox_that_is_closed_is_known_for_the_next_time(
    record: Record, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILLON_MES_DOMAINE", "patient.mssante.test")
    record.qualify()
    record.send(record.file(), to=(outgoing.THE_PATIENT,))
    record.desk.receive(dsn("failed", address="279035121518989@patient.mssante.test", status="5.1.1"))
    ((code, why, _),) = lines(record)
    assert (code, why) == ("IR2", "Ce patient n’a pas, ou n’a plus, de messagerie dans Mon espace santé.")
    with record.reading() as access:
        assert outgoing.closed_because(access) == why
    assert len(to_do(cast.claire)) == 1, "and the sender has the task of every sending that failed"


# ------------------------------------------------------------------------------------------------ IR3


def named_to_nadia(record: Record) -> UUID:
    """As redaction files what was signed here."""
    uuid = record.file(data=cda("1.2.250.1.999.7.8", recipients=(NADIA,)))
    Document.objects.filter(uuid=uuid).update(source="redaction")
    return uuid


def test_a_correspondent_without_an_address_is_said_and_becomes_a_task(record: Record, cast: Cast) -> None:
    document = named_to_nadia(record)
    assert refused(record, document, PAUL) == ""
    assert lines(record) == [("IR3", "MOREL", "")]
    assert [title[:28] for title in to_do(cast.claire)] == ["Un correspondant n’a pas d’a"]
    assert refused(record, document, PAUL) == ""
    assert len(lines(record)) == len(to_do(cast.claire)) == 1, "once, however often it is sent"


def test_an_address_that_the_sender_had_by_hand_is_not_looked_for(record: Record, cast: Cast) -> None:
    document = named_to_nadia(record)
    by_hand = exchange.Recipient(address="nadia@infirmieres.mssante.test", name="Nadia Morel", national_id=NADIA)
    for recipient in (by_hand, PAUL):
        assert refused(record, document, recipient) == ""
        assert lines(record) == [("IR3", "MOREL", "Envoyé à son adresse MSSanté")], "counted: nobody else has it"
        assert to_do(cast.claire) == []


def test_without_anybody_to_send_to_the_gesture_asks_for_the_address(record: Record, cast: Cast) -> None:
    document = named_to_nadia(record)
    with record.reading() as access:
        assert outgoing.ask_for_address(access, document) == 1
    assert len(to_do(cast.claire)) == 1


def test_an_address_of_the_house_or_of_the_directory_is_an_address(record: Record, cast: Cast) -> None:
    document = named_to_nadia(record)
    assert refused(record, document, PAUL) == ""
    DirectoryEntry.objects.create(
        address="nadia@infirmieres.mssante.test", national_id=NADIA, name="Nadia Lefèvre", kind="PER", words="",
    )  # fmt: skip
    nadia = exchange.Recipient(address="nadia@infirmieres.mssante.test")
    assert refused(record, document, nadia) == ""
    assert lines(record) == [("IR3", "MOREL", "Envoyé à son adresse MSSanté")]
    assert to_do(cast.claire) == [], "nobody looks any more for an address that was found"
    MssAddress.objects.create(
        address="n.lefevre@msp.mssante.test", kind="PER", professional_id=cast.nadia.professional_id
    )
    assert outgoing.address_of(NADIA) == "n.lefevre@msp.mssante.test"
