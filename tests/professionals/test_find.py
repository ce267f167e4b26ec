from __future__ import annotations

import pytest

from maillon.professionals import api as professionals
from maillon.professionals.models import Professional
from tests.conftest import Cast


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lefevre", ["Nadia Lefèvre"]),
        ("LEFÈVRE nadia", ["Nadia Lefèvre"]),
        ("étr", ["Paul Étranger"]),
        ("899000000011", ["Claire Morel"]),
        ("claire lefevre", []),
        ("orel", []),
        ("c", []),
        (" %_' ", []),
    ],
)
def test_people_are_found_by_the_beginning_of_their_names(cast: Cast, typed: str, found: list[str]) -> None:
    assert [f"{line.given_name} {line.family_name}" for line in professionals.find_people(typed)] == found


def test_who_no_longer_practises_is_not_found(cast: Cast) -> None:
    Professional.objects.filter(family_name="Morel").update(is_active=False)
    assert professionals.find_people("morel") == []


def test_structures_are_found_by_name_or_number(cast: Cast) -> None:
    for typed in ("tilleuls maison", "990000016"):
        assert [line.name for line in professionals.find_structures(typed)] == ["Maison de santé des Tilleuls"]
    assert professionals.find_structures("") == []


@pytest.mark.parametrize(
    "typed", ["sacre coeur", "Sacré-Cœur", "SACRÉ CŒUR", "vire", "l’hopital", "hôpital vire", "sahin"]
)
def test_a_name_is_found_whatever_its_ligatures_its_accents_and_its_signs(cast: Cast, typed: str) -> None:
    professionals.register_structure(
        name="Clinique du Sacré-Cœur (Vire), l’H\u00f4pital, Dr Şahin", type_code="SA01", finess="999999991"
    )
    assert len(professionals.find_structures(typed)) == 1
