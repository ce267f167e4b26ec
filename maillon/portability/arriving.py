"""`maillon importer`: an export is taken over, archive after archive, once. A stop at any moment is resumed.

First who cares for people, then each record, then the journal that was kept elsewhere (as an annex) and the mail; last,
the links from one record to another. What contradicts the base waits in « À régler », with a copy of its archive.
"""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from maillon.documents import api as documents
from maillon.formats.portability.manifest import ArchiveEntry, Manifest
from maillon.formats.refusal import Refused
from maillon.kernel import clock, config, sql
from maillon.kernel.message import UserMessage
from maillon.patients import api as patients
from maillon.portability import shared_landing
from maillon.portability.landing import PATIENTS, Conflict, Landing, link, number_of_uuid
from maillon.portability.models import Arrival, ArrivalArchive
from maillon.portability.opened import opened, read_folder
from maillon.portability.record_landing import land_record, number_of, traits_of
from maillon.portability.states import ArrivalState
from maillon.portability.tables import every_table

NOT_EMPTY: Final = UserMessage(
    "E-POR-30",
    "Cette installation n’est pas vide. Si la reprise est bien voulue, relancez avec --dans-une-base-occupee\u202f: "
    "rien de ce qui est ici ne sera changé, ce qui contredit la base attendra dans « À régler ».",
)
OTHER_EXPORT: Final = UserMessage(
    "E-POR-31", "Un export portant ce numéro a été repris, avec d’autres archives\u202f: ce n’est pas le même."
)
BUSY: Final = UserMessage("E-POR-36", "Une reprise est déjà en cours dans cette installation\u202f: attendez sa fin.")
LOCK: Final = 0x706F72746572  # one taking over at a time
DIRECTORY: Final = "TRANSV"
DIRECTORY_REFUSED: Final = "L’annuaire de l’export (TRANSV.ZIP) ne se lit pas\u202f: rien n’a été repris."

Progress = Callable[[ArchiveEntry, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`counts`: rows by what became of them (`ajoutées`, `reconnues`, `différentes`, `écartées`), then by table."""

    arrival: Arrival
    archives: dict[str, int]
    counts: dict[str, dict[str, int]]
    late: int
    unresolved: int

    @property
    def to_settle(self) -> int:
        return self.archives.get(ArrivalState.TO_SETTLE.value, 0)


def take_over(folder: Path, *, into_occupied: bool = False, progress: Progress | None = None) -> Report:
    """Refused (E-POR-01 to 08) when the export or its directory cannot be read; UserMessage E-POR-30, 31. A record that
    cannot land is no refusal: it waits to be settled."""
    manifest = read_folder(folder)
    with alone():
        return _take_over(folder, manifest, into_occupied=into_occupied, progress=progress)


def _take_over(folder: Path, manifest: Manifest, *, into_occupied: bool, progress: Progress | None) -> Report:
    arrival = _begin(manifest, into_occupied=into_occupied)
    directory = land_directory(folder, manifest)
    known = known_patients(arrival)
    entries = sorted(manifest.archives, key=lambda each: (each.kind != "PATIENT", each.code))
    for entry in entries:
        row = _land(folder, entry, arrival, directory, known)
        if row.patient_id is not None and row.source_number is not None:
            known[row.source_number] = row.patient_id
        if progress:
            progress(entry, row.state)
    late, unresolved = resolve_late(arrival)
    documents.rank_types()
    Arrival.objects.filter(pk=arrival.pk).update(ended_at=clock.now())
    return _report(arrival, late, unresolved)


def land_directory(folder: Path, manifest: Manifest) -> Landing:
    """Who cares for people, recognised or added: its numbers are those that every other archive refers to."""
    for entry in manifest.archives:
        if entry.code == DIRECTORY:
            with opened(folder, entry) as archive, transaction.atomic():
                landing = Landing(archive=archive, shared={}, known={})
                shared_landing.land_directory(landing, entry.counts)
                return landing
    raise Refused("E-POR-08", DIRECTORY_REFUSED)


def known_patients(arrival: Arrival) -> dict[int, int]:
    """Number in the installation that was left → ours, of the records that have landed, in this export or before."""
    rows = ArrivalArchive.objects.filter(
        arrival__instance=arrival.instance, patient__isnull=False, source_number__isnull=False
    )
    return {int(number or 0): int(pk or 0) for number, pk in rows.values_list("source_number", "patient_id")}


def kept_folder(export_id: UUID) -> Path:
    """Where the archives that wait to be settled are kept, with the directory that they refer to."""
    return config.data_dir() / "arrivees" / str(export_id)


# ------------------------------------------------------------------------------------------------ beginning


@contextmanager
def alone() -> Iterator[None]:
    """Two that land the same rows would each find them absent, and one would write over what a person settles
    meanwhile. The lock goes with the connection, whatever happens."""
    found = sql.row("SELECT pg_try_advisory_lock(%s)", (LOCK,))
    if not found or not found[0]:
        raise BUSY
    try:
        yield
    finally:
        if connection.is_usable():
            sql.rows("SELECT pg_advisory_unlock(%s)", (LOCK,))


@transaction.atomic
def _begin(manifest: Manifest, *, into_occupied: bool) -> Arrival:
    arrival = Arrival.objects.select_for_update().filter(export_id=manifest.export_id).first()
    is_resumed = arrival is not None and arrival.ended_at is None
    if not into_occupied and not is_resumed and patients.Patient.objects.exists():
        raise NOT_EMPTY
    if arrival is not None:
        if arrival.instance != manifest.instance or arrival.extracted_at != manifest.extracted_at:
            raise OTHER_EXPORT
        return arrival
    return Arrival.objects.create(
        export_id=manifest.export_id, instance=manifest.instance, export_type=manifest.export_type,
        export_status=manifest.export_status, structure=manifest.structure[:200], software=manifest.software[:100],
        extracted_at=manifest.extracted_at, public_key=manifest.key[:64], began_at=clock.now(),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ one archive


def _land(
    folder: Path, entry: ArchiveEntry, arrival: Arrival, directory: Landing, known: dict[int, int]
) -> ArrivalArchive:
    row = arrival.archives.filter(code=entry.code).first() or ArrivalArchive(arrival=arrival, code=entry.code)
    digest = bytes.fromhex(entry.sha256)
    if row.pk and bytes(row.sha256) == digest and row.state != ArrivalState.TO_SETTLE:
        return row
    row.sha256, row.at = digest, clock.now()
    try:
        with transaction.atomic(), opened(folder, entry) as archive:
            landing = Landing(archive=archive, shared=directory.own, known=known)
            if entry.kind == "PATIENT":
                row.source_number = number_of(archive)
                row.patient_id = land_record(landing, announced=entry.counts, instance=arrival.instance)
            else:
                shared_landing.land_shared(landing, entry.counts, arrival)
            note_landed(row, directory if entry.code == DIRECTORY else landing)
    except (Conflict, Refused) as conflict:
        _wait(folder, entry, row, conflict)
    return row


def note_landed(row: ArrivalArchive, landing: Landing, *, state: ArrivalState = ArrivalState.DONE) -> None:
    row.state = state
    row.refusal_code, row.reasons, row.candidates = "", [], []
    row.late = landing.late
    row.counts = {
        "ajoutées": _positive(landing.added), "reconnues": _positive(landing.recognised),
        "différentes": _positive(landing.differing), "écartées": _positive(landing.left_out),
    }  # fmt: skip
    row.save()


def _wait(folder: Path, entry: ArchiveEntry, row: ArrivalArchive, conflict: Conflict | Refused) -> None:
    """Nothing of the archive landed, and nothing of it is lost."""
    row.state, row.patient_id = ArrivalState.TO_SETTLE, None
    row.refusal_code = conflict.code
    row.reasons = conflict.reasons if isinstance(conflict, Conflict) else [conflict.message]
    row.candidates = conflict.candidates if isinstance(conflict, Conflict) else []
    _keep_copy(folder, entry, row)
    row.save()


def _keep_copy(folder: Path, entry: ArchiveEntry, row: ArrivalArchive) -> None:
    """What is unreadable is kept as well, to be looked at; its traits are then unknown."""
    source = folder / entry.path
    if source.is_symlink() or not source.is_file():
        return
    kept = kept_folder(row.arrival.export_id)
    for path in {entry.path, "ARCHIVES/TRANSV.ZIP", "MANIFEST.XML"}:
        target = kept / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not target.exists() or not filecmp.cmp(folder / path, target, shallow=False):  # none yet, or one cut short
            draft = target.with_name(f"{target.name}.draft")
            shutil.copyfile(folder / path, draft)
            draft.replace(target)
    try:
        with opened(folder, entry) as archive:
            row.traits, row.source_number = traits_of(archive), number_of(archive)
    except Refused:
        row.traits = {}


# ------------------------------------------------------------------------------------------------ the end


@transaction.atomic
def resolve_late(arrival: Arrival) -> tuple[int, int]:
    """Links from one record to another that had not landed: how many are made, how many name nobody here. A person may
    have said that a record is that of somebody who was here, under another number."""
    resolved = unresolved = 0
    known = known_patients(arrival)
    columns = {(table.name, column) for table in every_table() for column in table.told.late}
    for row in arrival.archives.exclude(late=[]):
        left: list[dict[str, Any]] = []
        for late in row.late:
            number = known.get(late["n"]) if late["target"] == PATIENTS else None
            number = number or number_of_uuid(late["target"], late["uuid"])
            if number is None or (late["table"], late["column"]) not in columns:
                left.append(late)
                continue
            link(late, number)
            resolved += 1
        unresolved += len(left)
        row.late = left
        row.save(update_fields=["late"])
    return resolved, unresolved


def _report(arrival: Arrival, late: int, unresolved: int) -> Report:
    states: dict[str, int] = {}
    counts: dict[str, dict[str, int]] = {}
    for state, counted in arrival.archives.values_list("state", "counts"):
        states[state] = states.get(state, 0) + 1
        for what, by_table in counted.items():
            total = counts.setdefault(what, {})
            for table, number in by_table.items():
                total[table] = total.get(table, 0) + number
    return Report(arrival=arrival, archives=states, counts=counts, late=late, unresolved=unresolved)


def _positive(counted: Any) -> dict[str, int]:
    return {table: number for table, number in sorted(counted.items()) if number}
