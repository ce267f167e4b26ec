"""Who may open which record, why; the keys; the journal; accounts and sessions.

Who may come in: every room above. Nobody reads anything about a patient without an `Access` from `api.open_record`.
Always true: the journal row is written in the transaction of the reading; what one may not read leaves no trace;
« interdit » and « inexistant » are the same answer.
"""
