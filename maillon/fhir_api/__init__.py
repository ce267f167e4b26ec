"""The face for software: FHIR R4 in JSON, for partners registered in `access`, alone or for a person who signed in.

Who may come in: nobody calls it; it calls the rooms below through their doors, as the pages do.
Always true: every answer about a patient comes out of a key; what one may not read is answered like what does not exist
(status, body, number of statements); an unknown parameter is refused, never ignored; what is accepted is kept.
"""
