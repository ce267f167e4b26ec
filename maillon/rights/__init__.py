"""What a person may ask of the house about their own data, and what the house must be able to say of itself: the copy
of a record, the register of requests, the GDPR pack, the durations.

Who may come in: the faces and the commands. What it gives it asks of the rooms below, with the reader's own key.
Always true: a copy holds what its reader may read, byte for byte, and nothing else; it is journalled as an export; a
large export needs a motive and a second person; a duration that is over is reported, never applied by itself.
"""
