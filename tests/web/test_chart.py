from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.record import api as record
from maillon.web import chart

NUMBERS = st.decimals(min_value=-5, max_value=200_000, places=3)


def series(values: list[Decimal | None], *, low: str | None = None, high: str | None = None) -> record.Series:
    points = [
        record.Point(
            at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=30 * rank),
            value=value, value_text="" if value is not None else "< 1,0", low=Decimal(low) if low else None,
            high=Decimal(high) if high else None, range_text="", interpretation="", is_abnormal=False,
            document_uuid=None,
        )
        for rank, value in enumerate(values)
    ]  # fmt: skip
    return record.Series(code="c", system="s", label="Potassium", unit="mmol/L", group="", points=tuple(points[::-1]))


@settings(max_examples=80)
@given(st.lists(NUMBERS, min_size=2, max_size=40), st.booleans())
def test_everything_stays_inside_the_picture(values: list[Decimal], with_range: bool) -> None:
    drawn = chart.trend(series(list(values), low="3.5" if with_range else None, high="5.0" if with_range else None))
    assert drawn is not None
    assert all(chart.LEFT <= dot.x <= chart.WIDTH - chart.RIGHT for dot in drawn.dots)
    assert all(chart.TOP - 0.1 <= dot.y <= chart.HEIGHT - chart.BOTTOM + 0.1 for dot in drawn.dots)
    assert 2 <= len(drawn.values) <= 8
    if drawn.band:
        assert chart.TOP <= drawn.band.top <= drawn.band.bottom <= chart.HEIGHT - chart.BOTTOM


@settings(max_examples=60)
@given(st.lists(NUMBERS, min_size=2, max_size=30, unique=True))
def test_a_higher_value_is_never_drawn_lower(values: list[Decimal]) -> None:
    drawn = chart.trend(series(list(values)))
    assert drawn is not None
    order = sorted(zip(values, drawn.dots, strict=True), key=lambda pair: pair[0])
    assert all(one.y >= other.y for (_, one), (_, other) in zip(order, order[1:], strict=False))


def test_one_value_alone_has_no_picture() -> None:
    assert chart.trend(series([Decimal("4.2")])) is None
    assert chart.spark(series([Decimal("4.2"), None])) is None


def test_the_picture_is_said_in_one_sentence() -> None:
    drawn = chart.trend(series([Decimal("4.2"), Decimal("5.1")]))
    assert drawn is not None
    assert drawn.said == "Potassium, 2 valeurs\u202f: de 4,2 le 01/01/2024 à 5,1 mmol/L le 31/01/2024."


@settings(max_examples=30)
@given(st.lists(NUMBERS, min_size=2, max_size=60))
def test_dates_never_run_into_each_other(values: list[Decimal]) -> None:
    drawn = chart.trend(series(list(values)))
    assert drawn is not None
    first, *between, last = drawn.dates
    edges = [(first.place, first.place + chart.DATE_WIDTH)]
    edges += [(tick.place - chart.DATE_WIDTH / 2, tick.place + chart.DATE_WIDTH / 2) for tick in between]
    edges.append((last.place - chart.DATE_WIDTH, last.place))
    assert all(one[1] < other[0] for one, other in zip(edges, edges[1:], strict=False))
