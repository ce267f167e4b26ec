"""Apache PDFBox Preflight, from Debian: a validator of PDF/A-1b that shares nothing with the writer."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

JAVA = Path("/usr/share/java")
NEEDED = ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "commons-io", "javax.activation", "jaxb-api")
PACKAGES = "default-jre-headless libpdfbox2-java libactivation-java libjaxb-api-java"


def is_there() -> bool:
    return shutil.which("java") is not None and all((JAVA / f"{name}.jar").exists() for name in NEEDED)


def refused_of(folder: Path) -> list[str]:
    """The lines about the files of the folder that are not valid PDF/A-1b."""
    path = ":".join(str(JAVA / f"{name}.jar") for name in NEEDED)
    command = ["java", "-Xshare:auto", "-cp", path, "org.apache.pdfbox.preflight.Validator_A1b", "group", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    told = [line for line in done.stdout.splitlines() if line.strip()]
    valid = sum("is a valid PDF/A-1b file" in line for line in told)
    expected = len(list(folder.glob("*.pdf")))
    if valid == expected:
        return []
    return [line for line in told if "is a valid" not in line] or [f"{valid} sur {expected}", done.stderr]
