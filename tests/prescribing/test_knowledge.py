"""The open format: strict, with the file, the line and what was expected; its examples are its tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maillon import cli
from maillon.kernel.content import ContentError
from maillon.prescribing import examples
from maillon.prescribing.definition import folder
from maillon.prescribing.knowledge import read

MISTAKES = [
    ("interactions.csv", "contre_indication", "interdite", "interactions.csv, ligne 2 : « interdite » n’est pas admis"),
    ("interactions.csv", "@avk,miconazole", "@avk,miconazol", "cible inconnue : miconazol"),
    ("interactions.csv", "a,b,sauf", "b,a,sauf", "interactions.csv, ligne 1 : les colonnes attendues sont a,b,sauf"),
    (
        "substances.csv",
        "acarbose,A10BF01,,Glucor,non",
        "acarbose,A10BF01,,Glucor",
        "substances.csv, ligne 14 : 5 cases",
    ),
    ("substances.csv", "Glucor,non", "Glucor,peut-être", "substances.csv, ligne 14 : oui ou non attendu"),
    ("substances.csv", "acarbose,", "warfarine,", "substance répétée : warfarine"),
    ("classes.csv", "@ains,AINS,M01A,", "@ains,AINS,Z99Z,", "classe sans substance : @ains"),
    ("classes.csv", "désogestrel|", "desogestrel|", "substance inconnue dans une classe : desogestrel"),
    ("rein.csv", "metformine,45,60", "metformine,40,60", "tableau du rein qui se chevauche : metformine"),
    ("rein.csv", "metformine,60,90", "metformine,soixante,90", "rein.csv, ligne 2 : nombre entier attendu"),
    ("base.yaml", "provenance: reconstruit", "provenance: rumeur", "base.yaml, ligne 7 : « rumeur » n’est pas admis"),
    ("base.yaml", "table: rein,", "table: reins,", "source manquante pour la table : rein"),
    ("grossesse.csv", '"', "'", "grossesse.csv, ligne 2"),
]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    place = tmp_path / "base"
    shutil.copytree(folder(), place)
    return place


def test_the_examples_of_the_shipped_base_hold() -> None:
    assert examples.failures(folder()) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"), MISTAKES, ids=[f"{each[0]}-{each[2][:20]}" for each in MISTAKES]
)
def test_a_mistake_is_refused_with_its_place(base: Path, name: str, old: str, new: str, said: str) -> None:
    text = (base / name).read_text(encoding="utf-8")
    assert old in text
    (base / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as refusal:
        read(base)
    assert said in str(refusal.value)


def test_a_base_of_another_house_is_verified_by_its_own_examples(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["medicaments", "verifier", str(base)]) == 0
    rows = (base / "interactions.csv").read_text(encoding="utf-8")
    (base / "interactions.csv").write_text(rows.replace("contre_indication", "precaution", 1), encoding="utf-8")
    assert cli.main(["medicaments", "verifier", str(base)]) == 2
    assert "AC10.3" in capsys.readouterr().err
    (base / "rein.csv").unlink()
    assert cli.main(["medicaments", "verifier", str(base)]) == 2
    assert "rein.csv" in capsys.readouterr().err
