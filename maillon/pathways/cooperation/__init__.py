"""Protocoles de coopération: delegated acts, what they may be, who is called, what went wrong, what is told of them."""
