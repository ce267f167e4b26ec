"""What is said of a version: by the team, and by a reader from outside who was given a link while it is read again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock, opaque
from maillon.kernel.key import Actor
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways.authoring.revision import revision_rules
from maillon.pathways.authoring.versions import locked, may_edit, may_lead, must_belong, version_for
from maillon.pathways.models import ProtocolComment, ProtocolVersion
from maillon.pathways.states import WRITABLE, VersionState

LONGEST: Final = 2000
_LINK: Final = "relecture de protocole"
_COMMENTED: Final = frozenset({*WRITABLE, VersionState.APPROVAL, VersionState.IN_FORCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    uuid: UUID
    place: str
    by: str
    at: dt.datetime
    text: str
    is_blocking: bool
    answer: str
    answered_by: str
    answered_at: dt.datetime | None

    @property
    def is_open(self) -> bool:
        return self.answered_at is None


@transaction.atomic
def comment(actor: Actor, uuid: UUID, *, text: str, place: str = "", is_blocking: bool = False) -> None:
    """By a member of the structure. Raises E-PRO-60 for an empty or too long one."""
    version = version_for(actor, uuid)
    _keep(actor, version, text=text, place=place, is_blocking=is_blocking)


@transaction.atomic
def answer(actor: Actor, uuid: UUID, remark: UUID, *, text: str) -> None:
    """By who writes the protocol, or who made the remark: it then blocks nothing more. The first answer stands."""
    version = locked(actor, uuid)
    row = ProtocolComment.objects.select_for_update().filter(version=version, uuid=remark).first()
    if row is None:
        raise access_room.AccessDenied
    if not may_edit(actor, version) and row.professional_id != actor.professional_id:
        raise UserMessage("E-PRO-50", "Répondent aux remarques\u202f: qui écrit le protocole et qui les a faites.")
    if row.answered_at is not None:
        return
    row.answer, row.answered_by, row.answered_at = _text(text), actor.label, clock.now()
    row.save(update_fields=["answer", "answered_by", "answered_at"])


def remarks_of(version: ProtocolVersion) -> tuple[Remark, ...]:
    return tuple(
        Remark(
            uuid=row.uuid, place=row.place, by=row.by, at=row.at, text=row.text, is_blocking=row.is_blocking,
            answer=row.answer, answered_by=row.answered_by, answered_at=row.answered_at,
        )
        for row in version.comments.order_by("at", "id")
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ from outside


def link_for(actor: Actor, uuid: UUID) -> str:
    """What opens this version, while it is read again, to a professional of another structure who is signed in: they
    read it and comment it, nothing else. Given by who leads the protocol."""
    version = version_for(actor, uuid)
    if not may_lead(actor, version) or version.state != VersionState.REVIEW:
        raise access_room.AccessDenied
    until = clock.today() + dt.timedelta(days=revision_rules().relecture_jours)
    return opaque.hide(_LINK, f"{version.pk} {until.isoformat()}")


def reviewed(actor: Actor, link: str) -> ProtocolVersion:
    """Raises AccessDenied for a link that is none, is over, or whose version is no longer being read."""
    number, _, until = (opaque.reveal(_LINK, link) or "0 ").partition(" ")
    version = ProtocolVersion.objects.filter(pk=int(number), state=VersionState.REVIEW).first()
    is_person = actor.kind == "professional" and actor.professional_id is not None
    if version is None or not is_person or clock.today() > dt.date.fromisoformat(until):
        raise access_room.AccessDenied
    return version


@transaction.atomic
def comment_from_outside(actor: Actor, link: str, *, text: str) -> None:
    """Never blocking: what the team makes of it is the team's."""
    _keep(actor, reviewed(actor, link), text=text, place="", is_blocking=False)


# ------------------------------------------------------------------------------------------------ within


def _keep(actor: Actor, version: ProtocolVersion, *, text: str, place: str, is_blocking: bool) -> None:
    if version.state not in _COMMENTED:
        raise UserMessage("E-PRO-03", "Cette version est close\u202f: commentez celle qui est en vigueur.")
    _, professional_id = must_belong(actor)
    ProtocolComment.objects.create(
        version=version, place=storable(place)[:100], professional_id=professional_id, by=actor.label, at=clock.now(),
        text=_text(text), is_blocking=is_blocking and version.state != VersionState.IN_FORCE,
    )  # fmt: skip


def _text(text: str) -> str:
    said = storable(text).strip()
    if not 0 < len(said) <= LONGEST:
        raise UserMessage("E-PRO-60", f"Écrivez un texte de {LONGEST} caractères au plus.")
    return said
