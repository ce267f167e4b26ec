"""Which questionnaires there are: the files of content/questionnaires, read once, checked whole."""

from __future__ import annotations

import functools
from pathlib import Path

from maillon.access import api as access_room
from maillon.formats.questionnaire.model import Choice, Example, Group, Question, Questionnaire
from maillon.forms.checking import mistakes
from maillon.kernel import clock, config, content
from maillon.kernel.key import Actor

FOLDER = config.CONTENT / "questionnaires"
OF_PATIENTS = "74465-6"  # « questionnaire patient » (JDV_J07): the type of what the patient answers


def read_file(path: Path) -> Questionnaire:
    """Raises ContentError: file, line, and what was expected."""
    text = path.read_text(encoding="utf-8")
    asked = read_text(text, path.name)
    if asked.code != path.stem:
        line = content.line_of(text, ("code",))
        raise content.ContentError(f"{path.name}, ligne {line} : le code est celui du fichier, « {path.stem} ».")
    return asked


def read_text(text: str, name: str) -> Questionnaire:
    """The same of a text; `name` is said in the errors."""
    asked = content.read_text(text, Questionnaire, name)
    for place, message in mistakes(asked):
        raise content.ContentError(f"{name}, ligne {content.line_of(text, place)} : {message}.")
    return asked


@functools.cache
def definitions() -> dict[str, Questionnaire]:
    """Every questionnaire by its code, in the order in which they are offered."""
    found = [read_file(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return {each.code: each for each in sorted(found, key=lambda each: (each.rang, each.titre))}


def definition(code: str) -> Questionnaire | None:
    return definitions().get(code)


def answerable_by(actor: Actor, asked: Questionnaire) -> bool:
    """By what it asks of its respondents, and by the matrix (arrêté du 26/10/2023)."""
    if actor.kind != "professional" or not asked.is_for_professionals:
        return False
    is_named = not asked.professions or actor.profession_code in asked.professions
    return is_named and access_room.matrix.may_write(actor.profession_code, asked.type, on=clock.today())


__all__ = [
    "Choice",
    "Example",
    "Group",
    "Question",
    "Questionnaire",
    "answerable_by",
    "definition",
    "definitions",
    "read_file",
    "read_text",
]
