"""Object identifiers that this installation may give without asking anybody: 2.25, under which every UUID is an OID
(ITU-T X.667). Documents, their series and our own patient numbers are named so."""

from __future__ import annotations

import uuid
from uuid import UUID

from maillon.kernel import config


def oid_of(number: UUID) -> str:
    """2.25.<the number in decimal>: at most 44 characters (XDS wants 64 at most)."""
    return f"2.25.{number.int}"


def patient_numbers() -> str:
    """The root under which our own numbers of patients stand: one for each installation, never that of another."""
    return oid_of(uuid.uuid5(_PATIENTS, config.secret("installation")))


_PATIENTS = UUID("6f0a1a3e-5c0f-4f0e-9a63-2f3f3e8a7a11")
