"""Against real Postfix and Dovecot, read and written by curl: programs that are not ours understand what we send."""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from maillon.documents import api as documents
from maillon.exchange import api as exchange
from maillon.exchange.collecting import collect
from maillon.exchange.models import Mailbox
from maillon.exchange.outgoing import following
from maillon.exchange.outgoing.models import SentEvent, SentMail, SentRecipient
from maillon.formats.mail_write import write_notice
from maillon.kernel import clock, outbox
from maillon.kernel.key import PatientId
from tests.conftest import Cast
from tests.exchange.conftest import desk_at, process_all
from tests.exchange.letters import LABORATORY, cda, xdm
from tests.exchange.outgoing.conftest import Record
from tests.mailservers.account import Endpoint
from tests.mailservers.debian import MailServers, missing

OURS = "accueil@msp-tilleuls.mssante.test"
WHY = missing() or ("" if shutil.which("curl") else "not installed: curl")
pytestmark = [pytest.mark.django_db, pytest.mark.servers, pytest.mark.skipif(bool(WHY), reason=f"real mail: {WHY}")]
V3 = {"h": "urn:hl7-org:v3"}
RIM = {"r": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"}
THERE = exchange.Recipient(address=LABORATORY, name="Laboratoire Bio-Vallée", kind="organization")


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServers]:
    made = MailServers({OURS: "secret-1", LABORATORY: "secret-3"})
    try:
        yield made.start()
    except RuntimeError as error:
        pytest.fail(f"{error}\n{made.log()}")
    finally:
        made.stop()


@pytest.fixture
def there(servers: MailServers) -> Endpoint:
    return servers.endpoint(LABORATORY)


@pytest.fixture
def record(servers: MailServers, known: Callable[..., PatientId], cast: Cast) -> Record:
    return Record(patient=known(), desk=desk_at(cast, servers.endpoint(OURS)), claire=cast.claire)


def curl(endpoint: Endpoint, *arguments: str) -> bytes:
    asked = ["curl", "-sS", "--cacert", endpoint.ca_file, "-u", f"{endpoint.address}:{endpoint.password}", *arguments]
    return subprocess.run(asked, capture_output=True, check=True, timeout=30).stdout


def uids(endpoint: Endpoint) -> list[str]:
    said = curl(endpoint, f"imaps://{endpoint.host}:{endpoint.imap_port}/INBOX", "-X", "UID SEARCH ALL").decode()
    return re.findall(r"\d+", said.partition("SEARCH")[2])


def read_by_curl(endpoint: Endpoint, before: list[str]) -> bytes:
    deadline = time.monotonic() + 30
    while len(found := uids(endpoint)) == len(before) and time.monotonic() < deadline:
        time.sleep(0.1)
    return curl(endpoint, f"imaps://{endpoint.host}:{endpoint.imap_port}/INBOX;UID={found[-1]}")


def sent_by_curl(endpoint: Endpoint, message: bytes, folder: Path, *, envelope: str | None = None) -> None:
    path = folder / "message.eml"
    path.write_bytes(message)
    curl(
        endpoint, f"smtps://{endpoint.host}:{endpoint.smtp_port}", "--upload-file", str(path), "--crlf",
        "--mail-from", LABORATORY if envelope is None else envelope, "--mail-rcpt", OURS,
    )  # fmt: skip


def collected(record: Record, number: int) -> None:
    """Postfix delivers a moment after it has accepted."""
    deadline, kept = time.monotonic() + 30, 0
    while kept < number and time.monotonic() < deadline:
        kept += collect(Mailbox.objects.get(pk=record.desk.mailbox.pk))
        time.sleep(0.05)
    process_all()


def test_an_independent_program_reads_the_message_and_its_archive_says_what_the_document_says(
    record: Record, there: Endpoint
) -> None:
    uuid = record.file(data=cda(local_id="IPP42"))
    before = uids(there)
    record.send(uuid, to=(THERE,))
    outbox.run_due()
    assert record.states() == ["accepted"]
    message = email.message_from_bytes(read_by_curl(there, before), policy=email.policy.default)
    assert message["Subject"] == "XDM/1.0/DDM+CR d'examens biologiques DUPONT Marie 28/03/1979"
    assert (message["X-MSS-CODECDA"], message["X-MSS-INS"]) == ("11502-2", "N")
    assert message["Message-ID"] == f"<{SentMail.objects.get().message_id}>"
    zipped, pdf = message.iter_attachments()
    assert (zipped.get_filename(), pdf.get_content_type()) == ("IHE_XDM.zip", "application/pdf")
    archive = zipfile.ZipFile(io.BytesIO(zipped.get_content()))
    assert archive.testzip() is None
    document = archive.read("IHE_XDM/SUBSET01/DOC0001.XML")
    with record.reading() as access:
        assert document == documents.original(access, uuid).data
    _say_the_same(etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML")), document)


def _say_the_same(metadata: etree._Element, document: bytes) -> None:
    """Read with XPath alone: the header on one side, ebRIM on the other."""
    header = etree.fromstring(document)

    def said(path: str) -> str:
        return str(header.xpath(f"string({path})", namespaces=V3))

    def slot(name: str) -> list[str]:
        path = f"//r:ExtrinsicObject/r:Slot[@name='{name}']//r:Value/text()"
        return [str(each) for each in metadata.xpath(path, namespaces=RIM)]  # type: ignore[union-attr]

    def coded(scheme: str) -> str:
        classified = f"//r:ExtrinsicObject/r:Classification[@classificationScheme='urn:uuid:{scheme}']"
        return str(metadata.xpath(f"string({classified}/@nodeRepresentation)", namespaces=RIM))

    def identified(scheme: str) -> str:
        path = f"string(//r:ExtrinsicObject/r:ExternalIdentifier[@identificationScheme='urn:uuid:{scheme}']/@value)"
        return str(metadata.xpath(path, namespaces=RIM))

    assert identified("2e82c1f6-a085-4c72-9da3-8640a32e42ab") == said("/*/h:id/@root")
    ins = said("//h:patientRole/h:id[@root='1.2.250.1.213.1.4.10']/@extension")
    assert identified("58a6f841-87b3-4a3e-92fd-a8ffeff98427") == f"{ins}^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert coded("f0306f51-975f-434e-a61c-c59651d33983") == said("/*/h:code/@code")
    assert coded("f4f85eac-e6cb-4883-b524-f2705394840f") == said("/*/h:confidentialityCode/@code")
    assert coded("41a5887f-8865-4c09-adf7-e362475b143a") == "10"
    assert coded("a09d5840-386c-46f2-b5ad-9c3699a4309d") != ""
    assert slot("creationTime") == ["20260302103000"]  # UTC of 11:30 in Paris
    assert slot("serviceStartTime") == ["20260302070000"]
    assert slot("languageCode") == [said("/*/h:languageCode/@code")]
    assert slot("hash") == [hashlib.sha1(document, usedforsecurity=False).hexdigest()]
    assert slot("size") == [str(len(document))]
    assert slot("URI") == ["DOC0001.XML"]
    assert slot("sourcePatientId") == ["IPP42^^^&1.2.250.1.999.1.3&ISO^PI"]
    info = slot("sourcePatientInfo")
    family = said("//h:patient/h:name/h:family[@qualifier='BR']")
    assert any(each.startswith(f"PID-5|{family}^") for each in info)
    assert f"PID-7|{said('//h:patient/h:birthTime/@value')}" in info
    assert f"PID-8|{said('//h:patient/h:administrativeGenderCode/@code')}" in info
    title = metadata.xpath("string(//r:ExtrinsicObject/r:Name/r:LocalizedString/@value)", namespaces=RIM)
    assert title == said("/*/h:title")


def test_postfix_reports_the_delivery_and_a_program_of_theirs_the_reading(
    record: Record, there: Endpoint, tmp_path: Path
) -> None:
    collected(record, 0)
    record.send(record.file(), to=(THERE,))
    before = uids(there)
    outbox.run_due()
    assert SentMail.objects.get().asked_dsn
    original = read_by_curl(there, before)
    collected(record, 1)
    relayed = SentRecipient.objects.get()  # what Postfix says of a mailbox server without DSN
    assert (relayed.state, relayed.reason) == ("accepted", following.RELAYED)
    notice = write_notice(original, sender=LABORATORY, at=clock.now(), message_id="accuse@bio-vallee.mssante.test")
    assert notice is not None
    sent_by_curl(there, notice.as_bytes(), tmp_path, envelope="")
    collected(record, 1)
    assert record.states() == ["read"]
    said = list(SentEvent.objects.order_by("id").values_list("name", flat=True))
    assert said == ["accept", "note", "read"]


def test_an_unknown_address_is_refused_at_once(record: Record) -> None:
    record.send(record.file(), to=(exchange.Recipient(address="parti@bio-vallee.mssante.test"),))
    outbox.run_due()
    assert record.states() == ["failed"]


def test_a_message_that_curl_composes_is_filed(record: Record, there: Endpoint, tmp_path: Path) -> None:
    collected(record, 0)
    known = len(record.desk.documents())
    sent_by_curl(there, xdm(cda("1.2.250.1.999.7.99"), to=OURS), tmp_path)
    collected(record, 1)
    assert [each.state for each in record.desk.documents()[known:]] == ["filed"]
