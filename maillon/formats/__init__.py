"""Pure shapes: CDA, XDM, mail, PDF. No database, no network, no clock.

What comes from outside enters through `untrusted.parse_untrusted` (XML), `archive.open_archive` (ZIP)
and `mail.read_mail` (MIME), which refuse what is hostile with a `Refused` that carries a stable code and a French
message.
Always true: the bytes that were read are never changed; what is not understood is kept as text and counted.
"""
