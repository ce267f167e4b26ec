"""A red alert is told to whom it reaches, by a mail that says nothing of the patient, once for each level."""

from __future__ import annotations

import pytest
import time_machine

from maillon.exchange import alerting
from maillon.exchange.models import OutgoingMail
from maillon.kernel import clock, outbox
from maillon.kernel.key import Actor, PatientId
from maillon.professionals.models import MssAddress
from maillon.tasks import api as tasks
from maillon.tasks.api import Escalation
from maillon.tasks.events import RedAlertRaised
from tests.conftest import Cast
from tests.documents import making
from tests.tasks.asking import DAY, HOUR, absent, alert
from tests.web import world


@pytest.fixture
def patient(cast: Cast) -> PatientId:
    for actor in (cast.claire, cast.karim, cast.paul):
        name = actor.label.rpartition(" ")[2].lower()
        MssAddress.objects.create(address=f"{name}@mssante.test", kind="PER", professional_id=actor.professional_id)
    world.mailbox(cast)
    found = making.patient("TRÉGUENNEC")
    making.link(found, cast.tilleuls_id, "equipe_structure")
    return found


def told() -> list[str]:
    while outbox.run_due():
        pass
    return list(OutgoingMail.objects.order_by("id").values_list("recipient", flat=True))


def raise_one(patient: PatientId, cast: Cast, who: Actor, **said: object) -> None:
    chain = (Escalation(HOUR, "remplacant"), Escalation(2 * HOUR, "coordination"))
    alert(making.key(patient, who), cast, **({"escalations": chain} | said))


def test_the_addressee_is_told_at_once_and_the_colleagues_when_it_climbs(cast: Cast, patient: PatientId) -> None:
    raise_one(patient, cast, cast.claire)
    assert told() == ["morel@mssante.test"]
    with time_machine.travel(clock.now() + HOUR + HOUR / 4, tick=False):
        assert tasks.escalate_due() == 1
        assert told() == ["morel@mssante.test", "benali@mssante.test"]


def test_the_mail_says_nothing_of_the_patient_and_goes_once(cast: Cast, patient: PatientId) -> None:
    raise_one(patient, cast, cast.claire)
    told()
    from maillon.tasks.models import Task

    for _ in range(2):
        alerting.tell_addressee(RedAlertRaised(task_uuid=Task.objects.get().uuid))
    (mail,) = OutgoingMail.objects.all()
    data = bytes(mail.data).decode()
    for secret in ("TRÉGUENNEC", "TREGUENNEC", "INR", "6,4", str(making.uuid_of(patient))):
        assert secret not in data


def test_an_orange_alert_or_one_already_in_hand_is_not_told(cast: Cast, patient: PatientId) -> None:
    raise_one(patient, cast, cast.claire, level="orange")
    assert told() == []
    with time_machine.travel(clock.now(), tick=False):
        raise_one(patient, cast, cast.claire)
        red = tasks.alerts(making.key(patient, cast.claire))[0]
        tasks.handling.take(making.key(patient, cast.claire), red.uuid)
    assert told() == []


def test_whoever_replaces_is_told_in_their_place(cast: Cast, patient: PatientId) -> None:
    absent(cast.claire, cast.paul)
    raise_one(patient, cast, cast.claire)
    assert told() == ["étranger@mssante.test"]


def test_a_role_is_told_to_each_who_holds_it(cast: Cast, patient: PatientId) -> None:
    raise_one(patient, cast, cast.nadia, role_code="G15_10")
    assert sorted(told()) == ["benali@mssante.test", "morel@mssante.test"]


def test_without_a_mailbox_the_screen_alone_tells(cast: Cast) -> None:
    found = making.patient()
    making.link(found, cast.claire)
    raise_one(found, cast, cast.claire)
    assert told() == []
    assert tasks.alerting.red_waiting(cast.claire) == 1


def test_the_bar_counts_the_reds_that_nobody_has_taken(cast: Cast, patient: PatientId) -> None:
    raise_one(patient, cast, cast.claire, due_at=clock.now() + DAY)
    raise_one(patient, cast, cast.claire, level="orange")
    assert [tasks.alerting.red_waiting(each) for each in (cast.claire, cast.karim)] == [1, 0]
    red = tasks.alerts(making.key(patient, cast.claire))[0]
    tasks.handling.snooze(making.key(patient, cast.claire), red.uuid, until=clock.now() + HOUR, reason="En visite")
    assert tasks.alerting.red_waiting(cast.claire) == 0
    with time_machine.travel(clock.now() + HOUR + HOUR / 4, tick=False):
        tasks.escalate_due()
        assert tasks.alerting.red_waiting(cast.karim) == 1
