"""A document filed before the matrix knew its type is read by physicians only, until it is given its bit."""

from __future__ import annotations

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.documents.models import Document
from maillon.formats.document import Statement
from maillon.kernel.key import PatientId
from maillon.record import api as record
from maillon.record.models import Observation, TimelineEntry
from maillon.record.models import Statement as StatementRow
from maillon.tasks import api as tasks
from maillon.tasks.models import Task
from tests.conftest import Cast
from tests.documents import making

TABLES = (Document, TimelineEntry, Observation, StatementRow, Task)


def _file_before_the_matrix(patient: PatientId, cast: Cast, type_code: str) -> None:
    making.file(
        patient,
        making.stated("problem", Statement(label="Asthme"), type_code=type_code, results=(making.result(),)),
        making.reader(cast.nadia),
    )
    for table in TABLES:
        table.objects.update(type_bit=0)


def test_the_rows_of_a_document_are_given_the_bit_of_its_type(cast: Cast, jeanne: PatientId) -> None:
    _file_before_the_matrix(jeanne, cast, "11502-2")
    key = making.key(jeanne, cast.nadia)
    assert len(record.timeline(key)) == 0
    assert tasks.my_day(cast.nadia).to_read == ()
    assert documents.rank_types() == 1
    assert len(record.timeline(key)) == 1
    assert len(tasks.my_day(cast.nadia).to_read) == 1
    bit = access_room.matrix.bit_of("11502-2")
    assert [set(table.objects.values_list("type_bit", flat=True)) for table in TABLES] == [{bit}] * len(TABLES)


def test_a_type_that_the_matrix_does_not_know_keeps_bit_zero(cast: Cast, jeanne: PatientId) -> None:
    _file_before_the_matrix(jeanne, cast, "never heard of")
    assert documents.rank_types() == 0
    assert len(record.timeline(making.key(jeanne, cast.nadia))) == 0
    assert len(record.timeline(making.key(jeanne, cast.claire))) == 1


def test_a_long_history_is_ranked_by_batches_and_once(cast: Cast, jeanne: PatientId) -> None:
    for _ in range(5):
        making.file(jeanne, making.filing())
    Document.objects.update(type_bit=0)
    assert documents.rank_types(batch=2) == 5
    assert documents.rank_types(batch=2) == 0
