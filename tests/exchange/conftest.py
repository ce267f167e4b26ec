"""A mailbox of the Tilleuls, kept messages without any network, and the loopback operator."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from maillon.access import api as access_room
from maillon.exchange import api as exchange
from maillon.exchange.keeping import Batch, keep
from maillon.exchange.models import Mailbox, Message, ReceivedDocument
from maillon.formats.document import PatientTraits
from maillon.kernel.key import PatientId, Purpose, StructureId
from maillon.patients import api as patients
from tests.conftest import Cast
from tests.exchange.letters import DEFAULT, LABORATORY
from tests.mailservers.account import Endpoint
from tests.mailservers.operator import OperatorProcess

BOXES = 40


@dataclass(frozen=True)
class Desk:
    """The mailbox, and what a test does with it."""

    mailbox: Mailbox
    endpoint: Endpoint | None = None

    def keep(self, *messages: bytes) -> int:
        self.mailbox.refresh_from_db()
        first = self.mailbox.last_uid + 1
        numbered = dict(enumerate(messages, first))
        last = max(numbered)
        batch = Batch(mailbox_id=self.mailbox.pk, uid_validity=1, last_uid=last, seen_uid=last, messages=numbered)
        return keep(batch)

    def receive(self, *messages: bytes) -> list[ReceivedDocument]:
        """Keep and process; everything found since the beginning of the test, in order."""
        self.keep(*messages)
        process_all()
        return self.documents()

    def documents(self) -> list[ReceivedDocument]:
        found = ReceivedDocument.objects.filter(message__mailbox=self.mailbox)
        return list(found.select_related("message").order_by("message_id", "rank"))

    def messages(self) -> list[Message]:
        return list(self.mailbox.messages.order_by("id"))


def process_all() -> None:
    while exchange.process_next():
        pass


def traits_of(person: dict[str, str]) -> PatientTraits:
    birth = person["birth"]
    return PatientTraits(
        ins=person["ins"] or None, ins_oid="1.2.250.1.213.1.4.10" if person["ins"] else None,
        birth_family_name=person["family"], birth_given_names=person["given"], first_birth_given_name=person["given"],
        birth_date=f"{birth[:4]}-{birth[4:6]}-{birth[6:]}", sex=person["sex"],  # type: ignore[arg-type]
        birth_place_code=person["place"],
    )  # fmt: skip


@pytest.fixture
def desk(cast: Cast) -> Desk:
    pk = exchange.register_mailbox(
        address="accueil@msp-tilleuls.mssante.test", structure_id=StructureId(cast.tilleuls_id), imap_host="127.0.0.1",
        imap_port=9, smtp_host="127.0.0.1", smtp_port=9, username="accueil", password="secret",
    )  # fmt: skip
    return Desk(Mailbox.objects.get(pk=pk))


@pytest.fixture
def known(cast: Cast) -> Callable[..., PatientId]:
    """A patient of the base, followed by the Tilleuls unless said otherwise."""

    def make(person: dict[str, str] = DEFAULT, *, followed: bool = True) -> PatientId:
        patient_id = patients.create_from_document(traits_of(person), actor_label="essai")
        if followed:
            access = access_room.open_record(
                access_room.machine("essai"), patient_id, purpose=Purpose.ADMINISTRATIVE, action="update"
            )
            access_room.team.add_member(
                access, structure_id=StructureId(cast.tilleuls_id), basis=access_room.Basis.STRUCTURE, evidence="essai"
            )
        return patient_id

    return make


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    accounts = {f"boite-{number}@msp-tilleuls.mssante.test": f"secret-{number}" for number in range(BOXES)}
    process = OperatorProcess(tmp_path_factory.mktemp("operator"), accounts | {LABORATORY: "secret-labo"}).start()
    yield process
    process.stop()


_numbers = itertools.count()


@pytest.fixture
def post(cast: Cast, operator: OperatorProcess) -> Desk:
    """A mailbox that nobody has used yet, at the loopback operator."""
    return desk_at(cast, operator.endpoint(f"boite-{next(_numbers)}@msp-tilleuls.mssante.test"))


@pytest.fixture
def laboratory(operator: OperatorProcess) -> Endpoint:
    return operator.endpoint(LABORATORY)


def desk_at(cast: Cast, endpoint: Endpoint) -> Desk:
    pk = exchange.register_mailbox(
        address=endpoint.address, structure_id=StructureId(cast.tilleuls_id), imap_host=endpoint.host,
        imap_port=endpoint.imap_port, smtp_host=endpoint.host, smtp_port=endpoint.smtp_port,
        username=endpoint.address, password=endpoint.password, ca_file=endpoint.ca_file, starttls=endpoint.starttls,
    )  # fmt: skip
    return Desk(Mailbox.objects.get(pk=pk), endpoint)
