"""(h) The FHIR API: one document read, beside pgbench reading the same row and beside pgbench sending the very
statements; a searchset of fifty, beside fhir.resources building the same one.

In one process, through WSGI without a socket, in alternating rounds. The record is one patient with sixty documents.

`python -m bench fhir`
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.bare import captured, pgbench

NAME = "maillon_bench_fhir"
DOCUMENTS, PAGE = 60, 50
ROUNDS = 7


def main() -> None:
    _prepare()
    from django.core.wsgi import get_wsgi_application

    patient, documents, token = _ground()
    ask = _asking(get_wsgi_application(), token)
    one = f"/fhir/DocumentReference/{documents[0]}"
    for _ in range(50):
        ask(one)
        ask("/fhir/DocumentReference", f"patient={patient}&_count={PAGE}")
    _report_read(lambda: ask(one), one, ask, documents[0])
    _report_searchset(patient, lambda: ask("/fhir/DocumentReference", f"patient={patient}&_count={PAGE}"))


def _report_read(read: Callable[[], bytes], one: str, ask: Any, document: str) -> None:
    statements = captured(lambda: ask(one))
    row = f"SELECT d.*, f.body FROM documents_document d JOIN documents_fragment f ON f.document_id = d.id WHERE d.uuid = '{document}';"
    journal = (
        "INSERT INTO access_journal (at, actor_kind, actor_label, patient_id, action, resource_type, resource_id, purpose, "
        "decision, rule) VALUES (now(), 'partner', 'banc', 1, 'read', 'document', 'x', 'coordination', 'allow', 'banc');"
    )
    walls, rows, same, durable, bare = [], [], [], [], []
    for _ in range(ROUNDS):
        walls.append(_timed(read, 200)[0])
        bare.append(_timed(lambda: ask("/fhir/metadata"), 200)[0])
        rows.append(pgbench(row, seconds=1))
        same.append(pgbench(statements, seconds=1))
        durable.append(pgbench(f"BEGIN; {journal} {row} COMMIT;", seconds=1))
    wall, of_row, of_same, of_durable, of_bare = map(statistics.median, (walls, rows, same, durable, bare))
    cpu = _timed(read, 500)[1]
    print(f"  lecture d’un document           {wall * 1e6:8.0f} µs, dont processeur Python {cpu * 1e6:6.0f} µs")
    print(f"  pgbench, la même ligne          {of_row * 1e6:8.0f} µs")
    print(f"  pgbench, la ligne et son journal {of_durable * 1e6:7.0f} µs")
    print(f"  pgbench, les mêmes instructions {of_same * 1e6:8.0f} µs")
    print(f"  une réponse sans base ni journal {of_bare * 1e6:7.0f} µs ({of_row / of_bare:.0%} de pgbench : le plafond)")
    print(f"  {of_row / wall:.0%} de pgbench lisant la même ligne (visé 20 %)")
    print(f"  {of_durable / wall:.0%} de pgbench lisant la même ligne et en écrivant la ligne de journal, durable")
    print(f"  {of_same / wall:.0%} de pgbench avec jeton, loi et journal durable")


def _report_searchset(patient: str, whole: Callable[[], bytes]) -> None:
    import uuid

    from maillon.access import api as access_room
    from maillon.documents.api import serving
    from maillon.fhir_api import papers
    from maillon.formats.fhir.searchset import Entry, searchset
    from maillon.kernel.key import Purpose

    access = access_room.open_record(access_room.machine("banc"), uuid.UUID(patient), purpose=Purpose.INTAKE)
    base = b"http://localhost/fhir"

    def ours() -> bytes:
        found, _ = serving.sheets(access, serving.Criteria(), limit=PAGE)
        said = papers.whose(access)
        entries = [
            Entry(b"%b/DocumentReference/%b" % (base, each.name.encode()), papers.as_bytes(each, said, base))
            for each in found
        ]
        return searchset(entries, total=DOCUMENTS, links={"self": "x"})

    theirs = _with_fhir_resources(ours())
    mine, peer, wholes = [], [], []
    for _ in range(ROUNDS):
        mine.append(_timed(ours, 100)[1])
        peer.append(_timed(theirs, 3)[1])
        wholes.append(_timed(whole, 50)[1])
    a, b, c = (statistics.median(each) for each in (mine, peer, wholes))
    print(f"  {PAGE} documents, requête SQL comprise {a * 1e6:6.0f} µs de processeur Python ({len(ours()) // 1024} Kio)")
    print(f"  fhir.resources, mêmes {PAGE}          {b * 1e6:6.0f} µs ({b / a:.0f} fois ; visé 100)")
    print(f"  la réponse HTTP entière            {c * 1e6:6.0f} µs ({b / c:.0f} fois)")


def _with_fhir_resources(bundle: bytes) -> Callable[[], bytes]:
    """The same searchset built with the model library, from plain values that are ready."""
    import orjson
    from fhir.resources.R4B.bundle import Bundle

    said = orjson.loads(bundle)

    def build() -> bytes:
        written: bytes = Bundle(**said).model_dump_json().encode()
        return written

    build()
    return build


# ------------------------------------------------------------------------------------------------ the ground


def _prepare() -> None:
    import psycopg

    from maillon.kernel import config, database

    database.ensure_started()
    with psycopg.connect(database.embedded().dsn("postgres"), autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone() is None:
            server.execute(f"CREATE DATABASE {NAME}")
    socket = database.embedded().socket
    os.environ["DATABASE_URL"] = f"postgresql://maillon:{config.secret('postgresql')}@/{NAME}?host={socket}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _ground() -> tuple[str, list[str], str]:
    import datetime as dt

    from maillon.access import api as access_room
    from maillon.access.api import partners
    from maillon.documents.models import Document
    from maillon.kernel import clock
    from maillon.kernel.key import Purpose, StructureId
    from maillon.patients import api as patients
    from maillon.patients.models import Patient
    from maillon.professionals.models import Structure

    place, _ = Structure.objects.get_or_create(finess="990000016", defaults={"name": "Banc", "type_code": "SA52"})
    known = Patient.objects.first()
    if known is None:
        traits = patients.StrictTraits(
            birth_family_name="BANC", birth_given_names="JEANNE", first_birth_given_name="JEANNE",
            birth_date=dt.date(1950, 1, 1), sex="F",
        )  # fmt: skip
        number = patients.register(patients.Registration(traits=traits), actor_label="banc")
        machine = access_room.open_record(access_room.machine("banc"), number, purpose=Purpose.INTAKE)
        access_room.team.add_member(machine, structure_id=StructureId(place.pk), basis="equipe_structure", evidence="banc")
        _file(machine)
        known = Patient.objects.get(pk=number)
    found = [str(each) for each in Document.objects.order_by("-id").values_list("uuid", flat=True)]
    asked = partners.Registration(
        name=f"Banc {clock.now()}", structure_id=StructureId(place.pk), profession_code="G15_10",
        scopes=["system/*.read"], reason="banc",
    )  # fmt: skip
    number_of, secret = partners.register(access_room.machine("console"), asked)
    client = partners.client_of_secret(str(number_of), secret)
    assert client is not None
    token = partners.give_alone(client, [])
    from maillon.access.models import PartnerToken

    PartnerToken.objects.update(ends_at=clock.now() + dt.timedelta(hours=2))  # the bench may last
    return str(known.uuid), found, token.access_token


def _file(access: Any) -> None:
    from maillon.documents import api as documents
    from maillon.kernel import clock

    for rank in range(DOCUMENTS):
        filing = documents.Filing(
            data=f"Compte rendu {rank} ".encode() * 40, media_type="text/plain", unique_id=f"1.2.250.1.999.9.{rank}",
            type_code="11488-4", type_system="2.16.840.1.113883.6.1", title=f"Compte rendu de consultation {rank}",
            written_at=f"2026-01-{rank % 28 + 1:02d}T10:00:00+01:00", statements={}, author="Dr Claire Morel",
            author_profession_code="G15_10", organization="Cabinet du Port", text="",
        )  # fmt: skip
        documents.file(access, filing, readers=[], received_at=clock.now())


# ------------------------------------------------------------------------------------------------ measuring


def _asking(application: Any, token: str) -> Callable[..., bytes]:
    def ask(path: str, query: str = "") -> bytes:
        status: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_ACCEPT": "application/fhir+json", "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr,
        }  # fmt: skip
        body = b"".join(application(environ, lambda code, headers: status.append(code)))
        assert status == ["200 OK"], (status, body[:300])
        return body

    return ask


def _timed(action: Callable[[], Any], times: int) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        action()
    return (time.perf_counter() - wall) / times, (time.process_time() - cpu) / times


if __name__ == "__main__":
    main()
