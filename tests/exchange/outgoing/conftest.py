"""A record with documents, a mailbox to send from, and colleagues to send to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.documents import filing
from maillon.documents.models import Document
from maillon.exchange import api as exchange
from maillon.exchange import patience, readers, smtp
from maillon.exchange.outgoing.models import SentMail, SentRecipient
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, Purpose, StructureId
from maillon.patients import api as patients
from tests.conftest import Cast
from tests.exchange.conftest import Desk
from tests.exchange.letters import DEFAULT, INS_OID, arrived, cda, mail
from tests.exchange.outgoing.operators import MortalOperator

PAUL = exchange.Recipient(address="paul@cabinet-port.mssante.test", name="Dr Paul Étranger", national_id="899000000045")
KARIM = exchange.Recipient(
    address="karim@msp-tilleuls.mssante.test", name="Dr Karim Benali", national_id="899000000029"
)


@dataclass
class Record:
    """One patient of the Tilleuls, and what Claire does with their documents."""

    patient: PatientId
    desk: Desk
    claire: Actor

    def reading(self, actor: Actor | None = None) -> AbstractContextManager[Access]:
        return access_room.reading(actor or self.claire, self.patient, purpose=Purpose.CARE)

    def file(self, identifier: str = "1.2.250.1.999.7.1", data: bytes | None = None, **options: object) -> UUID:
        made = data or cda(identifier, **options)  # type: ignore[arg-type]
        self.desk.receive(arrived(mail(("document.xml", "text/xml", made))))
        return Document.objects.order_by("-pk").values_list("uuid", flat=True)[0]

    def send(
        self, *uuids: UUID, to: tuple[exchange.Recipient, ...] = (PAUL,), **options: object
    ) -> exchange.outgoing.Sending:
        with self.reading() as access:
            return exchange.send(access, documents=list(uuids), to=to, **options)  # type: ignore[arg-type]

    def shown(self, sending: exchange.outgoing.Sending) -> exchange.outgoing.Sending:
        with self.reading() as access:
            return exchange.outgoing.one(access, sending.uuid)

    def states(self) -> list[str]:
        return list(SentRecipient.objects.order_by("id").values_list("state", flat=True))

    def qualify(self) -> None:
        """As INSi and an identity document would: the matricule of the test range becomes the patient's own."""
        patients.Patient.objects.filter(pk=self.patient).update(
            identity_status="QUAL", ins=DEFAULT["ins"], ins_oid=INS_OID
        )


@pytest.fixture
def record(desk: Desk, known: Callable[..., PatientId], cast: Cast) -> Record:
    return Record(patient=known(), desk=desk, claire=cast.claire)


@pytest.fixture
def posted(post: Desk, known: Callable[..., PatientId], cast: Cast) -> Record:
    """The same, with a mailbox at the loopback operator."""
    return Record(patient=known(), desk=post, claire=cast.claire)


@pytest.fixture(autouse=True)
def _lines_apart() -> Iterator[None]:
    """No session, and no rest given to an operator, goes from one test to the next."""
    for remembered in (smtp._lines, smtp._resting, filing._known_authors, readers._known_members):
        remembered.clear()
    yield
    smtp._lines.clear()
    smtp._resting.clear()


def data_of(mail_row: SentMail) -> bytes:
    return documents.bytes_of(mail_row.sha256)


@contextmanager
def later(minutes: float) -> Iterator[None]:
    import datetime as dt

    import time_machine

    with time_machine.travel(clock.now() + dt.timedelta(minutes=minutes), tick=False):
        yield


def structure_of(cast: Cast) -> StructureId:
    return StructureId(cast.tilleuls_id)


@pytest.fixture
def mortal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MortalOperator]:
    """Its silences, and our patience with them, are short."""
    monkeypatch.setattr(smtp, "FINAL_SECONDS", 0.4)
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 1.0)
    operator = MortalOperator(tmp_path).start()
    yield operator
    operator.stop()
