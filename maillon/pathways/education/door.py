"""What the faces may ask of the education of patients, under one name at the door of the room."""

from __future__ import annotations

from maillon.pathways.education import attendance, contract, of_patient, programme, reports, rules, sessions, showing

__all__ = ["attendance", "contract", "of_patient", "programme", "reports", "rules", "sessions", "showing"]
