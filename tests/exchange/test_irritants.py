"""IR4, IR5, IR6 on the way in: accepted and said, filed once, never filed for a homonym."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.kernel import events
from maillon.kernel.key import PatientId
from maillon.kernel.message import UserMessage
from maillon.noticed.events import IrritantNoticed
from maillon.noticed.models import Notice
from maillon.patients import api as patients
from maillon.patients.models import Patient
from maillon.tasks import api as tasks
from tests.conftest import Cast
from tests.exchange.conftest import Desk
from tests.exchange.letters import DEFAULT, PDF, cda, mail, report
from tests.tasks.asking import again

pytestmark = pytest.mark.django_db
Known = Callable[..., PatientId]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[IrritantNoticed]:
    found: list[IrritantNoticed] = []
    announce = events.announce

    def listen(event: events.Event) -> None:
        if isinstance(event, IrritantNoticed):
            found.append(event)
        announce(event)

    monkeypatch.setattr(events, "announce", listen)
    return found


def said(heard: list[IrritantNoticed]) -> list[tuple[str, str]]:
    return [(each.code, each.fact) for each in heard]


def test_the_same_report_in_two_messages_is_filed_once_and_said(
    desk: Desk, known: Known, heard: list[IrritantNoticed]
) -> None:
    """IR5: one document, one reading."""
    known()
    document = ("document.xml", "text/xml", cda())
    desk.receive(mail(document, message_id="<un@labo>"), mail(document, message_id="<deux@labo>"))
    assert [each.state for each in desk.documents()] == ["filed", "duplicate"]
    assert Document.objects.count() == 1
    assert Notice.objects.filter(fact="recu_deux_fois").count() == 1
    desk.receive(mail(document, message_id="<trois@labo>"))
    assert said(heard).count(("IR5", "recu_deux_fois")) == 1


def test_a_bare_pdf_waits_and_is_an_old_format(desk: Desk, cast: Cast, heard: list[IrritantNoticed]) -> None:
    (received,) = desk.receive(mail(("courrier.pdf", "application/pdf", PDF)))
    assert received.state == "to_settle"
    assert said(heard) == [("IR4", "ancien_format")]
    assert heard[0].document == received.uuid
    assert len(exchange.to_settle(cast.sylvie)) == 1


def test_a_look_alike_waits_for_somebody(desk: Desk, known: Known, cast: Cast, heard: list[IrritantNoticed]) -> None:
    """IR6 on arrival: nothing is filed, « À régler » says why."""
    known()
    desk.receive(report(person=DEFAULT | {"family": "DUPOND"}))
    assert ("IR6", "identite_douteuse") in said(heard)
    assert not Document.objects.exists()
    (line,) = exchange.to_settle(cast.sylvie)
    assert line.reasons


@pytest.mark.parametrize("status", ["QUAL", "RECUP"])
def test_ac7_7_a_homonym_chosen_by_mistake_is_refused_and_told(
    desk: Desk, known: Known, cast: Cast, heard: list[IrritantNoticed], status: str
) -> None:
    """AC7.7 where a document is given its patient: another matricule is another person."""
    patient = known()
    Patient.objects.filter(pk=patient).update(identity_status=status, ins="277076322082910", ins_oid=INS_OID)
    received = desk.receive(report(person=DEFAULT | {"family": "DUPOND"}))[-1]
    assert received.state == "to_settle"
    for _ in range(2):
        with pytest.raises(UserMessage) as refusal:
            exchange.settle_to(cast.sylvie, received.uuid, patient_uuid=_uuid_of(patient), reason="Même personne")
        assert refusal.value.code == "E-MSG-07"
    assert not Document.objects.exists()
    received.refresh_from_db()
    assert received.state == "to_settle", "nothing is lost: it waits for the right choice"
    assert ("IR6", "autre_patient") in said(heard)
    (task,) = tasks.my_day(again(cast.sylvie)).to_do
    assert task.title.startswith("Identitovigilance")


INS_OID = "1.2.250.1.213.1.4.10"


def _uuid_of(patient: PatientId) -> uuid.UUID:
    return patients.lines([patient])[patient].uuid
