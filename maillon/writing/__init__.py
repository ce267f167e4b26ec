"""Writing (« rédaction »): a letter or a report is composed from the record, previewed, signed, and filed.

Who may come in: rooms above, with a key. It calls documents, record, tasks and access; it knows no mail and no DMP.
Always true:
- a draft has one author, nobody else ever sees it, and it is part of no record until it is signed;
- nothing typed is lost: what another device wrote meanwhile is set aside, never overwritten in silence;
- whoever signs may write this type of document (matrix), about this patient (key), and signs what was previewed;
- what is signed is checked like any document received, filed once, and never changed: a correction is a new version.
"""
