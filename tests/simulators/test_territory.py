from __future__ import annotations

from collections import Counter
from datetime import date

from maillon.formats.cda.write_rules import key_is_right
from simulators.matricule import control_key
from simulators.people import INS_TEST_OID
from simulators.territory import build_territory

UNTIL = date(2026, 11, 24)
TERRITORY = build_territory(until=UNTIL)


def test_the_same_seed_gives_the_same_two_hundred_people() -> None:
    assert build_territory(until=UNTIL).patients == TERRITORY.patients
    assert len(TERRITORY.patients) == len({patient.key for patient in TERRITORY.patients}) == 200
    assert build_territory(until=UNTIL, seed=2).patients != TERRITORY.patients


def test_every_matricule_is_in_the_test_range_with_its_true_key_and_its_own() -> None:
    bearers = [patient for patient in TERRITORY.patients if patient.ins]
    assert {patient.ins_oid for patient in bearers} == {INS_TEST_OID}
    assert all(key_is_right(patient.ins or "") for patient in bearers)
    assert len({patient.ins for patient in bearers}) == len(bearers) == 198


def test_every_matricule_agrees_with_the_traits() -> None:
    for patient in TERRITORY.patients:
        if patient.ins:
            assert patient.ins[0] == ("1" if patient.sex == "M" else "2")
            assert patient.ins[1:5] == f"{patient.birth_date:%y%m}"
            assert patient.ins[5:10] == patient.birth_place_code
            assert patient.birth_given_names.startswith(patient.first_birth_given_name)


def test_the_key_counts_corsica_as_nineteen_and_eighteen() -> None:
    assert control_key("179082A004023") == f"{97 - 1790819004023 % 97:02d}"
    assert control_key("288122B033031") == f"{97 - 2881218033031 % 97:02d}"


def test_the_difficult_identities_are_there() -> None:
    twins = [TERRITORY.patient(key) for key in ("jumelle-emma", "jumelle-anna")]
    assert twins[0].birth_date == twins[1].birth_date
    assert twins[0].birth_family_name == twins[1].birth_family_name
    namesakes = [TERRITORY.patient(key) for key in ("homonyme-lyon", "homonyme-grenoble")]
    assert {(each.birth_family_name, each.first_birth_given_name, each.birth_date) for each in namesakes} == {
        ("DUBOIS", "Jean", date(1958, 5, 12))
    }
    assert (UNTIL - TERRITORY.patient("nouveau-ne").birth_date).days == 21
    assert UNTIL.year - TERRITORY.patient("centenaire").birth_date.year == 103
    assert TERRITORY.patient("nee-au-maroc").birth_place_code.startswith("99")
    assert TERRITORY.patient("sans-ins").ins is None
    assert Counter(patient.status for patient in TERRITORY.patients) == {"QUAL": 197, "VALI": 1, "PROV": 1, "RECUP": 1}


def test_no_professional_nor_structure_bears_an_attributable_number() -> None:
    for person in TERRITORY.professionals:
        assert person.rpps is None or (len(person.rpps) == 11 and person.rpps.startswith("99"))
        assert person.mailbox.endswith(".mssante.test")
        assert TERRITORY.structure(person.structure)
    for house in TERRITORY.structures:
        assert len(house.finess) == 9
        assert house.finess.startswith("99")
    assert [person.key for person in TERRITORY.professionals if person.outsider] == ["etranger"]
