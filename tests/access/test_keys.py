from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillon.access import api as access_room
from maillon.access.models import CareTeamMembership, JournalEntry
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, Purpose, StructureId
from maillon.patients.models import Patient
from tests.conftest import Cast
from tests.documents import making

DAY = dt.timedelta(days=1)
Basis = access_room.Basis


def opened(actor: Actor, patient: UUID | PatientId) -> Access | None:
    try:
        return access_room.open_record(actor, patient, purpose=access_room.rule.usual_purpose(actor))
    except access_room.AccessDenied:
        return None


def of_the_day(cast: Cast, name: str) -> Actor:
    from maillon.access.sessions import actor_of_account

    actor: Actor = getattr(cast, name)
    assert actor.account_id is not None
    return actor_of_account(actor.account_id)


def journal() -> list[dict[str, Any]]:
    return list(JournalEntry.objects.order_by("id").values())


@pytest.mark.parametrize("basis", [each for each in Basis if each != Basis.AUTHOR])
def test_every_basis_but_authorship_opens_the_whole_record(cast: Cast, basis: str) -> None:
    patient = making.patient()
    making.link(patient, cast.nadia, basis)
    access = opened(cast.nadia, patient)
    assert access is not None
    assert (access.patient_id, access.scope, access.rule) == (patient, "whole", basis)
    assert access.reason.startswith("Vous voyez ce dossier parce que")


def test_an_author_opens_only_what_they_wrote(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.paul, Basis.AUTHOR)
    access = opened(cast.paul, patient)
    assert access is not None
    assert (access.scope, access.rule) == ("authored", "auteur")


def test_an_author_who_is_also_of_the_team_opens_the_whole_record(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.paul, Basis.AUTHOR)
    making.link(patient, cast.paul, Basis.CONSENT)
    access = opened(cast.paul, patient)
    assert access is not None
    assert (access.scope, access.rule) == ("whole", Basis.CONSENT)


def test_the_reason_names_the_structure_through_which_one_sees(cast: Cast, jeanne: PatientId) -> None:
    access = opened(cast.nadia, jeanne)
    assert access is not None
    assert "votre structure suit ce patient (Maison de santé des Tilleuls)" in access.reason


def test_the_treating_physician_is_the_reason_that_comes_first(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.claire, Basis.PATIENT)
    making.link(jeanne, cast.claire, Basis.TREATING)
    access = opened(cast.claire, jeanne)
    assert access is not None
    assert access.rule == Basis.TREATING


def test_whoever_works_elsewhere_opens_nothing(cast: Cast, jeanne: PatientId) -> None:
    assert opened(cast.paul, jeanne) is None


def test_a_structure_opens_to_those_who_work_there_today_only(cast: Cast, jeanne: PatientId) -> None:
    from maillon.professionals.models import Attachment

    assert opened(of_the_day(cast, "nadia"), jeanne) is not None
    Attachment.objects.filter(professional_id=cast.nadia.professional_id).update(end=clock.today() - DAY)
    assert opened(of_the_day(cast, "nadia"), jeanne) is None


@pytest.mark.parametrize(
    ("start", "end", "is_open"),
    [(0, None, True), (1, None, False), (-30, 0, True), (-30, -1, False), (0, 0, True), (1, 9, False)],
)
def test_a_link_holds_from_its_first_day_to_its_last(cast: Cast, start: int, end: int | None, is_open: bool) -> None:
    patient, today = making.patient(), clock.today()
    making.link(patient, cast.karim, start=today + start * DAY, end=None if end is None else today + end * DAY)
    assert (opened(cast.karim, patient) is not None) is is_open


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        # The night of the change to summer time, then to winter time: the day is the day in Paris.
        ("2026-03-28T22:59:59+00:00", False),
        ("2026-03-28T23:00:00+00:00", True),
        ("2026-03-29T01:30:00+00:00", True),
        ("2026-03-29T21:59:59+00:00", True),
        ("2026-03-29T22:00:00+00:00", False),
    ],
)
def test_a_link_of_the_day_of_summer_time_holds_from_midnight_to_midnight_in_paris(
    cast: Cast, instant: str, is_open: bool
) -> None:
    patient, day = making.patient(), dt.date(2026, 3, 29)
    making.link(patient, cast.karim, start=day, end=day)
    with time_machine.travel(dt.datetime.fromisoformat(instant), tick=False):
        assert (opened(cast.karim, patient) is not None) is is_open


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        ("2026-10-24T21:59:59+00:00", False),
        ("2026-10-24T22:00:00+00:00", True),
        ("2026-10-25T22:59:59+00:00", True),
        ("2026-10-25T23:00:00+00:00", False),
    ],
)
def test_a_link_of_the_day_of_winter_time_lasts_twenty_five_hours(cast: Cast, instant: str, is_open: bool) -> None:
    patient, day = making.patient(), dt.date(2026, 10, 25)
    making.link(patient, cast.karim, start=day, end=day)
    with time_machine.travel(dt.datetime.fromisoformat(instant), tick=False):
        assert (opened(cast.karim, patient) is not None) is is_open


def test_a_machine_opens_any_patient_for_the_purpose_that_it_names(cast: Cast, jeanne: PatientId) -> None:
    access = access_room.open_record(making.MACHINE, jeanne, purpose=Purpose.INTAKE, action="file")
    assert (access.scope, access.rule, access.purpose) == ("whole", "machine", Purpose.INTAKE)
    (row,) = journal()
    assert (row["actor_kind"], row["actor_label"], row["action"]) == ("machine", "réception d’essai", "file")


def test_a_machine_opens_nobody_who_does_not_exist(cast: Cast) -> None:
    assert opened(making.MACHINE, uuid4()) is None
    assert opened(making.MACHINE, PatientId(2_000_000_000)) is None


def test_a_record_opens_by_number_and_by_uuid_alike(cast: Cast, jeanne: PatientId) -> None:
    assert opened(cast.claire, jeanne) == opened(cast.claire, making.uuid_of(jeanne))


def test_unknown_and_forbidden_are_the_same_refusal_with_the_same_trace(cast: Cast, jeanne: PatientId) -> None:
    told = []
    for address in (making.uuid_of(jeanne), uuid4()):
        with pytest.raises(access_room.AccessDenied) as caught:
            access_room.open_record(cast.paul, address, purpose=Purpose.CARE)
        told.append((type(caught.value), caught.value.code, caught.value.message, str(caught.value)))
    assert told[0] == told[1]
    forbidden, unknown = ({**row, "id": None, "at": None, "patient_id": None} for row in journal())
    assert forbidden == unknown
    assert forbidden["decision"] == "deny"
    assert [row["patient_id"] for row in journal()] == [jeanne, None]


def test_a_reading_leaves_one_row_that_says_all(cast: Cast, jeanne: PatientId) -> None:
    with access_room.reading(
        cast.claire, jeanne, purpose=Purpose.CARE, action="download", resource_type="document", resource_id="d-1"
    ):
        pass
    (row,) = journal()
    assert {name: row[name] for name in row if name not in ("id", "at")} == {
        "actor_kind": "professional", "actor_professional_id": cast.claire.professional_id,
        "actor_structure_id": cast.tilleuls_id, "actor_label": "Dr Claire Morel", "patient_id": jeanne,
        "action": "download", "resource_type": "document", "resource_id": "d-1", "purpose": "soin",
        "decision": "allow", "rule": Basis.STRUCTURE, "actor_profession_code": "G15_10", "assurance": 2,
        "session_id": None, "on_behalf_of_id": None, "type_code": "",
    }  # fmt: skip


def test_a_reading_that_fails_leaves_no_row(cast: Cast, jeanne: PatientId) -> None:
    def read() -> None:
        with access_room.reading(cast.claire, jeanne, purpose=Purpose.CARE):
            assert len(journal()) == 1
            raise RuntimeError("the page could not be made")

    with pytest.raises(RuntimeError):
        read()
    assert journal() == []


@pytest.mark.parametrize("known", [True, False])
def test_reading_refuses_the_unknown_and_the_forbidden_with_the_same_trace(
    cast: Cast, jeanne: PatientId, known: bool
) -> None:
    address = making.uuid_of(jeanne) if known else uuid4()
    with pytest.raises(access_room.AccessDenied), access_room.reading(cast.paul, address, purpose=Purpose.CARE):
        pytest.fail("the record opened")
    (row,) = journal()
    assert {name: row[name] for name in ("actor_label", "action", "resource_type", "purpose", "decision", "rule")} == {
        "actor_label": "Dr Paul Étranger", "action": "read", "resource_type": "record", "purpose": "soin",
        "decision": "deny", "rule": "A04",
    }  # fmt: skip
    assert row["patient_id"] == (jeanne if known else None)


def test_a_transaction_that_is_undone_takes_the_row_of_its_key_along(cast: Cast, jeanne: PatientId) -> None:
    with transaction.atomic():
        assert opened(cast.claire, jeanne)
        transaction.set_rollback(True)
    assert journal() == []


@pytest.mark.django_db(transaction=True)
def test_the_row_of_a_refusal_outlives_the_reading(cast: Cast) -> None:
    patient = making.patient()
    JournalEntry.objects.all().delete()
    with pytest.raises(access_room.AccessDenied), access_room.reading(cast.paul, patient, purpose=Purpose.CARE):
        pytest.fail("the record opened")
    (row,) = journal()
    assert (row["decision"], row["patient_id"]) == ("deny", patient)


def test_what_is_refused_inside_the_record_is_kept_as_a_refusal(cast: Cast, jeanne: PatientId) -> None:
    """A document that is not the reader's, asked for within a record that is."""
    with (
        pytest.raises(access_room.AccessDenied),
        access_room.reading(
            cast.claire, jeanne, purpose=Purpose.CARE, resource_type="document", resource_id="of somebody else"
        ),
    ):
        raise access_room.AccessDenied
    (row,) = journal()
    assert (row["decision"], row["resource_id"], row["patient_id"]) == ("deny", "of somebody else", jeanne)


def test_only_a_machine_gets_the_key_of_an_intake_and_a_person_who_asks_leaves_no_allowed_row(
    cast: Cast, jeanne: PatientId
) -> None:
    with pytest.raises(access_room.AccessDenied):
        access_room.open_for_intake(
            cast.claire, jeanne, structure_id=StructureId(cast.tilleuls_id), resource_id="r"
        )
    assert [row for row in journal() if row["decision"] == "allow"] == []


def test_an_intake_knows_who_follows_and_who_treats(cast: Cast, jeanne: PatientId) -> None:
    def intake(patient: PatientId, structure: int) -> access_room.Intake:
        return access_room.open_for_intake(
            making.MACHINE, patient, structure_id=StructureId(structure), resource_id="r"
        )

    assert intake(jeanne, cast.tilleuls_id).is_followed
    assert not intake(jeanne, cast.elsewhere_id).is_followed
    assert intake(jeanne, cast.tilleuls_id).treating_physician is None
    making.link(jeanne, cast.paul, Basis.TREATING)
    assert intake(jeanne, cast.elsewhere_id).is_followed, "through somebody who works there"
    assert intake(jeanne, cast.elsewhere_id).treating_physician == cast.paul.professional_id


def test_writing_a_document_is_not_following_the_patient(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.paul, Basis.AUTHOR)
    intake = access_room.open_for_intake(
        making.MACHINE, patient, structure_id=StructureId(cast.elsewhere_id), resource_id="r"
    )
    assert not intake.is_followed


def test_a_merged_identity_is_opened_by_nobody_and_listed_nowhere(cast: Cast, jeanne: PatientId) -> None:
    double = making.patient()
    making.link(double, cast.claire)
    Patient.objects.filter(pk=double).update(merged_into=jeanne)
    assert opened(cast.claire, double) is None
    assert set(access_room.rule.visible_patients(cast.claire).values_list("pk", flat=True)) == {jeanne}


_LINKS = st.lists(
    st.tuples(
        st.integers(0, 3),  # which patient
        st.sampled_from(["claire", "nadia", "paul", "tilleuls", "elsewhere"]),
        st.sampled_from([Basis.STRUCTURE, Basis.PATIENT, Basis.ORGANIZED, Basis.CONSENT, Basis.AUTHOR]),
        st.integers(-3, 2),  # first day
        st.none() | st.integers(0, 4),  # how long
    ),
    max_size=10,
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(links=_LINKS, merged=st.sets(st.integers(0, 3), max_size=1))
def test_the_patients_of_a_list_are_exactly_those_whose_record_opens(
    cast: Cast, links: list[tuple[int, str, str, int, int | None]], merged: set[int]
) -> None:
    with transaction.atomic():
        people = [making.patient() for _ in range(4)]
        places = {"tilleuls": cast.tilleuls_id, "elsewhere": cast.elsewhere_id}
        for index, who, basis, first, length in links:
            start = clock.today() + first * DAY
            member = places[who] if who in places else getattr(cast, who)
            making.link(
                people[index], member, basis, start=start, end=None if length is None else start + length * DAY
            )
        for index in merged:
            Patient.objects.filter(pk=people[index]).update(merged_into=people[(index + 1) % 4])
        for actor in (cast.claire, cast.nadia, cast.sylvie, cast.paul):
            listed = set(access_room.rule.visible_patients(actor).values_list("pk", flat=True))
            assert listed == {patient for patient in people if opened(actor, patient)}
        transaction.set_rollback(True)


def test_a_machine_lists_nobody(cast: Cast, jeanne: PatientId) -> None:
    assert not access_room.rule.visible_patients(making.MACHINE).exists()


def test_a_search_shows_and_counts_only_patients_of_the_reader(cast: Cast) -> None:
    mine, other = making.patient("DUPONTEIL"), making.patient("DUPONTEIL")
    making.link(mine, cast.claire)
    making.link(other, cast.paul)
    assert [line.id for line in access_room.search_patients(cast.claire, "duponteil")] == [mine]
    assert [line.id for line in access_room.search_patients(cast.paul, "duponteil")] == [other]
    assert access_room.search_patients(cast.nadia, "duponteil") == []
    assert [line.id for line in access_room.search_patients(cast.claire, "duponteil", limit=1)] == [mine]


def test_every_name_shown_by_a_search_is_journalled_and_no_other(cast: Cast) -> None:
    mine, other = making.patient("DUPONTEIL"), making.patient("DUPONTEIL")
    making.link(mine, cast.claire)
    making.link(other, cast.paul)
    access_room.search_patients(cast.claire, "duponteil")
    access_room.search_patients(cast.nadia, "duponteil")
    assert [(row["patient_id"], row["action"], row["decision"]) for row in journal()] == [(mine, "list", "allow")]


def test_memberships_are_never_both_a_person_and_a_structure(cast: Cast, jeanne: PatientId) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError), transaction.atomic():
        CareTeamMembership.objects.create(
            patient_id=jeanne, professional_id=cast.claire.professional_id, structure_id=cast.tilleuls_id,
            basis=Basis.PATIENT, start=clock.today(),
        )  # fmt: skip
