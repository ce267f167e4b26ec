"""Irritants are reported without a patient, and noticed once for each fact."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from maillon.irritants import api as irritants
from maillon.irritants.models import Irritant
from maillon.kernel.key import Actor
from tests.conftest import Cast
from tests.evaluations.conftest import refusal
from tests.irritants.making import finding, report, settle, triage


def test_the_eleven_codes_and_four_severities_are_there() -> None:
    codes = {each.code for each in irritants.grid().criteria}
    assert codes == {*(f"IR{rank}" for rank in range(1, 12)), "AUTRE"}
    delays = [each.delai_jours or 0 for each in irritants.grid().echelle]
    assert delays == sorted(delays, reverse=True)


def test_the_context_is_a_page_a_profession_a_version_and_a_browser(cast: Cast) -> None:
    report(cast.nadia)
    kept = Irritant.objects.get()
    assert (kept.screen, kept.role, kept.software, kept.browser) == (
        "dossier/<uuid:patient>/resultats", "Infirmier", "1.0", "Firefox, Windows",
    )  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [{"code": "IR99"}, {"severity": 9}, {"text": "  "}, {"text": "x" * 2001}, {"minutes_lost": -1},
     {"minutes_lost": 481}, {"place": "x" * 201}],
    ids=["code", "severity", "empty", "long", "negative", "too many", "place"],
)  # fmt: skip
def test_what_is_no_report_is_refused(cast: Cast, changed: dict[str, Any]) -> None:
    assert refusal(report, cast.nadia, **changed) == "E-IRR-01"
    assert not Irritant.objects.exists()
    report(cast.nadia)


@pytest.mark.parametrize(
    "text",
    ["Pour 2 79 03 51 215 189 89 rien ne part", "279035121518989", "2790351215189", "1 57 04 2A 321 546 12",
     "M. Dupont né le 12 avril", "Dame née le 03/02", f"Voir https://maillon/dossier/{uuid4()}/chronologie"],
    ids=["spaced", "15", "13", "Corse", "né le", "née le", "address"],
)  # fmt: skip
def test_a_report_names_no_patient_nor_the_address_of_a_record(cast: Cast, text: str) -> None:
    assert refusal(report, cast.nadia, text=text) == "E-IRR-02"
    assert refusal(report, cast.nadia, place=text) == "E-IRR-02"
    assert not Irritant.objects.exists()


@pytest.mark.parametrize(
    "text",
    ["Appelé le 06 12 34 56 78, attendu 12 minutes", "RPPS 899000000011 refusé", "C’est là qu’est né le problème"],
    ids=["telephone", "RPPS", "words"],
)  # fmt: skip
def test_other_numbers_may_be_said(cast: Cast, text: str) -> None:
    report(cast.nadia, text=text)


def test_a_fact_is_noticed_once(cast: Cast, agnes: Actor) -> None:
    first = irritants.reporting.find(finding(cast.tilleuls_id))
    assert irritants.reporting.find(finding(cast.tilleuls_id, text="autrement dit")) == first
    (line,) = irritants.lines.to_triage(agnes)
    assert (line.source_label, line.reported_by, line.times) == ("Constaté par la plateforme", "Maillon", 1)


def test_what_the_platform_notices_again_joins_the_follow_up_that_is_open(cast: Cast, agnes: Actor) -> None:
    first = irritants.reporting.find(finding(cast.tilleuls_id))
    irritants.reporting.find(finding(cast.tilleuls_id, origin="essai:2", severity=3))
    irritants.reporting.find(finding(cast.tilleuls_id, origin="essai:3", text="Autre chose."))
    irritants.reporting.find(finding(cast.elsewhere_id, origin="essai:4"))
    lines = {each.uuid: each for each in irritants.lines.to_triage(agnes)}
    assert len(lines) == 2
    assert (lines[first].times, lines[first].severity) == (2, 3)
    triage(agnes, first, owner=cast.karim)
    settle(cast.karim, first)
    again = irritants.reporting.find(finding(cast.tilleuls_id, origin="essai:5"))
    assert irritants.lines.show(agnes, again).state == "nouveau", "what was settled and comes back is read again"


def test_what_is_found_is_held_to_the_same_words(cast: Cast) -> None:
    assert refusal(irritants.reporting.find, finding(cast.tilleuls_id, text="né le 12")) == "E-IRR-02"
    assert refusal(irritants.reporting.find, finding(cast.tilleuls_id, code="IR12")) == "E-IRR-01"
    irritants.reporting.find(finding(cast.tilleuls_id))
