"""The door of the room `terminology`."""

from __future__ import annotations

from maillon.terminology.lookup import (
    class_concept,
    class_label,
    class_of_type,
    concept,
    document_type_label,
    format_concept,
    format_of,
    known_types,
    label,
    system_name,
    value_set,
)
from maillon.terminology.tables import Concept, ValueSet
from maillon.terminology.wording import identifier_label, interpretation_label, unit_label

__all__ = [
    "Concept",
    "ValueSet",
    "class_concept",
    "class_label",
    "class_of_type",
    "concept",
    "document_type_label",
    "format_concept",
    "format_of",
    "identifier_label",
    "interpretation_label",
    "known_types",
    "label",
    "system_name",
    "unit_label",
    "value_set",
]
