"""How the shared record spreads over a territory: basins, structures by stages, measures, visits, training, help.

Who may come in: the faces. Nothing here is about a patient: the room counts what the other rooms hold and keeps the
counts alone. The structure that steers the territory (its coordinator or its digital referent) reads all of it; every
other structure reads itself.
Always true: a measure says what it counts (patients, documents, structures, professionals) and never divides one by
another as a share; no share is above 100 %; every count is additive, so that basins add up to the territory; a month
that is not over is provisional; nothing public describes fewer than five; a structure that fell silent has one visit
to receive, not two.
"""
