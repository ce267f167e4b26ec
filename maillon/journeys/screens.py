"""What is seen in Maillon once a step is done, as pictures: by whoever did it, or by whom it reaches, with their own
session. They illustrate, and prove nothing: a picture that cannot be taken fails no step."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maillon.journeys import finding, gestures
from maillon.journeys.playing import Made, Playing, Step
from maillon.scenarios import api as scenarios
from simulators.journeys.browser import PageError
from simulators.journeys.camera import Camera, NoBrowser, NoPicture

SCREEN: Final = (1024, 768)
PHONE: Final = (390, 844)
AT_HOME: Final = "G15_60"  # a nurse on their round looks at a telephone
PATIENCE: Final = 8.0  # seconds, for what is on its way to be there
_OF_THE_RECORD: Final = {
    "accueillir": ("chronologie", "Le dossier ouvert"), "identifier": ("identite", "L’identité, après l’appel à INSi"),
    "consulter": ("chronologie", "Le dossier"),
}  # fmt: skip
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    actor: str
    path: str
    shows: str


def camera() -> Camera | None:
    """None where no browser is installed: said once, and the run goes on without pictures."""
    try:
        return Camera()
    except NoBrowser as lacking:
        log.warning("images\u202f: %s n’est pas installé ; le parcours se joue sans photographier les écrans", lacking)
        return None


def take(playing: Playing, run: UUID, step: Step) -> None:
    if playing.camera is None:
        return
    with playing.off_the_watch():
        for screen in _screens(playing, step):
            try:
                _keep(playing, playing.camera, run, step, screen)
            except (PageError, NoPicture) as lost:
                log.warning("no picture of %s: %s", step.code, type(lost).__name__)


def _keep(playing: Playing, camera: Camera, run: UUID, step: Step, screen: Screen) -> None:
    browser, actor = playing.browser(screen.actor), playing.scenario.acteurs[screen.actor]
    browser.open("/journee")  # in again, if the calendar has outrun their session
    size = PHONE if actor.profession == AT_HOME else SCREEN
    data = camera.picture(playing.world.site + screen.path, browser.cookies, size=size)
    scenarios.runs.keep_picture(run, step.code, seen_by=actor.role, shows=screen.shows, size=size, data=data)


def _screens(playing: Playing, step: Step) -> Iterator[Screen]:
    made = playing.made.get(step.code)
    if step.fait == "demander":
        yield from _arrived(playing, step)
    elif step.fait == "remplir" and step.document is not None:
        yield Screen(actor=step.acteur, path=_form(playing, step), shows=f"« {step.document.titre} », signé")
    elif step.fait in _OF_THE_RECORD:
        tab, shows = _OF_THE_RECORD[step.fait]
        yield Screen(actor=step.acteur, path=f"{playing.record}/{tab}", shows=shows)
    elif step.fait == "lire":
        yield Screen(actor=step.acteur, path="/journee", shows="La journée, une fois le document lu")
    elif made is not None and made.uuid:
        yield from _of_document(playing, step, made)


def _of_document(playing: Playing, step: Step, made: Made) -> Iterator[Screen]:
    place, named = f"/document/{made.uuid}", f"« {made.title} »"
    is_inside = playing.scenario.acteurs[step.acteur].dehors is None
    first = step.acteur if is_inside else _reader(playing, step)
    if step.attendu.a_lire:
        yield Screen(actor=step.attendu.a_lire[0], path="/journee", shows=f"La journée\u202f: {named} à lire")
    yield Screen(actor=first, path=place, shows=named if is_inside else f"{named}, tel qu’il est arrivé")
    for nurse in _nurses(playing, step):
        if nurse != first:
            yield Screen(actor=nurse, path=place, shows=f"{named}, sur un téléphone")


def _arrived(playing: Playing, step: Step) -> Iterator[Screen]:
    """What somebody wrote from outside: it waits to be settled, or is in the record already."""
    actor = _reader(playing, step)
    found = finding.eventually(lambda: gestures.waiting(playing, actor), patience=PATIENCE)
    yield Screen(actor=actor, path=found or "/a-regler", shows="Ce qui arrive, et attend d’être réglé")


def _form(playing: Playing, step: Step) -> str:
    assert step.document is not None
    page = playing.browser(step.acteur).open(f"{playing.record}/questionnaires")
    titled = (each for each in page.tree.xpath('//a[contains(@href, "/questionnaire/")]')
              if step.document.titre.casefold() in " ".join(each.text_content().split()).casefold())  # fmt: skip
    return next((str(each.get("href")) for each in titled), f"{playing.record}/questionnaires")


def _reader(playing: Playing, step: Step) -> str:
    """Whom it reaches here: who reads it in this journey, else the first recipient who works in Maillon."""
    actors = playing.scenario.acteurs
    wanted = [step.lecture.par if step.lecture else "", *step.attendu.a_lire, *step.a]
    inside = (each for each in wanted if each in actors and actors[each].dehors is None)
    return next(inside, playing.reading_actor)


def _nurses(playing: Playing, step: Step) -> Iterator[str]:
    for each in dict.fromkeys((*step.a, *step.attendu.voit)):
        actor = playing.scenario.acteurs.get(each)
        if actor is not None and actor.dehors is None and actor.profession == AT_HOME:
            yield each
