"""What is to be done: « à lire », « à régler », by whom, by when, and to whom it climbs when nobody answers.

Who may come in: rooms above, with a key for a patient's task.
Always true: one open task per document, addressee and origin; a done task says who did it and when; an alert says
why it was raised; a red one is not put off beyond its delay; an escalation never loses the first addressee.
"""
