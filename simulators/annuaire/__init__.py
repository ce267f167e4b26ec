"""The Annuaire Santé of the demonstration, standing for the national directory in FHIR R4: searches by pages, only with
its key, incremental by `_lastUpdated`, and with the refusals of the real gateway (401, 429, 400, 410).

`python -m simulators.annuaire --help`. It speaks HTTP on the loopback and nothing else; what it publishes is
fictitious.
"""
