"""The demonstration's own data directory, decided before anything else is read."""

from __future__ import annotations

import os

from maillon.kernel import config
from maillon.kernel.message import UserMessage

REAL = UserMessage(
    "E-PAR-22",
    "Un parcours et une démonstration se jouent avec des personnes fictives\u202f: pas là où MAILLON_INS=reel.",
)


def prepare() -> None:
    """The demonstration never shares the data directory of a real installation. Raises UserMessage on one that says it
    is real; what its base says is asked once it answers (`demo.base`)."""
    if os.environ.get("MAILLON_INS") == "reel":
        raise REAL
    os.environ["MAILLON_DEMO"] = "1"
    os.environ.setdefault("MAILLON_ENVOIS", "telephone")  # mail and SMS go to the simulated telephone
    os.environ.setdefault("MAILLON_MES_DOMAINE", "patient.mssante.test")  # citizens' mailboxes, at the same operator
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillon.settings")
    if "MAILLON_DONNEES" not in os.environ:
        default = config.data_dir()
        os.environ["MAILLON_DONNEES"] = str(default.with_name(f"{default.name}-demo"))
