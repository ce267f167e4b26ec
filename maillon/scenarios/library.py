"""The journeys of content/parcours, read and checked: a mistake is refused with its line."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

from maillon.kernel import config, content
from maillon.kernel.message import UserMessage
from maillon.noticed import api as noticed
from maillon.scenarios.definition import (
    CHANNELS,
    DONE_BY,
    OUTSIDE,
    VERBS_OF_OUTSIDE,
    Actor,
    Document,
    Expected,
    Scenario,
    Step,
    Variant,
    Verb,
)
from maillon.terminology import api as terminology

FOLDER: Final = config.CONTENT / "parcours"
OLDEST: Final = 120
LONGEST_CODE: Final = 20
MOST_REENTRIES: Final = 99
_WITH_DOCUMENT: Final[frozenset[Verb]] = frozenset({"demander", "ecrire", "remplir", "publier", "dispenser", "deposer"})
_OF_ANOTHER: Final[frozenset[Verb]] = frozenset({"dispenser", "lire", "recevoir"})


def names() -> tuple[str, ...]:
    """Every journey by the name of its file."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def text_of(name: str) -> str:
    """The file word for word. Raises UserMessage."""
    if name not in names():
        known = ", ".join(names())
        raise UserMessage("E-PAR-01", f"Il n’y a pas de parcours « {name} ». Parcours connus\u202f: {known}.")
    try:
        return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise content.ContentError(f"{name}.yaml : le fichier n’est pas de l’UTF-8.") from error


def scenario(name: str) -> Scenario:
    """Raises UserMessage, and ContentError with the line of a mistake."""
    return read(text_of(name), f"{name}.yaml")


@functools.lru_cache(maxsize=64)
def read(text: str, name: str) -> Scenario:
    """A journey from its text, which takes a tenth of a second: kept, for lists of runs and pages that ask every few
    seconds. Raises ContentError."""
    found = content.read_whole(text, Scenario, name)
    for record, key, message in _faults(found.value):
        raise content.ContentError(f"{name}, ligne {found.line_of(record, key)} : {message}.")
    return found.value


@functools.lru_cache(maxsize=64)
def as_played(text: str, name: str) -> Scenario:
    """A journey that was played or prepared, from the text that was kept of it: by its shape alone, as the letters and
    the facts that it names may be called otherwise since. Raises ContentError."""
    return content.read_text(text, Scenario, name)


def _faults(scenario: Scenario) -> Iterator[tuple[Any, str, str]]:
    """(record, key, message) of what the shape alone does not show."""
    if not scenario.etapes:
        yield scenario, "etapes", "un parcours a au moins une étape"
    if not 0 <= scenario.patient.age <= OLDEST:
        yield scenario.patient, "age", f"l’âge va de 0 à {OLDEST} ans"
    for actor in scenario.acteurs.values():
        if actor.profession != "patient" and not actor.personne:
            yield actor, "personne", "il manque la personne de la démonstration qui tient ce rôle"
    before: dict[str, Step] = {}
    for step in scenario.etapes:
        yield from _faults_of_step(scenario, step, before)
        last = next(reversed(before.values()), None)
        if last is not None and step.quand < last.quand:
            yield step, "quand", f"« {step.quand} » vient avant l’étape {last.code} ({last.quand}), qui la précède"
        before[step.code] = step
    for each in fields(scenario.jalons):
        code = getattr(scenario.jalons, each.name)
        if code and code not in before:
            yield scenario.jalons, each.name, f"l’étape « {code} » n’existe pas"
    yield from _faults_of_variants(scenario, before)


def _faults_of_variants(scenario: Scenario, before: dict[str, Step]) -> Iterator[tuple[Any, str, str]]:
    seen: set[str] = set()
    for variant in scenario.variantes:
        yield from _faults_of_moments(variant, list(before))
        if not _is_at_work(scenario, variant.signale_a):
            yield variant, "signale_a", f"« {variant.signale_a} » n’est pas un acteur qui travaille dans Maillon"
        for each in variant.a:
            if each not in scenario.acteurs and each not in CHANNELS:
                yield variant, "a", f"destinataire inconnu « {each} »"
        if variant.constat and variant.constat not in {each.fait for each in noticed.rules().faits}:
            yield variant, "constat", f"« {variant.constat} » n’est pas un constat de la plateforme"
        if variant.remplace is not None:
            yield from _faults_of_expected(scenario, variant.remplace)
        if variant.code in seen:
            yield variant, "code", f"la variante {variant.code} est écrite deux fois"
        seen.add(variant.code)


def _faults_of_moments(variant: Variant, order: list[str]) -> Iterator[tuple[Any, str, str]]:
    if variant.etape not in order:
        yield variant, "etape", f"l’étape « {variant.etape} » n’existe pas"
    for key in ("leve", "papier", "constate_a"):
        named = getattr(variant, key)
        if named and named not in order:
            yield variant, key, f"l’étape « {named} » n’existe pas"
        elif named and order.index(named) < order.index(variant.etape):
            yield variant, key, f"l’étape « {named} » vient avant {variant.etape}, où cela arrive"


def _faults_of_step(scenario: Scenario, step: Step, before: dict[str, Step]) -> Iterator[tuple[Any, str, str]]:
    actors = scenario.acteurs
    yield from _faults_of_bounds(step)
    if step.code in before:
        yield step, "code", f"l’étape « {step.code} » est écrite deux fois"
    if step.acteur not in actors:
        yield step, "acteur", f"l’acteur « {step.acteur} » n’existe pas ; acteurs : {', '.join(actors)}"
        return
    yield from _faults_of_actor(step, actors[step.acteur])
    if (step.lit or step.fait in _OF_ANOTHER) and step.lit not in before:
        yield step, "lit", f"« {step.fait} » demande une étape précédente (lit), « {step.lit} » trouvé"
    for each in step.apres:
        if each not in before:
            yield step, "apres", f"l’étape « {each} » n’existe pas avant celle-ci"
    if step.fait in _WITH_DOCUMENT and step.document is None:
        yield step, "fait", f"« {step.fait} » demande un document"
    if step.document is not None:
        yield from _faults_of_document(step, step.document)
        if any(each.document is not None and each.document.titre == step.document.titre for each in before.values()):
            yield step.document, "titre", "ce titre est déjà celui d’une autre étape : il la fait reconnaître"
    yield from _faults_of_names(scenario, step)
    yield from _faults_of_what_is_read(step, before)


def _faults_of_bounds(step: Step) -> Iterator[tuple[Any, str, str]]:
    if not 0 < len(step.code) <= LONGEST_CODE:
        yield step, "code", f"un code d’étape compte de 1 à {LONGEST_CODE} caractères"
    if not 0 <= step.ressaisies <= MOST_REENTRIES:
        yield step, "ressaisies", f"les ressaisies vont de 0 à {MOST_REENTRIES}"


def _faults_of_what_is_read(step: Step, before: dict[str, Step]) -> Iterator[tuple[Any, str, str]]:
    if step.lit and before[step.lit].document is None:
        yield step, "lit", f"l’étape « {step.lit} » ne produit aucun document"
    if step.lit and step.lit not in _all_before(step, before):
        yield step, "lit", f"cette étape lit {step.lit} : qu’elle vienne après elle (apres)"
    if step.attendu.lu is not None and not step.lit:
        yield step.attendu, "lu", "« lu » demande l’étape dont le document est lu (lit)"


def _faults_of_actor(step: Step, actor: Actor) -> Iterator[tuple[Any, str, str]]:
    if actor.jamais_connecte:
        yield step, "acteur", f"« {step.acteur} » ne s’est jamais connecté et ne fait rien"
    is_outside = actor.dehors is not None
    if is_outside != (step.fait in VERBS_OF_OUTSIDE):
        where = "hors de Maillon" if is_outside else "dans Maillon"
        yield step, "fait", f"« {step.fait} » n’est pas possible {where}, où travaille « {step.acteur} »"
    elif DONE_BY.get(step.fait, actor.dehors) != actor.dehors:
        yield step, "fait", f"« {step.fait} » se fait par\u202f: {OUTSIDE[DONE_BY[step.fait]]}"


def _faults_of_names(scenario: Scenario, step: Step) -> Iterator[tuple[Any, str, str]]:
    actors = scenario.acteurs
    for each in step.a:
        if each not in actors and each not in CHANNELS:
            yield step, "a", f"destinataire inconnu « {each} » ; acteurs, {', '.join(CHANNELS)} possibles"
        elif step.fait == "deposer" and each != "dmp":
            yield step, "a", f"« deposer » classe au dossier et n’écrit à personne\u202f: « dmp », pas « {each} »"
    if step.lecture is not None and not _is_at_work(scenario, step.lecture.par):
        yield step.lecture, "par", f"« {step.lecture.par} » n’est pas un acteur qui travaille dans Maillon"
    yield from _faults_of_expected(scenario, step.attendu)


def _all_before(step: Step, before: dict[str, Step]) -> set[str]:
    """Those that must have been done, and those that these come after."""
    found, waiting = set[str](), list(step.apres)
    while waiting:
        code = waiting.pop()
        if code in before and code not in found:
            found.add(code)
            waiting += before[code].apres
    return found


def _faults_of_expected(scenario: Scenario, expected: Expected) -> Iterator[tuple[Any, str, str]]:
    for key in ("a_lire", "voit", "ne_voit_pas"):
        for each in getattr(expected, key):
            if not _is_at_work(scenario, each):
                yield expected, key, f"« {each} » n’est pas un acteur qui travaille dans Maillon"


def _is_at_work(scenario: Scenario, actor: str) -> bool:
    return actor in scenario.acteurs and scenario.acteurs[actor].is_at_work


def _faults_of_document(step: Step, document: Document) -> Iterator[tuple[Any, str, str]]:
    if document.type not in terminology.known_types():
        yield document, "type", f"« {document.type} » n’est pas un type de document (JDV_J07)"
    for verb, key, folder in (("ecrire", "courrier", "courriers"), ("remplir", "questionnaire", "questionnaires")):
        named = getattr(document, key)
        if step.fait == verb and not (config.CONTENT / folder / f"{named}.yaml").is_file():
            yield document, key, f"« {step.fait} » demande un fichier de content/{folder}, « {named} » trouvé"
