"""Who plays in a journey besides the territory: the houses around, and the person whom the journey is about, one for
each run, of the INS test range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final, Literal

from maillon.formats.insi import admitted
from simulators.cast import LOCAL_ARC
from simulators.matricule import matricule
from simulators.people import INS_TEST_OID, Patient, Professional, Structure, Territory
from simulators.population import FAMILIES, MEN, WOMEN

POOL: Final = 99  # persons of one journey on one demonstration
CLOSED_FROM: Final = 90  # from this one on, they closed Mon espace santé: no mailbox, and a closed national record
_FIRST_ORDER: Final = 701  # no other patient of the territory has a matricule of this order

STRUCTURES: Final = (
    Structure(
        key="pharmacie-du-pont", name="Pharmacie du Pont", kind="pharmacy", finess="990000078", facility_type="SA33",
        practice_setting="AMBULATOIRE", street="3 rue du Pont", postal_code="99210", city="Saint-Aubin-les-Tilleuls",
        phone="0199000070", mailbox="officine@pharmacie-pont.mssante.test", local_root=f"{LOCAL_ARC}.7",
    ),
    Structure(
        key="samu", name="SAMU, centre 15", kind="hospital", finess="990000086", facility_type="SA01",
        practice_setting="SAMU_SMUR", street="1 avenue de l’Hôpital", postal_code="99200", city="Valmont-sur-Orle",
        phone="15", mailbox="regulation@samu-valmont.mssante.test", local_root=f"{LOCAL_ARC}.8",
    ),
)  # fmt: skip


def _person(
    key: str, family: str, given: str, civility: Literal["M", "MME"], code: str, label: str, house: str, role: str,
    rpps: str, title: str | None = None,
) -> Professional:  # fmt: skip
    domain = "pharmacie-pont" if house == "pharmacie-du-pont" else (
        "samu-valmont" if house == "samu" else "ch-trois-vallees"
    )  # fmt: skip
    return Professional(
        key=key, family_name=family, given_name=given, civility=civility, title=title, rpps=rpps, profession_code=code,
        profession_label=label, structure=house, mailbox=f"{given.lower()}.{key}@{domain}.mssante.test", role=role,
    )  # fmt: skip


PROFESSIONALS: Final = (
    _person("colin", "COLIN", "Paul", "M", "G15_21", "Pharmacien", "pharmacie-du-pont", "pharmacien", "99000000201"),
    _person("haddad", "HADDAD", "Samia", "MME", "G15_60", "Infirmier", "hopital", "infirmière d’accueil",
            "99000000219"),
    _person("marchetti", "MARCHETTI", "Luc", "M", "G15_60", "Infirmier", "hopital",
            "infirmier de chirurgie ambulatoire", "99000000227"),
    _person("leroux", "LEROUX", "Anne", "MME", "G15_10/SM02", "Médecin - Anesthésie-réanimation (SM)", "hopital",
            "anesthésiste-réanimatrice", "99000000235", "DR"),
    _person("schmitt", "SCHMITT", "Hugo", "M", "G15_10/SM74", "Médecin - Radiologie et imagerie médicale (SM)",
            "hopital", "radiologue hospitalier", "99000000243", "DR"),
    _person("weber", "WEBER", "Claire", "MME", "G15_10/SM01", "Médecin - Anatomie et Cytologie pathologiques (SM)",
            "hopital", "anatomopathologiste", "99000000250", "DR"),
    _person("okafor", "OKAFOR", "David", "M", "G15_10/SM59", "Médecin - Médecine d'urgence (SM)", "samu",
            "médecin régulateur", "99000000268", "DR"),
)  # fmt: skip


def with_outside(territory: Territory) -> Territory:
    """The territory and everybody who plays around it."""
    return Territory(
        structures=(*territory.structures, *STRUCTURES), professionals=(*territory.professionals, *PROFESSIONALS),
        patients=territory.patients,
    )  # fmt: skip


def newcomer(*, sex: Literal["F", "M"], age: int, number: int, until: date) -> Patient:
    """The person of run `number`, unknown to the practice until the journey begins; of this age on the day `until`."""
    chance = Random(f"parcours/{sex}/{age}/{number}")
    rank = (number - 1) % POOL
    born = date(until.year - age, until.month, min(until.day, 28)) - timedelta(days=60 + rank)
    given = admitted(chance.choice(WOMEN if sex == "F" else MEN))  # as INSi writes, and as the card says
    family, other = (admitted(FAMILIES[each % len(FAMILIES)]) for each in (rank, rank * 7 + 11))
    ins = matricule(sex=sex, birth_date=born, birth_place_code="59350", order=_FIRST_ORDER + rank)
    return Patient(
        key=f"parcours-{sex}{age}-{number}", number=f"9{age:02d}{number:03d}", birth_family_name=f"{family}-{other}",
        birth_given_names=given, first_birth_given_name=given, birth_date=born, sex=sex, birth_place_code="59350",
        birth_place_name="Lille", status="QUAL", ins=ins, ins_oid=INS_TEST_OID, street=f"{rank + 1} rue des Parcours",
        postal_code="99210", city="Saint-Aubin-les-Tilleuls", phone=f"06991{number:05d}", treating_doctor="morel",
    )  # fmt: skip


def newcomers(*, sex: Literal["F", "M"], age: int, until: date) -> Iterator[Patient]:
    return (newcomer(sex=sex, age=age, number=number, until=until) for number in range(1, POOL + 1))


def has_closed(person: Patient) -> bool:
    return person.key.startswith("parcours-") and int(person.key.rpartition("-")[2]) >= CLOSED_FROM


def unqualified(person: Patient) -> Patient:
    """As a house knows them that could not qualify their identity: no matricule leaves with their documents."""
    return replace(person, status="PROV", ins=None, ins_oid=None)
