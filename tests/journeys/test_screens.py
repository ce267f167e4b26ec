"""Pictures of the screens illustrate a run, and change nothing of it: its time, who came in, its outcome."""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from maillon.journeys import screens
from maillon.journeys.playing import Playing
from maillon.scenarios import api as scenarios
from simulators.journeys.browser import PageError
from simulators.journeys.camera import Camera, NoBrowser, NoPicture
from tests.journeys.test_outside import TERRITORY


class Post:
    """A browser that is signed in."""

    cookies = {"maillon": "jeton"}

    def open(self, path: str) -> None:
        if path != "/raccourcis":
            raise PageError("les pages ne répondent pas")


class Around:
    """The world, with the physician at their post; the pages do not answer."""

    site = "http://localhost:8765"

    def is_at_post(self, person: str) -> bool:
        return person == "morel"

    def browser(self, person: str) -> Post:
        assert person in ("morel", "caron"), "nobody else comes in"
        return Post()


class Taking:
    """A camera, which breaks from the second picture on."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, tuple[int, int]]] = []

    def picture(self, address: str, cookies: dict[str, str], *, size: tuple[int, int]) -> bytes:
        if self.taken:
            raise NoPicture("closed")
        assert cookies == {"maillon": "jeton"}
        self.taken.append((address, size))
        time.sleep(0.05)
        return b"RIFF"


@pytest.fixture
def playing() -> Playing:
    around: Any = Around()
    camera: Any = Taking()
    return Playing(
        world=around, scenario=scenarios.library.scenario("entorse_cheville"), number=1, variant=None,
        person=TERRITORY.patients[0], origin=dt.datetime(2026, 10, 15, tzinfo=dt.UTC), camera=camera,
    )  # fmt: skip


def test_a_screen_is_that_of_whoever_is_there_and_its_time_is_set_apart(playing: Playing) -> None:
    screens.show(playing, "infirmiere", "/journee", "La journée")
    assert not playing.shots
    screens.show(playing, "medecin", "/journee", "La journée")
    (shot,) = playing.shots
    assert (shot.seen_by, shot.shows, shot.size) == ("Médecin généraliste", "La journée", screens.SCREEN)
    assert playing.apart >= 0.05


def test_a_picture_that_cannot_be_taken_stops_nothing(playing: Playing) -> None:
    for _ in range(2):
        screens.show(playing, "medecin", "/journee", "La journée")
    assert len(playing.shots) == 1
    screens.take(playing, playing.scenario.step("ENT-04"))  # its page does not answer
    assert len(playing.shots) == 1


def test_one_look_within_another_is_counted_once(playing: Playing) -> None:
    begun = time.monotonic()
    with playing.off_the_watch(), playing.off_the_watch():
        time.sleep(0.05)
    assert 0.05 <= playing.apart <= time.monotonic() - begun


@pytest.fixture
def camera() -> Iterator[Camera]:
    try:
        made = Camera()
    except NoBrowser as lacking:
        pytest.skip(f"{lacking} is absent: no picture was taken")
    yield made
    made.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size", [screens.SCREEN, screens.PHONE])
def test_a_real_browser_takes_a_small_picture_of_the_width_asked(
    camera: Camera, live_server: Any, size: tuple[int, int]
) -> None:
    data = camera.picture(f"{live_server.url}/connexion", {"essai": "1"}, size=size)
    found = Image.open(io.BytesIO(data))
    assert (found.format, found.size) == ("WEBP", size)
    assert len(data) < 60_000


def test_a_page_that_does_not_answer_makes_no_picture(camera: Camera) -> None:
    with pytest.raises(NoPicture):
        camera.picture("http://localhost:9/connexion", {}, size=screens.SCREEN)
