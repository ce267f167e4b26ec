"""The patients who are difficult on purpose, and those whose story is told: each has a reason to be there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal

from simulators.matricule import matricule
from simulators.people import INS_TEST_OID, IdentityStatus, Patient

Sex = Literal["F", "M"]
Place = tuple[str, str]

LYON_3: Place = ("69383", "Lyon 3e")
PARIS_14: Place = ("75114", "Paris 14e")
GRENOBLE: Place = ("38185", "Grenoble")
AJACCIO: Place = ("2A004", "Ajaccio")
BASTIA: Place = ("2B033", "Bastia")
MAROC: Place = ("99350", "Maroc")
PORTUGAL: Place = ("99139", "Portugal")
REUNION: Place = ("97411", "Saint-Denis")
LILLE: Place = ("59350", "Lille")


def named_patients(*, until: date) -> Iterator[Patient]:
    """The first of the 200; numbers 1 to n. `until` is the day on which the newborn is three weeks old."""
    for number, description in enumerate(_descriptions(until=until), start=1):
        yield _patient(number=number, **description)


def _patient(
    *,
    number: int,
    key: str,
    family: str,
    given: str,
    sex: Sex,
    born: date,
    place: Place,
    order: int = 1,
    first: str | None = None,
    used_family: str | None = None,
    used_given: str | None = None,
    status: IdentityStatus = "QUAL",
    with_ins: bool = True,
    **others: Any,
) -> Patient:
    ins = matricule(sex=sex, birth_date=born, birth_place_code=place[0], order=order) if with_ins else None
    return Patient(
        key=key,
        number=f"{number:06d}",
        birth_family_name=family,
        birth_given_names=given,
        first_birth_given_name=first or given.split(" ")[0],
        birth_date=born,
        sex=sex,
        birth_place_code=place[0],
        birth_place_name=place[1],
        status=status,
        ins=ins,
        ins_oid=INS_TEST_OID if ins else None,
        used_family_name=used_family,
        used_given_name=used_given,
        street=f"{number} rue du Lavoir",
        postal_code="99210",
        city="Saint-Aubin-les-Tilleuls",
        phone=f"06990{number:05d}",
        **others,
    )


def _descriptions(*, until: date) -> Iterator[dict[str, Any]]:
    yield from _told()
    yield from _alike()
    yield from _born_elsewhere()
    yield from _named_with_care()
    yield from _uncertain()
    yield {
        "key": "nouveau-ne",
        "family": "FAURE",
        "given": "Noé",
        "sex": "M",
        "born": until - timedelta(days=21),
        "place": GRENOBLE,
        "order": 41,
        "team": ("lefevre",),
        "stories": ("nourrisson",),
        "remark": "nouveau-né",
    }
    yield {
        "key": "centenaire",
        "family": "BONNEFOY",
        "given": "Augustine Marie Joséphine",
        "sex": "F",
        "born": date(until.year - 103, 3, 1),
        "place": LYON_3,
        "order": 112,
        "used_family": "CHARVET",
        "team": ("lefevre", "roche"),
        "stories": ("insuffisance_cardiaque", "avk"),
        "remark": "103 ans",
    }


def _told() -> Iterator[dict[str, Any]]:
    yield {
        "key": "diabete",
        "family": "LAMBERT",
        "given": "Gérard André",
        "sex": "M",
        "born": date(1957, 4, 12),
        "place": LYON_3,
        "order": 215,
        "team": ("lefevre", "roche"),
        "stories": ("diabete", "hta"),
        "remark": "diabète de type 2 qui se déséquilibre, puis se corrige",
    }
    yield {
        "key": "avk",
        "family": "CHEVALIER",
        "given": "Monique",
        "sex": "F",
        "born": date(1944, 9, 3),
        "place": PARIS_14,
        "order": 78,
        "used_family": "ROUSSEL",
        "team": ("lefevre", "roche"),
        "stories": ("avk", "hta"),
        "remark": "fibrillation auriculaire sous antivitamine K",
    }
    yield {
        "key": "asthme",
        "family": "DIALLO",
        "given": "Aminata",
        "sex": "F",
        "born": date(2009, 1, 27),
        "place": GRENOBLE,
        "order": 33,
        "team": ("roche",),
        "stories": ("asthme",),
        "treating_doctor": "benali",
        "remark": "asthme de l’adolescente",
    }
    yield {
        "key": "coeur",
        "family": "BARBIER",
        "given": "Raymond",
        "sex": "M",
        "born": date(1939, 11, 20),
        "place": LILLE,
        "order": 154,
        "team": ("lefevre", "roche", "girard"),
        "stories": ("insuffisance_cardiaque",),
        "remark": "insuffisance cardiaque, deux hospitalisations",
    }
    yield {
        "key": "appendice",
        "family": "MERCIER",
        "given": "Hugo",
        "sex": "M",
        "born": date(2001, 6, 15),
        "place": GRENOBLE,
        "order": 61,
        "team": ("lefevre",),
        "stories": ("appendicectomie",),
        "remark": "appendicectomie : adressage, bloc, sortie, soins à domicile",
    }
    yield {
        "key": "cheville",
        "family": "PETIT",
        "given": "Camille",
        "sex": "F",
        "born": date(1994, 2, 8),
        "place": LYON_3,
        "order": 305,
        "team": ("girard", "roche"),
        "stories": ("entorse",),
        "treating_doctor": "benali",
        "remark": "entorse de la cheville : radiographie, attelle, rééducation",
    }


def _alike() -> Iterator[dict[str, Any]]:
    homonym = {"family": "DUBOIS", "given": "Jean", "sex": "M", "born": date(1958, 5, 12), "stories": ("hta",)}
    yield {**homonym, "key": "homonyme-lyon", "place": LYON_3, "order": 101, "remark": "homonyme, né le même jour"}
    yield {
        **homonym,
        "key": "homonyme-grenoble",
        "place": GRENOBLE,
        "order": 17,
        "treating_doctor": "benali",
        "stories": ("diabete",),
        "remark": "homonyme, né le même jour dans une autre commune",
    }
    twin = {
        "family": "MOREAU-LECLERC",
        "sex": "F",
        "born": date(2015, 10, 2),
        "place": GRENOBLE,
        "stories": ("enfant",),
    }
    yield {**twin, "key": "jumelle-emma", "given": "Emma", "order": 88, "remark": "jumelle"}
    yield {**twin, "key": "jumelle-anna", "given": "Anna", "order": 89, "remark": "jumelle"}
    yield {
        "key": "fille-homonyme",
        "family": "GAUTHIER",
        "given": "Marie",
        "sex": "F",
        "born": date(1962, 7, 30),
        "place": PARIS_14,
        "order": 44,
        "stories": ("bilan",),
        "remark": "même nom et même prénom que sa mère",
    }
    yield {
        "key": "mere-homonyme",
        "family": "GAUTHIER",
        "given": "Marie",
        "sex": "F",
        "born": date(1936, 7, 30),
        "place": PARIS_14,
        "order": 12,
        "team": ("lefevre",),
        "stories": ("avk",),
        "remark": "même nom que sa fille",
    }


def _born_elsewhere() -> Iterator[dict[str, Any]]:
    yield {
        "key": "corse-du-sud",
        "family": "CASANOVA",
        "given": "Dumè Antoine",
        "sex": "M",
        "born": date(1979, 8, 14),
        "place": AJACCIO,
        "order": 23,
        "stories": ("hta",),
        "remark": "né en Corse-du-Sud : clef calculée avec 19",
    }
    yield {
        "key": "haute-corse",
        "family": "LUCIANI",
        "given": "Maria Laetizia",
        "sex": "F",
        "born": date(1988, 12, 5),
        "place": BASTIA,
        "order": 31,
        "stories": ("bilan",),
        "remark": "née en Haute-Corse : clef calculée avec 18",
    }
    yield {
        "key": "nee-au-maroc",
        "family": "EL AMRANI",
        "given": "Fatima Zahra",
        "sex": "F",
        "born": date(1971, 3, 22),
        "place": MAROC,
        "order": 467,
        "first": "Fatima",
        "team": ("lefevre",),
        "stories": ("diabete",),
        "treating_doctor": "benali",
        "remark": "née à l’étranger",
    }
    yield {
        "key": "ne-au-portugal",
        "family": "DA SILVA PEREIRA",
        "given": "João Miguel",
        "sex": "M",
        "born": date(1965, 1, 9),
        "place": PORTUGAL,
        "order": 212,
        "stories": ("hta",),
        "remark": "né à l’étranger",
    }
    yield {
        "key": "nee-a-la-reunion",
        "family": "HOARAU",
        "given": "Marie-Ange",
        "sex": "F",
        "born": date(1983, 5, 17),
        "place": REUNION,
        "order": 90,
        "stories": ("asthme",),
        "remark": "née outre-mer",
    }


def _named_with_care() -> Iterator[dict[str, Any]]:
    yield {
        "key": "nom-utilise",
        "family": "LEROY",
        "given": "Sophie Anne",
        "sex": "F",
        "born": date(1976, 11, 4),
        "place": LILLE,
        "order": 180,
        "used_family": "LEROY-VIDAL",
        "used_given": "Anne",
        "stories": ("bilan",),
        "remark": "nom et prénom utilisés différents de la naissance",
    }
    yield {
        "key": "prenom-compose",
        "family": "D’AUBIGNÉ-ROËL",
        "given": "Jean-François Zoé",
        "sex": "M",
        "born": date(1990, 2, 28),
        "place": PARIS_14,
        "order": 377,
        "first": "Jean-François",
        "stories": ("entorse",),
        "remark": "apostrophe, tiret, accents, prénom composé",
    }
    yield {
        "key": "cedille",
        "family": "FRANÇOIS",
        "given": "Anaïs Maëlle Œdipa",
        "sex": "F",
        "born": date(1999, 12, 31),
        "place": LYON_3,
        "order": 499,
        "stories": ("enfant",),
        "remark": "cédille, tréma, ligature",
    }
    yield {
        "key": "nom-court",
        "family": "LY",
        "given": "An",
        "sex": "F",
        "born": date(1986, 6, 6),
        "place": PARIS_14,
        "order": 66,
        "stories": ("bilan",),
        "remark": "nom et prénom de deux lettres",
    }


def _uncertain() -> Iterator[dict[str, Any]]:
    yield {
        "key": "sans-ins",
        "family": "SCHMIDT",
        "given": "Klaus",
        "sex": "M",
        "born": date(1968, 10, 10),
        "place": ("99109", "Allemagne"),
        "with_ins": False,
        "status": "VALI",
        "stories": ("bilan",),
        "remark": "touriste sans INS : identité validée sur passeport",
    }
    yield {
        "key": "provisoire",
        "family": "INCONNU",
        "given": "Sacha",
        "sex": "M",
        "born": date(1980, 1, 1),
        "place": ("99999", "Inconnu"),
        "with_ins": False,
        "status": "PROV",
        "stories": ("entorse",),
        "remark": "identité provisoire",
    }
    yield {
        "key": "recuperee",
        "family": "PONS",
        "given": "Thierry",
        "sex": "M",
        "born": date(1972, 9, 9),
        "place": GRENOBLE,
        "order": 144,
        "status": "RECUP",
        "stories": ("hta",),
        "remark": "identité récupérée, non encore contrôlée",
    }
