"""The only room with a telephone: MSSanté in (IMAP), acknowledgements out (SMTP).

Who may come in: the faces, the worker. It keeps the raw message before anything else.
Always true: a message is in our base before it is marked read at the operator's; nothing is deleted at the operator's;
a message taken twice files nothing twice; what cannot be filed waits for a person, with its reasons.
"""
