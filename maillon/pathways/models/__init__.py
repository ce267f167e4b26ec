"""Rows of the room: versions of protocols with their signatures and comments; patients' plans."""

from maillon.pathways.models.cooperation import (
    AdverseEvent,
    AuthorityNotice,
    DeclarationPiece,
    DelegatedAct,
    DelegatedCall,
    DerogatoryAct,
    Suspension,
    TeamOpinion,
)
from maillon.pathways.models.devices import DeviceReport
from maillon.pathways.models.education import (
    Attendance,
    CharterSignature,
    EducationSession,
    Facilitator,
    LetterAgreement,
    ProgrammeReport,
)
from maillon.pathways.models.plans import Alert, Deviation, Goal, Move, Paragraph, Plan, PlanStep
from maillon.pathways.models.protocols import ProtocolComment, ProtocolSignature, ProtocolVersion
from maillon.pathways.models.teams import Declaration, TeamMember, Training

__all__ = [
    "AdverseEvent",
    "Alert",
    "Attendance",
    "AuthorityNotice",
    "CharterSignature",
    "Declaration",
    "DeclarationPiece",
    "DelegatedAct",
    "DelegatedCall",
    "DerogatoryAct",
    "Deviation",
    "DeviceReport",
    "EducationSession",
    "Facilitator",
    "Goal",
    "LetterAgreement",
    "Move",
    "Paragraph",
    "Plan",
    "PlanStep",
    "ProgrammeReport",
    "ProtocolComment",
    "ProtocolSignature",
    "ProtocolVersion",
    "Suspension",
    "TeamMember",
    "TeamOpinion",
    "Training",
]
