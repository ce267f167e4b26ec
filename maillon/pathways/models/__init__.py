"""Rows of the room: versions of protocols with their signatures and comments; patients' plans."""

from maillon.pathways.models.devices import DeviceReport
from maillon.pathways.models.plans import Alert, Deviation, Goal, Move, Paragraph, Plan, PlanStep
from maillon.pathways.models.protocols import ProtocolComment, ProtocolSignature, ProtocolVersion

__all__ = [
    "Alert",
    "Deviation",
    "DeviceReport",
    "Goal",
    "Move",
    "Paragraph",
    "Plan",
    "PlanStep",
    "ProtocolComment",
    "ProtocolSignature",
    "ProtocolVersion",
]
