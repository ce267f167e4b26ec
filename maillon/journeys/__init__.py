"""The player: it plays a journey through the real faces, and writes what each step showed.

Who may come in: the command and the demonstration's own program. It opens pages and fills their forms as the people of
the cast, and asks those outside, who are programs of their own, to act at their software; it calls no verb of a room.
Always true: a step is passed only when everything that it expects was observed from outside; what was done already by a
run that was interrupted is found again, and not done twice; the clock that it moves is put back, whatever happens.
"""
