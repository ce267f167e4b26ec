"""A protocol with a mistake is refused with its line, and everything that is wrong with it is said at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine

from maillon.kernel.content import ContentError
from maillon.pathways import checking, tree
from maillon.pathways.definition import Node
from maillon.pathways.duration import Duration

TEXT = (checking.FOLDER / "DIAB-01.yaml").read_text(encoding="utf-8")


def faults_of(change: Callable[[str], str]) -> list[tuple[int, str, str]]:
    text = change(TEXT)
    assert text != TEXT
    return [(fault.line, fault.code, fault.message) for fault in checking.look_at(text, "DIAB-01.yaml").faults]


def replaced(old: str, new: str) -> Callable[[str], str]:
    assert old in TEXT, old
    return lambda text: text.replace(old, new, 1)


def line_of(words: str) -> int:
    return TEXT[: TEXT.index(words)].count("\n") + 1


DELEGATED = "{code: A, libelle: A, profession_habituelle: G15_10, profession_deleguee: G15_60}"
REFUSED: dict[str, tuple[Callable[[str], str], str, str, str]] = {
    "a question that is not one": (replaced("âge >= 18", "âge >= dix"), "âge >= 18", "E-PRO-01", "dix"),
    "an unknown key": (
        replaced("    niveau: orange", "    couleur: orange"), "    niveau: orange", "E-PRO-01", "clé inconnue",
    ),
    "a duration that is not one": (
        replaced("fenetre: 30 jours", "fenetre: bientôt"), "fenetre: 30 jours", "E-PRO-01", "pas une durée",
    ),
    "a target that nobody chooses": (
        replaced('cible("hba1c") + 1', 'cible("hbac") + 1'), 'cible("hba1c") + 1', "E-PRO-02", "« hbac »",
    ),
    "a document type that is not national": (
        replaced('document("18776-5", "11488-4")', 'document("18776-6")'), 'document("18776-5", "11488-4")',
        "E-PRO-02", "18776-6",
    ),
    "a step that does not exist": (replaced('étape("R1")', 'étape("R9")'), 'étape("R1")', "E-PRO-02", "« R9 »"),
    "a profession that does not exist": (
        replaced("    prevenir: G15_60", "    prevenir: G15_61"), "    prevenir: G15_60", "E-PRO-02", "« G15_61 »",
    ),
    "two steps of one name": (replaced("  - id: M3", "  - id: M2"), "  - id: M3", "E-PRO-02", "deux fois"),
    "an objective that nothing measures": (
        replaced("indicateurs: [DIAB-C1]}", "indicateurs: []}"), "indicateurs: [DIAB-C1]}", "E-PPSPR-02",
        "pas mesurable",
    ),
    "an objective measured by nothing that exists": (
        replaced("indicateurs: [DIAB-C1]}", "indicateurs: [DIAB-C9]}"), "indicateurs: [DIAB-C1]}", "E-PPSPR-02",
        "DIAB-C9",
    ),
    "a dose changed by a nurse": (
        replaced("  - id: M4\n    qui: [G15_10]", "  - id: M4\n    qui: [G15_60]"),
        "    qui: [G15_10]\n    quoi: Revoir le traitement", "E-PPSPR-03", "protocole de coopération",
    ),
    "an alert without recipient": (
        replaced("    prevenir: G15_60\n    delai: 24 heures\n", "    delai: 24 heures\n"), "  - id: HYPO\n",
        "E-PPSPR-06", "qui prévenir",
    ),
    "an alert without delay": (
        replaced("    prevenir: G15_60\n    delai: 24 heures\n", "    prevenir: G15_60\n"), "  - id: HYPO\n",
        "E-PPSPR-06", "sous quel délai",
    ),
    "an old text that nobody read again": (
        replaced("date: 2024-05-30", "date: 2019-05-30"), "date: 2024-05-30", "E-PPSPR-07", "plus de cinq ans",
    ),
    "an indicator without denominator": (
        replaced("denominateur: 'étape(\"inclusion\")', numerateur: 'au_moins(2", "numerateur: 'au_moins(2"),
        "  - {id: DIAB-P1", "E-PPSPR-10", "dénominateur",
    ),
    "no indicator of coverage": (
        replaced("categorie: couverture", "categorie: processus"), "indicateurs:\n  - {id: DIAB-C1", "E-PPSPR-02",
        "il manque un indicateur de couverture",
    ),
    "acts delegated by a protocol that may not": (
        replaced("outils:\n", f"actes_derogatoires: [{DELEGATED}]\noutils:\n"), "outils:\n", "E-PPSPR-03",
        "seul un protocole de coopération",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_mistake_is_refused_with_its_line(name: str) -> None:
    change, place, code, words = REFUSED[name]
    found = faults_of(change)
    assert any(fault[:2] == (line_of(place), code) and words in fault[2] for fault in found), found


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = faults_of(lambda text: text.replace("2024-05-30", "2019-05-30").replace('étape("R1")', 'étape("R9")'))
    assert {code for _, code, _ in found} == {"E-PPSPR-07", "E-PRO-02"}
    with pytest.raises(ContentError) as refused:
        checking.read_protocol(TEXT.replace("date: 2024-05-30", "date: 2019-05-30"), "DIAB-01.yaml")
    assert "DIAB-01.yaml, ligne " in str(refused.value)
    assert "E-PPSPR-07" in str(refused.value)


def test_a_version_in_force_is_read_for_ever_whatever_the_years_say_of_its_sources() -> None:
    with time_machine.travel(dt.datetime(2036, 1, 1, tzinfo=dt.UTC)):
        assert any(fault.code == "E-PPSPR-07" for fault in checking.look_at(TEXT, "DIAB-01.yaml").faults)
        assert checking.parsed(TEXT).code == "DIAB-01"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("3 mois", "2026-11-30T10:00", "2027-02-28T10:00"),
        ("15 jours", "2026-03-20T10:00", "2026-04-04T10:00"),
        ("J+60", "2026-01-01T00:00", "2026-03-02T00:00"),
        ("J0", "2026-01-01T00:00", "2026-01-01T00:00"),
        ("J-1", "2026-01-01T08:00", "2025-12-31T08:00"),
        ("2 semaines", "2026-01-01T08:00", "2026-01-15T08:00"),
        ("1 an", "2028-02-29T08:00", "2029-02-28T08:00"),
        ("90 minutes", "2026-01-01T08:00", "2026-01-01T09:30"),
    ],
)
def test_a_duration_is_what_a_person_means(text: str, start: str, end: str) -> None:
    """At the same hour in Paris, over a change of time as well."""
    from maillon.kernel.clock import PARIS

    began = dt.datetime.fromisoformat(start).replace(tzinfo=PARIS)
    assert Duration.of_text(text).after(began).astimezone(PARIS).replace(tzinfo=None) == dt.datetime.fromisoformat(end)


@pytest.mark.parametrize("text", ["", "3", "trois mois", "J+", "-3 mois", "3 lunes", "99999 mois"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    if text == "J+":
        text = "J +"
    with pytest.raises(ValueError, match="durée"):
        Duration.of_text(text)


def test_a_tree_that_leads_nowhere_is_refused() -> None:
    from maillon.questions.api import Question

    asked = Question.of_text("âge >= 18")
    nodes = (
        Node("N1", "?", si=asked, oui="N2", non="N9", inconnu=""),
        Node("N2", "boucle", suite="N1"),
        Node("N3", "orphelin", issue="fin"),
    )
    said = [message for _, message in tree.faults(nodes)]
    assert any("« N9 » n’existe pas" in each for each in said)
    assert any("il faut dire où mènent" in each for each in said)
    assert any("tourne en rond" in each for each in said)
    assert any("jamais atteint" in each for each in said)
