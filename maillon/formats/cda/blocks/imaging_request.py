"""FR-Demande-d-examen-ou-de-suivi of an imaging request, and FR-DICOM-Observation: what is asked for, and what the
radiologist must know before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from maillon.formats.cda.blocks.block import Block
from maillon.formats.cda.blocks.draft import Draft, OpenSection
from maillon.formats.cda.blocks.observation import Sheet, complete_result, observations, simple
from maillon.formats.cda.blocks.procedure import COLUMNS, REQUEST, complete_procedure, write_procedure
from maillon.formats.cda.blocks.values import full_label
from maillon.formats.document import Result, Statement

DICOM_OBSERVATION: Final = ("2.16.840.1.113883.10.20.6.2.13", "1.2.250.1.213.1.1.3.150")
IMAGING_REQUEST: Final = (*REQUEST, "1.2.250.1.213.1.1.3.27.3")
MEDICAL_HISTORY: Final = "11348-0"
SURGICAL_HISTORY: Final = "47519-4"
CONTRAINDICATION: Final = "64100-1"
CARE_NEED: Final = "ORG-192"
INFORMED_OF_RISKS: Final = "MED-1130"
TOLD_TO_THE_PATIENT: Final = "99622-3"


def complete_dicom(item: Result) -> Result:
    """Words alone are a coded value without a code."""
    wordy = item.value_kind is None and item.value is None and item.value_code is None and item.value_text is not None
    return complete_result(replace(item, value_kind="CD") if wordy else item)


def dicom_observations(*codes: str) -> Block:
    def takes(item: Any) -> bool:
        return item.code in codes

    sheet = Sheet(DICOM_OBSERVATION, dicom=True)
    return observations(sheet, complete=complete_dicom, takes=takes, noun="observation")


def _education(item: Result) -> Sheet:
    plain = simple()
    return plain._replace(told=True) if item.code == TOLD_TO_THE_PATIENT else plain


def _is_education(item: Any) -> bool:
    return item.code in (INFORMED_OF_RISKS, TOLD_TO_THE_PATIENT)


def _complete_education(item: Result) -> Result:
    return replace(item, value_kind="BL") if item.code == INFORMED_OF_RISKS else replace(item, value_kind=None)


def write_requests(draft: Draft, section: OpenSection, items: Sequence[Statement]) -> None:
    table = section.table(*COLUMNS)
    for item in items:
        write_procedure(section, draft, item, row=table.row(), templates=IMAGING_REQUEST)


def complete_request(item: Statement) -> Statement:
    found = replace(item, kind="OBS", mood=item.mood or "INT", label=full_label(item))
    return complete_procedure(found)


HISTORY: Final = dicom_observations(MEDICAL_HISTORY, SURGICAL_HISTORY, CONTRAINDICATION, CARE_NEED)
EDUCATION: Final = observations(_education, complete=_complete_education, takes=_is_education, noun="information")
IMAGING_REQUESTS: Final = Block(list="plan", write=write_requests, complete=complete_request, noun="acte d’imagerie")
