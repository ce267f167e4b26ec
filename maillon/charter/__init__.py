"""What the team has agreed: who keeps which item of a record up to date, and the charter that its members sign.

Who may come in: the faces. A confirmation is about a patient and asks for the key; the charter is about nobody.
Always true: what is confirmed keeps who and when, and is never deleted; a proposed version is never rewritten; a
signature bears the fingerprint of the text that was read; one version of a structure is in force.
"""
