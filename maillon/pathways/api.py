"""The door of the room `pathways`."""

from __future__ import annotations

from maillon.pathways import (
    checking,
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
    showing,
    teams,
    tree,
    writing,
)
from maillon.pathways.authoring import door as authoring
from maillon.pathways.education import door as education
from maillon.pathways.including import include, offered, refuse
from maillon.pathways.models import ProtocolVersion
from maillon.pathways.moving import move

__all__ = [
    "ProtocolVersion",
    "authoring",
    "checking",
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
    "showing",
    "teams",
    "tree",
    "writing",
]
