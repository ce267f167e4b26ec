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
