"""CDA R2, the French way: `read` turns bytes into the neutral document, `write` does the reverse."""
