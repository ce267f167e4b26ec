"""The door of the room `rights`."""

from __future__ import annotations

from maillon.rights.export import export_file

__all__ = ["export_file"]
