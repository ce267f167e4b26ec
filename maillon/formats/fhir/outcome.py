"""OperationOutcome: what was refused, or noted, in French, with a stable code."""

from __future__ import annotations

from typing import Final

from maillon.formats.fhir.datatypes import Resource, known

CODES: Final = "https://maillon.example/fhir/CodeSystem/refus"


def issue(kind: str, code: str, sentence: str, *, severity: str = "error", place: str = "") -> Resource:
    """`kind` is a word of FHIR's issue-type; `place`, a FHIRPath or the name of a parameter."""
    return known(
        severity=severity,
        code=kind,
        details={"coding": [{"system": CODES, "code": code}], "text": sentence},
        expression=[place] if place else [],
    )


def outcome(*issues: Resource) -> Resource:
    return {"resourceType": "OperationOutcome", "issue": list(issues)}
