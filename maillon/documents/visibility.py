"""Who may see one document, as decided by the patient and by who wrote it: the marks of `access`, by the document's
own identifier and within the key. Every version of a document is marked with it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from maillon.access import api as access_room
from maillon.documents.events import DocumentAwaitsAnnouncement
from maillon.documents.models import Document
from maillon.documents.serving import published_by
from maillon.documents.viewing import same_document, visible
from maillon.kernel import events
from maillon.kernel.key import Access, ProfessionalId

marks = access_room.consents.marks


def state(access: Access, uuid: UUID) -> marks.State:
    """What is marked on the document, and what this reader may change. Raises AccessDenied."""
    return marks.state(access, _target(access, uuid))


def mask(access: Access, uuid: UUID, *, channel: str = "", proof: str = "") -> None:
    marks.mask(access, _target(access, uuid), channel=channel, proof=proof)


def hide_from_patient(access: Access, uuid: UUID, *, reason: str = "") -> None:
    marks.hide_from_patient(access, _target(access, uuid), reason=reason)


def keep_secret(access: Access, uuid: UUID, *, note: str) -> None:
    marks.keep_secret(access, _target(access, uuid), note=note)


def open_to_named(access: Access, uuid: UUID, *, professional_id: ProfessionalId, reason: str = "") -> None:
    target = _target(access, uuid)
    marks.open_to_named(access, target, professional_id=professional_id, reason=reason)


def lift(access: Access, uuid: UUID, mark_id: int, *, reason: str = "") -> None:
    marks.lift(access, _target(access, uuid), mark_id, reason=reason)


def lift_kind(access: Access, uuid: UUID, kind: str, *, reason: str) -> None:
    """The mark of this kind that the document bears, if it does. Raises as `lift`."""
    target = _target(access, uuid)
    held = next((mark for mark in marks.state(access, target).marks if mark.is_current and mark.kind == kind), None)
    if held is None:
        raise access_room.AccessDenied
    marks.lift(access, target, held.id, reason=reason)


def wrote(access: Access, uuid: UUID) -> bool:
    """The person who holds the key, or the software that published it."""
    return _target(access, uuid).is_author


def wrote_or_follows(access: Access, uuid: UUID) -> bool:
    """Archiving hides nothing: whoever wrote it, or cares for the patient, puts it away."""
    return wrote(access, uuid) or (access.actor.kind == "professional" and access.facts.member)


def inherit(access: Access, document_id: int) -> None:
    """A version that is filed beside others is marked as they are: what is masked does not come back with it."""
    row = Document.objects.get(pk=document_id)
    others = Document.objects.filter(same_document(row), patient_id=access.patient_id).exclude(pk=row.pk)
    marks.inherit(access, document_id=row.pk, former_ids=list(others.values_list("pk", flat=True)))


def as_published(access: Access, document_id: int, kinds: frozenset[str]) -> None:
    """What its producer says, at filing. What it inherits from a former version holds already, and from then: said
    again, it would push back the month that the announcement may take."""
    held = marks.of_record(access).get(document_id, frozenset())
    marks.as_published(access, document_id=document_id, kinds=sorted(kinds - held))


@transaction.atomic
def invite_and_reveal() -> int:
    """Announce each document that has waited two weeks, once; run by the worker. Returns how many. Revealing takes no
    work: at one month the mark is over by itself, at the next request."""
    invited = marks.invite()
    names = {
        document: (uuid, patient)
        for document, uuid, patient in Document.objects.filter(
            pk__in=[each.document_id for each in invited], status=Document.Status.CURRENT
        ).values_list("pk", "uuid", "patient__uuid")
    }
    secret = marks.secret_among(names)
    for document, (uuid, patient) in names.items():
        events.announce(DocumentAwaitsAnnouncement(document=uuid, patient=patient, is_secret=document in secret))
    return len(names)


def _wrote(access: Access, row: Document) -> bool:
    """A person, by their number; a partner's software alone, what it published."""
    if access.actor.kind == "partner":
        return row.source == published_by(access.actor.client_id or 0)
    return row.author_professional_id is not None and row.author_professional_id == access.actor.professional_id


def _target(access: Access, uuid: UUID) -> marks.Target:
    row = visible(access).filter(uuid=uuid).first()
    if row is None:
        raise access_room.AccessDenied
    others = visible(access).filter(same_document(row)).exclude(pk=row.pk).order_by("pk")
    return marks.Target(
        document_ids=(row.pk, *others.values_list("pk", flat=True)),
        is_author=_wrote(access, row),
        confidentiality=row.confidentiality,
    )
