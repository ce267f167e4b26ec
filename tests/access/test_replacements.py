from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.models import Account, Replacement
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId
from maillon.professionals.models import Attachment
from tests.access.deciding import denied, key, opens, paris, refused_with
from tests.conftest import Cast
from tests.documents import making

staff = access_room.team.staff
DAY = dt.timedelta(days=1)


def again(actor: Actor) -> Actor:
    """The actor as they are at the next request: whom they replace is asked each time."""
    assert actor.account_id is not None
    return access_room.sessions.actor_of_account(actor.account_id)


def absent(cast: Cast, by: Actor, *, start: int = 0, days: int = 7, replacing: Actor | None = None) -> int:
    today = clock.today()
    return staff.start_replacement(
        by, replaced_id=making.person(cast.claire), replacing_id=making.person(replacing) if replacing else None,
        start=today + start * DAY, end=today + (start + days) * DAY, reason="congés",
    )  # fmt: skip


@pytest.fixture
def of_claire(cast: Cast) -> PatientId:
    """A patient whom Claire follows, alone."""
    patient = making.patient()
    making.link(patient, cast.claire, "medecin_traitant")
    return patient


def test_whoever_replaces_holds_the_links_from_the_first_day_to_the_last(cast: Cast, of_claire: PatientId) -> None:
    today = clock.today()
    absent(cast, cast.claire, start=2, days=3, replacing=cast.paul)
    for day, opened in ((1, False), (2, True), (5, True), (6, False)):
        with time_machine.travel(paris(today + day * DAY, 0, 1), tick=False):
            assert opens(again(cast.paul), of_claire) is opened
    with time_machine.travel(paris(today + 3 * DAY), tick=False):
        reason = key(again(cast.paul), of_claire).reason
        assert "vous remplacez" in reason
        assert "Claire Morel" in reason
        assert opens(cast.claire, of_claire)


def test_nobody_names_themself_the_replacement(cast: Cast, of_claire: PatientId) -> None:
    """They would hold the links of the médecin traitant, without the one who is replaced knowing it."""
    karim = replace(cast.karim, is_administrator=True)
    refused_with("E-ACC-67", lambda: absent(cast, karim, replacing=karim))
    assert not opens(again(cast.karim), of_claire)
    absent(cast, cast.claire, replacing=cast.karim)
    assert opens(again(cast.karim), of_claire)


def test_a_replacement_ends_at_once_and_stays_written(cast: Cast, of_claire: PatientId) -> None:
    number = absent(cast, cast.claire, replacing=cast.paul)
    assert opens(again(cast.paul), of_claire)
    staff.end_replacement(again(cast.paul), number)
    assert not opens(again(cast.paul), of_claire)
    kept = Replacement.objects.values().get(pk=number)
    assert kept["ended_by"] == "Dr Paul Étranger"
    staff.end_replacement(cast.claire, number)
    assert Replacement.objects.values().get(pk=number) == kept


def test_a_replacement_of_a_replacement_opens_nothing(cast: Cast, of_claire: PatientId) -> None:
    absent(cast, cast.claire, replacing=cast.karim)
    staff.start_replacement(
        cast.karim, replaced_id=making.person(cast.karim), replacing_id=making.person(cast.paul),
        start=clock.today(), end=clock.today(), reason="formation",
    )  # fmt: skip
    assert opens(again(cast.karim), of_claire)
    assert not opens(again(cast.paul), of_claire)


def test_who_may_write_an_absence_down(cast: Cast) -> None:
    coordinator = replace(cast.sylvie, profession_code="330")
    administrator = replace(cast.nadia, is_administrator=True)
    elsewhere = replace(cast.paul, is_administrator=True)
    for refused in (cast.karim, cast.sylvie, cast.paul, elsewhere, replace(cast.claire, assurance=1)):
        denied(lambda refused=refused: absent(cast, refused))  # type: ignore[misc]
    numbers = {absent(cast, allowed) for allowed in (cast.claire, coordinator, administrator)}
    assert len(numbers) == 1
    for refused in (cast.karim, cast.paul):
        denied(lambda refused=refused: staff.end_replacement(refused, *numbers))  # type: ignore[misc]
    denied(lambda: staff.end_replacement(cast.claire, 10**9))


def test_an_absence_without_replacement_is_shown_and_opens_to_nobody(cast: Cast, of_claire: PatientId) -> None:
    absent(cast, cast.claire)
    (line,) = staff.of_members(key(cast.claire, of_claire))
    assert (line.replaced, line.replacing, line.is_current, line.reason) == ("Dr Claire Morel", "", True, "")
    assert not opens(again(cast.karim), of_claire)


def test_absences_that_cannot_be_are_refused(cast: Cast) -> None:
    refused_with("E-ACC-46", lambda: absent(cast, cast.claire, days=-1))
    refused_with("E-ACC-46", lambda: absent(cast, cast.claire, start=-5, days=2))
    refused_with("E-ACC-48", lambda: absent(cast, cast.claire, replacing=cast.nadia))
    refused_with("E-ACC-48", lambda: absent(cast, cast.claire, replacing=cast.claire))
    today, claire = clock.today(), making.person(cast.claire)
    refused_with(
        "E-ACC-47",
        lambda: staff.start_replacement(
            cast.claire, replaced_id=claire, replacing_id=None, start=today, end=today, reason=" "
        ),
    )
    assert not Replacement.objects.exists()
    number = absent(cast, cast.claire, replacing=cast.karim)
    refused_with("E-ACC-49", lambda: absent(cast, cast.claire, start=7, replacing=cast.paul))
    staff.end_replacement(cast.claire, number)
    assert absent(cast, cast.claire, start=7, replacing=cast.paul) != number


def test_the_absences_of_my_structure_and_their_reason_for_who_decides(cast: Cast) -> None:
    absent(cast, cast.claire, replacing=cast.karim)
    assert [line.reason for line in staff.replacements(cast.claire)] == ["congés"]
    (seen,) = staff.replacements(cast.nadia)
    assert (seen.reason, seen.may_end) == ("", False)
    (mine,) = staff.replacements(cast.karim)
    assert mine.may_end
    assert staff.replacements(cast.paul) == []


def test_the_circle_shows_the_absent_of_a_member_structure(cast: Cast, jeanne: PatientId) -> None:
    absent(cast, cast.claire, replacing=cast.karim)
    absent_elsewhere = staff.start_replacement(
        cast.paul, replaced_id=making.person(cast.paul), replacing_id=None, start=clock.today(), end=clock.today(),
        reason="congés",
    )  # fmt: skip
    shown = staff.of_members(key(cast.nadia, jeanne))
    assert [line.replaced for line in shown] == ["Dr Claire Morel"]
    assert absent_elsewhere not in [line.id for line in shown]


def test_an_arrival_opens_the_patients_of_the_structure_and_a_departure_closes_them(
    cast: Cast, jeanne: PatientId
) -> None:
    paul, today = making.person(cast.paul), clock.today()
    administrator = replace(cast.claire, is_administrator=True)
    denied(lambda: staff.arrive(cast.claire, paul, start=today))
    denied(lambda: staff.arrive(replace(cast.sylvie, profession_code="330"), paul, start=today))
    staff.arrive(administrator, paul, start=today)
    Account.objects.filter(pk=cast.paul.account_id).update(structure_id=cast.tilleuls_id)
    assert opens(again(cast.paul), jeanne)
    denied(lambda: staff.leave(cast.karim, paul, end=today))
    staff.leave(administrator, paul, end=today)
    assert opens(again(cast.paul), jeanne)
    with time_machine.travel(paris(today + DAY, 0, 1), tick=False):
        assert not opens(again(cast.paul), jeanne)
    assert Attachment.objects.filter(professional_id=paul, end=today).count() == 1


def test_nobody_inactive_arrives(cast: Cast) -> None:
    person = making.person(cast.paul)
    Attachment.objects.filter(professional_id=person).update(end=clock.today() - DAY)
    from maillon.professionals.models import Professional

    Professional.objects.filter(pk=person).update(is_active=False)
    administrator = replace(cast.claire, is_administrator=True)
    refused_with("E-ACC-48", lambda: staff.arrive(administrator, person, start=clock.today()))
