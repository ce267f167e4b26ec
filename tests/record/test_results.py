from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from maillon.documents.filing import Filed
from maillon.formats.coded import Concept, Isolate
from maillon.formats.document import Result
from maillon.kernel.key import PatientId
from maillon.record import api as record
from tests.conftest import Cast
from tests.documents import making


def measured(patient: PatientId, *results: Result, **changed: Any) -> Filed:
    return making.file(patient, making.filing(type_code="11502-2", results=results, **changed))


def on(day: int, value: str | None, **changed: Any) -> Result:
    return making.result(at=f"2026-01-{day:02d}T08:00:00+01:00", value=value, **changed)


def values(series: record.Series) -> list[Decimal | None]:
    return [point.value for point in series.points]


def test_one_thing_measured_over_time_is_one_series_latest_first(cast: Cast, jeanne: PatientId) -> None:
    first = measured(jeanne, on(2, "4.1"))
    third = measured(jeanne, on(20, "5.3"))
    measured(jeanne, on(9, "4.6"))
    (series,) = record.latest_results(making.key(jeanne, cast.claire))
    assert values(series) == [Decimal("5.3"), Decimal("4.6"), Decimal("4.1")]
    assert (series.label, series.code, series.unit) == ("Potassium", "2823-3", "mmol/L")
    assert series.latest.document_uuid == third.uuid
    assert series.previous is not None
    assert series.previous.value == Decimal("4.6")
    assert series.points[2].document_uuid == first.uuid


def test_a_single_value_has_no_previous_one(cast: Cast, jeanne: PatientId) -> None:
    measured(jeanne, on(2, "4.1"))
    (series,) = record.latest_results(making.key(jeanne, cast.claire))
    assert series.previous is None


def test_values_in_another_unit_are_another_series(cast: Cast, jeanne: PatientId) -> None:
    measured(jeanne, on(2, "5.5"), on(3, "1.0", unit="g/L"), on(4, "5.7"))
    access = making.key(jeanne, cast.claire)
    found = record.latest_results(access)
    assert {(series.unit, len(series.points)) for series in found} == {("mmol/L", 2), ("g/L", 1)}
    assert len(record.series(access, system=making.LOINC, code="2823-3")) == 2


def test_the_same_code_in_another_system_is_another_thing(cast: Cast, jeanne: PatientId) -> None:
    measured(jeanne, on(2, "4.1"), on(3, "5", system="1.2.3"))
    access = making.key(jeanne, cast.claire)
    assert len(record.latest_results(access)) == 2
    (series,) = record.series(access, system="1.2.3", code="2823-3")
    assert values(series) == [Decimal(5)]


def test_a_result_without_code_is_known_by_its_label(cast: Cast, jeanne: PatientId) -> None:
    local = {"code": None, "system": None, "unit": None}
    measured(
        jeanne,
        on(2, "1", label="Score A", **local),
        on(3, "2", label="Score A", **local),
        on(4, "3", label="Score B", **local),
    )
    access = making.key(jeanne, cast.claire)
    assert {(series.label, len(series.points)) for series in record.latest_results(access)} == {
        ("Score A", 2), ("Score B", 1),
    }  # fmt: skip
    (series,) = record.series(access, system="", code="", label="Score A")
    assert values(series) == [Decimal(2), Decimal(1)]


def test_one_code_whose_label_changed_is_one_series_with_its_latest_label(cast: Cast, jeanne: PatientId) -> None:
    measured(jeanne, on(2, "4.1", label="K+"), on(9, "4.3", label="Potassium sérique"))
    (series,) = record.latest_results(making.key(jeanne, cast.claire))
    assert (series.label, len(series.points)) == ("Potassium sérique", 2)


def test_the_most_recently_measured_series_comes_first(cast: Cast, jeanne: PatientId) -> None:
    measured(jeanne, on(9, "1", code="a"), on(20, "1", code="b"), on(2, "1", code="c"))
    assert [series.code for series in record.latest_results(making.key(jeanne, cast.claire))] == ["b", "a", "c"]


def test_a_summary_keeps_the_last_points_and_a_series_keeps_all(cast: Cast, jeanne: PatientId) -> None:
    measured(jeanne, *(on(day, str(day)) for day in range(1, 21)))
    access = making.key(jeanne, cast.claire)
    (short,) = record.latest_results(access, points=3)
    (whole,) = record.series(access, system=making.LOINC, code="2823-3")
    assert values(short) == [Decimal(20), Decimal(19), Decimal(18)]
    assert len(whole.points) == 20


@pytest.mark.parametrize(
    ("changed", "is_abnormal"),
    [
        ({"interpretation": "H"}, True),
        ({"interpretation": "LL"}, True),
        ({"interpretation": "POS"}, True),
        ({"interpretation": "N"}, False),
        ({"interpretation": "N", "value": "9", "high": "5"}, False),  # the laboratory's own word wins
        ({"interpretation": None, "value": "5.2", "low": "3.5", "high": "5.1"}, True),
        ({"interpretation": None, "value": "3.4", "low": "3.5", "high": "5.1"}, True),
        ({"interpretation": None, "value": "5.1", "low": "3.5", "high": "5.1"}, False),
        ({"interpretation": None, "value": "3.5", "low": "3.5", "high": "5.1"}, False),
        ({"interpretation": None, "value": "5,2", "high": "5,1"}, True),
        ({"interpretation": None, "value": "0.9", "low": "10"}, True),
        ({"interpretation": None, "value": "100", "high": "99.5"}, True),
        ({"interpretation": None, "value": None, "value_text": "Négatif", "high": "5"}, False),
        ({"interpretation": None, "value": "5", "low": "abc"}, False),
    ],
)
def test_a_result_is_abnormal_by_its_interpretation_else_by_its_range(
    cast: Cast, jeanne: PatientId, changed: dict[str, Any], is_abnormal: bool
) -> None:
    measured(jeanne, making.result(**changed))
    access = making.key(jeanne, cast.claire)
    (series,) = record.latest_results(access)
    assert series.latest.is_abnormal is is_abnormal
    (line,) = record.timeline(access)
    assert line.abnormal_count == int(is_abnormal)


def test_a_point_keeps_its_range_and_its_words(cast: Cast, jeanne: PatientId) -> None:
    measured(
        jeanne,
        making.result(value=None, value_text="< 1,0", low="0", high="5", range_text="inférieur à 5", group="Ions"),
    )
    (series,) = record.latest_results(making.key(jeanne, cast.claire))
    point = series.latest
    assert (point.value, point.value_text, point.low, point.high, point.range_text, series.group) == (
        None, "< 1,0", Decimal(0), Decimal(5), "inférieur à 5", "Ions",
    )  # fmt: skip


def test_a_result_without_date_has_that_of_the_act(cast: Cast, jeanne: PatientId) -> None:
    measured(jeanne, making.result(at=None), act_at="2026-02-03T07:00:00+00:00")
    (series,) = record.latest_results(making.key(jeanne, cast.claire))
    assert series.latest.at.isoformat() == "2026-02-03T07:00:00+00:00"


def test_the_values_of_a_replaced_version_leave_the_series(cast: Cast, jeanne: PatientId) -> None:
    measured(jeanne, on(2, "14"), unique_id="v1")
    measured(jeanne, on(2, "4.1"), unique_id="v2", replaces="v1")
    access = making.key(jeanne, cast.claire)
    assert [values(series) for series in record.latest_results(access)] == [[Decimal("4.1")]]
    (series,) = record.series(access, system=making.LOINC, code="2823-3")
    assert values(series) == [Decimal("4.1")]


def test_what_one_germ_withstands_is_never_read_for_another(cast: Cast, jeanne: PatientId) -> None:
    coli, other = (
        Isolate(organism=Concept(code=code, system="2.16.840.1.113883.6.96", label=f"{name} (organism)", text=name))
        for code, name in (("112283007", "Escherichia coli"), ("58800005", "Streptococcus D."))
    )
    drug = {"code": "20-8", "label": "Amoxicilline", "unit": "ug/mL", "low": None, "high": None}
    measured(
        jeanne,
        on(
            2,
            None,
            **drug,
            value_text="≥ 32",
            interpretation="R",
            isolate=coli,
            group="Escherichia coli – Antibiogramme",
        ),
        on(2, None, **drug, value_text="< 0,5", interpretation="S", isolate=other, group="Streptococcus D."),
        on(
            9,
            None,
            **drug,
            value_text="≥ 64",
            interpretation="R",
            isolate=coli,
            group="Escherichia coli – Antibiogramme",
        ),
    )
    access = making.key(jeanne, cast.claire)
    found = {series.germ: series for series in record.latest_results(access)}
    assert {germ: (one.name, one.latest.interpretation) for germ, one in found.items()} == {
        "Escherichia coli": ("Amoxicilline", "R"),
        "Streptococcus D.": ("Amoxicilline", "S"),
    }
    assert found["Escherichia coli"].label == "Amoxicilline – Escherichia coli"  # wherever it is shown alone
    assert [point.value_text for point in found["Escherichia coli"].points] == ["≥ 64", "≥ 32"]
    (series,) = record.series(access, system=making.LOINC, code="20-8", germ="Streptococcus D.")
    assert [point.value_text for point in series.points] == ["< 0,5"]
