"""Protocols that run: what a team wrote and signed, a patient's plan under it, its steps, alerts and indicators.

Who may come in: rooms above, with a key for a plan, with an actor for a protocol.
Always true: a version in force is never rewritten; a plan stays on the version under which it began until somebody
decides otherwise, plan by plan; nobody is included while an exclusion is true; what is inconnu is never met; a step
that was asked ends done, left with a reason, shared or cancelled; an alert is raised once for what it saw.
The natures (PPSPR, coopération, ETP…) are contents of one engine: what differs between them is in their files.
"""
