"""The life of an identity: statuses, attributes, traits, and the history that each act leaves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from maillon.access.api import machine, open_record
from maillon.formats.document import LocalId, PatientTraits
from maillon.kernel.key import Access, PatientId, Purpose
from maillon.kernel.message import UserMessage
from maillon.patients import api, ins, reading
from maillon.patients.models import IdentityChange, LocalIdentifier, Patient
from maillon.patients.registration import Registration, StrictTraits
from simulators.matricule import matricule

pytestmark = pytest.mark.django_db

BORN = dt.date(1957, 4, 12)
INS = matricule(sex="M", birth_date=BORN, birth_place_code="69383", order=215)
LAMBERT = StrictTraits(
    birth_family_name="Lambert",
    birth_given_names="Gérard André",
    first_birth_given_name="Gérard",
    birth_date=BORN,
    sex="M",
    birth_place_code="69383",
)
ANSWER = api.InsiAnswer(ins=INS, ins_oid=ins.NIR_TEST, traits=LAMBERT)
STATUS = api.IdentityStatus


def registered(status: str = "PROV", traits: StrictTraits = LAMBERT, number: str = INS) -> PatientId:
    carries = status in ("RECUP", "QUAL")
    return api.register(
        Registration(
            traits=traits,
            status=STATUS(status),
            ins=number if carries else None,
            ins_oid=ins.NIR_TEST if carries else None,
        ),
        actor_label="reprise",
    )


def key(patient: PatientId) -> Access:
    return open_record(machine("test"), patient, purpose=Purpose.ADMINISTRATIVE)


def state(patient: PatientId) -> tuple[str, str | None]:
    stored = Patient.objects.get(pk=patient)
    return stored.identity_status, stored.ins


def last_change(patient: PatientId) -> IdentityChange:
    return IdentityChange.objects.filter(patient_id=patient).latest("id")


def test_retrieved_then_controlled_is_qualified() -> None:
    patient = registered()
    api.retrieve(key(patient), ANSWER, reason="appel INSi")
    assert state(patient) == ("RECUP", INS)
    api.qualify(key(patient), reason="carte d’identité vue")
    assert state(patient) == ("QUAL", INS)


def test_controlled_then_retrieved_is_qualified() -> None:
    patient = registered()
    api.validate(key(patient), reason="passeport vu")
    assert state(patient) == ("VALI", None)
    with pytest.raises(UserMessage, match="E-INS-14"):
        api.qualify(key(patient), reason="sans INSi")
    api.qualify(key(patient), answer=ANSWER, reason="appel INSi")
    assert state(patient) == ("QUAL", INS)


@pytest.mark.parametrize(
    ("status", "verb"),
    [
        ("VALI", "retrieve"),
        ("RECUP", "retrieve"),
        ("QUAL", "retrieve"),
        ("VALI", "validate"),
        ("RECUP", "validate"),
        ("QUAL", "validate"),
        ("PROV", "qualify"),
        ("QUAL", "qualify"),
        ("PROV", "lose_ins"),
        ("VALI", "lose_ins"),
    ],
)
def test_a_status_changes_only_along_an_arrow(status: str, verb: str) -> None:
    patient = registered(status)
    acts = {
        "retrieve": lambda: api.retrieve(key(patient), ANSWER, reason="essai"),
        "validate": lambda: api.validate(key(patient), reason="essai"),
        "qualify": lambda: api.qualify(key(patient), answer=ANSWER, reason="essai"),
        "lose_ins": lambda: api.lose_ins(key(patient), reason="essai"),
    }
    before = state(patient)
    with pytest.raises(UserMessage, match="E-INS-10"):
        acts[verb]()
    assert state(patient) == before


@pytest.mark.parametrize(("keeps_control", "status"), [(False, "PROV"), (True, "VALI")])
def test_a_matricule_that_insi_denies_goes_to_the_history(keeps_control: bool, status: str) -> None:
    patient = registered("QUAL")
    api.lose_ins(key(patient), reason="vérification négative", keeps_control=keeps_control)
    assert state(patient) == (status, None)
    assert last_change(patient).before == {"identity_status": "QUAL", "ins": INS, "ins_oid": ins.NIR_TEST}
    assert api.match(PatientTraits(ins=INS, ins_oid=ins.NIR_TEST)).candidates == ()


@pytest.mark.parametrize("attribute", ["doubtful", "fictitious"])
@pytest.mark.parametrize("status", ["PROV", "RECUP", "VALI", "QUAL"])
def test_a_doubtful_or_fictitious_identity_is_provisional_and_bears_no_matricule(status: str, attribute: str) -> None:
    patient = registered(status)
    api.mark(key(patient), attribute, reason="deux personnes, une carte")
    assert state(patient) == ("PROV", None)
    for act in (
        lambda: api.retrieve(key(patient), ANSWER, reason="essai"),
        lambda: api.validate(key(patient), reason="essai"),
    ):
        with pytest.raises(UserMessage, match="E-INS-06"):
            act()
    other = "fictitious" if attribute == "doubtful" else "doubtful"
    with pytest.raises(UserMessage, match="E-INS-09"):
        api.mark(key(patient), other, reason="essai")
    api.clear(key(patient), attribute, reason="levé")
    api.retrieve(key(patient), ANSWER, reason="appel INSi")
    assert state(patient) == ("RECUP", INS)


def test_homonym_adds_to_any_status() -> None:
    patient = registered("QUAL")
    api.mark(key(patient), "homonym", reason="même nom, même jour")
    assert state(patient) == ("QUAL", INS)
    assert api.identity(key(patient)).line.is_homonym


@pytest.mark.parametrize(("status", "after"), [("RECUP", "PROV"), ("QUAL", "PROV"), ("VALI", "PROV"), ("PROV", "PROV")])
@pytest.mark.parametrize(
    "change", [{"birth_family_name": "LAMBERTI"}, {"birth_date": dt.date(1957, 4, 13)}, {"birth_place_code": "38185"}]
)
def test_a_strict_trait_changed_by_hand_costs_the_matricule(status: str, after: str, change: dict[str, object]) -> None:
    patient = registered(status)
    api.change_traits(key(patient), reason="erreur de saisie", **change)  # type: ignore[arg-type]
    assert state(patient) == (after, None)


def test_a_name_of_use_costs_nothing_and_is_found_at_once() -> None:
    patient = registered("QUAL")
    api.change_traits(key(patient), used_family_name="Roussel", reason="mariage")
    assert state(patient) == ("QUAL", INS)
    assert [line.id for line in api.search("roussel gerard", within=Patient.objects.all())] == [patient]


def test_a_changed_name_is_searched_under_the_new_one_only() -> None:
    patient = registered()
    api.change_traits(key(patient), birth_family_name="ZOLA", reason="erreur")
    assert [line.id for line in api.search("zola gerard", within=Patient.objects.all())] == [patient]
    assert api.search("lambert gerard", within=Patient.objects.all()) == []


def test_saying_the_same_again_leaves_no_trace() -> None:
    patient = registered("QUAL")
    count = IdentityChange.objects.count()
    api.change_traits(key(patient), birth_family_name="lambert", reason="relecture")
    assert (IdentityChange.objects.count(), state(patient)) == (count, ("QUAL", INS))


def test_an_act_without_a_reason_is_refused() -> None:
    patient = registered()
    with pytest.raises(UserMessage, match="E-INS-11"):
        api.validate(key(patient), reason="  ")
    assert state(patient) == ("PROV", None)


def test_insi_may_complete_but_not_make_somebody_else() -> None:
    patient = registered(traits=replace(LAMBERT, birth_given_names="GERARD", birth_place_code=""))
    with pytest.raises(UserMessage, match="E-INS-07"):
        api.retrieve(key(patient), replace(ANSWER, traits=replace(LAMBERT, birth_family_name="DURAND")), reason="appel")
    with pytest.raises(UserMessage, match="E-INS-07"):
        api.retrieve(
            key(patient), replace(ANSWER, traits=replace(LAMBERT, birth_date=dt.date(1957, 4, 13))), reason="appel"
        )
    api.retrieve(key(patient), ANSWER, reason="appel INSi")
    shown = api.identity(key(patient))
    assert (shown.line.birth_given_names, shown.birth_place_code) == ("GERARD ANDRE", "69383")
    assert last_change(patient).before["birth_given_names"] == "GERARD"
    latest, first = reading.identity_history(key(patient))
    assert (latest.kind, latest.actor, latest.reason) == ("retrieve", "test", "appel INSi")
    assert (first.kind, first.after["birth_family_name"]) == ("registered", "LAMBERT")


@pytest.mark.parametrize(
    ("number", "oid", "code"),
    [
        ("253097812634581", ins.NIR_TEST, "E-INS-02"),
        ("123", ins.NIR_TEST, "E-INS-01"),
        (INS, ins.NIR, "E-INS-05"),
        (INS, "1.2.3", "E-INS-03"),
    ],
)
def test_only_a_right_matricule_of_this_environment_is_taken(number: str, oid: str, code: str) -> None:
    patient = registered()
    with pytest.raises(UserMessage, match=code):
        api.retrieve(key(patient), replace(ANSWER, ins=number, ins_oid=oid), reason="appel INSi")


def test_one_matricule_is_one_patient() -> None:
    registered("QUAL")
    other = registered(traits=replace(LAMBERT, birth_date=BORN))
    with pytest.raises(UserMessage, match="E-INS-04"):
        api.retrieve(key(other), ANSWER, reason="appel INSi")
    with transaction.atomic(), pytest.raises(IntegrityError):
        Patient.objects.filter(pk=other).update(ins=INS, ins_oid=ins.NIR_TEST, identity_status="RECUP")


def test_a_received_matricule_becomes_the_verified_one() -> None:
    traits = PatientTraits(
        ins=INS,
        ins_oid=ins.NIR_TEST,
        birth_family_name="Lambert",
        birth_given_names="Gérard André",
        birth_date="1957-04-12",
        sex="M",
        birth_place_code="69383",
        local_ids=(LocalId(root="1.2.3", extension="IPP1"),),
        telecoms=("tel:0612345678",),
        addresses=("4 place des Tilleuls",),
    )
    patient = api.create_from_document(traits, actor_label="réception")
    shown = api.identity(key(patient))
    assert (shown.line.ins, shown.phone, shown.status_label) == (None, "0612345678", "Provisoire")
    assert {(each.extension, each.is_received_ins) for each in shown.local_identifiers} == {
        (INS, True),
        ("IPP1", False),
    }
    api.retrieve(key(patient), ANSWER, reason="appel INSi")
    shown = api.identity(key(patient))
    assert (shown.line.ins, shown.ins_kind, shown.warnings) == (INS, "INS-NIR de test", ())
    assert [each.extension for each in shown.local_identifiers] == ["IPP1"]


def test_an_identifier_of_somebody_else_stays_theirs() -> None:
    first = registered()
    api.note_identifiers(first, PatientTraits(local_ids=(LocalId(root="1.2.3", extension="IPP1"),)))
    second = registered(traits=replace(LAMBERT, birth_family_name="DURAND"))
    api.note_identifiers(second, PatientTraits(local_ids=(LocalId(root="1.2.3", extension="IPP1"),)))
    assert LocalIdentifier.objects.get(root="1.2.3").patient_id == first


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"birth_family_name": "…"}, "E-INS-08"),
        ({"first_birth_given_name": "ANDRE"}, "E-INS-13"),
        ({"birth_date": dt.date(2999, 1, 1)}, "E-INS-12"),
    ],
)
def test_impossible_traits_are_refused(change: dict[str, object], code: str) -> None:
    with pytest.raises(UserMessage, match=code):
        registered(traits=replace(LAMBERT, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", [{"birth_date": None}, {"birth_family_name": None}, {"birth_given_names": None}])
def test_a_document_that_lacks_an_essential_trait_makes_no_identity(missing: dict[str, None]) -> None:
    traits = PatientTraits(birth_family_name="A B", birth_given_names="C", birth_date="1950-01-01", sex="F")
    with pytest.raises(UserMessage, match="E-INS-08"):
        api.create_from_document(replace(traits, **missing), actor_label="réception")


def test_a_test_person_among_real_ones_is_fictitious(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLON_INS", "reel")
    traits = PatientTraits(
        ins=INS, ins_oid=ins.NIR_TEST, birth_family_name="A B", birth_given_names="C", birth_date="1950", sex="F"
    )
    patient = Patient.objects.get(pk=api.create_from_document(traits, actor_label="réception"))
    assert patient.is_fictitious
    assert patient.birth_date == dt.date(1950, 12, 31)


def test_possible_duplicates_show_only_whom_the_reader_may_see() -> None:
    patient, alike = registered("QUAL"), registered(traits=replace(LAMBERT, birth_family_name="LAMBERD"))
    shown = api.possible_duplicates(key(patient), within=Patient.objects.all())
    assert [(each.line.id, [reason.code for reason in each.reasons]) for each in shown] == [(alike, ["E-IDV-06"])]
    assert api.possible_duplicates(key(patient), within=Patient.objects.exclude(pk=alike)) == []


def test_no_refusal_speaks_of_the_patient() -> None:
    patient = registered("QUAL")
    with pytest.raises(UserMessage) as refused:
        api.validate(key(patient), reason="essai")
    assert "LAMBERT" not in str(refused.value)
    assert "LAMBERT" not in str(Patient.objects.get(pk=patient))
