"""An SMS provider, simulated: it takes a message once under the sender's reference, delivers it to a telephone, and
says what became of it. Numbers that end in 404 are nobody's; those in 503 are switched off for good."""
