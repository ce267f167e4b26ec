"""Who may knock at the patient's door, how they come in, and what each refusal says."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maillon.access import api as access_room
from maillon.access import contacts, visitors
from maillon.access import patient_door as door
from maillon.access.models import Delegation, DoorChallenge, JournalEntry, Visitor, VisitorSession
from maillon.documents import api as documents
from maillon.kernel import clock, sql
from maillon.kernel.key import PatientId
from maillon.kernel.message import UserMessage
from maillon.kernel.models import Job
from tests.access.test_emergency import broken, typed
from tests.access.visiting import MAIL, PHONE, Telephone, come_in, half_way, key, own_key, standing_of, telephone
from tests.conftest import Cast
from tests.documents import making

__all__ = ["telephone"]
BORN = dt.date(1952, 2, 1)
PARENT = visitors.Person(
    family_name="Martin", given_name="Paule", birth_date=dt.date(1985, 5, 5), email="paule@exemple.test", phone=PHONE
)


@pytest.fixture
def jeanne(cast: Cast) -> PatientId:
    patient = making.patient("MARTIN")
    making.link(patient, cast.tilleuls_id, access_room.Basis.STRUCTURE)
    return patient


def born(patient: PatientId) -> dt.date:
    found = sql.row("SELECT birth_date FROM patients_patient WHERE id = %s", (patient,))
    assert found is not None
    day: dt.date = found[0]
    return day


def child(cast: Cast, *, age: int) -> PatientId:
    today = clock.today()
    patient = making.patient("MARTIN", given="LEO", born=today.replace(year=today.year - age, day=1, month=1))
    making.link(patient, cast.tilleuls_id, access_room.Basis.STRUCTURE)
    return patient


def invite(cast: Cast, patient: PatientId, *, email: str = MAIL, phone: str = PHONE) -> visitors.Invited:
    return visitors.invite(key(cast.sylvie, patient), email=email, phone=phone, identity_proof="carte d’identité")


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(UserMessage) as refused:
        act()
    return refused.value.code


# ------------------------------------------------------------------------------------------------ letting in


def test_the_secretary_opens_the_door_and_the_patient_is_told(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invited = invite(cast, jeanne)
    assert invited.first_code == ""
    (note,) = telephone.notes()
    assert (note["to"], note["channel"]) == (MAIL, "courriel")
    assert "MARTIN" not in note["text"]
    shown = visitors.door_of(key(cast.claire, jeanne))
    assert shown is not None
    assert (shown.phone, shown.invited_by) == ("0612345678", "Sylvie Caron")


def test_only_the_team_opens_a_door(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    mine = own_key(come_in(telephone, birth_date=born(jeanne)))
    with pytest.raises(access_room.AccessDenied):
        visitors.invite(mine, email=MAIL, phone="", identity_proof="moi-même")


def test_an_emergency_opens_no_door_that_outlasts_it(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    access = broken(cast.paul, typed(jeanne))
    contact = {"email": "paul@ailleurs.test", "phone": "07 11 22 33 44"}
    guardian = replace(PARENT, **contact)
    acts: tuple[Callable[[], object], ...] = (
        lambda: visitors.invite(access, **contact, identity_proof="carte vitale vue"),
        lambda: visitors.invite_representative(access, guardian, kind="tuteur", evidence="jugement"),
        lambda: visitors.close_door(access),
        lambda: visitors.end_delegation(access, 1),
    )
    for act in acts:
        with pytest.raises(access_room.AccessDenied):
            act()
    assert (Visitor.objects.get().email, Visitor.objects.get().is_active) == (MAIL, True)
    visitors.close_door(key(cast.sylvie, jeanne))
    assert not Visitor.objects.get().is_active


def test_whoever_held_the_former_contact_is_told_that_it_was_changed(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    invite(cast, jeanne)
    assert "changé" not in " ".join(each["text"] for each in telephone.notes()), "the same contacts"
    invite(cast, jeanne, email="neuf@exemple.test", phone="07 11 22 33 44")
    told = [each for each in telephone.notes() if "vient d’être changé" in each["text"]]
    assert [each["to"] for each in told] == [MAIL]
    row = Visitor.objects.get()
    assert (row.email, row.former_email, row.former_phone) == ("neuf@exemple.test", "", "")


def test_each_mistake_of_an_invitation_is_told(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.sylvie, jeanne)

    def tried(email: str, phone: str, proof: str = "carte d’identité") -> str:
        return refusal(lambda: visitors.invite(access, email=email, phone=phone, identity_proof=proof))

    assert tried("", "") == "E-POR-02"
    assert tried("pas une adresse", "") == "E-POR-03"
    assert tried("", "01 23 45 67 89") == "E-POR-04"  # a landline takes no SMS
    assert tried(MAIL, "", proof=" ") == "E-POR-05"
    assert not Visitor.objects.exists()
    assert invite(cast, jeanne).visitor_id


@pytest.mark.parametrize("typed", ["06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678", "06.12.34.56.78"])
def test_a_phone_is_one_number_however_it_is_typed(typed: str) -> None:
    assert contacts.spelled_phone(typed) == "0612345678"


def test_one_contact_and_one_birth_date_are_one_person(cast: Cast, jeanne: PatientId) -> None:
    invite(cast, jeanne)
    twin = visitors.Person(family_name="Autre", given_name="Jeanne", birth_date=born(jeanne), email=MAIL, phone=PHONE)
    minor = child(cast, age=10)
    access = key(cast.sylvie, minor)
    assert refusal(lambda: visitors.invite_representative(access, twin, kind="parent", evidence="livret")) == "E-POR-07"


# ------------------------------------------------------------------------------------------------ coming in


def test_the_link_then_the_code_open_the_record(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    visiting = come_in(telephone, birth_date=born(jeanne))
    assert visiting.is_in
    assert own_key(visiting).rule == "patient"
    row = JournalEntry.objects.latest("id")
    assert (row.actor_kind, row.assurance, row.decision) == ("patient", 2, "allow")


def test_one_factor_opens_nothing(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    standing = standing_of(half_way(telephone, birth_date=born(jeanne)))
    assert not standing.is_in
    with pytest.raises(access_room.AccessDenied):
        own_key(standing)
    assert JournalEntry.objects.latest("id").rule == "A01"
    assert visitors.records_of(standing.actor) == []


def test_the_token_changes_with_the_second_factor(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    former = half_way(telephone, birth_date=born(jeanne))
    standing = standing_of(former)
    door.send_code(standing, address="192.0.2.1")
    door.prove_by_code(standing, telephone.code())
    assert door.visiting_of(former) is None


def test_by_phone_first_the_mail_is_the_second_factor(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    handle = door.knock(PHONE, born(jeanne), address="192.0.2.1")
    standing = standing_of(door.enter_by_code(handle, telephone.code()))
    assert door.next_step(standing) == "courriel"
    door.send_code(standing, address="192.0.2.1")
    assert telephone.notes()[-1]["to"] == MAIL
    assert standing_of(door.prove_by_code(standing, telephone.code())).is_in


def test_a_link_is_used_once_and_ten_minutes(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    door.knock(MAIL, born(jeanne), address="192.0.2.1")
    link = telephone.link()
    door.enter_by_link(link)
    assert refusal(lambda: door.enter_by_link(link)) == "E-POR-01"
    door.knock(MAIL, born(jeanne), address="192.0.2.1")
    late = telephone.link()
    with time_machine.travel(clock.now() + dt.timedelta(minutes=10, seconds=1), tick=False):
        assert refusal(lambda: door.enter_by_link(late)) == "E-POR-01"
    assert refusal(lambda: door.enter_by_link("rien")) == "E-POR-01"


def test_five_guesses_and_the_right_code_is_worth_nothing(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    handle = door.knock(PHONE, born(jeanne), address="192.0.2.1")
    right = telephone.code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        assert refusal(lambda: door.enter_by_code(handle, wrong)) == "E-POR-01"
    assert refusal(lambda: door.enter_by_code(handle, right)) == "E-POR-01"
    again = door.knock(PHONE, born(jeanne), address="192.0.2.1")
    assert door.enter_by_code(again, telephone.code())


def test_the_code_of_one_session_is_not_that_of_another(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    mine = standing_of(half_way(telephone, birth_date=born(jeanne)))
    other = standing_of(half_way(telephone, birth_date=born(jeanne)))
    door.send_code(mine, address="192.0.2.1")
    code = telephone.code()
    assert refusal(lambda: door.prove_by_code(other, code)) == "E-POR-01"
    first = DoorChallenge.objects.filter(session_id=mine.session_id).get()
    assert refusal(lambda: door.enter_by_code(first.handle, code)) == "E-POR-01"  # a second factor is no first one


def test_with_one_contact_a_phrase_is_chosen_with_the_code_given_by_hand(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    code = invite(cast, jeanne, phone="").first_code
    standing = standing_of(half_way(telephone, birth_date=born(jeanne)))
    assert door.next_step(standing) == "premier_code"
    assert refusal(lambda: door.choose_phrase(standing, code, "court")) == "E-POR-10"
    assert refusal(lambda: door.choose_phrase(standing, "00000000", "trois mots simples")) == "E-POR-09"
    assert standing_of(door.choose_phrase(standing, code, "trois mots simples")).is_in
    again = standing_of(half_way(telephone, birth_date=born(jeanne)))
    assert door.next_step(again) == "phrase"
    assert standing_of(door.prove_by_phrase(again, "trois mots simples")).is_in


def test_guessing_codes_closes_the_door_for_a_while_however_many_are_sent(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    visiting = standing_of(half_way(telephone, birth_date=born(jeanne)))
    for _ in range(2):
        door.send_code(visiting, address="192.0.2.1")
        right = telephone.code()
        for wrong in ("000000" if right != "000000" else "111111",) * 3:
            assert refusal(lambda wrong=wrong: door.prove_by_code(visiting, wrong)) == "E-POR-01"  # type: ignore[misc]
    locked_until = Visitor.objects.get().locked_until
    assert locked_until is not None
    assert refusal(lambda: door.prove_by_code(visiting, right)) == "E-POR-01"
    with time_machine.travel(locked_until + dt.timedelta(seconds=1), tick=False):
        assert standing_of(door.prove_by_code(visiting, right)).is_in
    assert Visitor.objects.get().failed_attempts == 0


def test_guessing_the_phrase_closes_the_door_for_a_while(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    code = invite(cast, jeanne, phone="").first_code
    door.choose_phrase(standing_of(half_way(telephone, birth_date=born(jeanne))), code, "trois mots simples")
    standing = standing_of(half_way(telephone, birth_date=born(jeanne)))
    for _ in range(5):
        assert refusal(lambda: door.prove_by_phrase(standing, "autre chose")) == "E-POR-09"
    assert refusal(lambda: door.prove_by_phrase(standing, "trois mots simples")) == "E-POR-09"
    with time_machine.travel(clock.now() + dt.timedelta(minutes=2), tick=False):
        assert door.prove_by_phrase(standing, "trois mots simples")


def test_fifteen_idle_minutes_end_the_session(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    standing = standing_of(half_way(telephone, birth_date=born(jeanne)))
    door.send_code(standing, address="192.0.2.1")
    token = door.prove_by_code(standing, telephone.code())
    start = clock.now()
    for minutes in (14, 28):  # still there: each page counts
        with time_machine.travel(start + dt.timedelta(minutes=minutes), tick=False):
            assert door.visiting_of(token) is not None
    with time_machine.travel(start + dt.timedelta(minutes=43, seconds=1), tick=False):
        assert door.visiting_of(token) is None


# ------------------------------------------------------------------------------------------------ enumeration


def test_known_and_unknown_cost_the_same_statements(cast: Cast, jeanne: PatientId) -> None:
    invite(cast, jeanne)

    def statements(contact: str, day: dt.date | None) -> list[str]:
        with CaptureQueriesContext(connection) as seen:
            door.knock(contact, day, address="192.0.2.7")
        texts = [each["sql"].split("VALUES")[0].split("WHERE")[0] for each in seen.captured_queries]
        return [text for text in texts if "SAVEPOINT" not in text]

    known = statements(MAIL, born(jeanne))
    assert known == statements("personne@exemple.test", born(jeanne)) == statements(MAIL, BORN)
    assert known == statements("@@@", None)
    assert Job.objects.filter(kind__endswith=".send_challenge").count() == 4  # promised alike, whoever knocked


def test_nothing_is_sent_to_who_is_not_recognised(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    before = len(telephone.notes())
    for contact, day in ((MAIL, BORN), ("personne@exemple.test", born(jeanne)), ("0611111111", born(jeanne))):
        door.knock(contact, day, address="192.0.2.1")
    assert len(telephone.notes()) == before


def test_too_many_knocks_are_answered_alike_and_send_nothing(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    before = len(telephone.notes())
    for _ in range(door.MOST_PER_CONTACT + 3):
        assert isinstance(door.knock(MAIL, born(jeanne), address="192.0.2.1"), uuid.UUID)
    assert len(telephone.notes()) == before + door.MOST_PER_CONTACT
    with time_machine.travel(clock.now() + door.WINDOW, tick=False):
        door.knock(MAIL, born(jeanne), address="192.0.2.1")
        assert len(telephone.notes()) == before + door.MOST_PER_CONTACT + 1


def test_what_is_kept_says_neither_the_code_nor_the_contact(
    cast: Cast, jeanne: PatientId, telephone: Telephone
) -> None:
    invite(cast, jeanne)
    door.knock(PHONE, born(jeanne), address="192.0.2.1")
    code = telephone.code()
    row = DoorChallenge.objects.latest("id")
    assert bytes(row.sealed) == b""  # once it is sent
    assert all(code.encode() not in bytes(value) for value in (row.secret_hash, row.contact_hash, row.address_hash))


def test_who_knocked_is_forgotten_after_a_day(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    come_in(telephone, birth_date=born(jeanne))
    assert DoorChallenge.objects.count() == 2
    with time_machine.travel(clock.now() + dt.timedelta(days=2), tick=False):
        door.knock("personne@exemple.test", BORN, address="192.0.2.1")
        telephone.notes()
    assert DoorChallenge.objects.count() == 1
    assert not VisitorSession.objects.exists()


# ------------------------------------------------------------------------------------------------ delegations


def test_a_parent_enters_until_the_eve_of_the_eighteenth_birthday(cast: Cast, telephone: Telephone) -> None:
    minor = child(cast, age=17)
    invited = visitors.invite_representative(
        key(cast.sylvie, minor), PARENT, kind="parent", evidence="livret de famille"
    )
    delegation = Delegation.objects.get(visitor_id=invited.visitor_id)
    eighteen = born(minor).replace(year=born(minor).year + 18)
    assert delegation.end == eighteen - dt.timedelta(days=1)
    visiting = come_in(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test")
    assert own_key(visiting).rule == "representant"
    midnight = dt.datetime.combine(eighteen, dt.time(), clock.PARIS)
    with time_machine.travel(midnight - dt.timedelta(seconds=1), tick=False):
        assert own_key(visiting).rule == "representant"
    with time_machine.travel(midnight, tick=False), pytest.raises(access_room.AccessDenied):
        own_key(visiting)


def test_a_guardian_of_a_minor_too_until_another_judgment(cast: Cast, telephone: Telephone) -> None:
    minor = child(cast, age=17)
    visitors.invite_representative(key(cast.sylvie, minor), PARENT, kind="tuteur", evidence="jugement de tutelle")
    assert Delegation.objects.get().end == visitors.eve_of_majority(born(minor))
    adult = child(cast, age=40)
    other = replace(PARENT, given_name="Luc", email="luc@exemple.test", phone="07 11 22 33 44")
    visitors.invite_representative(key(cast.sylvie, adult), other, kind="tuteur", evidence="jugement de tutelle")
    assert Delegation.objects.get(patient_id=adult).end is None


def test_parents_are_not_told_that_a_minor_s_secret_waits(cast: Cast, telephone: Telephone) -> None:
    minor = child(cast, age=15)
    making.link(minor, cast.claire, access_room.Basis.TREATING)
    visitors.invite_representative(key(cast.sylvie, minor), PARENT, kind="parent", evidence="livret de famille")
    secret, other = (making.file(minor, making.filing(title=each)).uuid for each in ("Un secret", "Un autre"))
    of_claire = key(cast.claire, minor)
    documents.visibility.keep_secret(of_claire, secret, note="s’oppose, informée")
    documents.visibility.hide_from_patient(of_claire, secret, reason="annonce")
    before = len(telephone.notes())
    with time_machine.travel(clock.now() + dt.timedelta(days=15), tick=False):
        documents.visibility.invite_and_reveal()
        assert len(telephone.notes()) == before
    documents.visibility.hide_from_patient(of_claire, other, reason="annonce")
    with time_machine.travel(clock.now() + dt.timedelta(days=15), tick=False):
        documents.visibility.invite_and_reveal()
        assert [each["to"] for each in telephone.notes()[before:]] == ["paule@exemple.test"]


def test_a_parent_of_somebody_of_age_is_refused(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.sylvie, jeanne)
    assert (
        refusal(lambda: visitors.invite_representative(access, PARENT, kind="parent", evidence="livret")) == "E-POR-06"
    )
    assert visitors.invite_representative(access, PARENT, kind="tuteur", evidence="jugement du 2 mars").visitor_id


@pytest.mark.parametrize(
    ("birth", "eve"), [("2008-02-29", "2026-02-28"), ("2008-03-31", "2026-03-30"), ("2008-01-01", "2025-12-31")]
)
def test_the_eve_of_majority(birth: str, eve: str) -> None:
    assert visitors.eve_of_majority(dt.date.fromisoformat(birth)) == dt.date.fromisoformat(eve)


def test_the_patient_names_a_carer_and_dismisses_them(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne, email="jeanne2@exemple.test", phone="07 00 00 00 01")
    me = come_in(telephone, birth_date=born(jeanne), contact="jeanne2@exemple.test")
    carer = visitors.name_carer(own_key(me), PARENT)
    assert carer.visitor_id
    visiting = come_in(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test")
    theirs = own_key(visiting)
    assert [line.name for line in visitors.delegations(theirs)] == ["Paule Martin"]
    with pytest.raises(access_room.AccessDenied):
        visitors.name_carer(theirs, PARENT)  # who represents does not let others in
    (line,) = visitors.delegations(own_key(me))
    visitors.end_delegation(own_key(me), line.id)
    with pytest.raises(access_room.AccessDenied):
        own_key(visiting)


def test_neither_a_minor_nor_a_parent_ends_the_parent_s_delegation(cast: Cast, telephone: Telephone) -> None:
    minor = child(cast, age=16)
    visitors.invite_representative(key(cast.sylvie, minor), PARENT, kind="parent", evidence="livret de famille")
    invite(cast, minor, email="leo@exemple.test", phone="07 00 00 00 09")
    leo = own_key(come_in(telephone, birth_date=born(minor), contact="leo@exemple.test"))
    parent = own_key(come_in(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test"))
    for access in (leo, parent):
        (line,) = visitors.delegations(access)
        with pytest.raises(access_room.AccessDenied):
            visitors.end_delegation(access, line.id)
    visitors.end_delegation(key(cast.sylvie, minor), line.id)
    assert visitors.delegations(leo) == []


def test_a_parent_of_two_children_has_one_door(cast: Cast, telephone: Telephone) -> None:
    elder, younger = child(cast, age=12), child(cast, age=5)
    first = visitors.invite_representative(key(cast.sylvie, elder), PARENT, kind="parent", evidence="livret de famille")
    second = visitors.invite_representative(
        key(cast.sylvie, younger), PARENT, kind="parent", evidence="livret de famille"
    )
    assert first.visitor_id == second.visitor_id
    visiting = come_in(telephone, birth_date=dt.date(1985, 5, 5), contact="paule@exemple.test")
    assert {line.patient_id for line in visitors.records_of(visiting.actor)} == {elder, younger}
    stranger = making.patient()
    door.put_on_screen(visiting, stranger)
    assert VisitorSession.objects.get(pk=visiting.session_id).record_id == visiting.actor.patient_id
    other = younger if visiting.actor.patient_id == elder else elder
    door.put_on_screen(visiting, other)
    assert VisitorSession.objects.get(pk=visiting.session_id).record_id == other


def test_a_closed_door_ends_its_sessions_at_once(cast: Cast, jeanne: PatientId, telephone: Telephone) -> None:
    invite(cast, jeanne)
    token = half_way(telephone, birth_date=born(jeanne))
    visitors.close_door(key(cast.claire, jeanne))
    assert door.visiting_of(token) is None
    before = len(telephone.notes())
    door.knock(MAIL, born(jeanne), address="192.0.2.1")
    assert len(telephone.notes()) == before
