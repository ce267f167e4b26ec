from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from maillon.kernel import clock
from maillon.kernel.key import PatientId
from maillon.record import api as record
from maillon.record.models import LastVisit
from tests.conftest import Cast
from tests.documents import making

HOUR = dt.timedelta(hours=1)


def at(day: int) -> str:
    return f"2026-02-{day:02d}T09:00:00+01:00"


def titles(patient: PatientId, cast: Cast, **asked: object) -> list[str]:
    return [line.title for line in record.timeline(making.key(patient, cast.claire), **asked)]  # type: ignore[arg-type]


def test_the_latest_act_comes_first_whatever_the_order_of_arrival(cast: Cast, jeanne: PatientId) -> None:
    for day in (3, 9, 1, 7):
        making.file(jeanne, making.filing(title=str(day), act_at=at(day)))
    assert titles(jeanne, cast) == ["9", "7", "3", "1"]


def test_the_line_tells_all_that_it_shows(cast: Cast, jeanne: PatientId) -> None:
    received = dt.datetime(2026, 2, 8, 12, tzinfo=dt.UTC)
    making.link(jeanne, cast.claire, "medecin_traitant")  # restricted: the treating physician reads it
    filed = making.file(
        jeanne,
        making.filing(
            type_code="11502-2", title="Biologie", act_at=at(7), author="Dr Biologiste",
            author_profession_code="G15_10/SM03",
            organization="Laboratoire du Port", confidentiality="R", level=3,
            results=(making.result(interpretation="H"),),
        ),
        received_at=received,
    )  # fmt: skip
    (line,) = record.timeline(making.key(jeanne, cast.claire))
    assert (line.document_uuid, line.at, line.received_at) == (
        filed.uuid, dt.datetime(2026, 2, 7, 8, tzinfo=dt.UTC), received,
    )  # fmt: skip
    assert (line.kind, line.type_code, line.title, line.author, line.profession_code, line.organization) == (
        "10", "11502-2", "Biologie", "Dr Biologiste", "G15_10", "Laboratoire du Port",
    )  # fmt: skip
    assert (line.status, line.confidentiality, line.abnormal_count, line.level) == ("current", "R", 1, 3)


def test_the_timeline_is_filtered_by_kind_and_by_profession(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, making.filing(title="biologie", type_code="11502-2", author_profession_code="G15_10"))
    making.file(jeanne, making.filing(title="imagerie", type_code="18748-4", author_profession_code="G15_10"))
    making.file(jeanne, making.filing(title="kiné", type_code="11506-3", author_profession_code="G15_70"))
    kinds = record.counts(making.key(jeanne, cast.claire))
    assert sum(kinds.values()) == 3
    kind_of = {line.title: line.kind for line in record.timeline(making.key(jeanne, cast.claire))}
    assert set(titles(jeanne, cast, kinds=frozenset({kind_of["imagerie"]}))) == {
        title for title, kind in kind_of.items() if kind == kind_of["imagerie"]
    }
    assert titles(jeanne, cast, professions=frozenset({"G15_70"})) == ["kiné"]
    assert titles(jeanne, cast, professions=frozenset({"G15_60"})) == []
    assert len(titles(jeanne, cast, professions=frozenset({"G15_70", "G15_10"}))) == 3
    assert titles(jeanne, cast, kinds=frozenset({kind_of["kiné"]}), professions=frozenset({"G15_60"})) == []


def test_a_replaced_version_is_shown_only_when_asked_for(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, making.filing(title="v1", unique_id="v1"))
    making.file(jeanne, making.filing(title="v2", unique_id="v2", replaces="v1"))
    assert titles(jeanne, cast) == ["v2"]
    assert sorted(titles(jeanne, cast, with_replaced=True)) == ["v1", "v2"]
    assert sum(record.counts(making.key(jeanne, cast.claire)).values()) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_give_each_line_once_even_when_all_have_one_date(cast: Cast, jeanne: PatientId, size: int) -> None:
    for number in range(11):
        making.file(jeanne, making.filing(title=str(number), act_at=at(5 if number < 8 else number)))
    access = making.key(jeanne, cast.claire)
    whole = [line.id for line in record.timeline(access)]
    read: list[int] = []
    before = None
    while page := record.timeline(access, limit=size, before=before):
        read += [line.id for line in page]
        before = (page[-1].at, page[-1].id)
        if len(read) == size:
            making.file(jeanne, making.filing(title="arrived meanwhile", act_at=at(28)))
    assert read == whole
    assert len(set(read)) == 11


def test_what_arrived_since_the_last_visit_is_marked_whatever_its_date(cast: Cast, jeanne: PatientId) -> None:
    visit = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
    making.file(jeanne, making.filing(title="seen", act_at=at(20)), received_at=visit - HOUR)
    making.file(jeanne, making.filing(title="old act, new letter", act_at=at(1)), received_at=visit + HOUR)
    making.file(jeanne, making.filing(title="at the very instant", act_at=at(2)), received_at=visit)
    access = making.key(jeanne, cast.claire)
    marked = {line.title for line in record.timeline(access, new_since=visit) if line.is_new}
    assert marked == {"old act, new letter"}
    assert titles(jeanne, cast, new_since=visit, only_new=True) == ["old act, new letter"]
    assert not any(line.is_new for line in record.timeline(access))


def test_an_author_sees_and_counts_only_what_they_wrote(cast: Cast, jeanne: PatientId) -> None:
    said = {"allergy": [making.Statement(label="Pénicilline")]}
    making.file(jeanne, making.filing(results=(making.result(),), statements=said))
    making.file(
        jeanne,
        making.filing(title="mine", author_national_id=cast.paul.national_id, results=(making.result(value="5"),)),
    )
    access = making.key(jeanne, cast.paul)
    assert [line.title for line in record.timeline(access)] == ["mine"]
    assert sum(record.counts(access).values()) == 1
    (series,) = record.latest_results(access)
    assert [str(point.value.normalize()) for point in series.points if point.value] == ["5"]
    (same,) = record.series(access, system=making.LOINC, code="2823-3")
    assert len(same.points) == 1
    assert record.statements(access) == []
    assert record.allergy_summary(access).state == "not_recorded"


def test_a_record_shows_nothing_of_another_patient(cast: Cast, jeanne: PatientId) -> None:
    other = making.patient()
    said = {"allergy": [making.Statement(label="Pénicilline")]}
    making.file(other, making.filing(results=(making.result(),), statements=said))
    access = making.key(jeanne, cast.claire)
    assert record.timeline(access) == []
    assert record.counts(access) == {}
    assert record.latest_results(access) == []
    assert record.series(access, system=making.LOINC, code="2823-3") == []
    assert record.statements(access) == []
    assert record.allergy_summary(access).state == "not_recorded"


def test_the_first_visit_has_no_former_one(cast: Cast, jeanne: PatientId) -> None:
    assert record.note_visit(making.key(jeanne, cast.claire)) is None


def test_openings_within_one_hour_are_one_visit(cast: Cast, jeanne: PatientId) -> None:
    first = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)

    access = making.key(jeanne, cast.claire)

    def visit(moment: dt.datetime) -> dt.datetime | None:
        with time_machine.travel(moment, tick=False):
            return record.note_visit(access)

    assert visit(first) is None
    assert visit(first + 59 * HOUR / 60) is None, "the same visit"
    second = first + 2 * HOUR
    assert visit(second) == first
    assert visit(second + HOUR / 2) == first, "a page read again keeps its marks"
    assert visit(second + 3 * HOUR) == second


def test_each_reader_has_their_own_visits_of_each_patient(cast: Cast, jeanne: PatientId) -> None:
    other = making.patient()
    making.link(other, cast.claire)
    with time_machine.travel(clock.now() - 5 * HOUR):
        record.note_visit(making.key(jeanne, cast.claire))
    assert record.note_visit(making.key(jeanne, cast.nadia)) is None
    assert record.note_visit(making.key(other, cast.claire)) is None
    assert record.note_visit(making.key(jeanne, cast.claire)) is not None


def test_a_machine_makes_no_visits(cast: Cast, jeanne: PatientId) -> None:
    assert record.note_visit(making.key(jeanne)) is None
    assert not LastVisit.objects.exists()
