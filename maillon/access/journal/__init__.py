"""The journal of accesses: its rows, the chain that seals them, the heads that witness it, and who may read what."""

from maillon.access.journal import serving
from maillon.access.journal.export import audit_events, audit_events_between
from maillon.access.journal.heads import folder, last_exported, public_key, tend
from maillon.access.journal.leaving import ChainReport, SealedRow, head_lines, prove, sealed_rows, sealed_until
from maillon.access.journal.lines import JournalLine, note, note_list, note_refusal, note_refused_document, who_opened
from maillon.access.journal.oddities import OddLine, note_week, odd_accesses, settle, waiting
from maillon.access.journal.search import Asked, Found, export, may_control, people, search
from maillon.access.journal.verification import Report, verify
from maillon.access.journal.wording import ACTIONS

__all__ = [
    "ACTIONS",
    "Asked",
    "ChainReport",
    "Found",
    "JournalLine",
    "OddLine",
    "Report",
    "SealedRow",
    "audit_events",
    "audit_events_between",
    "export",
    "folder",
    "head_lines",
    "last_exported",
    "may_control",
    "note",
    "note_list",
    "note_refusal",
    "note_refused_document",
    "note_week",
    "odd_accesses",
    "people",
    "prove",
    "public_key",
    "sealed_rows",
    "sealed_until",
    "search",
    "serving",
    "settle",
    "tend",
    "verify",
    "waiting",
    "who_opened",
]
