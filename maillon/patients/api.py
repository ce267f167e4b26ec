"""The door of the room `patients`.

`match`, `lines`, `search`, `create_from_document` and `register` take no key: they come before it (who is this?), or
work on a set that a rule has already let through; `Patient` is for the rule itself, which is a set of them. Whatever
shows or changes one identity takes a key.
"""

from __future__ import annotations

from maillon.patients.dates import typed as typed_date
from maillon.patients.identity import (
    InsiAnswer,
    change_traits,
    clear,
    lose_ins,
    mark,
    qualify,
    retrieve,
    validate,
)
from maillon.patients.models import Patient
from maillon.patients.names import fold
from maillon.patients.reading import Identity, PatientLine, bearer, identity, lines
from maillon.patients.recognition import match, possible_duplicates
from maillon.patients.registration import (
    Registration,
    StrictTraits,
    create_from_document,
    note_identifiers,
    register,
)
from maillon.patients.search import search
from maillon.patients.states import IdentityStatus

__all__ = [
    "Identity",
    "IdentityStatus",
    "InsiAnswer",
    "Patient",
    "PatientLine",
    "Registration",
    "StrictTraits",
    "bearer",
    "change_traits",
    "clear",
    "create_from_document",
    "fold",
    "identity",
    "lines",
    "lose_ins",
    "mark",
    "match",
    "note_identifiers",
    "possible_duplicates",
    "qualify",
    "register",
    "retrieve",
    "search",
    "typed_date",
    "validate",
]
