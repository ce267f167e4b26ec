"""The tasks of a record, as the FHIR API serves them."""

from __future__ import annotations

from uuid import UUID

from maillon.access import api as access_room
from maillon.kernel import sql
from maillon.kernel.key import Access, Actor, PatientId
from maillon.tasks import reach
from maillon.tasks.lines import TaskLine, lines
from maillon.tasks.models import Task


def of_record(access: Access, *, only_open: bool | None = None, uuid: UUID | None = None) -> list[TaskLine]:
    """The latest due first. `only_open` None: done or not."""
    found = Task.objects.filter(reach.open_to(access))
    if uuid is not None:
        found = found.filter(uuid=uuid)
    if only_open is not None:
        found = found.filter(done_at__isnull=only_open)
    return lines(found.order_by("-due_at", "-id"), reach.of(access.actor))


def patient_of(actor: Actor, uuid: UUID) -> PatientId:
    """Whose record to open for it; 0, alike for a task that is not there and for one about a document that the actor
    may not read. Showing anything takes the key."""
    visible, known = access_room.rule.across(actor, "r")
    found = sql.row(
        f"SELECT r.patient_id FROM tasks_task r WHERE r.uuid = %(uuid)s AND (r.document_id IS NULL OR {visible})",  # noqa: S608
        known | {"uuid": uuid},
    )
    return PatientId(found[0] if found else 0)
