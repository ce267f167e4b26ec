"""Finding somebody from what was typed."""

from __future__ import annotations

import datetime as dt

import pytest

from maillon.formats.document import PatientTraits
from maillon.kernel.key import PatientId
from maillon.patients import api, ins
from maillon.patients.models import NamePair, NameVariant, NameWord, Patient
from maillon.patients.name_index import rebuild
from maillon.patients.registration import Registration, StrictTraits
from simulators.matricule import matricule

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, PatientId]:
    told = {
        "gerard": ("LAMBERT", "Gérard André", "", dt.date(1957, 4, 12), "M"),
        "monique": ("CHEVALIER", "Monique", "ROUSSEL", dt.date(1944, 9, 3), "F"),
        "aubigne": ("D’AUBIGNÉ-ROËL", "Jean-François Zoé", "", dt.date(1990, 2, 28), "M"),
        "goff": ("LE GOFF", "Yann", "", dt.date(1957, 4, 12), "M"),
        "legoff": ("LEGOFF", "Anne", "", dt.date(2001, 1, 2), "F"),
        "ly": ("LY", "An", "", dt.date(1986, 6, 6), "F"),
        "martin1": ("MARTIN", "Jean", "", dt.date(1950, 2, 1), "M"),
        "martin2": ("MARTIN", "Jean", "", dt.date(1960, 2, 1), "M"),
        "jean": ("JEAN", "Martin", "", dt.date(1970, 2, 1), "M"),
        "martinez": ("MARTINEZ", "Jean", "", dt.date(1980, 2, 1), "M"),
        "francois": ("FRANÇOIS", "Anaïs", "", dt.date(1999, 12, 31), "F"),
    }
    return {key: _registered(*values, order=order) for order, (key, values) in enumerate(told.items(), 1)}


def _registered(family: str, given: str, used: str, born: dt.date, sex: str, *, order: int) -> PatientId:
    number = matricule(sex=sex, birth_date=born, birth_place_code="2A004", order=order)
    traits = StrictTraits(
        birth_family_name=family,
        birth_given_names=given,
        first_birth_given_name=given.split(" ")[0],
        birth_date=born,
        sex=sex,
        birth_place_code="2A004",
    )
    return api.register(
        Registration(
            traits=traits, used_family_name=used, status=api.IdentityStatus.QUALIFIED, ins=number, ins_oid=ins.NIR_TEST
        ),
        actor_label="test",
    )


def found(text: str, **others: int) -> list[PatientId]:
    return [line.id for line in api.search(text, within=Patient.objects.filter(merged_into__isnull=True), **others)]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("lambert gerard", "gerard"), ("Gérard LAMBERT", "gerard"), ("lambert andré", "gerard"),
        ("lamber gerad", "gerard"),
        ("gréard labmert", "gerard"), ("lambertt gerrard", "gerard"), ("LAM GER", "gerard"), ("lambert ger", "gerard"),
        ("chevalier monique", "monique"), ("roussel monique", "monique"), ("rousel moniqe", "monique"),
        ("d'aubigné-roël", "aubigne"), ("aubigne jean", "aubigne"), ("jean francois", "aubigne"),
        ("daubigne roel jean francois", "aubigne"),
        ("roel jeanfrancois", "aubigne"), ("d aubigne zoe", "aubigne"), ("aubigni francoi", "aubigne"),
        ("le goff yann", "goff"), ("legoff yann", "goff"), ("goff yann", "goff"), ("le goff anne", "legoff"),
        ("ly an", "ly"), ("an ly", "ly"), ("françois anais", "francois"), ("FRANCOIS ANAÏS", "francois"),
        ("anais", "francois"), ("lambert", "gerard"), ("martinez jean", "martinez"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_typed(people: dict[str, PatientId], text: str, who: str) -> None:
    assert found(text)[:1] == [people[who]]


def test_homonyms_come_before_names_that_only_look_alike(people: dict[str, PatientId]) -> None:
    assert found("martin jean") == [people[key] for key in ("martin1", "martin2", "jean")]
    assert found("jean martin") == [people[key] for key in ("jean", "martin1", "martin2")]
    assert found("martin jea")[:2] == [people[key] for key in ("martin1", "martin2")]


def test_one_word_lists_family_names_before_given_names(people: dict[str, PatientId]) -> None:
    assert found("martin")[:3] == [people[key] for key in ("martin1", "martin2", "jean")]


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("12041957", ["goff", "gerard"]), ("12/04/1957", ["goff", "gerard"]), ("120457", ["goff", "gerard"]),
        ("12041957 LAM", ["gerard"]), ("12041957 ger", ["gerard"]), ("12041957 lambret", ["gerard"]),
        ("12/04/1957 goff", ["goff"]), ("12041957 dupont", ["goff", "gerard"]), ("03091944 rou mon", ["monique"]),
        ("13041957", []), ("31022020", []), ("12041957 gof lam", ["goff", "gerard"]),
    ],
)  # fmt: skip
def test_a_birth_date_and_first_letters_find_who_was_born_then(
    people: dict[str, PatientId], text: str, who: list[str]
) -> None:
    assert set(found(text)) == {people[key] for key in who}


def test_a_matricule_is_found_with_or_without_its_key_and_blanks(people: dict[str, PatientId]) -> None:
    number = Patient.objects.get(pk=people["gerard"]).ins or ""
    spaced = f"{number[0]} {number[1:3]} {number[3:5]} {number[5:7]} {number[7:10]} {number[10:13]} {number[13:]}"
    for text in (number, number[:13], spaced, number.lower()):
        assert found(text) == [people["gerard"]]
    assert found("279035121518989") == []


def test_a_received_matricule_finds_its_patient(people: dict[str, PatientId]) -> None:
    traits = PatientTraits(
        ins="279035121518989",
        ins_oid=ins.NIR_TEST,
        birth_family_name="PAT-TROIS",
        birth_given_names="DOMINIQUE",
        birth_date="1979-03-28",
        sex="F",
    )
    patient = api.create_from_document(traits, actor_label="réception")
    (line,) = api.search("2790351215189", within=Patient.objects.all())
    assert (line.id, line.ins) == (patient, None)


def test_who_may_not_be_seen_changes_nothing(people: dict[str, PatientId]) -> None:
    visible = Patient.objects.filter(pk__in=[people["martin2"], people["jean"]])
    for text in ("martin jean", "martin", "01021960", "01021950"):
        assert {line.id for line in api.search(text, within=visible)} <= {people["martin2"], people["jean"]}
    assert [line.id for line in api.search("martin jean", within=visible, limit=1)] == [people["martin2"]]
    number = Patient.objects.get(pk=people["gerard"]).ins or ""
    assert api.search(number, within=visible) == []
    assert api.search("martin jean", within=Patient.objects.none()) == []


@pytest.mark.parametrize(
    "text", ["", " ", "'", "李", "%", "\\", "a" * 500, "martin' OR 1=1 --", "0", "1 2 3", "de la", "{visible}", "%s"]
)
def test_odd_text_finds_nobody_and_breaks_nothing(people: dict[str, PatientId], text: str) -> None:
    assert isinstance(found(text), list)


def test_the_limit_is_kept(people: dict[str, PatientId]) -> None:
    assert len(found("martin", limit=2)) == 2


def test_the_dictionary_made_in_bulk_is_the_one_kept_day_by_day(people: dict[str, PatientId]) -> None:
    kept = _dictionary()
    assert rebuild() == len(people)
    assert _dictionary() == kept
    _registered("NOUVEAU", "Venu", "", dt.date(1980, 1, 1), "M", order=99)  # numbers go on after the bulk
    assert len(found("nouveau venu")) == 1


def _dictionary() -> tuple[set[object], set[object], set[object]]:
    return (
        set(NameWord.objects.values_list("part", "word")),
        set(NameVariant.objects.values_list("variant", "word__word", "word__part")),
        set(NamePair.objects.values_list("family__word", "given__word", "patient_id")),
    )
