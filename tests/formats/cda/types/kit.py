"""The official conformance kit, when `CDA_KIT` names a copy of it: by the checker that `CDA_CONFORMANCE` names (run by
`CDA_KIT_PYTHON`), all documents in one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def is_there() -> bool:
    return bool(os.environ.get("CDA_KIT") and os.environ.get("CDA_CONFORMANCE"))


def errors_of(documents: dict[str, bytes], folder: Path) -> dict[str, list[str]]:
    """The errors that the kit finds in each document, by its name. Skips the test where there is no kit."""
    if not is_there():
        pytest.skip("CDA_KIT et CDA_CONFORMANCE ne désignent pas le kit de conformité")
    for name, data in documents.items():
        (folder / f"{name}.xml").write_bytes(data)
    report = folder / "report.json"
    command = [
        os.environ.get("CDA_KIT_PYTHON", sys.executable), os.environ["CDA_CONFORMANCE"],
        "--kit", os.environ["CDA_KIT"], "--quiet", "--json", str(report), str(folder),
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert report.exists(), ran.stdout + ran.stderr
    found = json.loads(report.read_text(encoding="utf-8"))["results"]
    return {Path(one["file"]).stem: _errors(one) for one in found}


def _errors(result: dict) -> list[str]:
    soft = {"warning", "info", "hint", "information", "kit-defect"}
    failed = [each for one in result["checks"] for each in one["failed"] if each["severity"] not in soft]
    problems = [one["problem"] for one in result["checks"] if one["problem"]]
    said = [one["message"] for one in (*result["xsd"], *failed)]
    return [*said, *problems, *([result["problem"]] if result["problem"] else [])]
