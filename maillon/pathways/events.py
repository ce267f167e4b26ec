"""What the room tells."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from maillon.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMoved(Event):
    """A plan entered a state: included, suspended, over…"""

    plan_uuid: UUID
    patient_id: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDue(Event):
    """A step of a plan was asked of somebody."""

    plan_uuid: UUID
    step_uuid: UUID
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolInForce(Event):
    """A version of a protocol came in force: running plans stay on theirs until somebody decides."""

    version_uuid: UUID
