"""INSi, played by a program of its own: the national teleservice that answers with identities. It holds the people of
its settings, obeys the rules of characters of the real one, and asks for a signed assertion."""
