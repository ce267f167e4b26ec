"""An export that somebody touched: the archives are made again, and the manifest lies well or badly."""

from __future__ import annotations

import dataclasses
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from maillon.formats.portability.manifest import (
    CHECKSUMS,
    NAME,
    Manifest,
    read_checksums,
    read_manifest,
    write_checksums,
    write_manifest,
)
from maillon.formats.portability.packing import digest_of

Members = dict[str, bytes]


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def manifest_of(folder: Path) -> Manifest:
    return read_manifest((folder / NAME).read_bytes())


def members(folder: Path, code: str) -> Members:
    with zipfile.ZipFile(folder / "ARCHIVES" / f"{code}.ZIP") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(folder: Path, code: str, edit: Callable[[Members], None]) -> None:
    """One archive is other, and everything that speaks of it agrees with what it is now."""
    held = members(folder, code)
    edit(held)
    path = folder / "ARCHIVES" / f"{code}.ZIP"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    agree(folder, code)


def agree(folder: Path, code: str) -> None:
    path = folder / "ARCHIVES" / f"{code}.ZIP"
    say(folder, code, size=path.stat().st_size, sha256=digest_of(path))


def say(folder: Path, code: str, **said: object) -> None:
    """What the manifest says of one archive; the checksums follow."""
    manifest = manifest_of(folder)
    archives = tuple(
        dataclasses.replace(each, **said) if each.code == code else each for each in manifest.archives  # type: ignore[arg-type]
    )
    (folder / NAME).write_bytes(write_manifest(dataclasses.replace(manifest, archives=archives)))
    sums = read_checksums((folder / CHECKSUMS).read_bytes())
    sums |= {each.path: each.sha256 for each in archives} | {NAME: digest_of(folder / NAME)}
    (folder / CHECKSUMS).write_bytes(write_checksums(sums.items()))


def code_of(folder: Path, patient: object) -> str:
    return next(each.code for each in manifest_of(folder).archives if str(each.patient) == str(patient))
