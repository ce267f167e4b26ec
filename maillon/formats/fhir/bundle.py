"""A collection of resources, as one file or one line each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal

from maillon.formats.fhir.datatypes import Resource, address_of


def collection(resources: Iterable[Resource], *, bundle_id: str, at: str) -> Resource:
    """`at` is an instant. Every reference inside is the address of another entry."""
    return {
        "resourceType": "Bundle",
        "id": bundle_id,
        "type": "collection",
        "timestamp": at,
        "entry": [{"fullUrl": address_of(each["id"]), "resource": each} for each in resources],
    }


def as_json(resource: Resource) -> bytes:
    return (json.dumps(resource, ensure_ascii=False, indent=1, default=_number) + "\n").encode()


def as_lines(resources: Iterable[Resource]) -> bytes:
    """NDJSON: one resource a line."""
    return b"".join(json.dumps(each, ensure_ascii=False, default=_number).encode() + b"\n" for each in resources)


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)
