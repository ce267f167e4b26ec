"""The demonstration's own program: it plays what a page has asked for, one run after another."""

from __future__ import annotations

import logging
import time
from uuid import UUID

from maillon.demo import base
from maillon.demo.programs import Programs
from maillon.journeys import player
from maillon.journeys import world as worlds
from maillon.scenarios import api as scenarios

PAUSE = 0.7  # seconds between two looks for something to play
LONGEST_PAUSE = 1800.0  # before a step, of a run that is played step by step
RunState, ENDED = scenarios.states.RunState, scenarios.states.ENDED
runs, log = scenarios.runs, logging.getLogger(__name__)


class Left(Exception):
    """Somebody interrupted the run while it waited."""


def serve(programs: Programs) -> None:
    """Until it is stopped, or loses the base: it plays alone as long as it keeps its connection."""
    base.hold(base.PLAYER)
    world = worlds.stand(programs)
    while True:
        run = runs.take_next()
        if run is None:
            time.sleep(PAUSE)
            continue
        play_one(world, run)


def play_one(world: worlds.World, run: UUID) -> None:
    by_steps = runs.read(run).is_step_by_step
    try:
        player.play(world, run, wait=(lambda step: wait_for_go(run)) if by_steps else None)
    except KeyboardInterrupt:  # the demonstration is stopped: what was being played can be taken up again at once
        runs.interrupt(run, why="La démonstration a été arrêtée.")
        raise
    except Left:
        return
    except Exception as error:  # noqa: BLE001 (the program goes on; the run says what happened)
        log.warning("run failed: %s", type(error).__name__)
        runs.interrupt(run, why=f"Le joueur s’est arrêté\u202f: {type(error).__name__}.")


def wait_for_go(run: UUID) -> None:
    """Before each step of a run that is played step by step: until somebody says « Continuer », here or there."""
    runs.pause(run)
    deadline = time.monotonic() + LONGEST_PAUSE
    while (state := runs.state_of(run)) == RunState.WAITING:
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(PAUSE)
    if state != RunState.PLAYING:
        raise Left
