"""What becomes of an irritant: somebody takes it, answers it, joins two that are one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.evaluations import api as evaluations
from maillon.irritants.lines import grid, may_triage
from maillon.irritants.models import Irritant
from maillon.irritants.naming import must_name_no_patient
from maillon.irritants.reporting import LONGEST
from maillon.irritants.states import IRRITANT, OPEN, IrritantState
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.professionals import api as professionals

must_belong = evaluations.membership.must_belong


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What triage decides. `for_vendor`: it leaves in what is handed to the software's vendor."""

    code: str
    owner: ProfessionalId | None
    due_on: dt.date | None
    action: str
    for_vendor: bool = False


@transaction.atomic
def triage(actor: Actor, uuid: UUID, decided: FollowUp) -> None:
    """Somebody of the structure takes it. Raises E-IRR-03 without an owner, a day or what will be done."""
    found = _mine_to_move(actor, uuid)
    step = "entrust" if found.state == IrritantState.UNDER_WAY else "triage"
    found.state = IRRITANT.target(step, source=found.state)
    members = {each.id for each in professionals.active_members(must_belong(actor).structure_id)}
    action = storable(decided.action).strip()
    if (
        grid().criterion(decided.code) is None or decided.owner not in members or decided.due_on is None
        or not action or len(action) > 1000
    ):  # fmt: skip
        raise UserMessage(
            "E-IRR-03", "Donnez le code, un responsable de la structure, une échéance et ce qui va être fait."
        )
    must_name_no_patient(action)
    found.code, found.owner_id, found.due_on = decided.code, decided.owner, decided.due_on
    found.action, found.for_vendor = action, decided.for_vendor
    found.save()


@transaction.atomic
def begin(actor: Actor, uuid: UUID) -> None:
    """Who follows it has set about it: who reported it sees so."""
    found = _mine_to_move(actor, uuid, or_owner=True)
    found.state = IRRITANT.target("begin", source=found.state)
    found.save()


@transaction.atomic
def settle(actor: Actor, uuid: UUID, *, is_solved: bool, reply: str) -> None:
    """With an answer to who reported it: nothing ends in silence (E-IRR-04)."""
    found = _mine_to_move(actor, uuid, or_owner=True)
    reply = storable(reply).strip()
    if not reply or len(reply) > LONGEST:
        raise UserMessage("E-IRR-04", "Répondez à qui l’a signalé\u202f: ce qui a changé, ou pourquoi rien.")
    must_name_no_patient(reply)
    found.state = IRRITANT.target("solve" if is_solved else "drop", source=found.state)
    found.reply, found.replied_by, found.replied_at = reply, actor.label, clock.now()
    found.settled_at = clock.now()
    found.save()


@transaction.atomic
def reopen(actor: Actor, uuid: UUID) -> None:
    found = _mine_to_move(actor, uuid)
    found.state = IRRITANT.target("reopen", source=found.state)
    found.settled_at = None
    found.save()


@transaction.atomic
def join(actor: Actor, uuid: UUID, *, to: UUID) -> None:
    """Two reports of one thing: the first follows the second, with all that was joined to it. Raises E-IRR-06 for what
    cannot be joined."""
    found, other = _mine_to_move(actor, uuid), _mine_to_move(actor, to)
    if found.pk == other.pk or other.state not in OPEN:
        raise UserMessage("E-IRR-06", "Choisissez un autre irritant, encore ouvert, auquel réunir celui-ci.")
    found.state = IRRITANT.target("join", source=found.state)
    found.joined_to = other
    found.save()
    found.joined.update(joined_to=other)
    if found.severity > other.severity:
        other.severity, other.due_on = found.severity, min(found.due_on, other.due_on)
        other.save(update_fields=["severity", "due_on"])


@transaction.atomic
def separate(actor: Actor, uuid: UUID) -> None:
    """It was another thing after all: it is new again."""
    found = _mine_to_move(actor, uuid)
    found.state = IRRITANT.target("separate", source=found.state)
    found.joined_to = None
    found.save()


def _mine_to_move(actor: Actor, uuid: UUID, *, or_owner: bool = False) -> Irritant:
    found = Irritant.objects.select_for_update(of=("self",)).filter(
        uuid=uuid, structure_id=must_belong(actor).structure_id
    ).first()  # fmt: skip
    is_owner = found is not None and or_owner and found.owner_id == actor.professional_id
    if found is None or not (is_owner or may_triage(actor)):
        raise access_room.AccessDenied
    return found
