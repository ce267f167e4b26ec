"""P17: break-glass is loud. The referent is told at once, the patient within twenty-four hours, each once."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from maillon.access import api as access_room
from maillon.access.events import BreakGlassOpened
from maillon.access.models import Account, BreakGlass, Visitor
from maillon.exchange import carrying, telling
from maillon.exchange.models import OutgoingMail
from maillon.kernel import outbox
from maillon.kernel.key import Actor, PatientId, Purpose
from maillon.professionals.models import MssAddress
from maillon.tasks import api as tasks
from maillon.tasks.models import Task
from tests.access.test_emergency import HOUR, NOON, TEXT, broken, typed
from tests.conftest import Cast
from tests.documents import making
from tests.web import world


@pytest.fixture
def referent(cast: Cast) -> Actor:
    Account.objects.filter(pk=cast.karim.account_id).update(is_referent=True)
    MssAddress.objects.create(
        address="karim.benali@mssante.test", kind="PER", professional_id=cast.karim.professional_id
    )
    return cast.karim


def opened(actor: Actor, patient: PatientId) -> BreakGlass:
    broken(actor, typed(patient))
    return BreakGlass.objects.latest("id")


def tell() -> None:
    while outbox.run_due():
        pass


def test_the_referent_is_told_by_a_mail_that_says_nothing_of_the_patient(cast: Cast, referent: Actor) -> None:
    world.mailbox(cast)
    patient = making.patient("TRÉGUENNEC")
    opened(cast.nadia, patient)
    tell_referents_twice(BreakGlass.objects.get().pk)
    (mail,) = OutgoingMail.objects.all()
    data = bytes(mail.data).decode()
    assert mail.recipient == "karim.benali@mssante.test"
    assert "Subject: Un =?utf-8?" in data or "Un accès en urgence" in data
    for secret in ("TRÉGUENNEC", "TREGUENNEC", "JEANNE", TEXT, str(making.uuid_of(patient)), "Nadia"):
        assert secret not in data
    assert BreakGlass.objects.get().referent_told_at is not None


def tell_referents_twice(glass: int) -> None:
    for _ in range(2):
        telling.tell_referents(BreakGlassOpened(glass_id=glass))


def test_without_a_mailbox_the_board_alone_tells(cast: Cast, referent: Actor) -> None:
    opened(cast.nadia, making.patient())
    tell()
    assert not OutgoingMail.objects.exists()
    assert BreakGlass.objects.get().referent_told_at is not None


def test_with_nobody_to_review_nobody_is_said_to_be_told(cast: Cast) -> None:
    opened(cast.nadia, making.patient())
    tell()
    assert BreakGlass.objects.get().referent_told_at is None


def test_the_secretary_of_the_structure_that_follows_writes_within_a_day(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.tilleuls_id, start=dt.date(2026, 1, 5))
    with time_machine.travel(NOON, tick=False):
        glass = opened(cast.paul, patient)
        tell()
        telling.tell_patient(BreakGlassOpened(glass_id=glass.pk))
        (task,) = Task.objects.all()
        assert (task.kind, task.structure_id, task.role_code) == ("a_faire", cast.tilleuls_id, "331")
        assert task.due_at == NOON + 24 * HOUR
        (line,) = tasks.my_day(cast.sylvie).to_do
        assert line.title == telling.LETTER_TITLE
        glass.refresh_from_db()
        assert (glass.patient_told_by, glass.patient_told_at) == ("courrier", None), "asked for is not told"
    with time_machine.travel(NOON + HOUR, tick=False):
        answer(cast.sylvie, task)
        glass.refresh_from_db()
        assert glass.patient_told_at == NOON + HOUR


def answer(actor: Actor, task: Task, outcome: str = "fait") -> None:
    access = access_room.open_record(actor, PatientId(task.patient_id), purpose=Purpose.ADMINISTRATIVE)
    tasks.acknowledge(access, task.uuid, outcome=outcome, comment="Adresse inconnue")
    tell()


@pytest.fixture
def carried(monkeypatch: pytest.MonkeyPatch) -> list[carrying.Note]:
    """What was told by mail or SMS."""
    notes: list[carrying.Note] = []
    monkeypatch.setenv("MAILLON_ENVOIS", "telephone")
    monkeypatch.setattr(carrying, "drop_on_demonstration_phone", notes.append)
    return notes


def with_a_door(patient: PatientId) -> None:
    Visitor.objects.create(
        patient_id=patient, family_name="MARTIN", given_name="JEANNE", birth_date=dt.date(1952, 2, 1),
        email="jeanne@exemple.test",
    )  # fmt: skip


def test_a_patient_who_has_a_door_is_told_there_at_once_and_once(cast: Cast, carried: list[carrying.Note]) -> None:
    patient = making.patient()
    with_a_door(patient)
    glass = opened(cast.paul, patient)
    tell()
    telling.tell_patient(BreakGlassOpened(glass_id=glass.pk))
    (note,) = carried
    assert (note.channel, note.to) == ("courriel", "jeanne@exemple.test")
    for secret in ("Étranger", TEXT, "MARTIN"):
        assert secret not in note.text
    glass.refresh_from_db()
    assert glass.patient_told_by == "courriel"
    assert glass.patient_told_at is not None
    assert not Task.objects.exists()


def test_a_carrier_that_fails_is_tried_for_an_hour_then_the_letter_is_asked(
    cast: Cast, carried: list[carrying.Note], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(note: carrying.Note) -> None:
        raise carrying.NotCarried

    patient = making.patient()
    with_a_door(patient)
    monkeypatch.setattr(carrying, "carry", fail)
    with time_machine.travel(NOON, tick=False):
        glass = opened(cast.paul, patient)
        tell()
        assert not Task.objects.exists()
    with time_machine.travel(NOON + HOUR, tick=False):
        tell()
        assert Task.objects.get().title == telling.LETTER_TITLE
    glass.refresh_from_db()
    assert (glass.patient_told_by, glass.patient_told_at) == ("courrier", None)


def test_when_nobody_is_at_the_address_the_letter_is_asked_at_once(
    cast: Cast, carried: list[carrying.Note], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(note: carrying.Note) -> None:
        raise carrying.Undeliverable

    patient = making.patient()
    with_a_door(patient)
    monkeypatch.setattr(carrying, "carry", refuse)
    glass = opened(cast.paul, patient)
    tell()
    assert Task.objects.get().title == telling.LETTER_TITLE
    glass.refresh_from_db()
    assert (glass.patient_told_by, glass.patient_told_at) == ("courrier", None)


def test_without_a_carrier_the_letter_is_asked_at_once(cast: Cast) -> None:
    patient = making.patient()
    with_a_door(patient)
    opened(cast.paul, patient)
    tell()
    assert Task.objects.get().title == telling.LETTER_TITLE


def test_a_letter_left_aside_tells_nobody(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.tilleuls_id)
    glass = opened(cast.paul, patient)
    tell()
    answer(cast.sylvie, Task.objects.get(), "sans_suite")
    glass.refresh_from_db()
    assert glass.patient_told_at is None


def test_another_task_done_tells_nobody(cast: Cast) -> None:
    patient = making.patient()
    making.link(patient, cast.tilleuls_id)
    glass = opened(cast.paul, patient)
    tell()
    Task.objects.update(uuid=telling.letter_task(glass.pk + 1))
    answer(cast.sylvie, Task.objects.get())
    glass.refresh_from_db()
    assert glass.patient_told_at is None


def test_a_patient_whom_no_structure_follows_is_told_by_whoever_opened(cast: Cast) -> None:
    patient = making.patient()
    opened(cast.paul, patient)
    tell()
    (line,) = tasks.my_day(cast.paul).to_do
    assert line.title == telling.LETTER_TITLE
    assert tasks.my_day(cast.sylvie).to_do == ()


def test_a_reaction_that_fails_is_tried_again_and_holds_back_nothing_else(
    cast: Cast, referent: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = making.patient()
    with time_machine.travel(NOON, tick=False):
        with monkeypatch.context() as broken_line:
            broken_line.setattr(access_room.oversight, "referents_of", _unreachable)
            glass = opened(cast.nadia, patient)
            tell()
        glass.refresh_from_db()
        assert glass.referent_told_at is None
        assert glass.patient_told_by == "courrier"
    with time_machine.travel(NOON + HOUR, tick=False):
        tell()
        glass.refresh_from_db()
        assert glass.referent_told_at == NOON + HOUR


def _unreachable(*_: object, **__: object) -> list[int]:
    raise OSError


def test_the_event_carries_an_id_and_nothing_else(cast: Cast) -> None:
    from maillon.kernel import sql

    opened(cast.nadia, making.patient("TRÉGUENNEC"))
    payloads = [row[0] for row in sql.rows("SELECT payload::text FROM kernel_job WHERE kind LIKE '%%telling%%'")]
    assert payloads
    assert {payload.replace(" ", "") for payload in payloads} == {f'{{"glass_id":{BreakGlass.objects.get().pk}}}'}
