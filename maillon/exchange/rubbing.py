"""What rubs on the way in and out: a document that comes twice or names nobody surely, a letter that names another
patient than its record, a correspondent without an address, a patient without Mon espace santé."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from maillon.access import api as access_room
from maillon.documents import api as documents
from maillon.exchange import identifying
from maillon.exchange.directory import api as directory
from maillon.exchange.findings import WITHOUT_IDENTITY
from maillon.exchange.models import ReceivedDocument
from maillon.formats.document import Author
from maillon.kernel import clock, events
from maillon.kernel.key import Access, PatientId, ProfessionalId, Purpose, StructureId
from maillon.noticed import api as noticed
from maillon.patients.events import IdentityQualified
from maillon.professionals import api as professionals
from maillon.tasks import api as tasks

MACHINE: Final = access_room.machine("réception MSSanté")
IDENTITY_TITLE: Final = "Identitovigilance\u202f: un document désigne un autre patient que ce dossier"
ADDRESS_TITLE: Final = (
    "Un correspondant n’a pas d’adresse MSSanté\u202f: la trouver, ou lui remettre le document autrement"
)
OURS: Final = "redaction"
NO_ADDRESS: Final = "sans_adresse_mssante"
SENT: Final = "Envoyé à son adresse MSSanté"
CLOSED: Final = "espace_sante_indisponible"
UNQUALIFIED: Final = "envoi_sans_ins"
QUALIFIED: Final = "Identité qualifiée\u202f: il peut partir"
TO_SPACE: Final = "Envoyé à Mon espace santé"
_TASKS: Final = UUID("5f6f9a0c-7e3b-4c39-9c55-0d1c6d1c7a52")
_OF_IDENTITY: Final = "E-IDV-"


# ------------------------------------------------------------------------------------------------ arriving


def tell_unfiled(structure_id: StructureId, received: UUID, code: str) -> None:
    """What waits in « À régler » is told there; nobody's record is concerned yet."""
    if code.startswith(_OF_IDENTITY):
        noticed.tell("identite_douteuse", structure_id=structure_id, document=received)
    elif code == WITHOUT_IDENTITY.code:
        noticed.tell("ancien_format", structure_id=structure_id, document=received)


def note_twice(structure_id: StructureId, document_id: int, *, message_id: str, mailbox_id: int) -> None:
    """The same document in another message to the same mailbox. To another mailbox, it was sent to another person."""
    before = ReceivedDocument.objects.filter(document_id=document_id, message__mailbox_id=mailbox_id).exclude(
        message__message_id=message_id
    )  # fmt: skip
    first = before.select_related("document").order_by("id").first()
    if first is None or first.document is None:
        return
    row = first.document
    access = access_room.open_record(
        MACHINE, PatientId(row.patient_id), purpose=Purpose.INTAKE, action="update", resource_type="received",
        resource_id=str(first.uuid),
    )  # fmt: skip
    about = noticed.About(
        document_id=row.pk, document_uuid=row.uuid, type_bit=row.type_bit, confidentiality=row.confidentiality,
        author_professional_id=ProfessionalId(row.author_professional_id) if row.author_professional_id else None,
    )  # fmt: skip
    noticed.note(access, "recu_deux_fois", about=about, structure_id=structure_id, detail=row.organization)


# ------------------------------------------------------------------------------------------------ leaving


def note_another_patient(access: Access, views: Iterable[documents.DocumentView]) -> None:
    """The event of identity vigilance: for whoever answers for identities in the structure."""
    place = access.actor.structure_id
    if place is None:
        return
    for view in views:
        noticed.note(access, "autre_patient", about=about(view), structure_id=place, detail=access.actor.label)
        ask_about_identity(access, place, number=view.uuid)


def ask_about_identity(access: Access, place: StructureId, *, number: UUID) -> None:
    """A task, which says neither the document nor what it is."""
    role = noticed.rules().identitovigilance
    has_one = any(each.profession_code == role for each in professionals.active_members(place))
    tasks.ask(
        access, uuid=uuid5(_TASKS, f"{number}/identite"), title=IDENTITY_TITLE, structure_id=place,
        due_at=clock.now() + dt.timedelta(hours=4), role_code=role if has_one else "",
        professional_id=None if has_one else access.actor.professional_id, origin="exchange.identite",
        reason="Comparez les traits du document et ceux du dossier, retrouvez le bon patient, prévenez l’auteur.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    name: str
    national_id: str


def unreachable(access: Access, view: documents.DocumentView) -> list[Unreachable]:
    """Those whom a letter of ours names, and of whom neither the house nor the Annuaire Santé knows an MSSanté address.
    Those whom somebody else's document names are its author's to reach."""
    if view.document is None or not (view.source == OURS or view.author_id == access.actor.professional_id):
        return []
    named = [each for each in view.document.recipients if each.id and each.id != access.actor.national_id]
    return [
        Unreachable(name=_name(each), national_id=each.id or "") for each in named if not address_of(each.id or "")
    ]


def address_of(national_id: str) -> str:
    """What the house knows, else the Annuaire Santé; empty when nobody does."""
    person = professionals.by_national_id(national_id)
    known = professionals.mss_address_of(person.id) if person is not None else ""
    line = None if known else directory.by_national_id(national_id)
    return known or (line.address if line is not None else "")


def _name(who: Author) -> str:
    return " ".join(each for each in (who.given_name, who.family_name) if each) or who.organization_name or ""


def note_unreachable(access: Access, view: documents.DocumentView, *, reached: Collection[str] = ()) -> int:
    """For each, once; the sender has one task for the document, until it went to all. `reached`: the national numbers
    of those to whom it goes now."""
    place, found = access.actor.structure_id, unreachable(access, view)
    if place is None:
        return 0
    for each in found:
        noticed.note(
            access, NO_ADDRESS, about=about(view), structure_id=place, detail=each.name,
            professional_id=access.actor.professional_id, subject=each.national_id,
        )  # fmt: skip
    for person in reached:
        noticed.settle(access, NO_ADDRESS, documents=[view.id], subject=person, outcome=SENT)
    task = uuid5(_TASKS, f"{view.uuid}/adresse")
    if not _lacks_an_address(access, view):
        tasks.cancel(access, task, comment=SENT)
    elif found:
        tasks.ask(
            access, uuid=task, title=ADDRESS_TITLE, structure_id=place, professional_id=access.actor.professional_id,
            due_at=clock.now() + dt.timedelta(days=1), origin="exchange.adresse",
        )  # fmt: skip
    return len(found)


def _lacks_an_address(access: Access, view: documents.DocumentView) -> bool:
    lines = noticed.of_record(access)
    return any(line.fact == NO_ADDRESS and line.document == view.uuid and line.is_open for line in lines)


def note_no_such_address(
    access: Access, about_it: noticed.About, *, structure_id: StructureId, address: str, author: ProfessionalId | None
) -> None:
    """The address that we had is nobody's: the follow-up of the sending is the task."""
    noticed.note(
        access, NO_ADDRESS, about=about_it, structure_id=structure_id, professional_id=author,
        subject=address, detail=address,
    )  # fmt: skip


def forget_address(access: Access, document_ids: Sequence[int], address: str, *, outcome: str) -> None:
    """It was sent again, arrived after all, or somebody decided what becomes of it."""
    noticed.settle(access, NO_ADDRESS, documents=document_ids, subject=address, outcome=outcome)


def note_closed_to_patient(
    access: Access, about_it: noticed.About, *, structure_id: StructureId, author: ProfessionalId | None, why: str
) -> None:
    """Mon espace santé does not take it, or gave it back; or an identity that is not qualified keeps it from leaving.
    Each is its own cause, and paper serves both."""
    fact = CLOSED if identifying.if_qualified(access) is not None else UNQUALIFIED
    noticed.reopen(access, fact, documents=[about_it.document_id], outcome=TO_SPACE, detail=why)
    noticed.note(access, fact, about=about_it, structure_id=structure_id, professional_id=author, detail=why)


def note_sent_to_space(access: Access, document_ids: Sequence[int]) -> None:
    """It leaves for it after all: nobody prints it, unless it comes back."""
    noticed.settle(access, CLOSED, UNQUALIFIED, documents=document_ids, outcome=TO_SPACE)


def note_paper(access: Access, view: documents.DocumentView, *, why: str) -> None:
    """It was handed over on paper: counted as such, and done."""
    if access.actor.structure_id is None:
        return
    note_closed_to_patient(
        access, about(view), structure_id=access.actor.structure_id, author=access.actor.professional_id, why=why
    )
    noticed.settle(access, CLOSED, UNQUALIFIED, documents=[view.id], outcome=noticed.ON_PAPER)


@events.reacts_to(IdentityQualified)
def forget_unqualified(event: IdentityQualified) -> None:
    """What was refused to the patient for want of an identity may be sent from now on: nobody promised that it would
    leave by itself."""
    access = access_room.open_record(
        MACHINE, PatientId(event.patient_id), purpose=Purpose.INTAKE, action="update", resource_type="notice"
    )
    noticed.settle(access, UNQUALIFIED, outcome=QUALIFIED)


def about(view: documents.DocumentView) -> noticed.About:
    return noticed.About(
        document_id=view.id, document_uuid=view.uuid, type_bit=access_room.matrix.bit_of(view.type_code),
        confidentiality=view.confidentiality, author_professional_id=view.author_id,
    )  # fmt: skip
