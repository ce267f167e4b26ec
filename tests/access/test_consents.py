from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.models import Delegation, Wish
from maillon.kernel import clock
from maillon.kernel.key import Access, PatientId, Purpose, StructureId
from tests.access.deciding import (
    CONSENT,
    INFORMATION,
    denied,
    key,
    oneself,
    opens,
    refused_with,
    representative,
)
from tests.conftest import Cast
from tests.documents import making

Basis = access_room.Basis
consents = access_room.consents
HOUR = dt.timedelta(hours=1)


def consent_to_paul(access: Access, cast: Cast, *, channel: str = "oral", text: str = CONSENT, proof: str = "") -> int:
    return consents.consent(
        access, professional_id=making.person(cast.paul), channel=channel, text_version=text, proof=proof
    )


def test_the_register_keeps_what_was_said_by_what_means_and_who_wrote_it(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.nadia, jeanne)
    consents.record_information(access, channel="oral", text_version=INFORMATION)
    wish = consent_to_paul(access, cast, channel="papier", proof="formulaire signé, classeur 3")
    consents.withdraw(access, wish, channel="telephone")
    information, consent = consents.register(access)
    assert (information.kind_label, information.channel, information.text_version, information.recorded_by) == (
        "Information donnée", "de vive voix", INFORMATION, "Nadia Lefèvre",
    )  # fmt: skip
    assert (consent.about, consent.proof, consent.channel) == (
        "Dr Paul Étranger", "formulaire signé, classeur 3", "sur papier",
    )  # fmt: skip
    assert (consent.is_current, consent.withdrawn_channel, consent.withdrawn_by) == (
        False, "par téléphone", "Nadia Lefèvre",
    )  # fmt: skip


def test_a_consent_opens_to_a_professional_or_to_a_whole_structure(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    wish = consents.consent(
        access, structure_id=StructureId(cast.elsewhere_id), channel="oral", text_version=CONSENT
    )
    assert key(cast.paul, jeanne).rule == Basis.CONSENT
    consents.withdraw(access, wish, channel="oral")
    assert not opens(cast.paul, jeanne)


@pytest.mark.parametrize("channel", ["sms", "courriel", "oral", "papier", "telephone"])
@pytest.mark.parametrize("text", ["", "information-2026-01", "consentement-1999-01"])
def test_no_consent_without_the_version_of_its_text(cast: Cast, jeanne: PatientId, channel: str, text: str) -> None:
    """E-ACC-11: « consent by SMS only »."""
    access = key(cast.claire, jeanne)
    refused_with("E-ACC-11", lambda: consent_to_paul(access, cast, channel=channel, text=text, proof="SMS de 10 h"))
    assert not opens(cast.paul, jeanne)
    consent_to_paul(access, cast, channel=channel, proof="SMS de 10 h")
    assert opens(cast.paul, jeanne)


@pytest.mark.parametrize("channel", ["sms", "courriel", "papier", "telephone"])
def test_a_consent_at_a_distance_is_proven(cast: Cast, jeanne: PatientId, channel: str) -> None:
    access = key(cast.claire, jeanne)
    refused_with("E-ACC-57", lambda: consent_to_paul(access, cast, channel=channel))
    assert consents.register(access) == []


@pytest.mark.parametrize("channel", ["", "pigeon", "espace_patient"])
def test_the_means_is_one_of_those_known_and_the_portal_is_the_patient_s(
    cast: Cast, jeanne: PatientId, channel: str
) -> None:
    refused_with("E-ACC-58", lambda: consent_to_paul(key(cast.claire, jeanne), cast, channel=channel))


def test_a_consent_names_one_party_and_ends_later_than_now(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    refused_with("E-ACC-51", lambda: consents.consent(access, channel="oral", text_version=CONSENT))
    refused_with(
        "E-ACC-54",
        lambda: consents.consent(
            access, professional_id=making.person(cast.paul), channel="oral", text_version=CONSENT,
            until=clock.now() - HOUR,
        ),
    )  # fmt: skip
    consents.consent(
        access, professional_id=making.person(cast.paul), channel="oral", text_version=CONSENT,
        until=clock.now() + HOUR,
    )  # fmt: skip
    assert opens(cast.paul, jeanne)
    with time_machine.travel(clock.now() + 2 * HOUR, tick=False):
        assert not opens(cast.paul, jeanne)
        assert [line.is_current for line in consents.register(key(cast.claire, jeanne))] == [False]


def test_writing_the_same_wish_again_changes_nothing(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    assert consent_to_paul(access, cast) == consent_to_paul(key(cast.nadia, jeanne), cast)
    consents.record_information(access, channel="oral", text_version=INFORMATION)
    consents.record_information(access, channel="papier", text_version=INFORMATION)
    consents.refuse_emergency(access, channel="oral")
    consents.refuse_emergency(access, channel="oral")
    assert Wish.objects.count() == 3


def test_a_withdrawn_wish_may_be_said_again_and_both_stay(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    first = consent_to_paul(access, cast)
    consents.withdraw(access, first, channel="oral")
    second = consent_to_paul(access, cast)
    assert second != first
    assert opens(cast.paul, jeanne)
    assert len(consents.register(access)) == 2


def test_a_withdrawal_is_written_once_and_at_a_moment_that_can_be(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    wish = consent_to_paul(access, cast)
    for moment in (clock.now() + HOUR, clock.now() - HOUR):
        refused_with(
            "E-ACC-55", lambda moment=moment: consents.withdraw(access, wish, channel="oral", at=moment)  # type: ignore[misc]
        )
    with time_machine.travel(clock.now() + 2 * HOUR, tick=False):
        said = clock.now() - HOUR
        consents.withdraw(access, wish, channel="telephone", at=said)
        consents.withdraw(key(cast.nadia, jeanne), wish, channel="oral")
        kept = Wish.objects.get(pk=wish)
        assert (kept.withdrawn_at, kept.withdrawn_channel, kept.withdrawn_by) == (said, "telephone", "Dr Claire Morel")


def test_an_opposition_closes_to_one_person_and_opens_again_when_withdrawn(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.nadia, jeanne)
    wish = consents.oppose_person(access, professional_id=making.person(cast.karim), channel="oral")
    assert not opens(cast.karim, jeanne)
    assert opens(cast.claire, jeanne)
    consents.withdraw(access, wish, channel="oral")
    assert opens(cast.karim, jeanne)


def test_no_consent_over_an_opposition(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    wish = consents.oppose_person(access, professional_id=making.person(cast.paul), channel="oral")
    refused_with("E-ACC-53", lambda: consent_to_paul(access, cast))
    consents.withdraw(access, wish, channel="oral")
    consent_to_paul(access, cast)
    assert opens(cast.paul, jeanne)


def test_opposing_the_treating_physician_or_oneself_is_confirmed_in_words(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.claire, Basis.TREATING)
    access, claire = key(cast.nadia, jeanne), making.person(cast.claire)
    said = refused_with(
        "E-ACC-59", lambda: consents.oppose_person(access, professional_id=claire, channel="oral", confirmation="oui")
    )
    assert "médecin traitant" in said
    assert opens(cast.claire, jeanne)
    nadia = making.person(cast.nadia)
    refused_with("E-ACC-59", lambda: consents.oppose_person(access, professional_id=nadia, channel="oral"))
    consents.oppose_person(access, professional_id=claire, channel="oral", confirmation="  Je  confirme ")
    assert not opens(cast.claire, jeanne)
    consents.oppose_person(access, professional_id=nadia, channel="oral", confirmation="je confirme")
    assert not opens(cast.nadia, jeanne)


def test_opposing_everything_closes_to_everybody_and_the_patient_alone_opens_again(
    cast: Cast, jeanne: PatientId
) -> None:
    access = key(cast.claire, jeanne)
    refused_with("E-ACC-59", lambda: consents.oppose_all(access, channel="oral"))
    consents.oppose_all(access, channel="oral", confirmation="je confirme")
    assert not any(opens(actor, jeanne) for actor in (cast.claire, cast.karim, cast.nadia, cast.sylvie))
    patient = key(oneself(jeanne), jeanne)
    (line,) = consents.register(patient)
    assert line.may_withdraw
    consents.withdraw(patient, line.id, channel="")
    assert opens(cast.claire, jeanne)
    assert consents.register(patient)[0].withdrawn_channel == "depuis l’espace patient"


def test_an_information_stays_given_and_names_its_text(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.claire, jeanne)
    for version in ("", CONSENT):
        refused_with(
            "E-ACC-50",
            lambda version=version: consents.record_information(access, channel="oral", text_version=version),  # type: ignore[misc]
        )
    given = consents.record_information(access, channel="oral", text_version=INFORMATION)
    assert not consents.register(access)[0].may_withdraw
    denied(lambda: consents.withdraw(access, given, channel="oral"))


def test_the_wish_of_another_patient_is_not_found(cast: Cast, jeanne: PatientId) -> None:
    other = making.patient()
    making.link(other, cast.claire)
    wish = consent_to_paul(key(cast.claire, other), cast)
    denied(lambda: consents.withdraw(key(cast.nadia, jeanne), wish, channel="oral"))
    assert opens(cast.paul, other)


def test_an_author_alone_reads_no_register_and_writes_none(cast: Cast, jeanne: PatientId) -> None:
    making.link(jeanne, cast.paul, Basis.AUTHOR)
    access = key(cast.paul, jeanne)
    attempts: list[Callable[[], object]] = [
        lambda: consents.register(access),
        lambda: consent_to_paul(access, cast),
        lambda: consents.oppose_all(access, channel="oral", confirmation="je confirme"),
        lambda: consents.oppose_person(access, professional_id=making.person(cast.claire), channel="oral"),
        lambda: consents.refuse_emergency(access, channel="oral"),
        lambda: consents.record_information(access, channel="oral", text_version=INFORMATION),
    ]
    for attempt in attempts:
        denied(attempt)
    assert not Wish.objects.exists()


def test_a_secretary_writes_a_restriction_and_opens_nothing(cast: Cast, jeanne: PatientId) -> None:
    access = key(cast.sylvie, jeanne)
    opposed = consents.oppose_person(access, professional_id=making.person(cast.karim), channel="telephone")
    given = consent_to_paul(key(cast.claire, jeanne), cast)
    denied(lambda: consent_to_paul(access, cast))
    denied(lambda: consents.withdraw(access, opposed, channel="oral"))
    consents.withdraw(access, given, channel="oral")
    assert not opens(cast.paul, jeanne)


def test_the_quality_purpose_writes_nothing(cast: Cast, jeanne: PatientId) -> None:
    access = access_room.open_record(cast.claire, jeanne, purpose=Purpose.QUALITY)
    denied(lambda: consent_to_paul(access, cast))
    assert access_room.abilities(access) == access_room.abilities(replace(access, scope="authored"))


def test_the_patient_and_a_parent_decide_from_their_door(cast: Cast, jeanne: PatientId) -> None:
    for actor in (oneself(jeanne), representative(jeanne)):
        access = key(actor, jeanne)
        wish = consent_to_paul(access, cast, channel="sms")
        assert opens(cast.paul, jeanne)
        assert next(line for line in consents.register(access) if line.id == wish).channel == "depuis l’espace patient"
        consents.withdraw(access, wish, channel="oral")
        assert not opens(cast.paul, jeanne)
        denied(lambda access=access: consents.record_information(access, channel="", text_version=INFORMATION))  # type: ignore[misc]


def test_a_carer_opposes_no_physician_and_opens_to_nobody(cast: Cast, jeanne: PatientId) -> None:
    access = key(representative(jeanne, Delegation.Kind.CARER), jeanne)
    for physician in (cast.claire, cast.karim):
        refused_with(
            "E-ACC-52",
            lambda physician=physician: consents.oppose_person(  # type: ignore[misc]
                access, professional_id=making.person(physician), channel="", confirmation="je confirme"
            ),
        )
    denied(lambda: consents.oppose_all(access, channel="", confirmation="je confirme"))
    denied(lambda: consents.refuse_emergency(access, channel=""))
    denied(lambda: consent_to_paul(access, cast))
    wish = consents.oppose_person(access, professional_id=making.person(cast.nadia), channel="")
    assert not opens(cast.nadia, jeanne)
    denied(lambda: consents.withdraw(access, wish, channel=""))


def test_a_carer_who_is_also_the_guardian_decides_as_the_guardian(cast: Cast, jeanne: PatientId) -> None:
    carer = representative(jeanne, Delegation.Kind.CARER)
    Delegation.objects.create(
        patient_id=jeanne, visitor_id=carer.visitor_id, kind=Delegation.Kind.GUARDIAN, start=clock.today(),
        recorded_by="essai",
    )  # fmt: skip
    consents.oppose_person(key(carer, jeanne), professional_id=making.person(cast.karim), channel="")
    assert not opens(cast.karim, jeanne)
