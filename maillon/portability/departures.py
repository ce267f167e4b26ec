"""Exports of several records: asked by one person, decided by another (E-ACC-09 beyond fifty records; here always).

Of a professional: what that person may read, nobody else may take it away. Of everything: the content is for another
installation and for no reader; the people decide, whoever runs the machine takes the folder.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock, outbox
from maillon.kernel.key import Actor, PatientId, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.patients import api as patients
from maillon.portability.models import Departure
from maillon.portability.states import DEPARTURE, DepartureState
from maillon.professionals import api as professionals

Kind = Departure.Kind
State = DepartureState
SHORTEST_MOTIVE: Final = 20
ANSWERED_WITHIN: Final = dt.timedelta(hours=48)  # the receipt of a targeted or massive demand
DELIVERED_WITHIN: Final = dt.timedelta(days=30)
KEPT: Final = dt.timedelta(days=7)  # a ready export may be taken away
PRODUCE: Final = "portability.produce"
REMOVE: Final = "portability.remove"

_MOTIVE = UserMessage("E-POR-10", f"Écrivez le motif de l’export, en {SHORTEST_MOTIVE} caractères au moins.")
_NO_ACCOUNT = UserMessage(
    "E-POR-11",
    "Ce professionnel n’a pas de compte ouvert\u202f: ses dossiers ne peuvent pas être exportés en son nom. "
    "Un export se demande avant son départ.",
)
_SAME_PERSON = UserMessage("E-POR-12", "L’accord doit venir d’une autre personne que celle qui demande l’export.")
_TOO_LATE = UserMessage(
    "E-POR-14", "Cette demande a plus de trente jours\u202f: demandez de nouveau l’export et faites-le accorder."
)
_ONE_AT_A_TIME = UserMessage("E-POR-15", "Le même export est déjà demandé ou en cours.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureLine:
    """`may_decide`, `may_take`: for who reads the line. `number`, `size`: of the records, for the professional alone;
    to anybody else they would count what that person may not see."""

    uuid: UUID
    kind: str
    kind_label: str
    about: str
    state: str
    state_label: str
    asked_by: str
    asked_at: dt.datetime
    motive: str
    number: int
    decided_by: str
    decided_at: dt.datetime | None
    answer_due_at: dt.datetime
    due_at: dt.datetime
    percent: int
    size: int
    status: str
    ready_at: dt.datetime | None
    until: dt.datetime | None
    trouble: str
    is_mine: bool
    may_decide: bool
    may_take: bool


def is_in_charge(actor: Actor) -> bool:
    """The referent and the administrator of a structure, there and nowhere else."""
    is_strong = actor.professional_id is not None and actor.assurance >= 2
    return is_strong and (actor.is_administrator or actor.is_referent) and bool(access_room.rule.governed(actor))


def askable(actor: Actor) -> frozenset[ProfessionalId]:
    """Whose export one may ask for: one's own, and those of the people of the structure that one is in charge of."""
    oneself = {actor.professional_id} if actor.professional_id is not None and actor.assurance >= 2 else set()
    places = access_room.rule.governed(actor) if is_in_charge(actor) else ()
    return frozenset(oneself | {line.id for place in places for line in professionals.active_members(place)})


def ask_for_professional(actor: Actor, professional_id: ProfessionalId, *, motive: str) -> UUID:
    if professional_id not in askable(actor):
        raise access_room.AccessDenied
    account = account_of(professional_id)
    if account is None:
        raise _NO_ACCOUNT
    theirs = access_room.sessions.actor_of_account(account)
    if not theirs.structure_ids:
        raise access_room.AccessDenied
    return _ask(
        actor, Kind.TARGETED, motive=motive, number=len(records_of(theirs)), professional_id=professional_id,
        account_id=account,
    )  # fmt: skip


def ask_for_everything(actor: Actor, *, motive: str) -> UUID:
    if not is_in_charge(actor):
        raise access_room.AccessDenied
    number = patients.Patient.objects.filter(merged_into__isnull=True).count()
    return _ask(actor, Kind.MASSIVE, motive=motive, number=number)


@transaction.atomic
def decide(actor: Actor, uuid: UUID, *, agrees: bool) -> None:
    """Agreed: a targeted export begins; an export of everything may be run by whoever runs the machine."""
    row = _found(actor, uuid)
    if not is_in_charge(actor) or actor.professional_id is None:
        raise access_room.AccessDenied
    if row.asked_by_professional_id == actor.professional_id:
        raise _SAME_PERSON
    if row.asked_at <= clock.now() - DELIVERED_WITHIN:
        raise _TOO_LATE
    row.state = DEPARTURE.target("agree" if agrees else "refuse", source=row.state)
    row.decided_by_professional_id, row.decided_by, row.decided_at = actor.professional_id, actor.label, clock.now()
    row.save(update_fields=["state", "decided_by_professional_id", "decided_by", "decided_at"])
    if agrees and row.kind == Kind.TARGETED:
        outbox.enqueue(PRODUCE, {"departure": row.pk}, key=f"{PRODUCE}:{row.pk}")


def followed(actor: Actor) -> list[DepartureLine]:
    """Those of the actor's structure, for who is in charge; one's own, for anybody."""
    rows = _visible(actor).annotate(
        planned=Count("archives"), done=Count("archives", filter=Q(archives__sha256__isnull=False))
    )
    return [_line(row, actor) for row in rows.select_related("professional").order_by("-asked_at")[:50]]


def taken_away(actor: Actor, uuid: UUID) -> Path:
    """The folder of a ready export, for the professional whose patients it holds: nobody else may read all of it. The
    journal says who took it. Raises AccessDenied."""
    row = _visible(actor).filter(uuid=uuid, state=DepartureState.READY, kind=Kind.TARGETED).first()
    if row is None or not _is_oneself(actor, row.professional_id) or not row.folder:
        raise access_room.AccessDenied
    access_room.journal.note(
        actor, purpose=access_room.rule.usual_purpose(actor), action="export", resource_type="departure",
        resource_id=str(row.uuid), ground="export",
    )  # fmt: skip
    return Path(row.folder)


def records_of(theirs: Actor) -> list[PatientId]:
    """Whom the professional follows in person, or wrote about, as the law opens them to that person today."""
    assert theirs.professional_id is not None
    followed_in_person = access_room.team.followed_in_person(theirs.professional_id)
    visible = access_room.rule.visible_patients(theirs).filter(pk__in=followed_in_person)
    return [PatientId(pk) for pk in visible.order_by("pk").values_list("pk", flat=True)]


def account_of(professional_id: ProfessionalId) -> int | None:
    return access_room.accounts.of_professional(professional_id)


def agreed(uuid: UUID, kind: str) -> Departure:
    """For whoever runs the machine: the decision that allows the export. Raises UserMessage."""
    row = Departure.objects.filter(uuid=uuid, kind=kind).first()
    if row is None or row.state in (DepartureState.ASKED, DepartureState.REFUSED, DepartureState.OVER):
        raise UserMessage(
            "E-POR-16",
            "Aucun export accordé ne porte ce numéro. Demandez-le sur la page « Départs », faites-le accorder par une "
            "seconde personne, puis donnez ici le numéro affiché.",
        )
    if row.decided_at is None or row.decided_at <= clock.now() - DELIVERED_WITHIN:
        raise _TOO_LATE
    return row


def _ask(
    actor: Actor,
    kind: Kind,
    *,
    motive: str,
    number: int,
    professional_id: ProfessionalId | None = None,
    account_id: int | None = None,
) -> UUID:
    if actor.professional_id is None or actor.structure_id is None or actor.assurance < 2:
        raise access_room.AccessDenied
    if len(motive.strip()) < SHORTEST_MOTIVE:
        raise _MOTIVE
    open_states = (DepartureState.ASKED, DepartureState.AGREED, DepartureState.RUNNING)
    same = Departure.objects.filter(kind=kind, state__in=open_states)
    same = same.filter(professional_id=professional_id) if professional_id is not None else same
    if same.filter(asked_at__gt=clock.now() - DELIVERED_WITHIN).exists():
        raise _ONE_AT_A_TIME
    row = Departure.objects.create(
        kind=kind, structure_id=actor.structure_id, professional_id=professional_id, account_id=account_id,
        asked_by_professional_id=actor.professional_id, asked_by=actor.label, asked_at=clock.now(),
        motive=storable(motive).strip()[:1000], number=number,
    )  # fmt: skip
    return row.uuid


def _found(actor: Actor, uuid: UUID) -> Departure:
    row = _visible(actor).select_for_update(of=("self",)).filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    return row


def _visible(actor: Actor) -> QuerySet[Departure]:
    own = Q(professional_id=actor.professional_id) if actor.professional_id is not None else Q(pk__in=[])
    of_the_place = Q(structure_id__in=access_room.rule.governed(actor)) if is_in_charge(actor) else Q(pk__in=[])
    return Departure.objects.filter(own | of_the_place)


def _is_oneself(actor: Actor, professional_id: int | None) -> bool:
    return professional_id is not None and actor.professional_id == professional_id and actor.assurance >= 2


def _line(row: Departure, actor: Actor) -> DepartureLine:
    is_open = row.state == DepartureState.ASKED
    is_ready = row.state == DepartureState.READY
    is_oneself = _is_oneself(actor, row.professional_id)
    planned, done = getattr(row, "planned", 0), getattr(row, "done", 0)
    sizes = row.archives.values_list("size", flat=True) if is_ready and is_oneself else []
    return DepartureLine(
        uuid=row.uuid,
        kind=row.kind,
        kind_label=Kind(row.kind).label,
        about=str(row.professional) if row.professional else "",
        state=row.state,
        state_label=DepartureState(row.state).label,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        motive=row.motive,
        number=row.number if is_oneself else 0,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        answer_due_at=row.asked_at + ANSWERED_WITHIN,
        due_at=row.asked_at + DELIVERED_WITHIN,
        percent=100 * done // planned if planned else 0,
        size=sum(size or 0 for size in sizes),
        status=row.status,
        ready_at=row.ready_at,
        until=row.ready_at + KEPT if row.ready_at and row.kind == Kind.TARGETED else None,
        trouble=row.trouble,
        is_mine=row.asked_by_professional_id == actor.professional_id,
        may_decide=is_open and is_in_charge(actor) and row.asked_by_professional_id != actor.professional_id,
        may_take=is_ready and row.kind == Kind.TARGETED and is_oneself,
    )
