"""What is to be done: « à lire », « à régler », by whom, by when, and to whom it climbs when nobody answers.

Who may come in: rooms above, with a key for a patient's task.
Always true: one open task per document and addressee; a done task says who did it and when; an escalation never loses
the first addressee.
"""
