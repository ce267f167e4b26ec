"""Each member answers alone. What one says, one alone reads, until closing counts it and forgets who said it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.evaluations import grids
from maillon.evaluations.campaigns import campaign_for
from maillon.evaluations.definition import Dimension, Grid
from maillon.evaluations.membership import must_belong
from maillon.evaluations.models import Answer, Campaign, Participant
from maillon.evaluations.states import CampaignState
from maillon.kernel import clock
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable

LONGEST_COMMENT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """One dimension as its reader, and nobody else, answered it. `level` None: « je ne sais pas », if answered."""

    dimension: Dimension
    axis: str
    is_answered: bool
    level: int | None
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MyAnswers:
    campaign: Campaign
    grid: Grid
    lines: tuple[Mine, ...]
    is_handed_in: bool

    @property
    def done(self) -> int:
        return sum(each.is_answered for each in self.lines)

    @property
    def next(self) -> str | None:
        """The first dimension without an answer."""
        return next((each.dimension.code for each in self.lines if not each.is_answered), None)

    def line(self, dimension: str) -> Mine:
        found = next((each for each in self.lines if each.dimension.code == dimension), None)
        if found is None:
            raise access_room.AccessDenied
        return found

    def after(self, dimension: str) -> str | None:
        codes = [each.dimension.code for each in self.lines]
        rank = codes.index(dimension) + 1
        return codes[rank] if rank < len(codes) else None

    def before(self, dimension: str) -> str | None:
        codes = [each.dimension.code for each in self.lines]
        rank = codes.index(dimension)
        return codes[rank - 1] if rank else None


def is_asked(actor: Actor, campaign: Campaign) -> bool:
    """Whether the actor has something to answer now."""
    return campaign.state == CampaignState.OPEN and _participants(actor, campaign).exists()


def has_handed_in(actor: Actor, campaign: Campaign) -> bool:
    return _participants(actor, campaign).filter(handed_in_at__isnull=False).exists()


def mine(actor: Actor, number: int) -> MyAnswers:
    """Raises E-MAT-04 outside the time of answers, AccessDenied for who is not asked."""
    campaign = campaign_for(actor, number)
    participant = _asked(actor, campaign)
    grid = grids.grid_of(campaign.referential)
    given = {each.dimension: each for each in participant.answers.all()}
    lines = tuple(
        Mine(
            dimension=dimension, axis=axis.libelle, is_answered=dimension.code in given,
            level=given[dimension.code].level if dimension.code in given else None,
            comment=given[dimension.code].comment if dimension.code in given else "",
        )
        for axis in grid.axes for dimension in axis.dimensions
    )  # fmt: skip
    return MyAnswers(campaign=campaign, grid=grid, lines=lines, is_handed_in=participant.handed_in_at is not None)


@transaction.atomic
def say(actor: Actor, number: int, dimension: str, *, level: int | None, comment: str = "") -> None:
    """A level of the scale, or None for « je ne sais pas ». Raises E-MAT-10 for what is no answer."""
    campaign = _open_for(actor, number)
    participant = _asked(actor, campaign)
    grid = grids.grid_of(campaign.referential)
    if grid.dimension(dimension) is None:
        raise access_room.AccessDenied
    if level is not None and grid.level(level) is None:
        raise UserMessage("E-MAT-10", "Choisissez un niveau de l’échelle, ou «\u202fje ne sais pas\u202f».")
    comment = storable(comment).strip()
    if len(comment) > LONGEST_COMMENT:
        raise UserMessage("E-MAT-10", f"Le commentaire dépasse {LONGEST_COMMENT} caractères.")
    Answer.objects.update_or_create(
        participant=participant, dimension=dimension, defaults={"level": level, "comment": comment}
    )


@transaction.atomic
def hand_in(actor: Actor, number: int) -> None:
    """From here one's answers count; they may still be changed until closing. Raises E-MAT-10 while one lacks."""
    campaign = _open_for(actor, number)
    participant = _asked(actor, campaign)
    lacking = [each.dimension.code for each in mine(actor, number).lines if not each.is_answered]
    if lacking:
        raise UserMessage("E-MAT-10", f"Il reste à répondre à\u202f: {', '.join(lacking)}.")
    if participant.handed_in_at is None:
        participant.handed_in_at = clock.now()
        participant.save(update_fields=["handed_in_at"])


def _participants(actor: Actor, campaign: Campaign) -> QuerySet[Participant]:
    return Participant.objects.filter(campaign=campaign, professional_id=must_belong(actor).professional_id)


def _open_for(actor: Actor, number: int) -> Campaign:
    """Nobody closes while somebody's answer is being written."""
    found = campaign_for(actor, number)
    return Campaign.objects.select_for_update(of=("self",)).select_related("referential").get(pk=found.pk)


def _asked(actor: Actor, campaign: Campaign) -> Participant:
    participant = _participants(actor, campaign).first()
    if participant is None:
        raise access_room.AccessDenied
    if campaign.state != CampaignState.OPEN:
        raise UserMessage(
            "E-MAT-04",
            "Les réponses sont closes\u202f: elles ont été comptées, et personne ne relit plus celles de quelqu’un.",
        )
    return participant
