from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from maillon.access import api as access_room
from maillon.access import delays
from maillon.access.models import Delegation, DocumentMark
from maillon.documents import api as documents
from maillon.documents.events import DocumentAwaitsAnnouncement, DocumentFiled
from maillon.kernel import clock, events
from maillon.kernel.key import Access, Actor, PatientId
from tests.access.deciding import denied, key, minor, oneself, paris, refused_with, representative
from tests.conftest import Cast
from tests.documents import making

visibility = documents.visibility
Kind = DocumentMark.Kind
NOTE = "Le mineur s’oppose à l’information de ses parents."


def file(patient: PatientId, author: Actor | None = None, **changed: object) -> UUID:
    if author is not None:
        changed |= {"author": author.label, "author_national_id": author.national_id}
    return making.file(patient, making.filing(**changed)).uuid


def reads(actor: Actor, patient: PatientId, uuid: UUID) -> bool:
    try:
        return documents.read(key(actor, patient), uuid).uuid == uuid
    except access_room.AccessDenied:
        return False


# ------------------------------------------------------------------------------------------------ masking


def test_a_masked_document_is_read_by_its_author_and_the_patient_alone(cast: Cast, jeanne: PatientId) -> None:
    uuid = file(jeanne, cast.claire)
    patient = oneself(jeanne)
    visibility.mask(key(patient, jeanne), uuid)
    assert [reads(actor, jeanne, uuid) for actor in (cast.claire, patient, cast.karim, cast.nadia)] == [
        True, True, False, False,
    ]  # fmt: skip


def test_whoever_is_not_the_author_masks_at_the_patient_s_word_only(cast: Cast, jeanne: PatientId) -> None:
    """E-ACC-12."""
    uuid = file(jeanne, cast.claire)
    access = key(cast.karim, jeanne)
    for channel, proof in (("", ""), ("oral", " "), ("", "lettre"), ("pigeon", "lettre")):
        refused_with(
            "E-ACC-12",
            lambda channel=channel, proof=proof: visibility.mask(access, uuid, channel=channel, proof=proof),  # type: ignore[misc]
        )
    assert reads(cast.nadia, jeanne, uuid)
    visibility.mask(access, uuid, channel="oral", proof="dit en consultation ce jour")
    assert not reads(cast.nadia, jeanne, uuid)
    (mark,) = visibility.state(key(cast.claire, jeanne), uuid).marks
    assert (mark.channel, mark.proof, mark.set_by) == ("de vive voix", "dit en consultation ce jour", "Dr Karim Benali")


def test_the_author_masks_without_proof_and_unmasks(cast: Cast, jeanne: PatientId) -> None:
    uuid = file(jeanne, cast.claire)
    access = key(cast.claire, jeanne)
    visibility.mask(access, uuid)
    visibility.mask(access, uuid)
    (mark,) = visibility.state(access, uuid).marks
    visibility.lift(access, uuid, mark.id, reason="le patient a changé d’avis")
    visibility.lift(access, uuid, mark.id, reason="encore")
    assert reads(cast.karim, jeanne, uuid)
    (mark,) = visibility.state(access, uuid).marks
    assert (mark.is_current, mark.lift_reason, mark.lifted_by) == (
        False, "le patient a changé d’avis", "Dr Claire Morel",
    )  # fmt: skip


def test_every_version_is_masked_and_so_is_the_next_one(cast: Cast, jeanne: PatientId) -> None:
    def version(number: int) -> UUID:
        return file(
            jeanne, cast.claire, set_id="1.2.250.1.9.77", version_number=number,
            unique_id=f"1.2.250.1.9.77.{number}",
        )  # fmt: skip

    second, third = version(2), version(3)
    visibility.mask(key(oneself(jeanne), jeanne), third)
    fourth, first = version(4), version(1)
    for uuid in (first, second, third, fourth):
        assert not reads(cast.karim, jeanne, uuid)
        assert reads(cast.claire, jeanne, uuid)
    access = key(cast.claire, jeanne)
    (mark,) = visibility.state(access, fourth).marks
    visibility.lift(access, fourth, mark.id)
    assert all(reads(cast.karim, jeanne, uuid) for uuid in (first, second, third, fourth))


def test_a_document_that_one_may_not_read_is_not_marked(cast: Cast, jeanne: PatientId) -> None:
    uuid, other = file(jeanne, cast.claire), making.patient()
    making.link(other, cast.karim)
    visibility.mask(key(oneself(jeanne), jeanne), uuid)
    attempts: list[Callable[[Access], object]] = [
        lambda access: visibility.mask(access, uuid, channel="oral", proof="dit"),
        lambda access: visibility.hide_from_patient(access, uuid),
        lambda access: visibility.state(access, uuid),
        lambda access: visibility.lift(access, uuid, DocumentMark.objects.get().pk),
    ]
    for access in (key(cast.karim, jeanne), key(cast.karim, other)):
        for attempt in attempts:
            denied(lambda attempt=attempt, access=access: attempt(access))  # type: ignore[misc]


def test_a_carer_masks_nothing(cast: Cast, jeanne: PatientId) -> None:
    uuid = file(jeanne)
    denied(lambda: visibility.mask(key(representative(jeanne, Delegation.Kind.CARER), jeanne), uuid))
    visibility.mask(key(representative(jeanne), jeanne), uuid)
    assert not reads(cast.claire, jeanne, uuid)


# ------------------------------------------------------------------------------------------------ the announcement


def test_the_announcement_makes_a_document_visible_at_once(cast: Cast, jeanne: PatientId) -> None:
    uuid, patient = file(jeanne), oneself(jeanne)
    access = key(cast.claire, jeanne)
    visibility.hide_from_patient(access, uuid)
    visibility.hide_from_patient(access, uuid)
    (mark,) = visibility.state(access, uuid).marks
    assert not reads(patient, jeanne, uuid)
    visibility.lift(key(cast.karim, jeanne), uuid, mark.id, reason="annonce faite")
    assert reads(patient, jeanne, uuid)
    refused_with("E-ACC-60", lambda: visibility.hide_from_patient(access, uuid))
    with time_machine.travel(clock.now() + dt.timedelta(days=20)):
        assert visibility.invite_and_reveal() == 0


@pytest.mark.parametrize("who", ["sylvie", "patient", "parent"])
def test_only_a_health_professional_hides_from_the_patient(cast: Cast, jeanne: PatientId, who: str) -> None:
    uuid = file(jeanne, type_code="ATTEST-CV")
    actors = {"sylvie": cast.sylvie, "patient": oneself(jeanne), "parent": representative(jeanne)}
    denied(lambda: visibility.hide_from_patient(key(actors[who], jeanne), uuid))
    assert reads(actors["patient"], jeanne, uuid)


def test_the_invitation_is_announced_by_identifiers_alone(
    cast: Cast, jeanne: PatientId, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[events.Event] = []
    monkeypatch.setattr(events, "announce", announced.append)
    uuid = file(jeanne)
    visibility.hide_from_patient(key(cast.claire, jeanne), uuid)
    with time_machine.travel(clock.now() + dt.timedelta(days=15)):
        visibility.invite_and_reveal()
        visibility.invite_and_reveal()
        (mark,) = visibility.state(key(cast.claire, jeanne), uuid).marks
        assert mark.invited_at is not None
    told = [each for each in announced if not isinstance(each, DocumentFiled)]
    assert told == [DocumentAwaitsAnnouncement(document=uuid, patient=making.uuid_of(jeanne))]


# ------------------------------------------------------------------------------------------------ a minor's secret


def test_the_secret_of_a_minor_is_written_down_and_ends_in_writing(cast: Cast) -> None:
    patient = minor(cast, 12)
    uuid, parent = file(patient), representative(patient)
    access = key(cast.claire, patient)
    refused_with("E-ACC-63", lambda: visibility.keep_secret(access, uuid, note="  "))
    visibility.keep_secret(access, uuid, note=NOTE)
    assert not reads(parent, patient, uuid)
    assert reads(oneself(patient), patient, uuid)
    assert reads(cast.karim, patient, uuid)
    (mark,) = visibility.state(access, uuid).marks
    refused_with("E-ACC-66", lambda: visibility.lift(access, uuid, mark.id))
    denied(lambda: visibility.lift(key(oneself(patient), patient), uuid, mark.id, reason="moi"))
    visibility.lift(access, uuid, mark.id, reason="le mineur accepte que ses parents le sachent")
    assert reads(parent, patient, uuid)


def test_a_nurse_keeps_the_secret_from_sixteen_on_and_nobody_does_for_an_adult(cast: Cast) -> None:
    young, old, adult = minor(cast, 15), minor(cast, 16), minor(cast, 18)
    refused_with("E-ACC-62", lambda: visibility.keep_secret(key(cast.nadia, young), file(young), note=NOTE))
    visibility.keep_secret(key(cast.nadia, old), file(old), note=NOTE)
    refused_with("E-ACC-61", lambda: visibility.keep_secret(key(cast.claire, adult), file(adult), note=NOTE))
    assert not visibility.state(key(cast.claire, adult), file(adult)).may.keep_secret
    denied(lambda: visibility.keep_secret(key(cast.sylvie, old), file(old, type_code="ATTEST-CV"), note=NOTE))


# ------------------------------------------------------------------------------------------------ one named person


@pytest.mark.parametrize("confidentiality", ["R", "V"])
def test_a_restricted_document_is_opened_to_one_named_professional(
    cast: Cast, jeanne: PatientId, confidentiality: str
) -> None:
    making.link(jeanne, cast.claire, "medecin_traitant")
    making.link(jeanne, cast.paul)
    uuid = file(jeanne, confidentiality=confidentiality)
    denied(lambda: visibility.open_to_named(key(cast.karim, jeanne), uuid, professional_id=making.person(cast.karim)))
    access = key(cast.claire, jeanne)
    visibility.open_to_named(access, uuid, professional_id=making.person(cast.paul), reason="avis demandé")
    assert [reads(actor, jeanne, uuid) for actor in (cast.claire, cast.paul, cast.karim)] == [True, True, False]
    denied(lambda: visibility.open_to_named(key(cast.paul, jeanne), uuid, professional_id=making.person(cast.karim)))
    (mark,) = visibility.state(access, uuid).marks
    assert (mark.about, mark.reason) == ("Dr Paul Étranger", "avis demandé")
    visibility.lift(access, uuid, mark.id)
    assert not reads(cast.paul, jeanne, uuid)


def test_opening_a_normal_document_or_to_nobody_is_refused(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.claire, "medecin_traitant")
    access, karim = key(cast.claire, jeanne), making.person(cast.karim)
    refused_with(
        "E-ACC-64", lambda: visibility.open_to_named(access, file(jeanne), professional_id=karim)
    )
    uuid = file(jeanne, confidentiality="V")
    refused_with(
        "E-ACC-65",
        lambda: visibility.open_to_named(access, uuid, professional_id=type(karim)(10**9)),
    )


def test_naming_somebody_outside_the_team_opens_no_record(cast: Cast, jeanne: PatientId) -> None:
    uuid = file(jeanne, cast.claire, confidentiality="V")
    visibility.open_to_named(key(cast.claire, jeanne), uuid, professional_id=making.person(cast.paul))
    denied(lambda: key(cast.paul, jeanne))


# ------------------------------------------------------------------------------------------------ the table


@pytest.mark.parametrize(
    ("who", "able"),
    [
        ("claire", {"mask", "hide", "keep_secret"}),
        ("nadia", {"mask", "hide", "keep_secret"}),
        ("sylvie", {"mask"}),
        ("patient", {"mask", "mask_without_proof", "unmask", "open_to_named"}),
        ("parent", {"mask", "mask_without_proof", "unmask", "open_to_named"}),
        ("carer", set()),
    ],
)
def test_what_each_may_do_of_one_document(cast: Cast, jeanne: PatientId, who: str, able: set[str]) -> None:
    actors = {
        "patient": oneself(jeanne), "parent": representative(jeanne),
        "carer": representative(jeanne, Delegation.Kind.CARER),
    }  # fmt: skip
    held = access_room.abilities(key(actors.get(who) or getattr(cast, who), jeanne))
    names = {"mask", "mask_without_proof", "unmask", "hide", "keep_secret", "open_to_named"}
    assert {name for name in names if getattr(held, name)} == able
    assert held.any_on_document is bool(able)


def test_an_author_outside_the_team_decides_of_what_they_wrote(cast: Cast, jeanne: PatientId) -> None:
    uuid = file(jeanne, cast.paul)
    access = key(cast.paul, jeanne)
    assert access.scope == "authored"
    visibility.hide_from_patient(access, uuid)
    visibility.mask(access, uuid)
    assert not reads(cast.claire, jeanne, uuid)
    assert not reads(oneself(jeanne), jeanne, uuid)


# ------------------------------------------------------------------------------------------------ delays


@given(st.dates(min_value=dt.date(2026, 1, 1), max_value=dt.date(2200, 1, 1)))
def test_a_month_later_is_the_same_day_or_the_last_one(day: dt.date) -> None:
    later = delays.after(delays.ANNOUNCEMENT, day)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == 1
    assert later.day == day.day or (later.day < day.day and (later + dt.timedelta(days=1)).day == 1)
    assert 28 <= (later - day).days <= 31
    assert delays.after(delays.INVITATION, day) - day == dt.timedelta(days=14)
    assert delays.after(delays.INVITATION, day) < later


@given(st.dates(min_value=dt.date(2026, 1, 1), max_value=dt.date(2200, 1, 1)))
def test_a_day_begins_at_midnight_in_paris(day: dt.date) -> None:
    begun = delays.midnight(day)
    assert clock.in_paris(begun).date() == day
    assert clock.in_paris(begun - dt.timedelta(seconds=1)).date() == day - dt.timedelta(days=1)
    assert begun == paris(day, 0, 0)


def test_a_new_value_of_a_delay_holds_from_its_day_on() -> None:
    read = delays.delays()
    (old,) = [each for each in read.delais if each.nom == delays.VISIT]
    new = delays.Delay(
        nom=delays.VISIT, sens="", jours=60, mois=0, depuis=dt.date(2030, 1, 1), reference="", provenance="local"
    )
    changed = delays.Delays(**{name: getattr(read, name) for name in read.__slots__} | {"delais": (new, old)})
    assert changed.in_force(delays.VISIT, on=dt.date(2029, 12, 31)) is old
    assert changed.in_force(delays.VISIT, on=dt.date(2030, 1, 1)) is new
    assert changed.in_force(delays.VISIT, on=dt.date(2001, 1, 1)) is old
