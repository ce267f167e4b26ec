"""The door of the room `pathways`."""

from __future__ import annotations

from maillon.pathways import checking, definition, guards, including, moving, natures, protocols, reactions, writing
from maillon.pathways.including import include, offered, refuse
from maillon.pathways.moving import move

__all__ = [
    "checking",
    "definition",
    "guards",
    "include",
    "including",
    "move",
    "moving",
    "natures",
    "offered",
    "protocols",
    "reactions",
    "refuse",
    "writing",
]
