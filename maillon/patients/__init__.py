"""Who is cared for: INS traits and matricule, identity status, local identifiers, matching and search.

Who may come in: the rooms above, with a key for whatever shows a person. It knows no professional and no document.
Always true: a matricule with its OID belongs to one patient at most; test and real OIDs never meet; only a qualified
identity may label data outside (RNIV); a doubtful or fictitious identity is provisional and carries no matricule.
"""
