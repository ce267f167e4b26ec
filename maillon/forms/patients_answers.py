"""What the team asks of the patient, who answers behind their own door."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.forms import faults
from maillon.forms.definition import OF_PATIENTS, Questionnaire, definition, definitions
from maillon.forms.models import Response
from maillon.forms.responses import ResponseLine, line_of, one_at_a_time
from maillon.forms.written import kept
from maillon.kernel import clock
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.tasks import api as tasks

READ_WITHIN = dt.timedelta(days=7)
TASK_TITLE = "Lire les réponses du patient à un questionnaire"
_TASKS = UUID("6f0a4b1e-52f1-4c8e-9a37-64a7f0f4be10")


def askable(access: Access) -> list[Questionnaire]:
    """What may be asked of a patient."""
    if access.scope != "whole" or access.actor.kind != "professional" or not _reads_them(access):
        return []
    return [asked for asked in definitions().values() if asked.is_for_patients]


@transaction.atomic
def ask(access: Access, code: str, *, origin: str = "") -> UUID:
    """The patient, and who represents them, find it behind their door, and are told that something waits there. Asked
    twice while it waits, it is one. Raises E-QST-04, 05, 07."""
    asked, actor = definition(code), access.actor
    if asked is None or access.scope != "whole" or actor.kind not in ("professional", "machine"):
        raise access_room.AccessDenied
    if not _reads_them(access):
        raise faults.NOT_READ_BY_YOU
    if not asked.is_for_patients:
        raise faults.NOT_FOR_PATIENTS
    visitors = access_room.visitors.to_tell(access)
    if not visitors:
        raise faults.NO_DOOR
    one_at_a_time(access)
    waiting = _waiting(access).filter(form_code=code, origin=origin).first()
    if waiting is not None:
        return waiting.uuid
    row = Response.objects.create(
        patient_id=access.patient_id, definition=kept(asked), form_code=code, origin=origin[:200], is_for_patient=True,
        asked_by=actor.label[:200], asked_by_professional_id=actor.professional_id,
        asked_in_structure_id=actor.structure_id, type_bit=access_room.matrix.bit_of(OF_PATIENTS),
        created_at=clock.now(), saved_at=clock.now(),
    )  # fmt: skip
    for visitor in visitors:
        access_room.visitors.tell_visitor(visitor, text="questionnaire")
    return row.uuid


@transaction.atomic
def cancel(access: Access, uuid: UUID) -> None:
    """By anybody of the team: it leaves the patient's door. Twice is once."""
    if access.scope != "whole" or access.actor.kind != "professional":
        raise access_room.AccessDenied
    _waiting(access).filter(uuid=uuid).update(cancelled_at=clock.now())


def waiting(access: Access) -> list[ResponseLine]:
    """What was asked of the patient and is not answered. Not what is already written of it: a draft is its author's."""
    return [line_of(row) for row in _waiting(access).order_by("-created_at")[:50]]


def tell_who_asked(access: Access, row: Response) -> None:
    """The answers are signed: whoever asked for them reads them."""
    if row.asked_in_structure_id is None:
        return
    person = row.asked_by_professional_id
    tasks.ask(
        access, uuid=uuid5(_TASKS, str(row.uuid)), title=TASK_TITLE, due_at=clock.now() + READ_WITHIN,
        professional_id=None if person is None else ProfessionalId(person),
        structure_id=StructureId(row.asked_in_structure_id),
    )  # fmt: skip


def _reads_them(access: Access) -> bool:
    """Who does not read what patients answer asks nothing of them: the answers would be nobody's."""
    if access.actor.kind == "machine":
        return True
    mask = access_room.matrix.readable(
        access.actor.profession_code, on=clock.today(), with_consent=access.facts.consented
    )
    return mask[access_room.matrix.bit_of(OF_PATIENTS)] == "1"


def _waiting(access: Access) -> QuerySet[Response]:
    rows = Response.objects.filter(
        patient_id=access.patient_id, is_for_patient=True, signed_at__isnull=True, cancelled_at__isnull=True
    )
    return rows.select_related("definition")
