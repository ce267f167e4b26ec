"""Promises that hold for every structured type: what is written is read back equal, every reference resolves, our own
checks find nothing, and every denial survives."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from maillon.formats.cda.checks import check
from maillon.formats.cda.normal_form import normal_form
from maillon.formats.cda.read import read_cda
from maillon.formats.cda.types.registry import STRUCTURED_TYPES
from maillon.formats.cda.write import write_cda
from maillon.formats.document import ClinicalDocument
from tests.formats.cda.types.strategies import STRATEGIES

NAMES = [sheet.name for sheet in STRUCTURED_TYPES]
LOOK = settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


def test_every_registered_type_has_its_random_models() -> None:
    assert set(STRATEGIES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@LOOK
@given(data=st.data())
def test_what_is_written_is_read_back_equal(name: str, data: st.DataObject) -> None:
    document = data.draw(STRATEGIES[name])
    written = write_cda(document)
    again = read_cda(written)
    assert again.conformance.anomalies == ()
    assert normal_form(again) == normal_form(document)
    assert read_cda(write_cda(again)) == again  # not only in the normal form: nothing drifts when it is written again
    assert normal_form(normal_form(document)) == normal_form(document)


@pytest.mark.parametrize("name", NAMES)
@LOOK
@given(data=st.data())
def test_our_own_checks_find_nothing_in_what_we_write(name: str, data: st.DataObject) -> None:
    assert check(write_cda(data.draw(STRATEGIES[name]))) == ()


@pytest.mark.parametrize("name", NAMES)
@LOOK
@given(data=st.data())
def test_what_is_denied_stays_denied(name: str, data: st.DataObject) -> None:
    document = data.draw(STRATEGIES[name])
    again = read_cda(write_cda(document))
    assert denials(again) == denials(normal_form(document))


def denials(document: ClinicalDocument) -> list[tuple[str, str | None, bool, bool]]:
    """List, code, negated, absent: sorted, since the writer puts items in the order of the sections."""
    lists = ("problems", "allergies", "medications", "vaccinations", "procedures", "devices", "plan", "results")
    return sorted(
        (name, item.code or item.label, item.negated, item.absent) for name in lists for item in getattr(document, name)
    )
