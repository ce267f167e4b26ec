from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from maillon.access import api as access_room
from maillon.access.models import CareTeamMembership, DocumentMark
from maillon.documents import api as documents
from maillon.documents import filing as filing_module
from maillon.documents.models import Blob, Content, Document
from maillon.formats.confidentiality import MARKS
from maillon.formats.document import Anomaly, Statement
from maillon.kernel import clock
from maillon.kernel.key import Access, PatientId, StructureId
from maillon.kernel.message import UserMessage
from maillon.noticed.models import Notice
from maillon.record import api as record
from maillon.record.models import Observation, TimelineEntry
from maillon.record.models import Statement as StatementRow
from maillon.tasks import api as tasks
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making
from tests.exchange.letters import cda, labelled

TABLES = (Document, Blob, Content, TimelineEntry, Observation, StatementRow, Task)


def counted() -> dict[str, int]:
    return {table.__name__: table.objects.count() for table in TABLES}


def rich(**changed: Any) -> documents.Filing:
    given: dict[str, Any] = {
        "type_code": "11502-2",
        "results": (making.result(), making.result(value="6.2", interpretation="HH")),
        "statements": {"allergy": [Statement(label="Pénicilline")], "problem": [Statement(label="Asthme")]},
        "text": "Hyperkaliémie à contrôler",
    }
    return making.filing(**(given | changed))


def tasks_of(actor: Any) -> list[Any]:
    return list(tasks.my_day(actor).to_read)


def test_a_filing_writes_every_part_at_once(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, rich(), making.reader(cast.claire))
    assert filed.outcome == "filed"
    assert counted() == {
        "Document": 1, "Blob": 1, "Content": 1, "TimelineEntry": 1, "Observation": 2, "Statement": 2, "Task": 1,
    }  # fmt: skip
    row = Document.objects.get()
    assert (row.pk, row.uuid, row.patient_id, row.status, row.abnormal_count) == (
        filed.id, filed.uuid, jeanne, "current", 1,
    )  # fmt: skip
    entry = TimelineEntry.objects.get()
    assert (entry.document_id, entry.document_uuid, entry.abnormal_count) == (filed.id, filed.uuid, 1)


@pytest.mark.parametrize("table", TABLES)
def test_a_part_that_cannot_be_written_leaves_nothing(cast: Cast, jeanne: PatientId, table: Any) -> None:
    name = table._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} ADD CONSTRAINT broken CHECK (false) NOT VALID")
    with pytest.raises(DatabaseError), transaction.atomic():
        making.file(jeanne, rich(), making.reader(cast.claire))
    assert set(counted().values()) == {0}


def test_a_second_delivery_files_nothing(cast: Cast, jeanne: PatientId) -> None:
    what = rich()
    first = making.file(jeanne, what, making.reader(cast.claire))
    before = counted()
    second = making.file(jeanne, what, making.reader(cast.claire))
    assert (second.outcome, second.id, second.uuid) == ("duplicate", first.id, first.uuid)
    assert counted() == before


def test_a_second_delivery_reopens_no_task_that_was_done(cast: Cast, jeanne: PatientId) -> None:
    what = rich()
    making.file(jeanne, what, making.reader(cast.claire))
    (task,) = tasks_of(cast.claire)
    tasks.acknowledge(making.key(jeanne, cast.claire), task.uuid)
    making.file(jeanne, what, making.reader(cast.claire))
    assert tasks_of(cast.claire) == []


def test_an_identifier_longer_than_its_column_is_still_known_at_its_second_delivery(
    cast: Cast, jeanne: PatientId
) -> None:
    what = making.filing(unique_id="1.2.250.1." + "9" * 300)
    making.file(jeanne, what)
    assert making.file(jeanne, what).outcome == "duplicate"


def test_the_same_identifier_with_other_bytes_is_a_conflict(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, making.filing(unique_id="1.2.3", data=b"one"))
    before = counted()
    with pytest.raises(documents.DocumentConflict) as caught:
        making.file(jeanne, making.filing(unique_id="1.2.3", data=b"two"))
    assert caught.value.code == "E-DOC-02"
    assert counted()["Document"] == before["Document"]


def test_the_same_document_for_another_patient_is_a_conflict(cast: Cast, jeanne: PatientId) -> None:
    what = making.filing()
    making.file(jeanne, what)
    with pytest.raises(documents.DocumentConflict):
        making.file(making.patient(), what)


def test_two_documents_with_the_same_bytes_share_them(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, making.filing(unique_id="1.2.3", data=b"same"))
    making.file(jeanne, making.filing(unique_id="1.2.4", data=b"same"))
    assert (Document.objects.count(), Blob.objects.count()) == (2, 1)


def test_two_mailboxes_that_receive_one_document_give_each_reader_a_task(cast: Cast, jeanne: PatientId) -> None:
    what = rich()
    making.file(jeanne, what, making.reader(cast.claire))
    making.file(jeanne, what, making.reader(cast.karim), making.role(cast.tilleuls_id, "G15_60"))
    assert [len(tasks_of(actor)) for actor in (cast.claire, cast.karim, cast.nadia, cast.sylvie)] == [1, 1, 1, 0]
    assert Document.objects.count() == 1


def test_a_second_delivery_of_a_replaced_version_gives_nobody_a_task(cast: Cast, jeanne: PatientId) -> None:
    old = rich(unique_id="v1")
    making.file(jeanne, old)
    making.file(jeanne, rich(unique_id="v2", replaces="v1"))
    making.file(jeanne, old, making.reader(cast.karim))
    assert tasks_of(cast.karim) == []


def by_relation(number: int) -> documents.Filing:
    return rich(unique_id=f"v{number}", replaces=f"v{number - 1}" if number > 1 else None)


def by_set(number: int) -> documents.Filing:
    return rich(unique_id=f"v{number}", set_id="the set", version_number=number)


def by_both(number: int) -> documents.Filing:
    return rich(
        unique_id=f"v{number}",
        set_id="the set",
        version_number=number,
        replaces=f"v{number - 1}" if number > 1 else None,
    )


@pytest.mark.parametrize("version", [by_relation, by_set, by_both])
@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_three_versions_in_any_order_leave_the_last_one_in_force(
    cast: Cast, jeanne: PatientId, order: tuple[int, ...], version: Callable[[int], documents.Filing]
) -> None:
    filed = {number: making.file(jeanne, version(number), making.reader(cast.claire)) for number in order}
    assert {number: making.status_of(filed[number]) for number in (1, 2, 3)} == {
        1: "replaced", 2: "replaced", 3: "current",
    }  # fmt: skip
    assert [task.document_uuid for task in tasks_of(cast.claire)] == [filed[3].uuid]
    access = making.key(jeanne, cast.claire)
    assert [line.document_uuid for line in record.timeline(access)] == [filed[3].uuid]
    assert set(Observation.objects.filter(is_current=True).values_list("document_id", flat=True)) == {filed[3].id}
    assert set(StatementRow.objects.filter(is_current=True).values_list("document_id", flat=True)) == {filed[3].id}
    assert {entry.status for entry in TimelineEntry.objects.exclude(document_id=filed[3].id)} == {"replaced"}


def test_the_task_of_a_replaced_version_is_closed_and_says_why(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, by_relation(1), making.reader(cast.claire))
    making.file(jeanne, by_relation(2), making.reader(cast.claire))
    closed = Task.objects.get(done_at__isnull=False)
    assert (closed.outcome, closed.comment, closed.done_by_id) == ("annule", "Remplacé par une nouvelle version", None)


def test_a_replacement_touches_no_other_document_and_no_other_patient(cast: Cast, jeanne: PatientId) -> None:
    other = making.patient()
    kept = [
        making.file(jeanne, rich(unique_id="a", set_id="another set", version_number=1)),
        making.file(other, rich(unique_id="b", set_id="a third set", version_number=1)),
        making.file(jeanne, rich(unique_id="c")),
    ]
    making.file(jeanne, by_set(2))
    assert {making.status_of(each) for each in kept} == {"current"}


def test_a_withdrawn_version_stays_withdrawn_when_a_new_one_comes(cast: Cast, jeanne: PatientId) -> None:
    first = making.file(jeanne, by_set(1))
    documents.withdraw(making.key(jeanne, cast.claire), first.uuid, reason="erreur de patient")
    making.file(jeanne, by_set(2))
    assert making.status_of(first) == "withdrawn"


@pytest.mark.parametrize("code", ["MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"])
def test_the_code_of_a_header_is_a_mark_whoever_files_it(cast: Cast, jeanne: PatientId, code: str) -> None:
    filed = making.file_cda(jeanne, labelled(cda(), code))
    marks = DocumentMark.objects.filter(document_id=filed.id).values_list("kind", flat=True)
    assert [MARKS[kind] for kind in marks] == [code]
    assert Document.objects.get(pk=filed.id).confidentiality == "N"


def test_a_version_whose_producer_says_again_that_it_waits_pushes_no_month_back(cast: Cast, jeanne: PatientId) -> None:
    """CSP R1111-53: one month at most, from the first version that was hidden."""
    waiting = frozenset({"invisible_patient"})
    first = making.file(jeanne, making.filing(unique_id="v1", marks=waiting))
    with time_machine.travel(clock.now() + dt.timedelta(days=20)):
        both = waiting | {"masque_ps"}
        second = making.file(jeanne, making.filing(unique_id="v2", replaces="v1", marks=both))
    marks = DocumentMark.objects.order_by("id")
    assert [(mark.document_id, mark.kind) for mark in marks] == [
        (first.id, "invisible_patient"), (second.id, "invisible_patient"), (second.id, "masque_ps"),
    ]  # fmt: skip
    assert marks[0].until == marks[1].until


@pytest.mark.parametrize("kind", ["masque_ps", "invisible_patient", "invisible_representants"])
@pytest.mark.parametrize("set_id", ["", "famille"])
def test_what_was_closed_is_still_closed_when_the_document_withdrawn_is_filed_again(
    cast: Cast, jeanne: PatientId, kind: str, set_id: str
) -> None:
    what = making.filing(set_id=set_id)
    first = making.file(jeanne, what)
    documents.visibility.marks.as_published(making.key(jeanne), document_id=first.id, kinds=[kind])
    documents.withdraw(making.key(jeanne), first.uuid, reason="erreur de patient")
    again = making.file(jeanne, what)
    assert again.outcome == "filed"
    assert [*DocumentMark.objects.filter(document_id=again.id).values_list("kind", flat=True)] == [kind]


@pytest.mark.parametrize("known_by", [{"replaces": "v1"}, {"set_id": "famille"}])
def test_a_version_that_was_withdrawn_bars_no_earlier_one(
    cast: Cast, jeanne: PatientId, known_by: dict[str, str]
) -> None:
    """It would be filed as replaced by what is no longer there: on no timeline, and read by nobody."""
    wrong = making.file(jeanne, making.filing(unique_id="v2", version_number=2, **known_by))
    documents.withdraw(making.key(jeanne, cast.claire), wrong.uuid, reason="erreur de patient")
    first = making.filing(unique_id="v1", version_number=1, set_id=known_by.get("set_id"))
    filed = making.file(jeanne, first, making.reader(cast.claire))
    assert making.status_of(filed) == "current"
    assert [task.document_uuid for task in tasks_of(cast.claire)] == [filed.uuid]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
@pytest.mark.parametrize("second", ["machine", "person"])
def test_a_version_filed_while_another_is_being_filed_waits_for_it(
    cast: Cast, order: tuple[int, int], second: str
) -> None:
    patient = making.patient()
    making.link(patient, cast.claire)
    filed: dict[int, documents.Filed] = {}

    def of_machine() -> Access:
        place = StructureId(cast.tilleuls_id)
        return access_room.open_for_intake(making.MACHINE, patient, structure_id=place, resource_id="r").access

    def file_second() -> None:
        with transaction.atomic():
            access = of_machine() if second == "machine" else making.key(patient, cast.claire)
            filed[order[1]] = documents.file(access, by_both(order[1]), readers=(), received_at=clock.now())
        connection.close()

    other = threading.Thread(target=file_second)
    with transaction.atomic():
        filed[order[0]] = documents.file(of_machine(), by_both(order[0]), readers=(), received_at=clock.now())
        other.start()
        other.join(timeout=0.5)
        assert other.is_alive(), "it waits"
    other.join(timeout=30)
    assert [making.status_of(filed[number]) for number in (1, 2)] == ["replaced", "current"]


def test_the_author_of_a_filed_document_may_open_what_they_wrote(cast: Cast, jeanne: PatientId) -> None:
    mine = making.file(jeanne, rich(author_national_id=cast.paul.national_id, author="Dr Paul Étranger"))
    making.file(jeanne, rich())
    access = making.key(jeanne, cast.paul)
    assert access.scope == "authored"
    assert [line.document_uuid for line in record.timeline(access)] == [mine.uuid]
    assert documents.read(access, mine.uuid).author == "Dr Paul Étranger"


def test_an_author_is_linked_once_however_much_they_write(cast: Cast, jeanne: PatientId) -> None:
    for _ in range(3):
        making.file(jeanne, rich(author_national_id=cast.paul.national_id))
    assert CareTeamMembership.objects.filter(professional_id=cast.paul.professional_id).count() == 1


def test_an_author_who_is_not_ours_is_named_and_linked_to_nobody(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, rich(author_national_id="899999999999", author="Dr Ailleurs"))
    row = Document.objects.get()
    assert (row.author, row.author_national_id, row.author_professional_id) == ("Dr Ailleurs", "899999999999", None)


def test_withdrawing_keeps_the_document_and_takes_back_its_facts_and_its_tasks(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, rich(), making.reader(cast.claire), making.reader(cast.karim))
    access = making.key(jeanne, cast.claire)
    documents.withdraw(access, filed.uuid, reason="  Erreur de patient ")
    view = documents.read(access, filed.uuid)
    assert (view.status, view.withdrawn_reason) == ("withdrawn", "Erreur de patient")
    assert documents.original(access, filed.uuid).data
    assert record.timeline(access) == []
    assert [line.status for line in record.timeline(access, with_replaced=True)] == ["withdrawn"]
    assert record.latest_results(access) == []
    assert record.statements(access) == []
    assert tasks_of(cast.claire) == []
    assert tasks_of(cast.karim) == []
    assert tasks.unread_abnormal(access) == 0
    assert {(task.outcome, task.comment) for task in Task.objects.all()} == {("annule", "Document retiré")}


def test_withdrawing_twice_keeps_the_first_reason(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, rich())
    access = making.key(jeanne, cast.claire)
    documents.withdraw(access, filed.uuid, reason="première")
    documents.withdraw(access, filed.uuid, reason="seconde")
    assert documents.read(access, filed.uuid).withdrawn_reason == "première"


def test_a_reason_that_the_base_cannot_hold_as_it_is_withdraws_all_the_same(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.filing())
    documents.withdraw(making.key(jeanne, cast.claire), filed.uuid, reason="erreur\0de patient")
    assert documents.read(making.key(jeanne, cast.claire), filed.uuid).withdrawn_reason == "erreur de patient"


def test_a_withdrawal_needs_a_reason(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, rich())
    with pytest.raises(UserMessage) as caught:
        documents.withdraw(making.key(jeanne, cast.claire), filed.uuid, reason="  ")
    assert caught.value.code == "E-DOC-03"
    assert making.status_of(filed) == "current"


def test_an_author_outside_the_team_withdraws_nothing(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, rich(author_national_id=cast.paul.national_id))
    with pytest.raises(UserMessage) as caught:
        documents.withdraw(making.key(jeanne, cast.paul), filed.uuid, reason="essai")
    assert caught.value.code == "E-ACC-04"
    assert making.status_of(filed) == "current"


def test_a_history_taken_over_is_no_work_of_the_day(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, rich(act_at="2024-05-02T09:00:00+02:00"), making.reader(cast.claire))
    recent = making.file(jeanne, rich(act_at="2026-05-02T09:00:00+02:00"), making.reader(cast.claire))
    assert documents.close_history(before=dt.datetime(2026, 1, 1, tzinfo=clock.PARIS)) == 1
    assert [task.document_uuid for task in tasks_of(cast.claire)] == [recent.uuid]


def test_how_late_a_history_arrived_is_nobody_s_to_settle(cast: Cast, jeanne: PatientId) -> None:
    letter = {"type_code": "11490-0", "media_type": "text/xml", "organization": "CH du Littoral"}
    former = rich(**letter, act_at="2024-05-02T09:00:00+02:00", ended_at="2024-05-02T09:00:00+02:00")
    recent = rich(**letter, act_at="2026-05-02T09:00:00+02:00", ended_at="2026-05-02T09:00:00+02:00")
    for each in (former, recent):
        making.file(jeanne, each, making.reader(cast.claire))
    documents.close_history(before=dt.datetime(2026, 1, 1, tzinfo=clock.PARIS))
    late = Notice.objects.filter(fact="sortie_tardive")
    assert [(each.settled_at is None, each.outcome) for each in late.order_by("id")] == [
        (False, "Reprise de l’historique"), (True, ""),
    ]  # fmt: skip


def test_anomalies_are_kept_in_their_order_and_shown(cast: Cast, jeanne: PatientId) -> None:
    told = (Anomaly(code="C-21", message="L’auteur n’a pas d’identifiant."), Anomaly(code="M-01", message="« Deux »"))
    filed = making.file(jeanne, making.filing(anomalies=told))
    assert documents.read(making.key(jeanne, cast.claire), filed.uuid).anomalies == told


def test_a_document_without_any_date_is_dated_by_its_arrival(cast: Cast, jeanne: PatientId) -> None:
    arrival = dt.datetime(2026, 3, 5, 7, 30, tzinfo=dt.UTC)
    filed = making.file(jeanne, making.filing(written_at=None, act_at=None), received_at=arrival)
    row = Document.objects.get(pk=filed.id)
    assert (row.written_at, row.act_at, row.received_at) == (arrival, arrival, arrival)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-28T11:20:00+01:00", "2026-03-28T10:20:00+00:00"),
        ("2026-03-28T11:20:00Z", "2026-03-28T11:20:00+00:00"),
        ("2026-03-28T11:20", "2026-03-28T10:20:00+00:00"),  # without a zone: Paris
        ("2026-03-28", "2026-03-28T11:00:00+00:00"),  # noon in Paris
        ("2026-07-14", "2026-07-14T10:00:00+00:00"),
        ("2026-03", "2026-03-01T11:00:00+00:00"),
        ("2026", "2026-01-01T11:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", None),  # no instant that a calendar holds
        ("9999-12-31T23:00:00-12:00", None),
        ("9999-12-31T23:30:00+00:00", None),  # year 10000 in Paris
        ("9999-12-31T22:30:00+00:00", "9999-12-31T22:30:00+00:00"),
        ("2026-03-28T11:20:00+23:59", "2026-03-27T11:21:00+00:00"),
        ("2026-13", None),
        ("2026-02-30", None),
        ("hier", None),
        ("abcd", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_an_instant_of_paris_whatever_its_precision(text: str | None, expected: str | None) -> None:
    found = clock.instant(text)
    assert (found.astimezone(dt.UTC).isoformat() if found else None) == expected


def test_a_day_alone_stays_this_day_in_paris_all_year(cast: Cast) -> None:
    for number in range(366):
        day = dt.date(2026, 1, 1) + dt.timedelta(days=number)
        found = clock.instant(day.isoformat())
        assert found is not None
        assert clock.in_paris(found).date() == day


def test_an_author_who_registers_is_known_within_a_minute(cast: Cast, jeanne: PatientId) -> None:
    from maillon.professionals.models import Professional

    making.file(jeanne, rich(author_national_id="899000000110"))
    Professional.objects.create(
        national_id="899000000110", given_name="Ines", family_name="Faure", profession_code="G15_10"
    )
    filing_module._known_authors["899000000110"] = (
        filing_module._known_authors["899000000110"][0] - filing_module.REMEMBERED_SECONDS - 1, None,
    )  # fmt: skip
    filed = making.file(jeanne, rich(author_national_id="899000000110"))
    assert Document.objects.get(pk=filed.id).author_professional_id is not None


def test_a_filing_of_the_night_of_a_clock_change_keeps_its_instant(cast: Cast, jeanne: PatientId) -> None:
    with time_machine.travel(dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC), tick=False):
        filed = making.file(jeanne, making.filing(written_at="2026-10-25T02:30:00+02:00"))
        later = making.file(jeanne, making.filing(written_at="2026-10-25T02:30:00+01:00"))
    first, second = (Document.objects.get(pk=each.id).written_at for each in (filed, later))
    assert second - first == dt.timedelta(hours=1)


@pytest.mark.parametrize("link", [{"replaces": "1.2.3.4"}, {"set_id": "1.2.9", "version_number": 2}], ids=str)
def test_a_correction_of_a_document_of_another_patient_is_not_filed_alone(
    cast: Cast, jeanne: PatientId, link: dict[str, Any]
) -> None:
    former = making.filing(unique_id="1.2.3.4", set_id="1.2.9")
    other = making.patient()
    misplaced = making.file(other, former)
    with pytest.raises(documents.DocumentConflict, match="un autre patient"):
        making.file(jeanne, making.filing(**link))
    assert not Document.objects.filter(patient_id=jeanne).exists()
    documents.withdraw(making.key(other), misplaced.uuid, reason="erreur de patient")
    assert making.file(jeanne, making.filing(**link)).outcome == "filed"


def test_a_type_whose_class_is_not_a_national_one_is_filed_all_the_same(cast: Cast, jeanne: PatientId) -> None:
    filed = making.file(jeanne, making.filing(type_code="E1762"))
    assert Document.objects.get(pk=filed.id).class_code == ""
