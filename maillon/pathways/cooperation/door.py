"""What the faces may ask of a protocole de coopération, under one name at the door of the room."""

from __future__ import annotations

from maillon.pathways import cooperation_states as states
from maillon.pathways.cooperation import (
    acting,
    acts,
    annual,
    incidents,
    letter,
    notices,
    papers,
    reports,
    showing,
    suspending,
)

__all__ = [
    "acting",
    "acts",
    "annual",
    "incidents",
    "letter",
    "notices",
    "papers",
    "reports",
    "showing",
    "states",
    "suspending",
]
