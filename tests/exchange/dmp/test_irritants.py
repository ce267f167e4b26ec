"""IR1, an identity that is not qualified: nothing goes, all waits, the secretary is told; then each leaves once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from maillon.access import api as access_room
from maillon.access.models import DocumentMark
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange.dmp.identity_of_document import with_qualified_identity
from maillon.exchange.dmp.rows import DmpAct
from maillon.formats.cda.read import read_cda
from maillon.formats.document import ClinicalDocument, LocalId
from maillon.kernel import clock, events
from maillon.kernel.key import PatientId
from maillon.kernel.message import UserMessage
from maillon.kernel.models import Job
from maillon.noticed import api as noticed
from maillon.noticed.models import Notice
from maillon.patients import api as patients
from maillon.patients.events import IdentityQualified
from maillon.patients.models import Patient
from maillon.professionals.models import Attachment
from maillon.tasks import api as tasks
from simulators.outgoing import address_book, render
from simulators.story import of_patient
from tests.documents import making
from tests.exchange import national
from tests.exchange.dmp.conftest import Desk, work
from tests.tasks.asking import again
from tests.web import world

pytestmark = pytest.mark.django_db
UNIDENTIFIED = replace(national.TRAITS, ins=None, ins_oid=None)


def provisional(patient: PatientId) -> None:
    Patient.objects.filter(pk=patient).update(identity_status="PROV", ins=None, ins_oid=None)


def qualify(desk: Desk) -> None:
    """As the secretary does it: INSi, then the identity document."""
    traits = national.TRAITS
    answer = patients.InsiAnswer(
        ins=national.INS, ins_oid=national.OID,
        traits=patients.StrictTraits(
            birth_family_name=traits.birth_family_name or "", birth_given_names=traits.birth_given_names or "",
            first_birth_given_name=traits.first_birth_given_name or "",
            birth_date=Patient.objects.get(pk=desk.patient).birth_date, sex="F", birth_place_code="51215",
        ),
    )  # fmt: skip
    key = desk.key(desk.cast.sylvie)
    patients.retrieve(key, answer, reason="INSi")
    patients.qualify(key, reason="carte d’identité présentée")


def written(count: int) -> list[ClinicalDocument]:
    """Before the qualification a letter written here bears no INS."""
    return [national.written(patient=UNIDENTIFIED) for _ in range(count)]


def states() -> list[str]:
    return list(DmpAct.objects.order_by("id").values_list("state", flat=True))


def test_ac7_2_nothing_goes_to_the_record_before_the_identity_is_qualified(
    desk: Desk, held: national.Held, way: str
) -> None:
    """AC7.2: 0 documents until then, all pending; once qualified, n are sent, 0 doubled."""
    provisional(desk.patient)
    letters = written(3)
    for letter in letters:
        desk.feed(letter)
        desk.feed_again(letter)
    work()
    assert (states(), held.submissions(), held.accesses()) == (["attente_ins"] * 3, Counter(), [])
    (task,) = tasks.my_day(again(desk.cast.sylvie)).to_do
    assert task.title.startswith("Pièce d’identité à présenter")
    assert noticed.of_day(again(desk.cast.sylvie)) == [], "her task says it, and it is not said twice"
    lines = noticed.of_record(desk.key())
    assert [(line.code, line.mark, line.is_open) for line in lines] == [("IR1", "Dépôt en attente de l’INS", True)] * 3

    qualify(desk)
    work()
    assert states() == ["fait"] * 3
    assert sorted(held.submissions().values()) == [1, 1, 1]
    assert tasks.my_day(again(desk.cast.sylvie)).to_do == ()
    assert not any(line.is_open for line in noticed.of_record(desk.key()))
    qualified_twice = held.submissions()
    with pytest.raises(Exception, match="identité"):
        qualify(desk)
    work()
    assert held.submissions() == qualified_twice


def test_what_leaves_bears_the_ins_and_says_what_was_signed(desk: Desk, held: national.Held, way: str) -> None:
    provisional(desk.patient)
    (letter,) = written(1)
    desk.feed(letter)
    qualify(desk)
    work()
    ((data,),) = held.rows("SELECT data FROM document")
    sent = read_cda(data)
    assert (sent.patient.ins, sent.patient.ins_oid) == (national.INS, national.OID)
    assert (sent.version.set_id, sent.version.number, sent.version.replaces) == (
        letter.version.set_id, 2, letter.version.id
    )  # fmt: skip
    signed = read_cda(national.cda(letter))
    assert (sent.authors, sent.participants) == (signed.authors, signed.participants)
    assert sent.attachments == signed.attachments
    assert sorted(Document.objects.values_list("version_number", "status")) == [(1, "replaced"), (2, "current")]
    assert [data for (data,) in held.rows("SELECT data FROM document")] == [national_bytes(desk)]


def national_bytes(desk: Desk) -> bytes:
    current = Document.objects.get(patient_id=desk.patient, status="current")
    return documents.original(desk.key(), current.uuid).data


def test_whoever_had_not_read_it_reads_the_version_that_left(desk: Desk, held: national.Held, way: str) -> None:
    provisional(desk.patient)
    (letter,) = written(1)
    filed = making.file_cda(desk.patient, national.cda(letter), making.reader(desk.cast.karim))
    exchange.feed_dmp(desk.key(), filed.uuid, told="oral")
    qualify(desk)
    work()
    current = Document.objects.get(status="current")
    assert [task.document_uuid for task in tasks.my_day(desk.cast.karim).to_read] == [current.uuid]


def test_ac7_6_a_letter_that_was_corrected_while_it_waited_leaves_once(
    desk: Desk, held: national.Held, way: str
) -> None:
    """AC7.6: never two current."""
    provisional(desk.patient)
    (old,) = written(1)
    desk.feed(old)
    new = national.written(patient=UNIDENTIFIED, replaces=old.version.id, number=2)
    new = replace(new, version=replace(new.version, set_id=old.version.set_id))
    desk.feed(new)
    qualify(desk)
    work()
    assert states() == ["non_envoye", "fait"]
    assert len(held.submissions()) == 1


def test_a_letter_written_before_the_qualification_leaves_when_it_is_promised_after(
    desk: Desk, held: national.Held, way: str
) -> None:
    """Nothing will be qualified any more: nobody else would make it leave."""
    desk.feed(written(1)[0])
    work()
    assert (states(), len(held.submissions())) == (["fait"], 1)
    assert tasks.my_day(again(desk.cast.sylvie)).to_do == (), "no identity document is asked for again"
    assert not any(line.is_open for line in noticed.of_record(desk.key()))


def test_an_identity_qualified_while_the_deposit_was_being_promised_makes_it_leave(
    desk: Desk, held: national.Held, way: str
) -> None:
    """The event of the qualification found nothing that waited yet."""
    provisional(desk.patient)
    desk.feed(written(1)[0])
    qualify(desk)
    Job.objects.filter(kind__endswith="holding.release").delete()
    work()
    assert states() == ["fait"]


def test_a_letter_withdrawn_while_it_waited_is_no_longer_said_to_wait(
    desk: Desk, held: national.Held, way: str
) -> None:
    provisional(desk.patient)
    desk.feed(written(1)[0])
    Document.objects.update(status="withdrawn")
    qualify(desk)
    work()
    assert (states(), held.submissions()) == (["non_envoye"], Counter())
    assert not Notice.objects.filter(settled_at__isnull=True).exists()


@pytest.mark.parametrize("awaited", ["the identity", "the record"])
@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("HIDDEN_FROM_PATIENT", ["INVISIBLE_PATIENT"]), ("MASKED", ["MASQUE_PS"]), ("MINOR_SECRET", None),
    ],
)  # fmt: skip
def test_what_is_marked_while_its_deposit_waits_goes_out_marked_or_does_not_go(
    desk: Desk, held: national.Held, way: str, kind: str, codes: list[str] | None, awaited: str
) -> None:
    letter = promised(desk, awaited)
    DocumentMark.objects.create(
        patient_id=desk.patient, document_id=Document.objects.get(unique_id=letter.version.id).pk, since=clock.now(),
        kind=DocumentMark.Kind[kind], reason="essai", set_by="essai",
    )  # fmt: skip
    arrives(desk, awaited)
    there = [unique_id for (unique_id,) in held.rows("SELECT unique_id FROM document")]
    if codes is None:
        act = DmpAct.objects.get()
        assert (act.state, act.refusal_code, there) == ("refuse", "E-ENV-09", [])
        assert any("DMP" in task.title for task in tasks.my_day(again(desk.cast.claire)).to_do)
    else:
        assert [[each.code for each in held.entry(unique_id).confidentiality] for unique_id in there] == [codes]


def test_what_was_announced_while_its_deposit_waited_goes_out_visible(
    desk: Desk, held: national.Held, way: str
) -> None:
    provisional(desk.patient)
    filed = desk.file(written(1)[0])
    documents.visibility.hide_from_patient(desk.key(), filed, reason="annonce à faire")
    exchange.feed_dmp(desk.key(), filed, told="oral")
    documents.visibility.lift_kind(desk.key(), filed, DocumentMark.Kind.HIDDEN_FROM_PATIENT, reason="annoncé")
    arrives(desk, "the identity")
    ((unique_id,),) = held.rows("SELECT unique_id FROM document")
    assert [each.code for each in held.entry(unique_id).confidentiality] == ["N"]


@pytest.mark.parametrize("awaited", ["the identity", "the record"])
def test_an_opposition_to_all_sharing_stops_what_waits(
    desk: Desk, held: national.Held, way: str, awaited: str
) -> None:
    promised(desk, awaited)
    access_room.consents.oppose_all(desk.key(), channel="oral", confirmation="je confirme")
    arrives(desk, awaited)
    act = DmpAct.objects.get()
    assert (act.state, act.refusal_code, held.submissions()) == ("refuse", "E-DMP-17", Counter())
    with pytest.raises(UserMessage, match="E-DMP-17"):
        desk.feed_again(read_cda(documents.bytes_of(Document.objects.get(status="current").sha256)))


def promised(desk: Desk, awaited: str) -> ClinicalDocument:
    """Before the worker's round; and before the qualification, when it is the identity that is awaited."""
    if awaited == "the identity":
        provisional(desk.patient)
    letter = written(1)[0] if awaited == "the identity" else national.written()
    desk.feed(letter)
    return letter


def arrives(desk: Desk, awaited: str) -> None:
    if awaited == "the identity":  # by another structure perhaps: whoever may not open the record is no reason to wait
        Patient.objects.filter(pk=desk.patient).update(
            identity_status="QUAL", ins=national.INS, ins_oid=national.OID
        )
        events.announce(IdentityQualified(patient_id=desk.patient))
    work()


def test_without_a_secretary_whoever_promised_is_asked(desk: Desk, held: national.Held, way: str) -> None:
    Attachment.objects.filter(professional_id=desk.cast.sylvie.professional_id).delete()
    provisional(desk.patient)
    desk.feed(written(1)[0])
    assert [task.title[:16] for task in tasks.my_day(again(desk.cast.claire)).to_do] == ["Pièce d’identité"]


def test_an_identity_that_ceases_to_be_qualified_holds_what_was_promised(
    desk: Desk, held: national.Held, way: str
) -> None:
    document = national.written()
    desk.feed(document)
    provisional(desk.patient)
    work()
    assert (states(), held.count(document.version.id or "")) == (["attente_ins"], 0)
    qualify(desk)
    work()
    assert (states(), held.count(document.version.id or "")) == (["fait"], 1)


def test_what_waits_may_be_renounced(desk: Desk, held: national.Held, way: str) -> None:
    """The patient opposes it meanwhile: it leaves neither now nor on the day of the qualification."""
    provisional(desk.patient)
    filed = desk.file(written(1)[0])
    exchange.feed_dmp(desk.key(), filed, told="oral")
    exchange.dmp.decline(desk.key(), filed, reason="Le patient s’y oppose")
    assert (states(), tasks.my_day(again(desk.cast.sylvie)).to_do) == (["non_envoye"], ())
    assert not any(line.is_open for line in noticed.of_record(desk.key()))
    qualify(desk)
    work()
    assert (states(), held.submissions()) == (["non_envoye"], Counter())


def test_what_is_leaving_already_is_not_said_to_be_renounced(desk: Desk, held: national.Held, way: str) -> None:
    """The screen would say that nothing goes, of a letter that the record receives a second later."""
    provisional(desk.patient)
    filed = desk.file(written(1)[0])
    exchange.feed_dmp(desk.key(), filed, told="oral")
    DmpAct.objects.update(state="attente")
    with pytest.raises(UserMessage) as refusal:
        exchange.dmp.decline(desk.key(), filed, reason="Le patient s’y oppose")
    assert (refusal.value.code, states()) == ("E-DMP-15", ["attente"])


def test_another_matricule_than_the_one_of_the_document_is_refused_and_said(
    desk: Desk, held: national.Held, way: str
) -> None:
    provisional(desk.patient)
    desk.feed(national.written(patient=replace(national.TRAITS, ins="277076322082910")))
    qualify(desk)
    work()
    act = DmpAct.objects.get()
    assert (act.state, act.refusal_code, held.submissions()) == ("refuse", "E-DMP-08", Counter())
    assert any("DMP" in task.title for task in tasks.my_day(again(desk.cast.claire)).to_do)


def test_a_structured_document_is_the_same_but_for_its_identity(desk: Desk) -> None:
    """Of every type that the houses of the territory write: text, results, statements, authors, signature."""
    seen: dict[str, ClinicalDocument] = {}
    for person in world.territory().patients[:12]:
        for each in of_patient(world.territory(), person, seed=7, until=world.UNTIL):
            seen.setdefault(each.document.type_code or "", each.document)
    assert len(seen) > 5
    for rank, document in enumerate(seen.values()):
        traits = replace(document.patient, ins=None, ins_oid=None, local_ids=(LocalId(root="1.2.3", extension="7"),))
        version = replace(document.version, id=f"1.2.250.1.999.8.{rank}", replaces=None, number=1)
        bare = replace(document, patient=traits, version=version)
        data = render(bare, contacts=address_book(world.territory())).cda
        filed = making.file_cda(desk.patient, data)
        leaving = with_qualified_identity(desk.key(), filed.uuid, number=filed.uuid)
        row = Document.objects.get(pk=leaving.id)
        before, after = read_cda(data), documents.read(desk.key(), row.uuid).document
        assert after is not None
        assert (after.patient.ins, after.version.number, row.status) == (national.INS, 2, "current")
        same = replace(after, patient=before.patient, version=before.version, created_at=before.created_at)
        same = replace(same, conformance=before.conformance, sha256=before.sha256, size=before.size)
        assert same == before, document.type_code
