"""Drafts: begun, saved at every pause of the hand, resumed on another device, thrown away by their author alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, PatientId, ProfessionalId
from maillon.kernel.message import UserMessage
from maillon.writing import definition, facts
from maillon.writing.content import OF_THE_RECORD, Content, held
from maillon.writing.definition import Letter
from maillon.writing.models import Draft

MOST_LISTED = 50
SOURCE = "redaction"  # of a document that was signed here

NOT_YOURS_TO_WRITE = UserMessage(
    "E-RED-01", "Votre profession n’écrit pas ce type de document (matrice d’habilitation du 26/10/2023)."
)
WITHOUT_NUMBER = UserMessage(
    "E-RED-03", "Signer demande un numéro RPPS et une structure identifiée\u202f: votre compte n’en a pas."
)
ALREADY_SIGNED = UserMessage("E-RED-04", "Ce document est déjà signé\u202f: pour le changer, corrigez-le.")
NOT_THE_LAST = UserMessage("E-RED-05", "Une version plus récente de ce document existe\u202f: corrigez celle-là.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    uuid: UUID
    name: str  # of the letter
    letter: Letter
    content: Content
    revision: int
    saved_at: dt.datetime
    corrects: UUID | None
    set_aside: Content | None
    set_aside_at: dt.datetime | None
    document_uuid: UUID | None

    @property
    def title(self) -> str:
        return self.content.title or self.letter.titre


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    uuid: UUID
    title: str
    patient_id: PatientId
    patient_uuid: UUID
    saved_at: dt.datetime
    is_correction: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """`is_conflict`: another device had written since; what it wrote is set aside, beside this."""

    revision: int
    saved_at: dt.datetime
    is_conflict: bool


def may_write(access: Access, letter: Letter) -> bool:
    """Whoever holds the whole record, numbered, in a structure, and whose profession writes this type."""
    actor = access.actor
    is_numbered = actor.professional_id is not None and bool(actor.national_id) and actor.structure_id is not None
    is_entitled = access_room.matrix.may_write(actor.profession_code, letter.type, on=clock.today())
    return actor.kind == "professional" and access.scope == "whole" and is_numbered and is_entitled


def refuse_who_may_not(access: Access, letter: Letter) -> None:
    actor = access.actor
    if actor.kind != "professional" or actor.professional_id is None or access.scope != "whole":
        raise access_room.AccessDenied
    if not access_room.matrix.may_write(actor.profession_code, letter.type, on=clock.today()):
        raise NOT_YOURS_TO_WRITE
    if not actor.national_id or actor.structure_id is None:
        raise WITHOUT_NUMBER


@transaction.atomic
def begin(access: Access, name: str) -> UUID:
    """A new draft, prefilled from the record as the letter's definition says. Raises E-RED-01, 03."""
    letter = definition.letters().get(name)
    if letter is None:
        raise access_room.AccessDenied
    refuse_who_may_not(access, letter)
    row = Draft.objects.create(
        patient_id=access.patient_id, professional_id=_person(access), letter=name,
        content=_first(access, letter).kept(), created_at=clock.now(), saved_at=clock.now(),
    )  # fmt: skip
    return row.uuid


def _first(access: Access, letter: Letter) -> Content:
    offered = facts.of_record(access)
    ticks = [
        fact.key
        for part in letter.rubriques
        if part.coche != "rien"
        for source in part.reprend
        for fact in offered[source]
        if part.coche == "tout" or not fact.is_over
    ]
    treating = access_room.team.treating_physician(access)
    is_other = treating is not None and treating.professional_id != access.actor.professional_id
    to_treating = letter.destinataires == "medecin_traitant" and is_other
    return Content(
        title=letter.titre,
        texts={part.code: part.texte for part in letter.rubriques if part.texte},
        ticks=tuple(ticks),
        stances={part.code: OF_THE_RECORD for part in letter.rubriques if part.takes_stance},
        recipients=(f"p{treating.professional_id}",) if treating is not None and to_treating else (),
    )


@transaction.atomic
def correct(access: Access, document_uuid: UUID) -> UUID:
    """The draft of the next version of what one signed; the one already begun, if any. Raises E-RED-05."""
    former = _signed(access, document_uuid)
    if former is None:
        raise access_room.AccessDenied
    refuse_who_may_not(access, definition.letters()[former.letter])
    if documents.read(access, document_uuid).status != "current":
        raise NOT_THE_LAST
    begun = Draft.objects.filter(signed_at__isnull=True)
    if former.document_uuid != document_uuid and not begun.filter(corrects=document_uuid).exists():
        # Only the identity changed since: what was begun on the version before goes on from this one.
        begun.filter(corrects=former.document_uuid).update(corrects=document_uuid)
    row, _ = Draft.objects.get_or_create(
        corrects=document_uuid, signed_at=None,
        defaults={
            "patient_id": access.patient_id, "professional_id": _person(access), "letter": former.letter,
            "content": former.content, "created_at": clock.now(), "saved_at": clock.now(),
        },
    )  # fmt: skip
    return row.uuid


def may_correct(access: Access, document_uuid: UUID) -> bool:
    """Whether the holder of the key signed this document here."""
    return access.scope == "whole" and _signed(access, document_uuid) is not None


def _signed(access: Access, document_uuid: UUID) -> Draft | None:
    """The draft of this version, or of a former one of which it is only the identity that changed. What came from
    elsewhere says something else than that draft, which would undo it."""
    mine = _mine(access)
    found = mine.filter(document_uuid=document_uuid).first()
    if found is not None:
        return found
    view = documents.read(access, document_uuid)
    versions = [each.uuid for each in view.versions if view.source == SOURCE]
    return mine.filter(document_uuid__in=versions).order_by("-signed_at").first() if len(versions) > 1 else None


@transaction.atomic
def save(access: Access, uuid: UUID, content: Content, *, revision: int) -> Saved:
    """Keep what is in the editor. Written meanwhile elsewhere: this one prevails, the other is set aside whole."""
    row = locked(access, uuid)
    kept = content.kept()
    if row.content == kept:
        return Saved(revision=row.revision, saved_at=row.saved_at, is_conflict=False)
    is_conflict = revision != row.revision
    if is_conflict:
        row.set_aside, row.set_aside_at = row.content, row.saved_at
    row.content, row.revision, row.saved_at = kept, row.revision + 1, clock.now()
    row.save(update_fields=["content", "revision", "saved_at", "set_aside", "set_aside_at"])
    return Saved(revision=row.revision, saved_at=row.saved_at, is_conflict=is_conflict)


@transaction.atomic
def take_back(access: Access, uuid: UUID) -> None:
    """What was set aside comes back in the editor, and what was in it is set aside in its turn."""
    row = locked(access, uuid)
    if row.set_aside is None:
        return
    row.content, row.set_aside = row.set_aside, row.content
    row.set_aside_at, row.saved_at, row.revision = row.saved_at, clock.now(), row.revision + 1
    row.save(update_fields=["content", "revision", "saved_at", "set_aside", "set_aside_at"])


@transaction.atomic
def throw_away(access: Access, uuid: UUID) -> None:
    """For good: an unsigned draft belongs to no record. Thrown twice is thrown once."""
    _mine(access).filter(uuid=uuid, signed_at__isnull=True).delete()


def read(access: Access, uuid: UUID) -> DraftView:
    """One's own draft, signed or not. Raises AccessDenied, alike for absent and somebody else's."""
    row = _mine(access).filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    return view_of(row)


def of_patient(access: Access) -> list[DraftLine]:
    """One's own, unsigned, of this record; latest first."""
    return [_line(row) for row in _unsigned(_mine(access))]


def mine(actor: Actor) -> list[DraftLine]:
    """One's own, unsigned, of the records that one may still open."""
    if actor.professional_id is None:
        return []
    patients = access_room.rule.visible_patients(actor).values("id")
    return [
        _line(row)
        for row in _unsigned(Draft.objects.filter(professional_id=actor.professional_id, patient_id__in=patients))
    ]


def locked(access: Access, uuid: UUID) -> Draft:
    """The row of one's own unsigned draft, until the end of the transaction. Raises AccessDenied, E-RED-04."""
    row = _mine(access).select_for_update(of=("self",)).filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    if row.signed_at is not None:
        raise ALREADY_SIGNED
    return row


def view_of(row: Draft) -> DraftView:
    return DraftView(
        uuid=row.uuid,
        name=row.letter,
        letter=definition.letters()[row.letter],
        content=held(row.content),
        revision=row.revision,
        saved_at=row.saved_at,
        corrects=row.corrects,
        set_aside=held(row.set_aside) if row.set_aside is not None else None,
        set_aside_at=row.set_aside_at,
        document_uuid=row.document_uuid,
    )


def _person(access: Access) -> ProfessionalId:
    if access.actor.professional_id is None:
        raise access_room.AccessDenied
    return access.actor.professional_id


def _mine(access: Access) -> QuerySet[Draft]:
    """The first wall: the record of the key, the author that its holder is."""
    person = access.actor.professional_id
    rows = Draft.objects.filter(patient_id=access.patient_id, letter__in=definition.letters())
    return rows.filter(professional_id=person) if person is not None else rows.none()


def _unsigned(rows: QuerySet[Draft]) -> QuerySet[Draft]:
    known = rows.filter(signed_at__isnull=True, letter__in=definition.letters())
    return known.select_related("patient").order_by("-saved_at")[:MOST_LISTED]


def _line(row: Draft) -> DraftLine:
    return DraftLine(
        uuid=row.uuid,
        title=held(row.content).title or definition.letters()[row.letter].titre,
        patient_id=PatientId(row.patient_id),
        patient_uuid=row.patient.uuid,
        saved_at=row.saved_at,
        is_correction=row.corrects is not None,
    )
