from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from maillon.kernel.content import ContentError, read


@dataclass(frozen=True)
class Step:
    nom: str
    heures: int = 24


@dataclass(frozen=True)
class Plan:
    titre: str
    relu_le: dt.date
    etapes: tuple[Step, ...]
    remarque: str | None = None


GOOD = """titre: Un plan
relu_le: 2026-11-24
etapes:
  - nom: lire
  - nom: appeler
    heures: 4
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_becomes_its_dataclass(tmp_path: Path) -> None:
    plan = read(write(tmp_path, GOOD), Plan)
    assert plan == Plan(titre="Un plan", relu_le=dt.date(2026, 11, 24), etapes=(Step("lire"), Step("appeler", 4)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("heures: 4", "heures: quatre"), "plan.yaml, ligne 6 : nombre entier attendu, « quatre » trouvé."),
        (GOOD.replace("titre: Un plan\n", ""), "plan.yaml, ligne 1 : il manque : titre."),
        (GOOD + "couleur: bleu\n", "plan.yaml, ligne 7 : clé inconnue « couleur »"),
        (GOOD + "titre: Encore\n", "plan.yaml, ligne 7 : clé répétée « titre »."),
        (GOOD.replace("relu_le: 2026-11-24", "relu_le: hier"), "plan.yaml, ligne 2 : date AAAA-MM-JJ attendu"),
        (GOOD.replace("etapes:", "etapes: ["), "YAML illisible"),
        ("", "plan.yaml, ligne 1 : le fichier est vide."),
        ("titre: a\nrelu_le: 2026-11-24\netapes: non\n", "plan.yaml, ligne 3 : une liste est attendue."),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ContentError) as refusal:
        read(write(tmp_path, text), Plan)
    assert message in str(refusal.value)


@dataclass(frozen=True)
class Rule:
    actif: bool
    depuis: dt.date
    heures: int = 24


def test_yes_and_no_are_said_in_french_too(tmp_path: Path) -> None:
    """« oui ou non attendu, « oui » trouvé » was the answer."""
    for said, expected in (("oui", True), ("non", False), ("true", True), ("false", False)):
        assert read(write(tmp_path, f"actif: {said}\ndepuis: 2026-11-24\n"), Rule).actif is expected
    with pytest.raises(ContentError, match="oui ou non attendu, « peut-être » trouvé"):
        read(write(tmp_path, "actif: peut-être\ndepuis: 2026-11-24\n"), Rule)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("heures: 010", "nombre entier attendu, « 010 » trouvé"),  # 8 for YAML 1.1
        ("heures: 1:30", "nombre entier attendu, « 1:30 » trouvé"),  # 90
        ("heures: 0x10", "nombre entier attendu, « 0x10 » trouvé"),
        ("depuis: 2026-11-24T08:00:00", "date AAAA-MM-JJ attendu, « 2026-11-24T08:00:00 » trouvé"),
    ],
)
def test_what_yaml_reads_otherwise_than_a_person_is_refused(tmp_path: Path, line: str, message: str) -> None:
    others = "" if line.startswith("depuis") else "depuis: 2026-11-24\n"
    with pytest.raises(ContentError, match=message):
        read(write(tmp_path, f"actif: true\n{others}{line}\n"), Rule)
