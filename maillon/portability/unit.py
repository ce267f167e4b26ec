"""One record leaves at once, with its reader's key: the export « unitaire », without agenda, personal notes, traces."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from maillon.formats.portability.manifest import Manifest
from maillon.formats.portability.packing import as_one_zip
from maillon.kernel import clock
from maillon.kernel.key import Access
from maillon.portability.folder import ARCHIVES, close_folder, files_of, ours, root_of, software
from maillon.portability.record_archive import Setting, write_record
from maillon.portability.transverse import write_directory


def export_patient(access: Access, folder: Path, *, motive: str = "") -> Manifest:
    """Writes the export of one record in an empty folder. The key is the journal row: open the record with the action
    « export ». What its reader may not read leaves no trace in it."""
    export_id, moment, instance = uuid.uuid4(), clock.now(), ours()
    place = access.actor.structure_name or "Maillon"
    setting = Setting(
        root=root_of(instance), instance=instance, export_id=export_id, extracted_at=moment.isoformat(),
        organization=place, is_unit=True,
    )  # fmt: skip
    record, mentions = write_record(access, folder / ARCHIVES / "PAT00001.ZIP", code="PAT00001", setting=setting)
    directory = write_directory(
        folder / ARCHIVES / "TRANSV.ZIP", code="TRANSV", named=mentions.of_the_directory, instance=instance
    )
    is_complete = access.scope == "whole" and not record.missing
    manifest = Manifest(
        export_id=export_id, instance=instance, extracted_at=moment, export_type="UNITAIRE",
        export_status="COMPLETE" if is_complete else "PARTIAL", software=software(), structure=place,
        asked_by=access.actor.label, motive=motive, archives=(record, directory),
    )  # fmt: skip
    close_folder(folder, manifest)
    return manifest


def export_patient_as_zip(access: Access) -> bytes:
    """The same as one file to hand over."""
    with tempfile.TemporaryDirectory(prefix="maillon-export-") as name:
        export_patient(access, Path(name))
        return b"".join(as_one_zip(Path(name), files_of(Path(name))))
