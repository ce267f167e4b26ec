"""The team agrees on a level for each dimension, then on what it will do about it, who answers for it, until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.evaluations import grids
from maillon.evaluations.campaigns import locked, must_have_answered
from maillon.evaluations.membership import may_lead, member, must_belong
from maillon.evaluations.models import Action, Campaign, Consensus
from maillon.evaluations.states import ACTION, ActionState, CampaignState
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals

LONGEST = 1000
MOST_PRESENT = 500
_PLANNING = (CampaignState.CONSENSUS, CampaignState.PLAN, CampaignState.FOLLOW_UP)


@transaction.atomic
def agree(
    actor: Actor, number: int, dimension: str, *, level: int, votes: int, present: int, dissent: str = "",
    proof: str = "",
) -> None:  # fmt: skip
    """A level with more than half of those present (sheet §3). Raises E-MAT-01 before the individual phase is over,
    E-MAT-17 without a majority. Saying it again replaces it, while the consensus lasts."""
    campaign = locked(actor, number)
    must_have_answered(campaign)
    if campaign.state != CampaignState.CONSENSUS:
        raise UserMessage("E-MAT-07", "Les niveaux s’adoptent pendant le consensus.")
    grid = grids.grid_of(campaign.referential)
    if grid.dimension(dimension) is None or grid.level(level) is None:
        raise UserMessage("E-MAT-17", "Choisissez un niveau de l’échelle.")
    if not 0 < present <= MOST_PRESENT or not 0 <= votes <= present:
        raise UserMessage("E-MAT-17", "Donnez le nombre de présents, et de voix pour ce niveau parmi eux.")
    if 2 * votes <= present:
        raise UserMessage(
            "E-MAT-17",
            f"{votes} voix sur {present} présents\u202f: un niveau est adopté par plus de la moitié des présents.",
        )
    said = {"level": level, "votes": votes, "present": present, "dissent": _short(dissent), "proof": _short(proof)}
    Consensus.objects.update_or_create(
        campaign=campaign, dimension=dimension, defaults=said | {"by": actor.label, "at": clock.now()}
    )


@transaction.atomic
def decide(
    actor: Actor, number: int, *, dimension: str, title: str, owner: ProfessionalId | None, due_on: dt.date | None,
    means: str = "",
) -> UUID:  # fmt: skip
    """An action. Raises E-MAT-02 without somebody of the structure who answers for it, or without a day to come."""
    campaign = locked(actor, number)
    must_have_answered(campaign)
    if campaign.state not in _PLANNING:
        raise UserMessage("E-MAT-07", "Les actions se décident pendant le consensus, le plan ou le suivi.")
    if grids.grid_of(campaign.referential).dimension(dimension) is None:
        raise UserMessage("E-MAT-02", "Choisissez la dimension que l’action améliore.")
    title = storable(title).strip()
    if not title or len(title) > 300:
        raise UserMessage("E-MAT-02", "Dites l’action en une phrase, de 300 caractères au plus.")
    members = {each.id for each in professionals.active_members(must_belong(actor).structure_id)}
    if owner not in members or due_on is None:
        raise UserMessage("E-MAT-02", "Une action a un responsable, membre de la structure, et une échéance.")
    if due_on < clock.today():
        raise UserMessage("E-MAT-02", "L’échéance est déjà passée\u202f: choisissez un jour à venir.")
    return Action.objects.create(
        campaign=campaign, dimension=dimension, title=title, owner_id=owner, due_on=due_on, means=_short(means),
        decided_by=actor.label, decided_at=clock.now(),
    ).uuid  # fmt: skip


@transaction.atomic
def advance(actor: Actor, action: UUID, name: str, *, result: str = "") -> None:
    """`begin`, `finish`, `give_up`: by who answers for it, or who leads. What ends says its result (E-MAT-18)."""
    structure_id = must_belong(actor).structure_id
    found = Action.objects.select_for_update(of=("self",)).select_related("campaign").filter(
        uuid=action, campaign__structure_id=structure_id
    ).first()  # fmt: skip
    if found is None:
        raise access_room.AccessDenied
    if found.owner_id != actor.professional_id and not may_lead(actor):
        raise UserMessage("E-MAT-09", "Cette action est suivie par son responsable ou par le coordonnateur.")
    if found.campaign.state not in _PLANNING:
        raise UserMessage("E-MAT-07", "La campagne est évaluée\u202f: ses actions ne changent plus.")
    found.state = ACTION.target(name, source=found.state)
    if found.state in (ActionState.DONE, ActionState.GIVEN_UP):
        found.result, found.settled_at = _short(result), clock.now()
        if not found.result:
            raise UserMessage("E-MAT-18", "Dites en une phrase ce qui a été obtenu, ou pourquoi l’action s’arrête.")
    found.save()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionLine:
    uuid: UUID
    campaign: int
    campaign_title: str
    dimension: str
    title: str
    owner_id: int
    owner: str
    due_on: dt.date
    means: str
    state: str
    state_label: str
    result: str
    is_late: bool
    was_on_time: bool
    may_advance: bool


def actions(actor: Actor, campaign: Campaign) -> tuple[ActionLine, ...]:
    found = campaign.actions.select_related("owner", "campaign").order_by("due_on", "id")
    return tuple(_line(each, actor) for each in found)


def my_actions(actor: Actor) -> tuple[ActionLine, ...]:
    """What the actor answers for and has not settled, in the structure of the moment: part of their day."""
    here = member(actor)
    if here is None:
        return ()
    found = Action.objects.filter(
        owner_id=here.professional_id, campaign__structure_id=here.structure_id, settled_at__isnull=True,
    ).select_related("owner", "campaign")  # fmt: skip
    return tuple(_line(each, actor) for each in found.order_by("due_on", "id"))


def number_of(actor: Actor, action: UUID) -> int:
    """The campaign of an action. Raises AccessDenied."""
    found = Action.objects.filter(uuid=action, campaign__structure_id=must_belong(actor).structure_id)
    number = found.values_list("campaign__number", flat=True).first()
    if number is None:
        raise access_room.AccessDenied
    return number


def _line(action: Action, actor: Actor) -> ActionLine:
    is_settled = action.settled_at is not None
    settled_on = clock.in_paris(action.settled_at).date() if action.settled_at else None
    return ActionLine(
        uuid=action.uuid,
        campaign=action.campaign.number,
        campaign_title=action.campaign.title,
        dimension=action.dimension,
        title=action.title,
        owner_id=action.owner_id,
        owner=str(action.owner),
        due_on=action.due_on,
        means=action.means,
        state=action.state,
        state_label=ActionState(action.state).label,
        result=action.result,
        is_late=not is_settled and action.due_on < clock.today(),
        was_on_time=action.state == ActionState.DONE and settled_on is not None and settled_on <= action.due_on,
        may_advance=not is_settled
        and action.campaign.state in _PLANNING
        and (action.owner_id == actor.professional_id or may_lead(actor)),
    )


def _short(text: str) -> str:
    """Raises E-MAT-10 rather than cut what was typed."""
    kept = storable(text).strip()
    if len(kept) > LONGEST:
        raise UserMessage("E-MAT-10", f"Ce texte dépasse {LONGEST} caractères.")
    return kept
