"""The door of the room `rights`."""

from __future__ import annotations

from maillon.rights import exports, pack, parts, requests, retention, treatments
from maillon.rights.bulk import WaitingExport, agree_to_export, ask_large_export, export_many, waiting_exports
from maillon.rights.export import export_file

__all__ = [
    "WaitingExport",
    "agree_to_export",
    "ask_large_export",
    "export_file",
    "export_many",
    "exports",
    "pack",
    "parts",
    "requests",
    "retention",
    "treatments",
    "waiting_exports",
]
