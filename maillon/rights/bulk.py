"""Many records at once. More than fifty need a motive and a second person who agrees to that very set (E-ACC-09)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.rights.export import export_file
from maillon.rights.models import LargeExport

MOST_ALONE: Final = 50
SHORTEST_MOTIVE: Final = 20
VALIDITY: Final = dt.timedelta(hours=24)

REFUSED: Final = UserMessage(
    "E-ACC-09",
    "Au-delà de 50 dossiers, un export demande un motif écrit (20 caractères au moins) et l’accord d’une seconde "
    "personne, administratrice ou référente.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingExport:
    uuid: UUID
    asked_by: str
    asked_at: dt.datetime
    motive: str
    number: int


def ask_large_export(actor: Actor, patients: Sequence[UUID], *, motive: str) -> UUID:
    if actor.professional_id is None or len(motive.strip()) < SHORTEST_MOTIVE:
        raise REFUSED
    row = LargeExport.objects.create(
        asked_by_professional_id=actor.professional_id,
        asked_by=actor.label,
        asked_at=clock.now(),
        motive=storable(motive).strip()[:1000],
        number=len(set(patients)),
        selection=_fingerprint(patients),
    )
    return row.uuid


def waiting_exports(actor: Actor) -> list[WaitingExport]:
    """What this person could agree to: asked by somebody else, not yet decided, not too old."""
    me = _who_may_agree(actor)
    rows = LargeExport.objects.filter(validated_at__isnull=True, asked_at__gt=clock.now() - VALIDITY)
    return [
        WaitingExport(uuid=row.uuid, asked_by=row.asked_by, asked_at=row.asked_at, motive=row.motive, number=row.number)
        for row in rows.exclude(asked_by_professional_id=me).order_by("asked_at")
    ]


@transaction.atomic
def agree_to_export(actor: Actor, uuid: UUID) -> None:
    me = _who_may_agree(actor)
    row = LargeExport.objects.select_for_update().filter(uuid=uuid, validated_at__isnull=True).first()
    if row is None or row.asked_at <= clock.now() - VALIDITY:
        raise access_room.AccessDenied
    if row.asked_by_professional_id == me:
        raise UserMessage("E-ACC-09", "L’accord doit venir d’une autre personne que celle qui demande l’export.")
    row.validated_by_professional_id, row.validated_by = me, actor.label
    row.validated_at = clock.now()
    row.save(update_fields=["validated_by_professional_id", "validated_by", "validated_at"])


def export_many(actor: Actor, patients: Sequence[UUID], *, agreed: UUID | None = None) -> Iterator[tuple[UUID, bytes]]:
    """One copy after the other, each with its key and its journal row. `agreed` is good once, for the set agreed on.

    What is refused is refused at the call, before the first copy.
    """
    if len(set(patients)) > MOST_ALONE:
        if agreed is None or actor.professional_id is None:
            raise REFUSED
        _use(actor.professional_id, patients, agreed)
    return _copies(actor, patients)


@transaction.atomic
def _use(professional_id: ProfessionalId, patients: Sequence[UUID], agreed: UUID) -> None:
    found = LargeExport.objects.select_for_update().filter(
        uuid=agreed,
        asked_by_professional_id=professional_id,
        selection=_fingerprint(patients),
        validated_at__gt=clock.now() - VALIDITY,
        done_at__isnull=True,
    )
    row = found.first()
    if row is None:
        raise REFUSED
    row.done_at = clock.now()
    row.save(update_fields=["done_at"])


def _copies(actor: Actor, patients: Sequence[UUID]) -> Iterator[tuple[UUID, bytes]]:
    purpose = access_room.rule.usual_purpose(actor)
    for patient in sorted(set(patients)):
        with access_room.reading(actor, patient, purpose=purpose, action="export") as access:
            copy = export_file(access)
        yield patient, copy


def _fingerprint(patients: Sequence[UUID]) -> bytes:
    return hashlib.sha256(b"".join(each.bytes for each in sorted(set(patients)))).digest()


def _who_may_agree(actor: Actor) -> ProfessionalId:
    if actor.professional_id is None or actor.assurance < 2 or not (actor.is_administrator or actor.is_referent):
        raise access_room.AccessDenied
    return actor.professional_id
