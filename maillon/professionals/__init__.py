"""Who cares: people (RPPS, profession, skills), structures (FINESS, type), who works where and when, MSSanté addresses.

Who may come in: every room above. It knows no patient.
Always true: a national id, a FINESS and an MSSanté address have one holder; an attachment is not rewritten, it ends.
"""
