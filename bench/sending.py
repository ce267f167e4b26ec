"""(h) Messages sent by MSSanté: composed and promised, then carried to a real Postfix, beside a bare smtplib that hands
the same bytes to the same Postfix, in one run.

Composed: the document is read through the key, checked, its archive and its PDF/A-1 made, the message kept, the journal
written, all committed. Carried: begun (committed), submitted, its answer written (committed). Without Postfix the
loopback operator takes its place, and the bench says so.

`python -m bench sending`
"""

from __future__ import annotations

import datetime as dt
import shutil
import smtplib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import ground
from tests.mailservers.account import Endpoint
from tests.mailservers.debian import MailServers, missing
from tests.mailservers.operator import OperatorProcess

MESSAGES = 200
OURS, THEIRS = "accueil@msp-bench.mssante.test", "confrere@ch-bench.mssante.test"


def main(*, messages: int = MESSAGES) -> None:
    ground.NAME = "maillon_bench_envois"
    ground.prepare(patients=0, documents=0)
    with _operator() as (endpoint, name):
        composed = _composed(endpoint, messages)
        carried = _carried(messages)
        bare = _bare(endpoint, messages)
    print(f"opérateur : {name}")
    print(f"composés, gardés et promis       {messages / composed:7.1f}/s")
    print(f"portés à l’opérateur             {messages / carried:7.1f}/s")
    print(f"smtplib seul, mêmes octets       {messages / bare:7.1f}/s")
    print(f"rapport, porté / smtplib seul    {100 * bare / carried:6.0f} %")


@contextmanager
def _operator() -> Iterator[tuple[Endpoint, str]]:
    accounts = {OURS: "secret-1", THEIRS: "secret-2"}
    if not missing():
        servers = MailServers(accounts)
        try:
            yield servers.start().endpoint(OURS), "Postfix et Dovecot (Debian)"
        finally:
            servers.stop()
        return
    folder = Path(tempfile.mkdtemp(prefix="maillon-bench-"))
    operator = OperatorProcess(folder, accounts).start()
    try:
        yield operator.endpoint(OURS), f"boucle locale ({missing()})"
    finally:
        operator.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _composed(endpoint: Endpoint, messages: int) -> float:
    from django.db import connection, transaction

    from maillon.access import api as access_room
    from maillon.exchange import api as exchange
    from maillon.kernel.key import Purpose

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE kernel_job, exchange_sending CASCADE")
    actor, patient, document = _house(endpoint)
    to = [exchange.Recipient(address=THEIRS, name="Dr Confrère")]
    began = time.perf_counter()
    for _ in range(messages):
        with transaction.atomic(), access_room.reading(actor, patient, purpose=Purpose.CARE) as access:
            exchange.send(access, documents=[document], to=to)
    return time.perf_counter() - began


def _house(endpoint: Endpoint):  # type: ignore[no-untyped-def]
    """One practice, one physician, one patient with one report."""
    from maillon.access import api as access_room
    from maillon.documents import api as documents
    from maillon.exchange import api as exchange
    from maillon.formats.cda.read import open_cda
    from maillon.kernel import clock
    from maillon.kernel.key import Actor, Purpose
    from maillon.patients import api as patients
    from maillon.professionals import api as professionals
    from tests.exchange.conftest import traits_of
    from tests.exchange.letters import DEFAULT, cda

    house = professionals.register_structure(finess="990000999", name="Maison de santé du banc", type_code="SA52")
    person = professionals.register_professional(
        family_name="Banc", given_name="Alix", profession_code="G15_10", national_id="899000009998", title="DR"
    )
    professionals.attach(person, house, start=clock.today() - dt.timedelta(days=10))
    actor = Actor(
        kind="professional", label="Dr Alix Banc", assurance=2, professional_id=person, structure_id=house,
        structure_ids=(house,), structure_name="Maison de santé du banc", profession_code="G15_10",
    )  # fmt: skip
    exchange.register_mailbox(
        address=OURS, structure_id=house, imap_host=endpoint.host, imap_port=endpoint.imap_port,
        smtp_host=endpoint.host, smtp_port=endpoint.smtp_port, username=OURS, password=endpoint.password,
        ca_file=endpoint.ca_file,
    )  # fmt: skip
    traits = traits_of(DEFAULT)
    found = patients.match(traits)
    patient = (
        found.patient_id if found.patient_id is not None else patients.create_from_document(traits, actor_label="banc")
    )
    intake = access_room.open_for_intake(
        access_room.machine("banc"), patient, structure_id=house, resource_id="banc"
    ).access
    access_room.team.add_member(intake, structure_id=house, basis=access_room.Basis.STRUCTURE, evidence="banc")
    reading = open_cda(cda()).for_filing()
    filed = documents.file(intake, documents.from_cda(reading, cda()), readers=(), received_at=clock.now())
    assert Purpose.CARE
    return actor, patient, filed.uuid


def _carried(messages: int) -> float:
    from maillon.exchange.outgoing.models import SentRecipient
    from maillon.kernel import outbox

    began = time.perf_counter()
    while outbox.run_due():
        pass
    taken = time.perf_counter() - began
    assert SentRecipient.objects.filter(state="accepted").count() == messages
    return taken


def _bare(endpoint: Endpoint, messages: int) -> float:
    """The same bytes, one session, as fast as the operator takes them."""
    from maillon.documents import api as documents
    from maillon.exchange.outgoing.models import SentMail

    datas = [documents.bytes_of(row.sha256) for row in SentMail.objects.all()]
    began = time.perf_counter()
    with smtplib.SMTP_SSL(endpoint.host, endpoint.smtp_port, context=endpoint.tls(), timeout=30) as line:
        line.login(endpoint.address, endpoint.password)
        for data in datas:
            line.sendmail(OURS, [THEIRS], data)
    assert len(datas) == messages
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
