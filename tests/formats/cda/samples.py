"""The official sample documents, where the folder that holds them stands beside the repository."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "samples" / "cda"
SAMPLES = sorted(path.name for path in FOLDER.glob("*.xml"))
samples_missing = "../shared/samples/cda is absent: the official samples are not read"


def sample_data(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
