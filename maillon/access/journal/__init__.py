"""The journal of accesses: its rows, the chain that seals them, the heads that witness it, and who may read what."""

from maillon.access.journal.export import audit_events, audit_events_between
from maillon.access.journal.heads import folder, public_key, tend
from maillon.access.journal.lines import JournalLine, note, note_list, note_refusal, note_refused_document, who_opened
from maillon.access.journal.verification import Report, verify

__all__ = [
    "JournalLine",
    "Report",
    "audit_events",
    "audit_events_between",
    "folder",
    "note",
    "note_list",
    "note_refusal",
    "note_refused_document",
    "public_key",
    "tend",
    "verify",
    "who_opened",
]
