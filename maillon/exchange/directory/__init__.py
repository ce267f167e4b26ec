"""The address book: a local mirror of the Annuaire Santé, searched without asking anybody, and what people add by hand.

The mirror is the room's own and not that of `professionals`: it is the copy of a remote end, with its dates and its
failures; `professionals` holds those whom the house knows.

Always true: a page is kept whole or not at all, with the place where to go on; what is older never replaces what is
newer; an address typed by hand is shown as such until the Annuaire Santé confirms it; the red list is not published.
"""
