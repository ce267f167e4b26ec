from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.models import CareTeamMembership
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, Purpose, StructureId
from maillon.kernel.message import UserMessage
from tests.conftest import Cast
from tests.documents import making

DAY = dt.timedelta(days=1)
Basis = access_room.Basis


def key(actor: Actor, patient: PatientId) -> Access:
    return access_room.open_record(actor, patient, purpose=Purpose.CARE)


def refused_with(code: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(UserMessage) as refusal:
        attempt()
    assert refusal.value.code == code


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
    assert treating(access) == ["Dr Karim Benali"]
    assert sorted(treating(access, with_past=True)) == ["Dr Claire Morel", "Dr Karim Benali"]


def test_two_declarations_on_one_day_leave_the_last_treating_physician_alone(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.nadia, jeanne)
    treat(access, cast.claire)
    treat(access, cast.karim)
    assert treating(access) == ["Dr Karim Benali"]
    physician = access_room.team.treating_physician(access)
    assert physician is not None
    assert physician.name == "Dr Karim Benali"


def test_a_treating_physician_whose_end_is_already_known_is_replaced_all_the_same(
    cast: Cast, jeanne: PatientId
) -> None:
    making.link(jeanne, cast.claire, Basis.TREATING, start=clock.today() - DAY, end=clock.today() + 30 * DAY)
    access = key(cast.nadia, jeanne)
    treat(access, cast.karim)
    assert treating(access) == ["Dr Karim Benali"]


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
    kept = CareTeamMembership.objects.get(pk=link)
    assert (kept.end_reason, kept.ended_by, kept.evidence) == ("retrait du consentement", "Dr Claire Morel", "")
    assert kept.end == (None if end is None else today + end * DAY)


@pytest.mark.django_db(transaction=True)
def test_a_link_is_ended_without_the_caller_thinking_of_a_transaction(cast: Cast) -> None:
    patient = making.patient()
    link = making.link(patient, cast.paul)
    access_room.team.end_membership(key(cast.paul, patient), link, reason="essai")
    with pytest.raises(access_room.AccessDenied):
        key(cast.paul, patient)


def test_an_end_is_written_once_and_rewrites_nothing(cast: Cast, jeanne: PatientId) -> None:
    link = making.link(jeanne, cast.paul, Basis.CONSENT)
    access_room.team.end_membership(key(cast.claire, jeanne), link, reason="retrait")
    first = CareTeamMembership.objects.values().get(pk=link)
    access_room.team.end_membership(key(cast.nadia, jeanne), link, reason="encore")
    assert CareTeamMembership.objects.values().get(pk=link) == first


def test_an_end_says_why(cast: Cast, jeanne: PatientId) -> None:
    link = making.link(jeanne, cast.paul)
    refused_with("E-ACC-44", lambda: access_room.team.end_membership(key(cast.claire, jeanne), link, reason="  "))
    assert key(cast.paul, jeanne)


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


def test_the_past_of_the_team_says_who_ended_what_and_why(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    link = making.link(jeanne, cast.paul)
    access_room.team.end_membership(access, link, reason="a déménagé")
    assert cast.paul.professional_id not in [each.professional_id for each in access_room.team.care_team(access)]
    past = [each for each in access_room.team.care_team(access, with_past=True) if not each.is_current]
    assert [(each.name, each.ended_by, each.end_reason) for each in past] == [
        ("Dr Paul Étranger", "Dr Claire Morel", "a déménagé")
    ]


def test_a_mandate_has_an_end_and_closes_on_the_next_day(cast: Cast, jeanne: PatientId) -> None:
    access, today = key(cast.claire, jeanne), clock.today()

    def mandate(end: dt.date | None) -> None:
        access_room.team.add_member(
            access, structure_id=StructureId(cast.elsewhere_id), basis=Basis.MANDATE, evidence="mandat du DAC", end=end
        )

    refused_with("E-ACC-41", lambda: mandate(None))
    refused_with("E-ACC-42", lambda: mandate(today - DAY))
    mandate(today + 2 * DAY)
    with time_machine.travel(paris(today + 2 * DAY, 23, 59), tick=False):
        assert key(cast.paul, jeanne)
    with time_machine.travel(paris(today + 3 * DAY, 0, 1), tick=False), pytest.raises(access_room.AccessDenied):
        key(cast.paul, jeanne)


def test_a_visit_opens_ninety_days_before_it_and_after_it(cast: Cast, jeanne: PatientId) -> None:
    visit = clock.today() + 30 * DAY
    access_room.team.note_visit(
        key(cast.claire, jeanne), professional_id=making.person(cast.paul), day=visit, evidence="rendez-vous pris"
    )
    assert key(cast.paul, jeanne)
    for day, opens in ((90, True), (91, False)):
        with time_machine.travel(paris(visit + day * DAY, 12, 0), tick=False):
            assert is_open(cast.paul, jeanne) is opens
    (link,) = CareTeamMembership.objects.filter(professional_id=cast.paul.professional_id)
    assert (link.start, link.end) == (visit - 90 * DAY, visit + 90 * DAY)


def test_a_link_names_one_member_and_its_ground(cast: Cast, jeanne: PatientId) -> None:
    access, paul = key(cast.claire, jeanne), making.person(cast.paul)
    add = access_room.team.add_member
    refused_with("E-ACC-40", lambda: add(access, professional_id=paul, basis=Basis.PATIENT, evidence=" "))
    refused_with("E-ACC-45", lambda: add(access, basis=Basis.PATIENT, evidence="demande"))
    refused_with(
        "E-ACC-45",
        lambda: add(
            access, professional_id=paul, structure_id=StructureId(cast.elsewhere_id), basis=Basis.PATIENT, evidence="x"
        ),
    )
    assert not is_open(cast.paul, jeanne)


def test_the_declared_treating_physician_is_a_physician(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    refused_with("E-ACC-43", lambda: treat(access, cast.nadia))
    assert access_room.team.treating_physician(access) is None


def test_neither_consent_nor_break_glass_lets_anybody_change_the_team(cast: Cast, jeanne: PatientId) -> None:
    access_room.consents.consent(
        key(cast.claire, jeanne), professional_id=making.person(cast.paul), channel="oral",
        text_version="consentement-2026-01",
    )  # fmt: skip
    outside = key(cast.paul, jeanne)
    with pytest.raises(access_room.AccessDenied):
        access_room.team.add_member(
            outside, professional_id=making.person(cast.paul), basis=Basis.PATIENT, evidence="moi-même"
        )
    consented = replace(outside.facts, consented=False, glass=True)
    assert not access_room.abilities(replace(outside, facts=consented)).change_circle


def treating(access: Access, *, with_past: bool = False) -> list[str]:
    team = access_room.team.care_team(access, with_past=with_past)
    return [member.name for member in team if member.basis == Basis.TREATING]


def paris(day: dt.date, hour: int, minute: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=clock.PARIS)


def is_open(actor: Actor, patient: PatientId) -> bool:
    try:
        return bool(key(actor, patient))
    except access_room.AccessDenied:
        return False
