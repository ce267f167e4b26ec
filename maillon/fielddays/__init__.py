"""Field days: a journey of content/parcours played by real people, each saying on their phone what was done, what was
not, what rubbed; the facilitator sees it advance; days are compared with each other and with a simulated run.

Who may come in: the faces. Nothing here is about a patient: the person who is played exists nowhere. The coordinator
and the digital referent of the structure prepare, lead and close; a professional or a guest (by a code, without an
account) says what became of their own steps, and of no other.
Always true: the text of the journey is kept as it was played; what was said is said once however often it is sent, is
corrected and never erased; after closing nothing is said; what another territory reads of a day names nobody.
"""
