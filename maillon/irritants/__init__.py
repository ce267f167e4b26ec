"""What rubs in the tools and in the journey: reported from any screen, noticed by the platform, found by a simulated
journey or on a field day; triaged, owned, answered, counted.

Who may come in: the faces, and the rooms that find irritants. Nothing here is about a patient: whoever works today in
the structure reads what they reported and what they follow; the digital referent and the coordinator read the rest.
Always true: no text names a patient nor the address of a record; an irritant that was triaged has somebody, a day and
an action; none is closed without an answer to who reported it; two reports of one thing have one follow-up and count
twice; what leaves for a vendor names nobody.
"""
