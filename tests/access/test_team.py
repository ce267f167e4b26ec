from __future__ import annotations

import datetime as dt

import pytest

from maillon.access import api as access_room
from maillon.access.models import CareTeamMembership
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, Purpose
from tests.conftest import Cast
from tests.documents import making

DAY = dt.timedelta(days=1)
Basis = access_room.Basis


def key(actor: Actor, patient: PatientId) -> Access:
    return access_room.open_record(actor, patient, purpose=Purpose.CARE)


def treat(access: Access, actor: Actor) -> None:
    access_room.team.add_member(
        access, professional_id=making.person(actor), basis=Basis.TREATING, evidence="déclaration du patient"
    )


def test_the_team_shows_who_why_and_since_when_with_the_treating_physician_first(
    cast: Cast, jeanne: PatientId
) -> None:
    access = key(cast.nadia, jeanne)
    treat(access, cast.claire)
    physician, structure = access_room.team.care_team(access)
    assert (physician.name, physician.profession, physician.basis_label, physician.start, physician.is_structure) == (
        "Dr Claire Morel", "Médecin", "médecin traitant déclaré", clock.today(), False,
    )  # fmt: skip
    assert (structure.name, structure.is_structure) == ("Maison de santé des Tilleuls", True)


def test_an_author_is_not_of_the_team(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.paul, Basis.AUTHOR)
    assert [member.name for member in access_room.team.care_team(key(cast.claire, jeanne))] == [
        "Maison de santé des Tilleuls"
    ]


def test_adding_the_same_member_again_changes_nothing(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    for _ in range(3):
        access_room.team.add_member(
            access, professional_id=making.person(cast.paul), basis=Basis.CONSENT, evidence="accord oral"
        )
    assert CareTeamMembership.objects.filter(professional_id=cast.paul.professional_id).count() == 1
    assert key(cast.paul, jeanne).rule == Basis.CONSENT


def test_a_member_who_left_may_come_back(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.paul, Basis.CONSENT, end=clock.today() - 10 * DAY)
    access_room.team.add_member(
        key(cast.claire, jeanne), professional_id=making.person(cast.paul), basis=Basis.CONSENT, evidence="accord"
    )
    assert key(cast.paul, jeanne)
    assert CareTeamMembership.objects.filter(professional_id=cast.paul.professional_id).count() == 2


def test_a_new_treating_physician_ends_the_former_one_and_history_keeps_both(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.claire, Basis.TREATING)
    access = key(cast.nadia, jeanne)
    treat(access, cast.karim)
    current = [member.name for member in access_room.team.care_team(access) if member.basis == Basis.TREATING]
    past = [member.name for member in access_room.team.care_team(access, with_past=True) if member.basis == Basis.TREATING]
    assert current == ["Dr Karim Benali"]
    assert sorted(past) == ["Dr Claire Morel", "Dr Karim Benali"]


def test_two_declarations_on_one_day_leave_the_last_treating_physician_alone(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.nadia, jeanne)
    treat(access, cast.claire)
    treat(access, cast.karim)
    assert [each.name for each in access_room.team.care_team(access) if each.basis == Basis.TREATING] == ["Dr Karim Benali"]
    physician = access_room.team.treating_physician(access)
    assert physician is not None
    assert physician.name == "Dr Karim Benali"


def test_a_treating_physician_whose_end_is_already_known_is_replaced_all_the_same(
    cast: Cast, jeanne: PatientId
) -> None:
    making.link(jeanne, cast.claire, Basis.TREATING, start=clock.today() - DAY, end=clock.today() + 30 * DAY)
    access = key(cast.nadia, jeanne)
    treat(access, cast.karim)
    assert [each.name for each in access_room.team.care_team(access) if each.basis == Basis.TREATING] == ["Dr Karim Benali"]


def test_a_record_without_treating_physician_says_so(cast: Cast, jeanne: PatientId) -> None:
    assert access_room.team.treating_physician(key(cast.claire, jeanne)) is None


@pytest.mark.parametrize("begun", [0, -1, -300])
@pytest.mark.parametrize("end", [None, 0, 60])
def test_an_ended_link_no_longer_opens_at_the_next_request_and_is_kept(
    cast: Cast, jeanne: PatientId, begun: int, end: int | None
) -> None:
    today = clock.today()
    link = making.link(
        jeanne, cast.paul, Basis.CONSENT, start=today + begun * DAY, end=None if end is None else today + end * DAY
    )
    assert key(cast.paul, jeanne)
    access_room.team.end_membership(key(cast.claire, jeanne), link, reason="retrait du consentement")
    with pytest.raises(access_room.AccessDenied):
        key(cast.paul, jeanne)
    assert "retrait du consentement" in CareTeamMembership.objects.get(pk=link).evidence


@pytest.mark.django_db(transaction=True)
def test_a_link_is_ended_without_the_caller_thinking_of_a_transaction(cast: Cast) -> None:
    patient = making.patient()
    link = making.link(patient, cast.paul)
    access_room.team.end_membership(key(cast.paul, patient), link, reason="essai")
    with pytest.raises(access_room.AccessDenied):
        key(cast.paul, patient)


def test_a_long_ground_leaves_room_for_the_reason_of_the_end(cast: Cast, jeanne: PatientId) -> None:
    link = making.link(jeanne, cast.paul, Basis.CONSENT)
    CareTeamMembership.objects.filter(pk=link).update(evidence="e" * 300)
    access_room.team.end_membership(key(cast.claire, jeanne), link, reason="retrait")
    assert CareTeamMembership.objects.get(pk=link).evidence.endswith(" — fin\u202f: retrait")


def test_the_link_of_another_patient_is_not_ended(cast: Cast, jeanne: PatientId) -> None:
    other = making.patient()
    link = making.link(other, cast.paul)
    access_room.team.end_membership(key(cast.claire, jeanne), link, reason="essai")
    assert key(cast.paul, other)


def test_an_author_changes_no_team_and_reads_no_journal(cast: Cast, jeanne: PatientId) -> None:
    link = making.link(jeanne, cast.claire)
    making.link(jeanne, cast.paul, Basis.AUTHOR)
    access = key(cast.paul, jeanne)
    with pytest.raises(access_room.AccessDenied):
        treat(access, cast.paul)
    with pytest.raises(access_room.AccessDenied):
        access_room.team.end_membership(access, link, reason="essai")
    with pytest.raises(access_room.AccessDenied):
        access_room.journal.who_opened(access)


def test_the_journal_of_a_record_shows_readings_latest_first_and_no_refusal(cast: Cast, jeanne: PatientId) -> None:
    key(cast.nadia, jeanne)
    with pytest.raises(access_room.AccessDenied):
        key(cast.paul, jeanne)
    access = key(cast.claire, jeanne)
    shown = [(line.actor, line.action) for line in access_room.journal.who_opened(access)]
    assert shown == [
        ("Dr Claire Morel", "a consulté le dossier"), ("Nadia Lefèvre", "a consulté le dossier"),
    ]  # fmt: skip
    assert len(access_room.journal.who_opened(access, limit=1)) == 1
