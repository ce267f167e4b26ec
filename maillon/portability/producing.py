"""Writing an agreed export, archive after archive. A stop at any moment loses at most the archive that was being
written: what is done stands in the base, in the transaction of its journal row.

In memory at any time: one document, one subset's metadata, some rows; never a record, never the export.
"""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from maillon.access import api as access_room
from maillon.formats.portability.manifest import ArchiveEntry, ExportStatus, Manifest, Missing
from maillon.kernel import clock, config, outbox
from maillon.kernel.key import Access, Actor, PatientId, Purpose
from maillon.patients import api as patients
from maillon.portability import transverse
from maillon.portability.departures import KEPT, PRODUCE, REMOVE, Kind, records_of
from maillon.portability.folder import ARCHIVES, close_folder, ours, root_of, software
from maillon.portability.models import Departure, DepartureArchive
from maillon.portability.record_archive import Setting, write_record
from maillon.portability.states import DEPARTURE, DepartureState

SLICE_SECONDS: Final = 5.0
RECORD, DIRECTORY, JOURNAL, MAIL = "dossier", "annuaire", "journal", "messagerie"
Named = dict[str, set[int]]  # table of the directory → rows that archives name
NOBODY_TO_READ: Final = (
    "Le compte du professionnel a été fermé avant la fin de l’export\u202f: rien ne peut plus être lu en son nom."
)
NOT_OPEN: Final = "Un dossier au moins n’était plus ouvert au professionnel\u202f: il n’est pas dans l’export."


@outbox.handles(PRODUCE)
def produce_some(payload: dict[str, Any]) -> None:
    """One slice of the worker's time, and a promise of the next."""
    row = Departure.objects.get(pk=payload["departure"])
    if row.state not in (DepartureState.AGREED, DepartureState.RUNNING):
        return
    if row.kind == Kind.TARGETED and not _has_reader(row):
        _end(row)
        return
    begin(row, default_folder(row))
    until = time.monotonic() + SLICE_SECONDS
    while time.monotonic() < until:
        if not write_next(row):
            finish(row)
            outbox.enqueue(REMOVE, {"departure": row.pk}, due_at=clock.now() + KEPT)
            return
    outbox.enqueue(PRODUCE, {"departure": row.pk})


@outbox.handles(REMOVE)
def remove(payload: dict[str, Any]) -> None:
    """The time to take it away is over: the files go, the memory of the export stays."""
    row = Departure.objects.get(pk=payload["departure"])
    if row.state == DepartureState.OVER or not row.folder:
        return
    shutil.rmtree(row.folder, ignore_errors=True)
    row.state, row.removed_at = DEPARTURE.target("remove", source=row.state), clock.now()
    row.save(update_fields=["state", "removed_at"])


def _has_reader(row: Departure) -> bool:
    try:
        return bool(_reader(row))
    except ObjectDoesNotExist:
        return False


def _end(row: Departure) -> None:
    """It can go no further: what was written goes, and the page says why."""
    if row.folder:
        shutil.rmtree(row.folder, ignore_errors=True)
    row.state, row.removed_at = DEPARTURE.target("remove", source=row.state), clock.now()
    row.trouble = NOBODY_TO_READ
    row.save(update_fields=["state", "removed_at", "trouble"])


def default_folder(row: Departure) -> Path:
    return config.data_dir() / "departs" / str(row.uuid)


@transaction.atomic
def begin(row: Departure, folder: Path) -> None:
    """The plan: which archives, of whom. Made once; a second call goes on with it."""
    if row.state == DepartureState.RUNNING:
        return
    row.state = DEPARTURE.target("start", source=row.state)
    row.started_at = row.extracted_at = clock.now()
    row.folder = str(folder)
    row.save(update_fields=["state", "started_at", "extracted_at", "folder"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    DepartureArchive.objects.bulk_create(_plan(row), batch_size=5_000)


def write_next(row: Departure) -> bool:
    """The next archive of the plan. False when all are written. Two who write the same export take turns."""
    with transaction.atomic():
        Departure.objects.select_for_update(no_key=True).get(pk=row.pk)
        planned = row.archives.filter(sha256__isnull=True).order_by("rank").first()
        if planned is None:
            return False
        path = Path(row.folder) / ARCHIVES / f"{planned.code}.ZIP"
        if planned.kind == "PATIENT":
            _write_record(row, planned, path)
        else:
            _keep(planned, _write_transverse(row, planned, path))
    return True


def finish(row: Departure) -> Manifest:
    manifest = manifest_of(row)
    close_folder(Path(row.folder), manifest)
    row.state, row.ready_at = DEPARTURE.target("finish", source=row.state), clock.now()
    row.status = manifest.export_status
    row.save(update_fields=["state", "ready_at", "status"])
    return manifest


def manifest_of(row: Departure) -> Manifest:
    written = row.archives.filter(sha256__isnull=False).select_related("patient").order_by("rank")
    archives = tuple(_entry(each) for each in written.iterator(2_000))
    is_complete = not row.trouble and not any(each.missing for each in archives)
    status: ExportStatus = "COMPLETE" if is_complete else "PARTIAL"
    assert row.extracted_at is not None
    is_massive = row.kind == Kind.MASSIVE
    return Manifest(
        export_id=row.uuid, instance=ours(), extracted_at=row.extracted_at,
        export_type="MASSIF" if is_massive else "CIBLE", export_status=status, software=software(),
        structure=row.structure.name, siret=row.structure.siret or "", contact=row.structure.phone,
        asked_by=row.asked_by, agreed_by=row.decided_by, motive=row.motive,
        about=str(row.professional) if row.professional else "",
        key=access_room.journal.public_key() if is_massive else "", archives=archives,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ the plan


def _plan(row: Departure) -> list[DepartureArchive]:
    """Records first: the directory names the people whom they mention."""
    is_massive = row.kind == Kind.MASSIVE
    records = _everybody() if is_massive else records_of(_reader(row))
    planned = [
        DepartureArchive(departure=row, code=f"PAT{rank:05d}", kind="PATIENT", carries=RECORD, patient_id=patient)
        for rank, patient in enumerate(records, start=1)
    ]
    shared = [DepartureArchive(departure=row, kind="TRANSVERSE", carries=DIRECTORY)]
    if is_massive:
        last = transverse.last_journal_row(_machine(row))
        for carries, starts in (
            (JOURNAL, range(0, max(last, 1), transverse.LINKS_AT_ONCE)),
            (MAIL, transverse.message_starts()),
        ):
            shared += [
                DepartureArchive(departure=row, kind="TRANSVERSE", carries=carries, first=first, last=last)
                for first in starts
            ]
    for number, each in enumerate(shared, start=1):
        each.code = "TRANSV" if number == 1 else f"TRANSV{number:02d}"
    for rank, each in enumerate((*planned, *shared)):
        each.rank = rank
    return [*planned, *shared]


def _everybody() -> list[PatientId]:
    rows = patients.Patient.objects.filter(merged_into__isnull=True).order_by("pk")
    return [PatientId(pk) for pk in rows.values_list("pk", flat=True)]


# ------------------------------------------------------------------------------------------------ one archive


def _write_record(row: Departure, planned: DepartureArchive, path: Path) -> None:
    """Of a professional: behind the wall, with that person's own facts. Of everything: with a program's key."""
    assert planned.patient_id is not None
    patient = PatientId(planned.patient_id)
    try:
        if row.kind == Kind.TARGETED:
            reader = _reader(row)
            purpose = access_room.rule.usual_purpose(reader)
            with access_room.reading(
                reader, patient, purpose=purpose, action="export", resource_id=str(row.uuid)
            ) as access:
                written = _written(row, planned, access, path)
        else:
            access = access_room.open_record(
                _machine(row), patient, purpose=Purpose.INTAKE, action="export", resource_id=str(row.uuid)
            )
            written = _written(row, planned, access, path)
    except access_room.AccessDenied:
        planned.delete()
        row.trouble = NOT_OPEN
        row.save(update_fields=["trouble"])
        return
    _keep(planned, *written)


def _written(row: Departure, planned: DepartureArchive, access: Access, path: Path) -> tuple[ArchiveEntry, Named]:
    instance = ours()
    assert row.extracted_at is not None
    setting = Setting(
        root=root_of(instance), instance=instance, export_id=row.uuid, extracted_at=row.extracted_at.isoformat(),
        organization=row.structure.name, is_unit=False, with_traces=row.kind == Kind.TARGETED,
    )  # fmt: skip
    entry, mentions = write_record(access, path, code=planned.code, setting=setting)
    return entry, mentions.of_the_directory if row.kind == Kind.TARGETED else {}


def _write_transverse(row: Departure, planned: DepartureArchive, path: Path) -> ArchiveEntry:
    first = planned.first or 0
    if planned.carries == MAIL:
        return transverse.write_mail(path, code=planned.code, after=first)
    if planned.carries == JOURNAL:
        return transverse.write_journal(
            _machine(row), path, code=planned.code, after=first, until=planned.last or 0, with_heads=first == 0
        )
    named = None if row.kind == Kind.MASSIVE else _named(row)
    return transverse.write_directory(path, code=planned.code, named=named, instance=ours())


def _named(row: Departure) -> Named:
    """By the archives that are written, and the professional."""
    named: Named = defaultdict(set, professionals_professional={row.professional_id or 0})
    for mentions in row.archives.filter(kind="PATIENT").values_list("mentions", flat=True):
        for table, numbers in mentions.items():
            named[table].update(numbers)
    return named


def _keep(planned: DepartureArchive, entry: ArchiveEntry, named: Named | None = None) -> None:
    planned.size, planned.sha256 = entry.size, bytes.fromhex(entry.sha256)
    planned.counts = entry.counts
    planned.missing = [{"unique_id": each.unique_id, "why": each.why} for each in entry.missing]
    planned.mentions = {table: sorted(numbers) for table, numbers in (named or {}).items()}
    planned.save(update_fields=["size", "sha256", "counts", "missing", "mentions"])


def _entry(each: DepartureArchive) -> ArchiveEntry:
    assert each.size is not None
    return ArchiveEntry(
        code=each.code, kind="PATIENT" if each.kind == "PATIENT" else "TRANSVERSE",
        patient=each.patient.uuid if each.patient else None, size=each.size, sha256=bytes(each.sha256 or b"").hex(),
        counts=each.counts, missing=tuple(Missing(unique_id=one["unique_id"], why=one["why"]) for one in each.missing),
    )  # fmt: skip


def _machine(row: Departure) -> Actor:
    return access_room.machine(f"export de tout, demandé par {row.asked_by}, accordé par {row.decided_by}"[:200])


def _reader(row: Departure) -> Actor:
    """The professional, whose eyes the law lends to the export; the journal says who asked and who agreed."""
    assert row.account_id is not None
    theirs = access_room.sessions.actor_of_account(row.account_id)
    said = f"{theirs.label} (export demandé par {row.asked_by}"
    return replace(theirs, label=(f"{said}, accordé par {row.decided_by})" if row.decided_by else f"{said})")[:200])
