"""What a command that needs the base does before anything else."""

from __future__ import annotations

import os


def set_up(*, with_base: bool = True) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    if with_base:
        from maillon.kernel import database

        database.ensure_started()
    import django

    django.setup()


def stand_alone() -> None:
    """What a command does before it starts a demonstration: refused where an installation or another demonstration
    stands, brought up to date, and nothing left that nobody plays any more. Raises UserMessage."""
    from maillon.commands.base import migrate
    from maillon.demo import base
    from maillon.scenarios import api as scenarios

    base.refuse_an_installation()
    base.hold(base.STANDING)
    migrate()
    scenarios.runs.interrupt_the_abandoned()
