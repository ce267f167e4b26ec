"""The folder of an export: what stands beside its archives, and what makes it whole."""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

from maillon.formats.portability import pages
from maillon.formats.portability.manifest import CHECKSUMS, NAME, Manifest, write_checksums, write_manifest
from maillon.formats.portability.packing import write_file
from maillon.portability.models import Installation
from maillon.portability.tables import every_table

ARCHIVES: Final = "ARCHIVES"


def software() -> str:
    return f"Maillon {importlib.metadata.version('maillon')}"


def ours() -> UUID:
    """The name of this installation in its exports, drawn at the first."""
    return Installation.objects.get_or_create(pk=1)[0].uuid


def root_of(instance: UUID) -> str:
    """The OID under which the installation numbers its patients and its submissions (ITU-T X.667)."""
    return f"2.25.{instance.int}"


def close_folder(folder: Path, manifest: Manifest) -> None:
    """Manifest, pages and checksums. The checksums come last: a folder that has them is whole."""
    (folder / "EXPORT_DOC").mkdir(exist_ok=True, mode=0o700)
    written = {
        NAME: write_manifest(manifest),
        pages.INDEX: pages.index_page(manifest),
        pages.README: pages.readme(manifest),
        pages.FORMATS: pages.formats(_described()),
    }
    digests = [(name, write_file(folder / name, data)) for name, data in written.items()]
    digests += [(each.path, each.sha256) for each in manifest.archives]
    write_file(folder / CHECKSUMS, write_checksums(digests))


def files_of(folder: Path) -> Iterator[str]:
    """Their names from the folder, archives last."""
    whole = (each for each in folder.rglob("*") if each.is_file() and each.suffix != ".draft")
    names = (each.relative_to(folder).as_posix() for each in whole)
    yield from sorted(names, key=lambda name: (name.startswith(ARCHIVES), name))


def _described() -> Iterator[pages.DescribedTable]:
    for table in every_table():
        about = " ".join((inspect.getdoc(table.model) or "").split(".", 1)[-1].split())
        yield pages.DescribedTable(
            name=table.name,
            about=about or table.name,
            columns=(("n", *table.columns) if table.has_number else table.columns),
            references=tuple(sorted({**table.references, **table.told.lists}.items())),
        )
