"""Who is of the structure, and who leads: the one access rule of a room that is about no patient."""

from __future__ import annotations

from typing import NamedTuple

from maillon.access import api as access_room
from maillon.kernel.key import Actor, ProfessionalId, StructureId
from maillon.kernel.message import UserMessage

COORDINATOR = "330"


class Member(NamedTuple):
    structure_id: StructureId
    professional_id: ProfessionalId


def member(actor: Actor) -> Member | None:
    """Whoever practises today in the structure chosen at sign-in."""
    if actor.kind != "professional" or actor.professional_id is None or actor.structure_id is None:
        return None
    return Member(actor.structure_id, actor.professional_id) if actor.structure_id in actor.structure_ids else None


def must_belong(actor: Actor) -> Member:
    found = member(actor)
    if found is None:
        raise access_room.AccessDenied
    return found


def may_lead(actor: Actor) -> bool:
    """The coordinator, or the digital referent."""
    return (actor.profession_code == COORDINATOR or actor.is_referent) and member(actor) is not None


def must_lead(actor: Actor) -> Member:
    """Raises E-MAT-09 for a member who does not lead, AccessDenied for who is no member."""
    found = must_belong(actor)
    if not may_lead(actor):
        raise UserMessage("E-MAT-09", "C’est le coordonnateur ou le référent numérique de la structure qui le fait.")
    return found
