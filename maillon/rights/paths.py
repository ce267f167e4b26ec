"""Where each thing stands in the archive. Names are ours: no word of a document becomes a file name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from maillon.formats import media
from maillon.rights.gathering import FiledDocument

READABLE: Final = "Copie-du-dossier.pdf"
NOTICE: Final = "LISEZ-MOI.txt"
MANIFEST: Final = "manifest.json"
BUNDLE: Final = "FHIR/dossier.json"
DOCUMENTS: Final = "TABLEAUX/documents.csv"
RESULTS: Final = "TABLEAUX/resultats.csv"
OPENINGS: Final = "TABLEAUX/acces.csv"
WISHES: Final = "TABLEAUX/consentements.csv"
EVENTS: Final = "FHIR/acces.ndjson"

Paths = Mapping[UUID, str]  # document -> where its original is


def beside(document: FiledDocument, rank: int) -> str:
    """Outside the XDM tree: what is no CDA, or a CDA whose metadata cannot be written."""
    extension = media.EXTENSIONS.get(document.view.media_type, "bin")
    return f"DOCUMENTS/{rank:04}-{document.view.act_at:%Y-%m-%d}.{extension}"
