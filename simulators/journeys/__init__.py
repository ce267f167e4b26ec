"""The people and the houses of a journey who do not work in Maillon, each a program that speaks only the protocols, and
the browser of those who do."""
