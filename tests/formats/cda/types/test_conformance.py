"""The judge is the national kit; what it lets pass, our own checks must see."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from maillon.formats.cda.checks import check
from maillon.formats.cda.read import read_cda
from maillon.formats.cda.types.registry import STRUCTURED_TYPES
from maillon.formats.cda.write import write_cda
from maillon.formats.document import ClinicalDocument
from maillon.formats.refusal import Refused
from tests.formats.cda.types import kit
from tests.formats.cda.types.mutations import HOW_MANY, mutants
from tests.formats.cda.types.strategies import STRATEGIES

NAMES = [sheet.name for sheet in STRUCTURED_TYPES]
TEST_ROOTS = frozenset({"1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"})
MODELS = int(os.environ.get("CDA_KIT_MODELES", "4"))


def some_documents(name: str, how_many: int) -> list[ClinicalDocument]:
    """Always the same random models of a type."""
    found: list[ClinicalDocument] = []

    @settings(max_examples=how_many, database=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(STRATEGIES[name])
    def collect(document: ClinicalDocument) -> None:
        found.append(document)

    collect()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_official_kit_finds_no_error(name: str, tmp_path: Path) -> None:
    if not kit.is_there():
        pytest.skip("CDA_KIT et CDA_CONFORMANCE ne désignent pas le kit de conformité")
    documents = some_documents(name, MODELS)
    written = {f"{place:03d}": write_cda(document) for place, document in enumerate(documents)}
    errors = kit.errors_of(written, tmp_path)
    assert len(errors) == len(written)
    wrong = {place: said for place, said in errors.items() if said}
    print(f"{name} : {len(written) - len(wrong)} documents conformes sur {len(written)}")
    assert wrong == {}


@pytest.mark.parametrize("name", NAMES)
def test_nine_harmful_mutations_out_of_ten_are_caught(name: str, tmp_path: Path) -> None:
    """By our checks, told which version is replaced and which INS roots this environment admits; by the kit for those
    that they let pass, when it is there. Without the kit our checks alone must reach nine out of ten."""
    whole = [write_cda(document) for document in some_documents(name, 12)]
    changed = mutants(whole, seed=len(name))
    assert len(changed) == HOW_MANY
    missed = [(kind, data) for kind, place, data in changed if not _is_caught(data, whole[place])]
    by_us = HOW_MANY - len(missed)
    left = {f"{place:03d}": data for place, (_, data) in enumerate(missed)}
    if left and kit.is_there():
        errors = kit.errors_of(left, tmp_path)
        missed = [one for place, one in enumerate(missed) if not errors[f"{place:03d}"]]
    kinds = ", ".join(kind for kind, _ in missed) or "aucune"
    print(f"{name} : {by_us} par nos contrôles, {HOW_MANY - len(missed)} en tout sur {HOW_MANY} ; passées : {kinds}")
    assert len(missed) <= HOW_MANY // 10


def _is_caught(data: bytes, right: bytes) -> bool:
    try:
        return bool(check(data, previous=_previous(read_cda(right)), ins_roots=TEST_ROOTS))
    except Refused:
        return True


def _previous(document: ClinicalDocument) -> ClinicalDocument | None:
    """The version that the right document replaces."""
    version = document.version
    if version.replaces is None:
        return None
    before = replace(version, id=version.replaces, number=(version.number or 2) - 1, replaces=None)
    return replace(document, version=before)


@pytest.mark.parametrize("name", NAMES)
def test_a_right_document_is_not_accused(name: str) -> None:
    for document in some_documents(name, 5):
        written = write_cda(document)
        assert check(written, previous=_previous(read_cda(written)), ins_roots=TEST_ROOTS) == ()
