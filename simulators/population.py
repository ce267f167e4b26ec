"""The 170 other patients: drawn from lists of ordinary names and places, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Literal

from simulators.matricule import matricule
from simulators.people import INS_TEST_OID, Patient

FAMILIES = [
    "MARTIN",
    "BERNARD",
    "THOMAS",
    "ROBERT",
    "RICHARD",
    "DURAND",
    "SIMON",
    "MICHEL",
    "LAURENT",
    "BERTRAND",
    "ROUX",
    "VINCENT",
    "FOURNIER",
    "GIRAUD",
    "ANDRÉ",
    "BLANC",
    "GUÉRIN",
    "BOYER",
    "GARCIA",
    "CLÉMENT",
    "MATHIEU",
    "LEGRAND",
    "NICOLAS",
    "ROBIN",
    "MASSON",
    "SANCHEZ",
    "DUFOUR",
    "JOLY",
    "RIVIÈRE",
    "BRUN",
    "GAILLARD",
    "LEMOINE",
    "MEYER",
    "NOËL",
    "DUMONT",
    "BRUNET",
    "ROLLAND",
    "AUBERT",
    "OLIVIER",
    "COLIN",
    "BENOÎT",
    "PHILIPPE",
    "LECLERCQ",
    "CARPENTIER",
    "MÉNARD",
    "VIDAL",
    "TRAORÉ",
    "TRAN",
    "BENAÏSSA",
    "HADDAD",
    "KONÉ",
    "PELLETIER",
    "RENAUD",
    "COLLET",
    "LEROUX",
    "POIRIER",
    "CORDIER",
    "HUET",
    "BOULANGER",
    "TESSIER",
]
WOMEN = [
    "Jeanne",
    "Martine",
    "Nathalie",
    "Isabelle",
    "Sylvie",
    "Valérie",
    "Christine",
    "Céline",
    "Élodie",
    "Émilie",
    "Chloé",
    "Manon",
    "Léa",
    "Inès",
    "Louise",
    "Zoé",
    "Agathe",
    "Colette",
    "Simone",
    "Brigitte",
    "Fatou",
    "Yasmine",
    "Hélène",
    "Mireille",
    "Odile",
    "Anne-Marie",
    "Véronique",
    "Maëva",
    "Lucie",
    "Rose",
]
MEN = [
    "Jacques",
    "Bernard",
    "Philippe",
    "Stéphane",
    "Éric",
    "Nicolas",
    "Julien",
    "Thomas",
    "Théo",
    "Lucas",
    "Mathis",
    "Léo",
    "Marcel",
    "René",
    "Roger",
    "Michel",
    "Mamadou",
    "Rachid",
    "Paul",
    "Louis",
    "Étienne",
    "Jean-Luc",
    "Jean-Pierre",
    "Loïc",
    "Maël",
    "Gaël",
    "Fabrice",
    "Didier",
    "Hervé",
    "Benoît",
]
PLACES: tuple[tuple[str, str], ...] = (
    ("69383", "Lyon 3e"),
    ("69387", "Lyon 7e"),
    ("38185", "Grenoble"),
    ("26362", "Valence"),
    ("73065", "Chambéry"),
    ("75114", "Paris 14e"),
    ("13205", "Marseille 5e"),
    ("42218", "Saint-Étienne"),
    ("59350", "Lille"),
    ("31555", "Toulouse"),
    ("35238", "Rennes"),
    ("67482", "Strasbourg"),
    ("99352", "Algérie"),
    ("99351", "Tunisie"),
)
STREETS = (
    "rue des Écoles",
    "chemin du Moulin",
    "place de l’Église",
    "rue Haute",
    "impasse des Lilas",
    "route de Valmont",
)
TOWNS = (("99210", "Saint-Aubin-les-Tilleuls"), ("99211", "La Chapelle-sur-Orle"), ("99200", "Valmont-sur-Orle"))


def drawn_patients(*, seed: int, first_number: int, count: int, until: date) -> Iterator[Patient]:
    chance = Random(seed)
    for number in range(first_number, first_number + count):
        yield _drawn(chance, number=number, until=until)


def _drawn(chance: Random, *, number: int, until: date) -> Patient:
    sex: Literal["F", "M"] = chance.choice(("F", "M"))
    born = _birth_date(chance, until=until)
    age = (until - born).days // 365
    place = chance.choice(PLACES)
    family, given = chance.choice(FAMILIES), _given_names(chance, sex=sex)
    married = sex == "F" and age > 30 and chance.random() < 0.5
    town = chance.choice(TOWNS)
    return Patient(
        key=f"p{number:03d}",
        number=f"{number:06d}",
        birth_family_name=family,
        birth_given_names=" ".join(given),
        first_birth_given_name=given[0],
        birth_date=born,
        sex=sex,
        birth_place_code=place[0],
        birth_place_name=place[1],
        ins=matricule(sex=sex, birth_date=born, birth_place_code=place[0], order=number + 500),
        ins_oid=INS_TEST_OID,
        used_family_name=chance.choice(FAMILIES) if married else None,
        street=f"{chance.randint(1, 90)} {chance.choice(STREETS)}",
        postal_code=town[0],
        city=town[1],
        phone=f"06991{number:05d}",
        treating_doctor=chance.choice(("morel", "benali")),
        team=_team(chance, age=age),
        stories=_stories(chance, age=age, sex=sex),
    )


def _birth_date(chance: Random, *, until: date) -> date:
    age_in_days = int(365.25 * min(96.0, max(1.0, chance.triangular(1, 97, 66))))
    return until - timedelta(days=age_in_days + chance.randint(0, 364))


def _given_names(chance: Random, *, sex: str) -> list[str]:
    return chance.sample(WOMEN if sex == "F" else MEN, k=chance.choice((1, 1, 2, 3)))


def _team(chance: Random, *, age: int) -> tuple[str, ...]:
    likely = {"lefevre": 0.5 if age > 65 else 0.15, "girard": 0.2, "roche": 0.6}
    return tuple(member for member, share in likely.items() if chance.random() < share)


def _stories(chance: Random, *, age: int, sex: str) -> tuple[str, ...]:
    """Shares near those of French general practice; a person may live several stories."""
    told = [story for story, share in _shares(age=age, sex=sex) if chance.random() < share]
    return tuple(told) or (("enfant",) if age < 18 else ("bilan",))


def _shares(*, age: int, sex: str) -> Iterator[tuple[str, float]]:
    if age >= 40:
        yield "diabete", 0.25
        yield "hta", 0.35
    if age >= 65:
        yield "avk", 0.2
        yield "insuffisance_cardiaque", 0.15
    yield "asthme", 0.08
    yield "entorse", 0.1 if age < 70 else 0.0
    yield "appendicectomie", 0.04 if 8 <= age < 60 else 0.0
    yield "grossesse", 0.3 if sex == "F" and 24 <= age <= 38 else 0.0
    yield "thyroide", 0.12 if sex == "F" and age >= 35 else 0.03
