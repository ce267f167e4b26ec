"""Leaving with one's data, and arriving: exports that another installation takes over whole, their verification, and
the taking over.

Who may come in: the faces and the commands. It reads and writes the rows of every room by the names of their tables, as
a restoration does: replaying the verbs would rewrite dates, authors and decisions. What each table gives is declared in
one place (tables.py), and a test refuses a table that nobody declared.
Always true: one record leaves with its reader's key and holds what its reader may read; many leave on the agreement of
two people; a document whose bytes are missing is named, never skipped; an export is taken over once, however often it
is imported; what contradicts the base waits to be settled, with its archive; no secret ever travels.
"""
