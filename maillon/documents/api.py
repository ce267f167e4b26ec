"""The door of the room `documents`."""

from __future__ import annotations

from maillon.documents import measures, serving, visibility
from maillon.documents.bytes import BytesMissing, bytes_of, keep_bytes
from maillon.documents.filing import DocumentConflict, Filed, Filing, file, hold_versions
from maillon.documents.preparing import from_cda, from_loose_file
from maillon.documents.ranking import rank_types
from maillon.documents.search import index_words, search
from maillon.documents.viewing import (
    DocumentView,
    Original,
    attachment,
    numbers_of,
    original,
    patient_of,
    read,
)
from maillon.documents.withdrawal import close_history, withdraw

__all__ = [
    "BytesMissing",
    "DocumentConflict",
    "DocumentView",
    "Filed",
    "Filing",
    "Original",
    "attachment",
    "bytes_of",
    "close_history",
    "file",
    "from_cda",
    "from_loose_file",
    "hold_versions",
    "index_words",
    "keep_bytes",
    "measures",
    "numbers_of",
    "original",
    "patient_of",
    "rank_types",
    "read",
    "search",
    "serving",
    "visibility",
    "withdraw",
]
