"""A mail operator on the loopback, standing for an MSSanté operator: submission and IMAP, both inside TLS.

`python -m simulators.operator --help`. It relays nothing, deletes nothing, and answers 250 only once the message is on
disk.

IMAP is spoken by pymap; the mailboxes are ours (store.py). pymap's own maildir was tried and put aside: it serialises
each message again before serving it (so not byte for byte, and not at all for a hostile one), reads its whole UID list
again for each message fetched, and writes that list without fsync.
"""
