"""What is seen in Maillon once a step is done, as pictures: by whoever did it, or by whom it reaches, with their own
session. They illustrate, and prove nothing: a picture that cannot be taken fails no step."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from maillon.journeys import finding
from maillon.journeys.playing import Made, Playing, Shot, Step
from simulators.journeys.browser import PageError
from simulators.journeys.camera import Camera, NoBrowser, NoPicture

SCREEN: Final = (1024, 900)
PHONE: Final = (390, 844)
AT_HOME: Final = "G15_60"  # a nurse on their round looks at a telephone
_OF_THE_RECORD: Final = {
    "accueillir": ("chronologie", "Le dossier ouvert"), "identifier": ("identite", "L’identité, après l’appel à INSi"),
    "consulter": ("chronologie", "Le dossier"),
}  # fmt: skip
log = logging.getLogger(__name__)
Screen = tuple[str, str, str]  # the actor, where, what it shows


def camera() -> Camera | None:
    """None where no browser is installed: said once, and the run goes on without pictures."""
    try:
        return Camera()
    except NoBrowser as lacking:
        log.warning("images\u202f: %s n’est pas installé ; le parcours se joue sans photographier les écrans", lacking)
        return None


def take(playing: Playing, step: Step) -> None:
    """Of a step that was done."""
    if playing.camera is None:
        return
    with playing.off_the_watch():
        try:
            for actor, path, shows in _screens(playing, step):
                show(playing, actor, path, shows)
        except PageError as lost:
            log.warning("no picture of %s: %s", step.code, lost)


def show(playing: Playing, actor: str, path: str, shows: str) -> None:
    """One screen, as it stands now. Nobody comes in only to be photographed: who never came must not have come."""
    camera, role = playing.camera, playing.scenario.acteurs[actor]
    if camera is None or not playing.world.is_at_post(role.personne):
        return
    browser, size = playing.browser(actor), PHONE if role.profession == AT_HOME else SCREEN
    with playing.off_the_watch():
        try:
            browser.open("/raccourcis")  # in again, if their session has ended
            data = camera.picture(playing.world.site + path, browser.cookies, size=size)
        except (PageError, NoPicture) as lost:
            log.warning("no picture: %s", type(lost).__name__)
            return
    playing.shots.append(Shot(seen_by=role.role, shows=shows, size=size, data=data))


def _screens(playing: Playing, step: Step) -> Iterator[Screen]:
    made = playing.made.get(step.code)
    if step.fait == "remplir" and step.document is not None:
        yield (step.acteur, _form(playing, step), f"« {step.document.titre} », signé")
    elif step.fait in _OF_THE_RECORD:
        tab, shows = _OF_THE_RECORD[step.fait]
        yield (step.acteur, f"{playing.record}/{tab}", shows)
    elif step.fait == "lire":
        yield (step.acteur, "/journee", "La journée, une fois le document lu")
    elif made is not None and made.uuid:
        yield from _of_document(playing, step, made)


def _of_document(playing: Playing, step: Step, made: Made) -> Iterator[Screen]:
    place, named = f"/document/{made.uuid}", f"« {made.title} »"
    is_inside = playing.scenario.acteurs[step.acteur].dehors is None
    first = step.acteur if is_inside else _reader(playing, step)
    if step.attendu.a_lire:
        yield (step.attendu.a_lire[0], "/journee", f"La journée\u202f: {named} à lire")
    yield (first, place, named if is_inside else f"{named}, tel qu’il est arrivé")
    for nurse in _nurses(playing, step):
        if nurse != first:
            yield (nurse, place, f"{named}, sur un téléphone")


def _form(playing: Playing, step: Step) -> str:
    assert step.document is not None
    place = f"{playing.record}/questionnaires"
    return finding.questionnaire_titled(playing.browser(step.acteur).open(place), step.document.titre) or place


def _reader(playing: Playing, step: Step) -> str:
    """Whom it reaches here: who reads it in this journey, else the first recipient who works in Maillon."""
    actors = playing.scenario.acteurs
    wanted = [step.lecture.par if step.lecture else "", *step.attendu.a_lire, *step.a]
    inside = (each for each in wanted if each in actors and playing.world.is_at_post(actors[each].personne))
    return next(inside, playing.reading_actor)


def _nurses(playing: Playing, step: Step) -> Iterator[str]:
    for each in dict.fromkeys((*step.a, *step.attendu.voit)):
        actor = playing.scenario.acteurs.get(each)
        if actor is not None and actor.dehors is None and actor.profession == AT_HOME:
            yield each
