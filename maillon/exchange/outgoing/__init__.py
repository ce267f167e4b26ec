"""Sending documents by MSSanté: composed once, promised in the caller's transaction, followed until evidence says what
became of them for each recipient.

Always true: a mail keeps its bytes and its Message-ID at every attempt; a state is only moved by evidence (the
operator's reply, a DSN, an MDN, an answer); what is not known is said to be unknown; what needs somebody is a task.
"""
