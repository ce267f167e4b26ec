"""Two texts of a protocol, and what is said of what changes between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from maillon.access import api as access_room
from maillon.pathways.authoring import door as authoring
from maillon.pathways.authoring.comparison import differences
from maillon.pathways.authoring.library import text_of_model
from maillon.pathways.editing import places, raw
from maillon.pathways.editing.saving import Typed
from tests.conftest import Cast
from tests.pathways.writers import in_force, team_of

NARROW = "\u202f"


def changed(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    before, after = raw.values(text_of_model("DIAB-01")), raw.values(text_of_model("DIAB-01"))
    change(after)
    return [each.sentence for each in differences(before, after)]


def put(place: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(said: dict[str, Any]) -> None:
        found = places.find(said, place, making=True)
        found.holder[found.key] = value

    return change


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ("alertes/HBA1C/delai", "14 jours", f"Délai de l’alerte HBA1C{NARROW}: 28 jours → 14 jours"),
        ("etapes/M2/quand/tous_les", "4 mois", f"Rythme de l’étape M2{NARROW}: 3 mois → 4 mois"),
        ("etapes/I1/qui", ["G15_21"], f"Professions de l’étape I1{NARROW}: Infirmier → Pharmacien"),
        ("alertes/RAC/prevenir", "G15_60", f"Destinataire de l’alerte RAC{NARROW}: Médecin → Infirmier"),
        ("alertes/RAC/niveau", "rouge", f"Niveau de l’alerte RAC{NARROW}: Orange → Rouge"),
        ("indicateurs/DIAB-C1/cible", "0.7", f"Cible de l’indicateur DIAB-C1{NARROW}: 0,60 → 0,7"),
        ("population/inclusion/0.2/si", "âge >= 16",
         f"Condition du critère « 18 ans ou plus »{NARROW}: âge ≥ 18 → âge ≥ 16"),
        ("population/inclusion/0.2/dire", "16 ans ou plus",
         f"Critères d’inclusion de la population{NARROW}: 18 ans ou plus → 16 ans ou plus"),
        ("alertes/HYPO-SEVERE/escalade/0.1/apres", "1 heure",
         f"Relais de l’alerte HYPO-SEVERE{NARROW}: 2 heures, le remplaçant → 1 heure, le remplaçant"),
        ("titre", "Diabète",
         f"Titre{NARROW}: Suivi coordonné du diabète de type 2 de l’adulte en soins primaires → Diabète"),
        ("information/consentement", "ecrit", f"Accord demandé de l’information{NARROW}: Accord oral → Accord écrit"),
        ("etapes/M1/ou", "Au cabinet", f"Lieu de l’étape M1{NARROW}: rien → Au cabinet"),
    ],
)  # fmt: skip
def test_one_value(place: str, value: Any, sentence: str) -> None:
    assert changed(put(place, value)) == [sentence]


def test_rows_added_removed_and_moved() -> None:
    def change(said: dict[str, Any]) -> None:
        del said["population"]["exclusion"][1]
        said["alertes"] = [row for row in said["alertes"] if row["id"] != "RAC"]
        said["etapes"].insert(0, said["etapes"].pop(1))
        said["etapes"].append({"id": "K1", "qui": ["G15_70"], "quoi": "Marche", "quand": {"tous_les": "6 mois"}})

    assert changed(change) == [
        f"Critères d’exclusion de la population, retiré{NARROW}: Grossesse",
        f"Étapes, ajouté{NARROW}: K1 · Marche — masseur-kinésithérapeute, tous les 6 mois",
        f"Ordre, étapes{NARROW}: M2, M1, M3, M4, I1, I2, I3, P1, P2, O1, D1, B1, B2, R1, C1, PAT1",
        f"Alertes, retiré{NARROW}: RAC · Albuminurie élevée — orange, médecin, 28 jours",
    ]


def test_nothing_changes() -> None:
    assert changed(lambda said: None) == []


def test_texts_that_are_wrong_are_compared_all_the_same() -> None:
    assert differences({"etapes": "x", "titre": ["a"]}, {"etapes": [1], "titre": {"b": "c"}})
    assert differences({}, {"population": {"inclusion": [{"si": "âge >="}]}})


def test_a_version_is_compared_to_the_former_then_to_the_model(cast: Cast) -> None:
    team = team_of(cast)
    first = in_force(team)
    second = authoring.library.revise(team.agnes, first)
    authoring.saving.save(team.agnes, second, [Typed(place="alertes/HBA1C/delai", value="14 jours")], revision=1)
    found = authoring.comparison.compare(team.claire, second)
    assert found.former == "la version 1, en vigueur"
    assert [each.sentence for each in found.changes] == [f"Délai de l’alerte HBA1C{NARROW}: 28 jours → 14 jours"]
    to_model = authoring.comparison.compare(team.claire, second, against="modele")
    assert to_model.former == "le modèle DIAB-01"
    assert len(to_model.changes) > len(found.changes)
    assert authoring.comparison.compare(team.claire, first).former == "le modèle DIAB-01"
    with pytest.raises(access_room.AccessDenied):
        authoring.comparison.compare(team.paul, second)
    new = authoring.library.begin(team.claire, code="X", title="x", nature="pps")
    with pytest.raises(access_room.AccessDenied):
        authoring.comparison.compare(team.claire, new)
