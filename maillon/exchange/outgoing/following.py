"""The one place where a recipient's state moves: along an arrow of the table, with its evidence, and with somebody
asked to look after it when it ended badly."""

from __future__ import annotations

import datetime as dt
from typing import Final
from uuid import UUID, uuid5

from maillon.access import api as access_room
from maillon.exchange import rubbing
from maillon.exchange.outgoing import refusals as no
from maillon.exchange.outgoing.models import SentEvent, SentRecipient
from maillon.exchange.outgoing.states import NEEDS_SOMEBODY, SENT, SentState, may
from maillon.kernel import clock
from maillon.kernel.key import Access, PatientId, ProfessionalId, Purpose, StructureId
from maillon.noticed import api as noticed
from maillon.tasks import api as tasks

MACHINE: Final = access_room.machine("Suivi des envois")
TITLES: Final = {
    SentState.FAILED: "Un document envoyé n’est pas arrivé\u202f: renvoyer, ou transmettre autrement",
    SentState.UNKNOWN: "On ne sait pas si un document envoyé est arrivé\u202f: vérifier auprès du destinataire",
}
HELD_BACK_TITLE: Final = "Un envoi a été retenu\u202f: lisez pourquoi il ne peut plus partir"
TASK_TITLES: Final = frozenset({*TITLES.values(), HELD_BACK_TITLE})
NO_SUCH_ADDRESS: Final = "L’adresse n’existe pas, ou plus."
CLOSED_MAILBOX: Final = "La boîte du destinataire est fermée."
NOT_KNOWN: Final = "L’opérateur ne connaît pas cette adresse, ou la boîte est fermée."
WITHOUT_ADDRESS: Final = frozenset({NO_SUCH_ADDRESS, CLOSED_MAILBOX, NOT_KNOWN})
NO_MES: Final = "Ce patient n’a pas, ou n’a plus, de messagerie dans Mon espace santé."
HELD_BACK: Final = "Retenu. "  # then why: a document, a wish or an identity is no more what it was at the promise
SHUT: Final = frozenset({no.NOT_QUALIFIED.message, no.PATIENT_DECLINED.message})
RELAYED: Final = "Transmis au système du destinataire, qui ne rend pas d’accusé de remise."
DUE_WITHIN: Final = dt.timedelta(days=1)
SECRETARY: Final = "331"
_TASKS: Final = UUID("b2c8a1d0-5f0e-4f43-9a51-2f3f7f7b6a10")


def move(row: SentRecipient, name: str, text: str, *, source: int | None = None) -> bool:
    """False when the table has no such arrow from the present state: the evidence is kept, and moves nothing. The row
    is locked by the caller."""
    if not may(name, row.state):
        note(row, text, source=source)
        return False
    before, row.state = row.state, SENT.target(name, source=row.state)
    row.state_at, row.reason = clock.now(), text[:300]
    row.is_due = row.state in (SentState.WAITING, SentState.SENDING) or name == "lose_answer"
    row.save(update_fields=["state", "state_at", "reason", "is_due", "was_cut"])
    if name != "begin":  # an attempt is no evidence yet
        _keep(row, name, text, before=before, source=source)
    return True


def note(row: SentRecipient, text: str, *, source: int | None = None) -> None:
    """Something that came, and moves nothing. Said once: a remote end that repeats itself fills no table."""
    if SentEvent.objects.filter(recipient=row, name="note", text=text[:300]).exists():
        return
    _keep(row, "note", text, before=row.state, source=source)


def note_relayed(row: SentRecipient, *, source: int | None = None) -> None:
    """The next system took it, and will report nothing (RFC 3464 §2.3.3): no silence of theirs is odd any more. Postfix
    says no more than this of what it hands to a mailbox server."""
    note(row, RELAYED, source=source)
    if row.state == SentState.ACCEPTED:
        row.reason = RELAYED
        row.save(update_fields=["reason"])


def was_relayed(row: SentRecipient) -> bool:
    return SentEvent.objects.filter(recipient=row, name="note", text=RELAYED).exists()


def _keep(row: SentRecipient, name: str, text: str, *, before: str, source: int | None) -> None:
    SentEvent.objects.create(
        recipient=row, patient_id=row.patient_id, at=clock.now(), name=name, text=text[:300], before=before,
        after=row.state, source_id=source,
    )  # fmt: skip


def ask_somebody(row: SentRecipient) -> None:
    """A task for the sender; for the secretary's office of the structure when a program sent. Once for each trouble."""
    if row.state not in NEEDS_SOMEBODY or row.closed_at is not None:
        return
    row.asked_at = clock.now()
    row.save(update_fields=["asked_at"])
    access = access_room.open_record(
        MACHINE, PatientId(row.patient_id), purpose=Purpose.INTAKE, action="update", resource_type="sending",
        resource_id=str(row.uuid),
    )  # fmt: skip
    sender = row.sending.sender_id
    tasks.ask(
        access, uuid=_task(row), title=_title(row), due_at=clock.now() + DUE_WITHIN,
        professional_id=ProfessionalId(sender) if sender is not None else None,
        structure_id=StructureId(row.sending.structure_id), role_code="" if sender is not None else SECRETARY,
    )  # fmt: skip
    _note_what_rubs(access, row)


def is_held_back(row: SentRecipient) -> bool:
    return row.state == SentState.FAILED and row.reason.startswith(HELD_BACK)


def _title(row: SentRecipient) -> str:
    return HELD_BACK_TITLE if is_held_back(row) else TITLES[SentState(row.state)]


def _note_what_rubs(access: Access, row: SentRecipient) -> None:
    """Of each of its documents: Mon espace santé did not take it, and it is to be handed over on paper; or the
    correspondent has no MSSanté address after all."""
    is_patient = row.kind == SentRecipient.Kind.PATIENT
    if not is_patient and row.reason not in WITHOUT_ADDRESS:
        return
    why = row.reason.removeprefix(HELD_BACK)
    if is_patient and why != row.reason and why not in SHUT:
        return  # paper is no way round what awaits its announcement
    sender = ProfessionalId(row.sending.sender_id) if row.sending.sender_id is not None else None
    place = StructureId(row.sending.structure_id)
    for each in row.sending.documents.all():
        about = noticed.About(
            document_id=each.document_id, document_uuid=each.document_uuid, type_bit=each.type_bit,
            confidentiality=each.confidentiality,
            author_professional_id=ProfessionalId(each.author_professional_id) if each.author_professional_id else None,
        )  # fmt: skip
        if is_patient:
            rubbing.note_closed_to_patient(access, about, structure_id=place, why=why, author=sender)
        else:
            rubbing.note_no_such_address(access, about, structure_id=place, address=row.address, author=sender)


def nobody_is_needed(row: SentRecipient, *, because: str) -> None:
    """It arrived after all, or somebody took it in hand: the task goes, without anybody having to answer it."""
    if row.asked_at is None:
        return
    access = access_room.open_record(
        MACHINE, PatientId(row.patient_id), purpose=Purpose.INTAKE, action="update", resource_type="sending",
        resource_id=str(row.uuid),
    )  # fmt: skip
    tasks.cancel(access, _task(row), comment=because)
    if row.kind != SentRecipient.Kind.PATIENT:
        documents = row.sending.documents.values_list("document_id", flat=True)
        rubbing.forget_address(access, list(documents), row.address, outcome=because)
    row.asked_at = None
    row.save(update_fields=["asked_at"])


def _task(row: SentRecipient) -> UUID:
    assert row.asked_at is not None
    return uuid5(_TASKS, f"{row.uuid} {row.asked_at.isoformat()}")
