"""The GDPR pack says what is so: every table, once; measures that exist; files that are up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from maillon.cli import main
from maillon.kernel import config
from maillon.rights import pack, treatments
from maillon.rights.retention import durations

FOLDER = config.ROOT / "docs" / "rgpd"


def test_every_table_is_in_exactly_one_treatment() -> None:
    register = treatments.register()
    held = {line.name: register.holders_of(line.name) for line in treatments.tables()}
    assert len(held) > 30
    assert {name: codes for name, codes in held.items() if len(codes) != 1} == {}


@pytest.mark.parametrize("name", pack.FILES)
def test_the_files_are_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pack.produce()[name], "maillon rgpd produire"


def test_every_measure_exists_and_is_proven() -> None:
    register = treatments.register()
    assert [each.preuve for each in register.mesures if not (config.ROOT / each.preuve).exists()] == []
    known = {each.code for each in register.mesures}
    cited = {code for each in (*register.traitements, *register.risques) for code in each.mesures}
    assert cited == known


def test_every_treatment_has_a_known_duration() -> None:
    known = {each.nom for each in durations().durees}
    assert all(each.durees and set(each.durees) <= known for each in treatments.register().traitements)


def test_risks_are_rated_on_the_scale_and_measures_lower_them() -> None:
    risks = treatments.register().risques
    assert len(risks) == 3
    for risk in risks:
        assert 1 <= risk.vraisemblance_avec < risk.vraisemblance_sans <= 4
        assert 1 <= risk.gravite <= 4


def test_the_categories_come_from_the_tables() -> None:
    lines = {line.name: line for line in treatments.tables()}
    assert lines["record_observation"].categories == ("santé",)
    assert lines["patients_patient"].categories == ("identité",)
    assert "`patients_patient` | identité | id, uuid, birth_family_name" in pack.produce()["registre.md"]


def test_the_command_writes_the_three_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rgpd", "produire", "--vers", str(tmp_path / "ici")]) == 0
    assert sorted(path.name for path in (tmp_path / "ici").iterdir()) == sorted(pack.FILES)
    assert "violation.md" in capsys.readouterr().out
