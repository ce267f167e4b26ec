"""A campaign of maturity: prepared, opened to each member's answers, closed, discussed, planned, followed, evaluated.

Sheet §3. It closes when enough members have answered, at least one of each profession; a plan has an action that
somebody answers for; it is evaluated when every action is settled, and told to all.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max

from maillon.access import api as access_room
from maillon.evaluations import grids, groups
from maillon.evaluations.membership import must_belong, must_lead
from maillon.evaluations.models import Answer, Campaign, Participant, Remark, Tally
from maillon.evaluations.states import CAMPAIGN, CampaignState
from maillon.kernel import clock
from maillon.kernel.key import Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals

LONGEST_FEEDBACK = 4000


def campaign_for(actor: Actor, number: int) -> Campaign:
    """The campaign of the actor's own structure. Raises AccessDenied."""
    structure_id = must_belong(actor).structure_id
    found = Campaign.objects.select_related("referential").filter(structure_id=structure_id, number=number).first()
    if found is None:
        raise access_room.AccessDenied
    return found


def locked(actor: Actor, number: int) -> Campaign:
    """The same, for whoever leads, until the end of the transaction."""
    must_lead(actor)
    campaign_for(actor, number)
    return Campaign.objects.select_for_update(of=("self",)).select_related("referential").get(
        structure_id=must_belong(actor).structure_id, number=number
    )  # fmt: skip


@transaction.atomic
def prepare(actor: Actor, key: str, *, title: str = "", until: dt.date | None = None, quorum: int = 60) -> int:
    """A campaign with a grid that is offered. Gives its number. Raises E-MAT-03 (fewer than four axes), E-MAT-08 (one
    is being answered), E-MAT-14 (quorum, date or title that is none)."""
    structure_id = must_lead(actor).structure_id
    row = grids.kept(structure_id, key)
    grid = grids.grid_of(row)
    if grid.nature != "maturite":
        raise access_room.AccessDenied
    if len(grid.axes) < grids.FEWEST_AXES:
        raise UserMessage("E-MAT-03", f"Une matrice de maturité a au moins {grids.FEWEST_AXES} axes.")
    if not 50 <= quorum <= 100:
        raise UserMessage("E-MAT-14", "Le quorum est compris entre 50 et 100\u202f% des membres.")
    if until is not None and until < clock.today():
        raise UserMessage("E-MAT-14", "La date annoncée de fin des réponses est déjà passée.")
    title = storable(title).strip()[:200] or f"{grid.titre}, {clock.today().year}"
    last = Campaign.objects.filter(structure_id=structure_id).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            Campaign.objects.create(
                structure_id=structure_id, number=last + 1, referential=row, title=title, quorum=quorum, until=until,
                prepared_by=actor.label, prepared_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        raise UserMessage(
            "E-MAT-08", "Une campagne sur cette grille attend encore des réponses\u202f: menez-la à son terme."
        ) from error
    return last + 1


@transaction.atomic
def open_answers(actor: Actor, number: int) -> None:
    """Everybody who works in the structure today is asked. Raises E-MAT-14 with fewer than three people: an answer
    among two is somebody's."""
    campaign = _moved(actor, number, "open")
    members = professionals.active_members(must_belong(actor).structure_id)
    if len(members) < groups.FEWEST:
        raise UserMessage(
            "E-MAT-14", f"Il faut au moins {groups.FEWEST} membres pour que les réponses restent anonymes."
        )
    Participant.objects.bulk_create(
        Participant(campaign=campaign, professional_id=each.id, profession_code=each.profession_code)
        for each in members
    )
    campaign.opened_at, campaign.invited = clock.now(), len(members)
    campaign.save()


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """Whether it may close. Professions are said to have answered or not: no count of one person."""

    invited: int
    answered: int
    needed: int
    waited_for: tuple[str, ...]  # professions of which nobody has answered

    @property
    def percent(self) -> int:
        return round(100 * self.answered / self.invited) if self.invited else 0

    @property
    def is_enough(self) -> bool:
        return self.answered >= self.needed and not self.waited_for


def participation(campaign: Campaign) -> Participation:
    """Whoever left without answering is waited for no more: nobody could ever close."""
    here = {each.id for each in professionals.active_members(StructureId(campaign.structure_id))}
    people = [
        (code, at)
        for person, code, at in campaign.participants.values_list("professional_id", "profession_code", "handed_in_at")
        if at is not None or person in here
    ]
    invited = Counter(code for code, _ in people)
    answered = Counter(code for code, at in people if at is not None)
    return Participation(
        invited=len(people),
        answered=answered.total(),
        needed=max(groups.FEWEST, math.ceil(len(people) * campaign.quorum / 100)),
        waited_for=tuple(sorted(profession_name(code) for code in invited if not answered[code])),
    )


@transaction.atomic
def close_answers(actor: Actor, number: int) -> None:
    """Answers are counted by group, then deleted: from here on nothing says who answered what. Raises E-MAT-06 under
    the quorum or without one answer of each profession."""
    campaign = _moved(actor, number, "close")
    found = participation(campaign)
    if not found.is_enough:
        raise UserMessage("E-MAT-06", _what_lacks(found, campaign.quorum))
    _count(campaign)
    campaign.closed_at, campaign.answered = clock.now(), found.answered
    campaign.save()


def _what_lacks(found: Participation, quorum: int) -> str:
    lacks = []
    if found.answered < found.needed:
        lacks.append(f"{found.answered} réponses sur {found.invited}, il en faut {found.needed} ({quorum}\u202f%)")
    if found.waited_for:
        lacks.append(f"personne n’a répondu parmi\u202f: {', '.join(found.waited_for)}")
    return f"La campagne ne peut pas encore se clore\u202f: {' ; '.join(lacks)}.".replace(" ;", "\u202f;")


def _count(campaign: Campaign) -> None:
    """In one transaction: the tallies are written as the answers go."""
    handed_in = dict(
        campaign.participants.filter(handed_in_at__isnull=False).values_list("pk", "profession_code").order_by("pk")
    )
    group_of = groups.share_out(list(handed_in.values()))
    given = list(Answer.objects.filter(participant__campaign=campaign, participant_id__in=handed_in))
    counted = Counter(
        (each.dimension, group_of[handed_in[each.participant_id]], each.level)
        for each in given if each.level is not None
    )  # fmt: skip
    Tally.objects.bulk_create(
        Tally(campaign=campaign, dimension=dimension, group=group, level=level, number=number)
        for (dimension, group, level), number in sorted(counted.items())
    )
    said = sorted((each.dimension, each.comment) for each in given if each.comment)
    Remark.objects.bulk_create(Remark(campaign=campaign, dimension=where, text=text) for where, text in said)
    Answer.objects.filter(participant__campaign=campaign).delete()


@transaction.atomic
def discuss(actor: Actor, number: int) -> None:
    """The team meets. Raises E-MAT-01 while the individual phase is not over."""
    campaign = locked(actor, number)
    must_have_answered(campaign)
    campaign.state = CAMPAIGN.target("discuss", source=campaign.state)
    campaign.save()


def must_have_answered(campaign: Campaign) -> None:
    if campaign.state in (CampaignState.PREPARED, CampaignState.OPEN):
        raise UserMessage(
            "E-MAT-01", "Pas de consensus avant que chacun ait répondu seul et que les réponses soient closes."
        )


@transaction.atomic
def plan(actor: Actor, number: int) -> None:
    """Raises E-MAT-02 without an action, E-MAT-15 without any consensus."""
    campaign = _moved(actor, number, "plan")
    if not campaign.consensus.exists():
        raise UserMessage("E-MAT-15", "Aucun niveau n’a encore été adopté par consensus.")
    if not campaign.actions.exists():
        raise UserMessage(
            "E-MAT-02", "Décidez d’au moins une action, avec un responsable et une échéance, avant d’arrêter le plan."
        )
    campaign.planned_at = clock.now()
    campaign.save()


@transaction.atomic
def follow(actor: Actor, number: int) -> None:
    _moved(actor, number, "follow").save()


@transaction.atomic
def evaluate(actor: Actor, number: int, *, feedback: str) -> None:
    """What was really done is told to all members. Raises E-MAT-16 while an action is open, or without a word."""
    campaign = _moved(actor, number, "evaluate")
    opened = campaign.actions.filter(settled_at__isnull=True).count()
    if opened:
        raise UserMessage("E-MAT-16", f"Il reste {opened} action{'s' if opened > 1 else ''} à terminer ou abandonner.")
    feedback = storable(feedback).strip()
    if not feedback or len(feedback) > LONGEST_FEEDBACK:
        raise UserMessage(
            "E-MAT-16", f"Écrivez ce qui est restitué à tous les membres, en {LONGEST_FEEDBACK} caractères au plus."
        )
    campaign.feedback, campaign.evaluated_at = feedback, clock.now()
    campaign.save()


def profession_name(code: str) -> str:
    return professionals.PROFESSIONS.get(code, code)


def group_names(codes: Iterable[str]) -> dict[str, str]:
    known = {groups.OTHERS: "Autres professions", groups.WHOLE: "Toutes professions"}
    return {code: known.get(code) or profession_name(code) for code in codes}


def _moved(actor: Actor, number: int, name: str) -> Campaign:
    campaign = locked(actor, number)
    campaign.state = CAMPAIGN.target(name, source=campaign.state)
    return campaign
