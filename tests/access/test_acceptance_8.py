"""Acceptance checks of domain.md §8.8 about oppositions, consents, minors' secret and the announcement."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.models import JournalEntry
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.kernel.key import Actor, PatientId, Purpose
from maillon.record import api as record
from tests.access.deciding import CONSENT, denied, key, oneself, opens, paris, representative
from tests.access.deciding import minor as a_minor
from tests.conftest import Cast
from tests.documents import making


def read_all(actor: Actor, patient: PatientId) -> list[str]:
    access = key(actor, patient)
    return [line.title for line in record.timeline(access, limit=50)]


def test_ac_8_2_an_opposition_to_one_person_hides_everything_from_them_and_nothing_from_the_others(
    cast: Cast, jeanne: PatientId
) -> None:
    filed = [making.file(jeanne, making.filing(title=f"Lettre {n}", text="diabète")) for n in range(5)]
    while documents.index_words():
        pass
    before = {actor.label: read_all(actor, jeanne) for actor in (cast.claire, cast.nadia)}
    access_room.consents.oppose_person(
        key(cast.claire, jeanne), professional_id=making.person(cast.karim), channel="oral"
    )
    for each in filed:
        denied(lambda each=each: documents.patient_of(cast.karim, each.uuid))  # type: ignore[misc]
    denied(lambda: key(cast.karim, jeanne))
    assert access_room.search_patients(cast.karim, "jeanne") == []
    assert not access_room.rule.visible_patients(cast.karim).filter(pk=jeanne).exists()
    assert {actor.label: read_all(actor, jeanne) for actor in (cast.claire, cast.nadia)} == before
    assert len(documents.search(key(cast.claire, jeanne), "diabète")) == 5


def test_ac_8_3_a_consent_of_ten_withdrawn_at_half_past_ten(cast: Cast, jeanne: PatientId) -> None:
    day = dt.date(2026, 12, 1)
    with time_machine.travel(paris(day, 9, 59), tick=False) as now:
        assert not opens(cast.paul, jeanne)
        now.move_to(paris(day, 10, 0))
        wish = access_room.consents.consent(
            key(cast.claire, jeanne), professional_id=making.person(cast.paul), channel="oral", text_version=CONSENT
        )
        now.move_to(paris(day, 10, 5))
        assert opens(cast.paul, jeanne)
        now.move_to(paris(day, 10, 30))
        access_room.consents.withdraw(key(cast.claire, jeanne), wish, channel="telephone")
        now.move_to(paris(day, 10, 31))
        assert not opens(cast.paul, jeanne)


def test_ac_8_5_the_parents_of_a_minor_see_neither_title_nor_count(cast: Cast) -> None:
    minor = a_minor(cast, 16)
    parent = representative(minor)
    ordinary = making.file(minor, making.filing(title="Certificat de sport"))
    act = making.file(
        minor,
        making.filing(
            title="Soin infirmier confidentiel", author="Nadia Lefèvre", author_national_id=cast.nadia.national_id,
            text="entretien",
        ),
    )  # fmt: skip
    assert "Soin infirmier confidentiel" in read_all(parent, minor)
    note = "S’oppose à l’information de ses parents ; l’intérêt de leur parler lui a été expliqué."
    documents.visibility.keep_secret(key(cast.nadia, minor), act.uuid, note=note)
    while documents.index_words():
        pass
    assert read_all(parent, minor) == ["Certificat de sport"]
    assert documents.search(key(parent, minor), "entretien") == []
    denied(lambda: documents.patient_of(parent, act.uuid))
    with (
        pytest.raises(access_room.AccessDenied),
        access_room.reading(
            parent, minor, purpose=Purpose.PERSONAL, resource_type="document", resource_id=str(act.uuid)
        ) as access,
    ):
        documents.read(access, act.uuid)
    refusals = JournalEntry.objects.filter(decision="deny", resource_id=str(act.uuid), patient_id=minor)
    assert {row.actor_kind for row in refusals} == {"representative"}
    assert "A07" in {row.rule for row in refusals}  # the secret, as asked at the address of the document
    assert "Soin infirmier confidentiel" in read_all(oneself(minor), minor)
    (mark,) = documents.visibility.state(key(cast.nadia, minor), act.uuid).marks
    assert (mark.reason, mark.set_by) == (note, "Nadia Lefèvre")
    assert documents.patient_of(parent, ordinary.uuid)


@pytest.mark.parametrize(
    ("day_0", "visible"),
    [
        (dt.date(2026, 11, 25), dt.date(2026, 12, 25)),  # a month of 30 days: day 30
        (dt.date(2026, 12, 10), dt.date(2027, 1, 10)),  # of 31 days: day 31
        (dt.date(2027, 1, 31), dt.date(2027, 2, 28)),  # no 31 February
        (dt.date(2028, 1, 30), dt.date(2028, 2, 29)),
        (dt.date(2027, 3, 10), dt.date(2027, 4, 10)),  # over the night when the clocks go forward
        (dt.date(2027, 10, 10), dt.date(2027, 11, 10)),  # and back
    ],
)
def test_ac_8_6_hidden_on_day_0_invited_on_day_14_visible_at_one_month(
    cast: Cast, jeanne: PatientId, day_0: dt.date, visible: dt.date
) -> None:
    patient, invitation = oneself(jeanne), day_0 + dt.timedelta(days=14)
    with time_machine.travel(paris(day_0, 17, 30), tick=False) as now:
        filed = making.file(jeanne, making.filing(title="Histologie", type_code="60568-3"))
        documents.visibility.hide_from_patient(key(cast.claire, jeanne), filed.uuid)
        assert read_all(patient, jeanne) == []
        assert read_all(cast.claire, jeanne) == ["Histologie"]
        now.move_to(paris(invitation, 0, 0) - dt.timedelta(seconds=1))
        assert documents.visibility.invite_and_reveal() == 0
        now.move_to(paris(invitation, 0, 1))
        assert documents.visibility.invite_and_reveal() == 1
        assert documents.visibility.invite_and_reveal() == 0
        now.move_to(paris(visible, 0, 0) - dt.timedelta(seconds=1))
        assert read_all(patient, jeanne) == []
        denied(lambda: documents.patient_of(patient, filed.uuid))
        now.move_to(paris(visible, 0, 1))
        assert read_all(patient, jeanne) == ["Histologie"]
        assert documents.patient_of(patient, filed.uuid)
    assert Document.objects.count() == 1
