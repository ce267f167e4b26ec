"""Pro Santé Connect, played by an independent OpenID provider: a program of its own, in another language, that shares
with us nothing but the protocol. It holds the claims that the real one gives (Annuaire Santé shapes), and asks who one
is on a page that says what it is."""
