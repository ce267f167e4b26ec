"""What is filed, once, for ever: the bytes, their metadata, versions, and who must read them.

Who may come in: rooms above, with a key. It calls record and tasks; it knows no mail.
Always true: a document's bytes never change and are served as they came; the same identifier is never filed twice;
a new version replaces and both stay; a withdrawal hides nothing from the journal.
"""
