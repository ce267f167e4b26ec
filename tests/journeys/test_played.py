"""Journeys from end to end, on a demonstration of their own: pages, mail, INSi, DMP, and the programs outside.

Long (a minute or more for each): `make parcours`, which sets MAILLON_PARCOURS=1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maillon.scenarios import api as scenarios

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("MAILLON_PARCOURS") != "1", reason="long: make parcours"),
]
PORT = "8766"
NOMINAL = (("entorse_cheville", 18), ("appendicectomie", 20), ("chute_domicile", 12))
# What we write bears no number of e-prescription, which only a prescribing software obtains: it is noticed in every
# run. In its variant, the pharmacy has nothing else than the paper, and somebody types it again.
KNOWN_LIMITS = {"IR10"}
# The same cause is noticed twice: a biology without codes is of an old format and a PDF alone; what somebody who never
# came in does not read is unread.
COME_ALONG = {"IR4": ("IR9",), "IR9": ("IR4",), "IR7": ("IR11",)}
# Domain sheet §7.3.
AC = {"IR1": "AC7.2", "IR9": "AC7.3", "IR11": "AC7.4", "IR8": "AC7.5", "IR5": "AC7.6", "IR6": "AC7.7"}
VARIANTS = [
    pytest.param(name, code, id=f"{AC.get(code, code)}, {name}")
    for name, _ in NOMINAL[:2]
    for code in scenarios.definition.IRRITANTS
]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """With one demonstration that stands, and plays what is asked."""
    with tempfile.TemporaryDirectory(prefix="mlp", dir="/tmp") as home:
        found = Path(home)
        found.chmod(0o755)  # the database's own user enters it
        with (found / "debout.log").open("wb") as log:
            standing = subprocess.Popen(_command("--debout", "--port", PORT), env=_environment(found), stderr=log)
        try:
            _wait_until_ready(standing, found)
            yield found
        finally:
            standing.terminate()
            standing.wait(60)


def _command(*more: str) -> list[str]:
    return [sys.executable, "-m", "maillon.cli", "parcours", *more]


def _environment(folder: Path) -> dict[str, str]:
    """That of whoever types the command: nothing of the tests' own settings and base."""
    ours = {key: said for key, said in os.environ.items() if not key.startswith(("MAILLON_", "DJANGO_", "DATABASE_"))}
    return ours | {"MAILLON_DONNEES": str(folder / "donnees")}


def _wait_until_ready(standing: subprocess.Popen[bytes], folder: Path) -> None:
    said, deadline = folder / "debout.log", time.monotonic() + 600
    while "Prête" not in said.read_text("utf-8"):
        is_coming = standing.poll() is None and time.monotonic() < deadline
        assert is_coming, said.read_text("utf-8")
        time.sleep(0.5)


def _played(folder: Path, name: str, *more: str) -> tuple[int, dict[str, Any]]:
    told = folder / "rapport.json"
    told.unlink(missing_ok=True)
    done = subprocess.run(
        _command(name, "--rapport", str(told), *more), env=_environment(folder), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert told.exists(), done.stdout + done.stderr
    return done.returncode, json.loads(told.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "steps"), NOMINAL)
def test_ac7_1_a_nominal_run_is_whole_and_played_twice_doubles_nothing(folder: Path, name: str, steps: int) -> None:
    for _ in range(2):
        status, report = _played(folder, name)
        broken = [(each["code"], each["motif"]) for each in report["detail"] if each["etat"] != "reussie"]
        assert (status, report["etapes_reussies"], broken) == (0, steps, [])
        assert report["secondes"] < 120
        assert all(each["conforming"] == each["checked"] for each in report["types"])
        if name != "chute_domicile":
            assert len(report["types"]) >= 12
        counts = [
            (each["code"], check["observed"])
            for each in report["detail"] for check in each["attendu"]
            if check["what"].startswith(("Documents au dossier", "Visibles au DMP"))
        ]  # fmt: skip
        assert {count for _, count in counts} == {"1"}
        assert rubbed(report) <= KNOWN_LIMITS
        assert report["indicateurs"]["ressaisies"] == "0"


def rubbed(report: dict[str, Any], *, at: str = "") -> set[str]:
    steps = [each for each in report["detail"] if at in ("", each["code"])]
    return {noticed["code"] for each in steps for noticed in each["irritants"]}


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_a_variant_is_noticed_told_and_loses_nothing(folder: Path, name: str, variant: str) -> None:
    status, report = _played(folder, name, "--variante", variant)
    broken = [(each["code"], each["motif"]) for each in report["detail"] if each["etat"] != "reussie"]
    assert (status, broken) == (0, [])
    said = scenarios.library.scenario(name).variant(variant)
    assert said is not None
    assert variant in rubbed(report, at=said.noticed_at)
    assert rubbed(report) <= {variant, *KNOWN_LIMITS, *COME_ALONG.get(variant, ())}
    assert report["indicateurs"]["ressaisies"] == ("1" if said.papier else "0")
    if (name, variant) == ("appendicectomie", "IR8"):
        assert report["indicateurs"]["lettre_de_sortie"] == "0/1"


def test_a_journey_that_does_not_exist_starts_nothing(folder: Path) -> None:
    done = subprocess.run(
        _command("inconnu"), capture_output=True, text=True, env=_environment(folder), check=False
    )
    assert done.returncode == 2
    assert "Parcours connus" in done.stderr
