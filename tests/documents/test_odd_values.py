"""Whatever a sender writes in a value, the document is filed: what is no number is kept as text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillon.documents import api as documents
from maillon.documents.models import Content, Document
from maillon.formats.document import Anomaly, Result, Statement
from maillon.kernel.key import PatientId
from maillon.record import api as record
from maillon.record.models import Observation
from tests.conftest import Cast
from tests.documents import making

ODD = (
    "", " ", "NaN", "sNaN", "-Infinity", "1e400", "1E-400", "1e-99999", "-1E-999999999", "1e99999999999999999999",
    "999999999999.999999999", "-999999999999.999999999", "999999999999.99999999", "1000000000000", "0.00000000049",
    "1234567890123456789012345678901234567890", "0.1234567890123456789012345678901234567890", "1,5", "1.234,5", "1 000",
    "1\u202f000,5", "1_000", "١٢", "12 ", "0x10", "1/2", "\0", "4\0.1", "\x01", "é" * 5000, "9" * 10_000, "\ud800",
    "< 1,0",
    "+5", "--5", "5.", ".5", "٫", "∞", "1e", "e1", "\\u0000", "\\", '"', "'; DROP TABLE x; --", "%s", "%(patient)s",
    "{}",
)  # fmt: skip
ODD_DATES = (
    "2026-W01-1", "20260101", "2026-W01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30",
    "2026",
    "2026-03-01T08:00:00+23:59", "2026-03-01T08:00:00.123456789+01:00", "2026-03-01T08:00:00,5", "\0", "x" * 500,
    "0000",
)  # fmt: skip
_texts = st.sampled_from(ODD) | st.text(max_size=60) | st.decimals().map(str) | st.text(min_size=900, max_size=1100)
_dates = st.sampled_from(ODD_DATES) | st.text(max_size=12) | st.datetimes().map(dt.datetime.isoformat)
_some = st.none() | _texts
_numbers = st.none() | st.integers() | st.integers(0, 3)


def _record(kind: Any, dates: tuple[str, ...], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Every text field takes odd texts, every date field odd dates."""
    fields = {
        name: (st.none() | _dates) if name in dates else _some
        for name, field in kind.__dataclass_fields__.items()
        if field.type == "str | None"
    }
    return st.builds(kind, **(fields | more))


_results = _record(Result, ("at",), negated=st.booleans(), absent=st.booleans())
_statements = _record(
    Statement, ("start", "end"), negated=st.booleans(), absent=st.booleans(), reactions=st.tuples(_texts)
)
_filings = st.fixed_dictionaries(
    {
        "results": st.lists(_results, max_size=4).map(tuple),
        "statements": st.dictionaries(
            st.sampled_from(["problem", "allergy", "plan"]), st.lists(_statements, max_size=2), max_size=2
        ),
        "title": _some, "set_id": _some, "replaces": _some, "version_number": _numbers,
        "written_at": st.none() | _dates, "act_at": st.none() | _dates, "confidentiality": _some, "language": _some,
        "author": _texts, "text": _texts,
        "author_profession_code": _some, "author_national_id": _some, "organization": _some, "organization_id": _some,
        "type_code": _texts, "type_system": _some,
        "anomalies": st.lists(st.builds(Anomaly, code=_texts, message=_texts), max_size=2).map(tuple),
    }
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(odd=_filings)
def test_no_odd_value_prevents_a_filing_nor_its_reading(cast: Cast, jeanne: PatientId, odd: dict[str, Any]) -> None:
    with transaction.atomic():
        filed = making.file(jeanne, making.filing(**odd), making.reader(cast.claire))
        assert filed.outcome == "filed"
        while documents.index_words():
            pass
        making.link(jeanne, cast.claire, "medecin_traitant")  # an odd confidentiality is the strictest one
        access = making.key(jeanne, cast.claire)
        assert record.timeline(access, with_replaced=True)
        record.latest_results(access)
        record.statements(access)
        documents.read(access, filed.uuid)
        transaction.set_rollback(True)


FIELDS = ("value", "low", "high", "value_text", "unit", "label", "code", "interpretation", "range_text", "group")


@pytest.mark.parametrize("value", ODD, ids=ascii)
def test_each_known_oddity_is_filed_in_every_field(cast: Cast, jeanne: PatientId, value: str) -> None:
    making.file(jeanne, making.filing(results=tuple(making.result(**{field: value}) for field in FIELDS)))
    assert Observation.objects.count() == len(FIELDS)


@pytest.mark.parametrize("at", ODD_DATES)
def test_a_result_with_an_odd_date_is_filed(cast: Cast, jeanne: PatientId, at: str) -> None:
    making.file(jeanne, making.filing(results=(making.result(at=at),)))
    assert Observation.objects.get().at


def point(**changed: Any) -> Observation:
    result = making.result(**changed)
    making.file(making.patient(), making.filing(results=(result,)))
    return Observation.objects.latest("id")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("4.1", "4.1"), ("4,1", "4.1"), ("-0.5", "-0.5"), ("1e3", "1000"), ("0", "0"), ("0.00", "0"),
        ("999999999999.99999999", "999999999999.99999999"), ("0.00000001", "0.00000001"),
        ("3.14159265358979", "3.14159265"),
    ],
)  # fmt: skip
def test_a_number_is_kept_as_a_number(cast: Cast, written: str, value: str) -> None:
    found = point(value=written)
    assert found.value == Decimal(value)
    assert found.value_text == ""


@pytest.mark.parametrize(
    "written", ["NaN", "1e400", "999999999999.999999999", "1000000000000", "1E-400", "0.0000000014", "1.234,5", "> 5"]
)
def test_what_the_base_cannot_hold_as_a_number_is_kept_as_it_was_written(cast: Cast, written: str) -> None:
    found = point(value=written)
    assert (found.value, found.value_text) == (None, written)


def test_a_text_given_beside_the_number_is_kept(cast: Cast) -> None:
    found = point(value="1.0", value_text="< 1,0")
    assert (found.value, found.value_text) == (Decimal(1), "< 1,0")


def test_a_negated_result_is_never_filed_as_one_that_was_found(cast: Cast, jeanne: PatientId) -> None:
    making.file(jeanne, making.filing(results=(making.result(negated=True), making.result(absent=True))))
    assert record.latest_results(making.key(jeanne, cast.claire)) == []


def test_a_body_of_rare_letters_is_indexed_and_holds_nobody_up(cast: Cast, jeanne: PatientId) -> None:
    words = " ".join(chr(0x20000 + n // 200) + chr(0x20000 + n % 200) + "𠮷" for n in range(40_000))
    making.file(jeanne, making.filing(text=words))
    making.file(jeanne, making.filing(text="hyperkaliémie"))
    while documents.index_words():
        pass
    assert not Content.objects.filter(search__isnull=True).exists()
    assert len(documents.search(making.key(jeanne, cast.claire), "hyperkaliémie")) == 1


def test_a_loose_file_whose_name_is_broken_text_is_filed(cast: Cast, jeanne: PatientId) -> None:
    loose = documents.from_loose_file(
        b"%PDF-1.7", media_type="application/pdf", title="Compte\udce9rendu\0.pdf", text="mot\0mot \udcff"
    )
    making.file(jeanne, loose)
    assert Document.objects.get().title == "Compte\ufffdrendu .pdf"
