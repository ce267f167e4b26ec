"""The content of the room, read once: facts, measures by family, stages, help."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

from maillon.kernel import clock, config, content
from maillon.territory.definition import (
    Fact,
    Facts,
    Family,
    Fault,
    Help,
    Measure,
    StageRules,
    fact_faults,
    help_faults,
    measure_faults,
    stage_faults,
)
from maillon.territory.stages import Limits

FOLDER: Final = config.CONTENT / "territoire"
T = TypeVar("T")


@functools.cache
def facts() -> Facts:
    return read(_text("faits.yaml"), Facts, "faits.yaml", fact_faults)


@functools.cache
def known_facts() -> dict[str, Fact]:
    return {each.code: each for each in facts().faits}


@functools.cache
def held_facts() -> frozenset[str]:
    """What our rooms hold of those who use Maillon, a statement of the others; and who lives in a basin."""
    stated = (each.code for each in facts().faits if each.releve)
    return frozenset({*stated, "lectures", "lectures_tardives", "population"})


@functools.cache
def families() -> tuple[Family, ...]:
    found = [read_family(path.read_text(encoding="utf-8"), path.name) for path in _files()]
    return tuple(sorted(found, key=lambda each: each.rang))


def measures() -> tuple[Measure, ...]:
    return tuple(measure for family in families() for measure in family.mesures)


def measure(code: str) -> Measure | None:
    return next((each for each in measures() if each.code == code), None)


@functools.cache
def stage_rules() -> StageRules:
    return read(_text("etapes.yaml"), StageRules, "etapes.yaml", stage_faults)


@functools.cache
def help_at_hand() -> Help:
    return read(_text("entraide.yaml"), Help, "entraide.yaml", help_faults)


def limits() -> Limits:
    """Those of today."""
    found = stage_rules().limits_on(clock.today())
    return Limits(regular_days=found.regulier_jours, silent_days=found.silence_jours)


def read_family(text: str, name: str) -> Family:
    """Raises ContentError with file and line, E-TER-01 among what it says."""
    return read(text, Family, name, lambda family: measure_faults(family, known_facts()))


def read(text: str, kind: type[T], name: str, faults: Callable[[Any], Iterable[Fault]]) -> T:
    whole = content.read_whole(text, kind, name)
    for record, key, message in faults(whole.value):
        raise content.ContentError(f"{name}, ligne {whole.line_of(record, key)} : {message}.")
    return whole.value


def _files() -> list[Path]:
    return sorted((FOLDER / "indicateurs").glob("*.yaml"))


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
