"""The door of the room `pathways`."""

from __future__ import annotations

from maillon.pathways import (
    declarations,
    definition,
    devices,
    evidence,
    following,
    guards,
    including,
    indicators,
    moving,
    natures,
    protocols,
    reactions,
    sending,
    serving,
    showing,
    teams,
    writing,
)
from maillon.pathways.authoring import door as authoring
from maillon.pathways.cooperation import door as cooperation
from maillon.pathways.education import door as education
from maillon.pathways.including import include, offered, refuse
from maillon.pathways.models import ProtocolVersion
from maillon.pathways.moving import move

__all__ = [
    "ProtocolVersion",
    "authoring",
    "cooperation",
    "declarations",
    "definition",
    "devices",
    "education",
    "evidence",
    "following",
    "guards",
    "include",
    "including",
    "indicators",
    "move",
    "moving",
    "natures",
    "offered",
    "protocols",
    "reactions",
    "refuse",
    "sending",
    "serving",
    "showing",
    "teams",
    "writing",
]
