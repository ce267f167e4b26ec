"""Whose document is this? The rules of identity vigilance, told on the base."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from maillon.formats.document import LocalId, PatientTraits
from maillon.kernel import sql
from maillon.kernel.key import PatientId
from maillon.kernel.message import UserMessage
from maillon.patients import api, ins
from maillon.patients.matching import Match
from maillon.patients.models import LocalIdentifier, Patient
from maillon.patients.registration import Registration, StrictTraits
from maillon.patients.states import IdentityStatus
from simulators.matricule import matricule

pytestmark = pytest.mark.django_db

BORN = dt.date(1957, 4, 12)
INS = matricule(sex="M", birth_date=BORN, birth_place_code="69383", order=215)
LAMBERT = StrictTraits(
    birth_family_name="LAMBERT",
    birth_given_names="GERARD ANDRE",
    first_birth_given_name="GERARD",
    birth_date=BORN,
    sex="M",
    birth_place_code="69383",
)
DOCUMENT = PatientTraits(
    ins=INS,
    ins_oid=ins.NIR_TEST,
    birth_family_name="Lambert",
    birth_given_names="Gérard André",
    first_birth_given_name="Gérard",
    birth_date="1957-04-12",
    sex="M",
    birth_place_code="69383",
)
WITHOUT_INS = replace(DOCUMENT, ins=None, ins_oid=None)


def registered(traits: StrictTraits = LAMBERT, **others: object) -> PatientId:
    values = {"status": IdentityStatus.QUALIFIED, "ins": INS, "ins_oid": ins.NIR_TEST} | others
    return api.register(Registration(traits=traits, **values), actor_label="test")  # type: ignore[arg-type]


def without_matricule(traits: StrictTraits = LAMBERT, **others: object) -> PatientId:
    return registered(traits, status=IdentityStatus.VALIDATED, ins=None, ins_oid=None, **others)


def codes(found: Match) -> set[str]:
    return {reason.code for reason in found.reasons}


def test_matricule_and_traits_find_the_patient_in_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    patient = registered()
    told: list[str] = []
    rows = sql.rows
    monkeypatch.setattr(sql, "rows", lambda statement, *rest: told.append(statement) or rows(statement, *rest))
    found = api.match(DOCUMENT)
    assert (found.verdict, found.patient_id, len(told)) == ("found", patient, 1)
    assert api.match(WITHOUT_INS).verdict == "found"
    assert len(told) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"birth_family_name": "LAMBER"},
        {"birth_family_name": "MARTIN"},
        {"birth_date": "1957-04-13"},
        {"birth_date": "1957-12-04"},
        {"sex": "F"},
        {"birth_given_names": "PAUL", "first_birth_given_name": "PAUL"},
        {"birth_given_names": "GERARD PAUL"},
        {"birth_place_code": "38185"},
    ],
)
def test_a_matricule_with_somebody_elses_traits_is_a_doubt(change: dict[str, str]) -> None:
    patient = registered()
    found = api.match(replace(DOCUMENT, **change))
    assert (found.verdict, found.patient_id, found.candidates) == ("doubt", None, (patient,))
    assert codes(found) == {"E-IDV-02"}


@pytest.mark.parametrize(
    "change",
    [
        {"sex": None},
        {"birth_place_code": None},
        {"birth_place_code": "99999"},
        {"birth_given_names": "GERARD"},
        {"birth_given_names": None},
        {"birth_family_name": "lambert "},
    ],
)
def test_a_matricule_with_fewer_traits_but_nothing_against_finds_the_patient(change: dict[str, str]) -> None:
    patient = registered()
    assert api.match(replace(DOCUMENT, **change)).patient_id == patient


@pytest.mark.parametrize(
    "missing", [("birth_date",), ("birth_family_name",), ("birth_given_names", "first_birth_given_name")]
)
def test_a_matricule_alone_is_not_enough(missing: tuple[str, ...]) -> None:
    registered()
    found = api.match(replace(DOCUMENT, **dict.fromkeys(missing)))
    assert (found.verdict, codes(found)) == ("doubt", {"E-IDV-03"})


def test_five_traits_of_one_patient_find_them_without_a_matricule() -> None:
    patient = registered()
    found = api.match(WITHOUT_INS)
    assert (found.verdict, found.patient_id, codes(found)) == ("found", patient, {"I-IDV-02"})


@pytest.mark.parametrize("missing", ["sex", "birth_place_code"])
def test_four_traits_are_a_doubt(missing: str) -> None:
    patient = registered()
    found = api.match(replace(WITHOUT_INS, **{missing: None}))
    assert (found.verdict, found.candidates) == ("doubt", (patient,))
    assert "E-IDV-07" in codes(found)


def test_a_local_identifier_confirms_the_traits_when_only_the_place_is_missing() -> None:
    patient = registered(local_ids=(("1.2.250.1.999.1.2", "IPP42"),))
    incomplete = replace(
        WITHOUT_INS, birth_place_code=None, local_ids=(LocalId(root="1.2.250.1.999.1.2", extension="IPP42"),)
    )
    assert api.match(incomplete).patient_id == patient


def test_a_local_identifier_alone_decides_nothing() -> None:
    patient = registered(local_ids=(("1.2.250.1.999.1.2", "IPP42"),))
    other = PatientTraits(
        birth_family_name="ZOLA",
        birth_given_names="EMILE",
        first_birth_given_name="EMILE",
        birth_date="1940-04-02",
        sex="M",
        birth_place_code="75114",
        local_ids=(LocalId(root="1.2.250.1.999.1.2", extension="IPP42"),),
    )
    found = api.match(other)
    assert (found.verdict, found.candidates, codes(found)) == ("doubt", (patient,), {"E-IDV-10"})


def test_the_same_traits_with_another_matricule_are_a_doubt() -> None:
    patient = registered()
    other = matricule(sex="M", birth_date=BORN, birth_place_code="69383", order=216)
    found = api.match(replace(DOCUMENT, ins=other))
    assert (found.verdict, found.candidates) == ("doubt", (patient,))
    assert "E-IDV-04" in codes(found)


@pytest.mark.parametrize(
    "change",
    [
        {"birth_family_name": "LAMBERD"},
        {"birth_family_name": "LAMBRET"},
        {"birth_date": "1957-12-04"},
        {"birth_date": "1957-04-13"},
        {"birth_given_names": "GERALD", "first_birth_given_name": "GERALD"},
        {"birth_given_names": "ANDRE", "first_birth_given_name": "ANDRE"},
        {"birth_family_name": "GERARD", "birth_given_names": "LAMBERT", "first_birth_given_name": "LAMBERT"},
        {"birth_family_name": "LAMBERT-DURAND"},
        {"birth_family_name": "DURAND"},
        {"sex": "F"},
        {"birth_place_code": "38185"},
    ],
)
def test_whoever_looks_like_a_known_patient_is_a_doubt(change: dict[str, str]) -> None:
    patient = without_matricule()
    found = api.match(replace(WITHOUT_INS, **change))
    assert (found.verdict, found.patient_id, found.candidates) == ("doubt", None, (patient,))


def test_the_name_of_use_written_as_the_birth_name_is_a_doubt() -> None:
    patient = without_matricule(used_family_name="ROUSSEL")
    assert api.match(replace(WITHOUT_INS, birth_family_name="ROUSSEL")).candidates == (patient,)


def test_half_of_a_compound_given_name_is_a_doubt() -> None:
    compound = replace(LAMBERT, birth_given_names="JEAN-FRANCOIS ZOE", first_birth_given_name="JEAN-FRANCOIS")
    patient = without_matricule(compound)
    half = replace(WITHOUT_INS, birth_given_names="Jean", first_birth_given_name="Jean")
    assert api.match(half).candidates == (patient,)
    whole = replace(WITHOUT_INS, birth_given_names="Jean François Zoé", first_birth_given_name="Jean")
    assert api.match(whole).patient_id == patient


def test_twins_are_two_people() -> None:
    without_matricule()
    assert api.match(replace(WITHOUT_INS, birth_given_names="HUGUES", first_birth_given_name="HUGUES")).verdict == "new"


def test_a_mother_and_her_daughter_of_the_same_name_are_two_people() -> None:
    without_matricule()
    assert api.match(replace(WITHOUT_INS, birth_date="1983-04-12")).verdict == "new"


def test_nobody_near_is_new_when_the_traits_suffice() -> None:
    assert api.match(DOCUMENT).verdict == "new"
    assert api.match(replace(DOCUMENT, birth_place_code=None)).verdict == "new"


@pytest.mark.parametrize(
    "change", [{"sex": "UN"}, {"sex": None}, {"birth_date": "1957"}, {"birth_date": None}, {"birth_family_name": "..."}]
)
def test_nobody_near_with_too_few_traits_is_a_doubt(change: dict[str, str]) -> None:
    found = api.match(replace(DOCUMENT, **change))
    assert (found.verdict, codes(found)) == ("doubt", {"E-IDV-01"})


def test_a_homonym_is_found_by_the_matricule_only() -> None:
    patient = registered()
    Patient.objects.filter(pk=patient).update(is_homonym=True)
    assert api.match(DOCUMENT).patient_id == patient
    found = api.match(WITHOUT_INS)
    assert (found.verdict, found.candidates) == ("doubt", (patient,))
    assert "E-IDV-08" in codes(found)


def test_two_patients_with_the_same_traits_are_a_doubt() -> None:
    both = {without_matricule(), without_matricule()}
    found = api.match(WITHOUT_INS)
    assert (found.verdict, set(found.candidates), codes(found)) == ("doubt", both, {"E-IDV-05"})


def test_two_homonyms_born_the_same_day_in_two_places_are_told_apart_by_the_place() -> None:
    lyon = without_matricule()
    without_matricule(replace(LAMBERT, birth_place_code="38185"))
    assert api.match(WITHOUT_INS).patient_id == lyon


def test_a_doubtful_identity_is_never_found() -> None:
    patient = registered(status=IdentityStatus.PROVISIONAL, ins=None, ins_oid=None)
    Patient.objects.filter(pk=patient).update(is_doubtful=True)
    assert "E-IDV-09" in codes(api.match(WITHOUT_INS))
    LocalIdentifier.objects.create(patient_id=patient, root=ins.NIR_TEST, extension=INS)
    assert codes(api.match(DOCUMENT)) == {"E-IDV-09"}


def test_a_real_matricule_never_meets_a_test_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    registered()
    real = replace(DOCUMENT, ins_oid=ins.NIR)
    assert (api.match(real).verdict, codes(api.match(real))) == ("doubt", {"E-INS-05"})
    monkeypatch.setenv("MAILLON_INS", "reel")
    assert api.match(real).verdict == "doubt"
    assert codes(api.match(DOCUMENT)) == {"E-INS-05"}


def test_a_merged_patient_is_followed() -> None:
    kept, merged = without_matricule(replace(LAMBERT, birth_date=dt.date(1950, 1, 1))), registered()
    Patient.objects.filter(pk=kept).update(birth_date=BORN)
    Patient.objects.filter(pk=merged).update(merged_into=kept, identity_status="VALI", ins=None, ins_oid=None)
    LocalIdentifier.objects.create(patient_id=merged, root=ins.NIR_TEST, extension=INS)
    assert api.match(WITHOUT_INS).patient_id == kept


def test_what_was_created_from_a_document_is_found_by_the_next_one() -> None:
    patient = api.create_from_document(DOCUMENT, actor_label="réception")
    stored = Patient.objects.get(pk=patient)
    assert (stored.identity_status, stored.ins) == ("PROV", None)
    assert api.match(DOCUMENT).patient_id == patient
    assert api.match(replace(WITHOUT_INS, birth_place_code="69383")).patient_id == patient


def test_a_wrong_key_is_accepted_from_a_document_but_not_as_an_identity() -> None:
    wrong = replace(DOCUMENT, ins="253097812634581")
    patient = api.create_from_document(wrong, actor_label="réception")
    assert api.match(wrong).patient_id == patient
    with pytest.raises(UserMessage, match="E-INS-02"):
        registered(ins="253097812634581")
