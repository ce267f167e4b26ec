"""LDL-SES: what was stopped during the stay is said apart, with its reason (CSP R1112-1-2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from maillon.formats.cda.read import read_cda
from maillon.formats.cda.write import write_cda
from maillon.formats.coded import Concept, Part
from maillon.formats.document import ClinicalDocument, Statement
from maillon.formats.refusal import Refused
from tests.formats.cda.types.common import CIS
from tests.formats.cda.types.test_conformance import some_documents

WHY = Part(role="reason", code=Concept(text="Saignement digestif"))
PLAVIX = Statement(code="63564053", system=CIS, label="PLAVIX 75 mg, comprimé pelliculé", end="2026-05-03")


def letter(**changed: Any) -> ClinicalDocument:
    document = some_documents("LDL-SES 2022.01", 1)[0]
    going_on = tuple(one for one in document.medications if one.status != "aborted" and one.section_code is None)
    return replace(document, medications=(*going_on, replace(PLAVIX, **changed)))


@pytest.mark.parametrize("how", [{"status": "aborted"}, {"section_code": "18610-6"}], ids=["status", "section"])
def test_a_treatment_stopped_without_a_reason_is_refused_then_written_with_it(how: dict[str, str]) -> None:
    with pytest.raises(Refused) as refusal:
        write_cda(letter(**how))
    assert refusal.value.code == "E-AMB-08"
    assert "PLAVIX" in str(refusal.value)
    again = read_cda(write_cda(letter(**how, parts=(WHY,))))
    (found,) = [one for one in again.medications if one.section_code == "18610-6"]
    assert (found.status, found.details) == ("aborted", (("Motif", "Saignement digestif"),))
    (section,) = [one for one in again.sections if one.code == "18610-6"]
    assert section.title == "Traitements arrêtés"
    assert "Saignement digestif" in section.text


def test_what_goes_on_is_not_among_what_was_stopped() -> None:
    again = read_cda(write_cda(letter()))
    assert [one.section_code for one in again.medications if one.code == PLAVIX.code] == ["10183-2"]
    with pytest.raises(Refused) as refusal:
        write_cda(letter(status="aborted", section_code="10183-2", parts=(WHY,)))
    assert refusal.value.code == "E-ECR-11"
