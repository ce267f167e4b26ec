"""Journeys as executable scenarios: their schema (content/parcours), the runs and what each step showed, the report.

Who may come in: whoever plays a journey (the player of `journeys`, or people on a field day) writes what each step
showed; the faces ask for a run and read it. Nothing here opens a record: a scenario names roles, a run a number.
Always true: a scenario with a mistake is refused with its line; a run keeps the scenario word for word, as it was
played; a step whose actor is missing, or whose outside program is down, is never a success; nobody is named.
"""
