"""Task: what is to be done about a patient."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse

from maillon.access import api as access_room
from maillon.fhir_api import opening, query
from maillon.fhir_api.entry import Caller, answer, base_of, served
from maillon.fhir_api.refusals import parameter
from maillon.formats.fhir.searchset import Entry, searchset
from maillon.formats.fhir.task import STATUSES, DescribedTask
from maillon.formats.fhir.task import task as as_task
from maillon.tasks import api as tasks

ALLOWED: Final = (*opening.NAMES, "_id", "status")
_KINDS: Final = {"a_lire": "À lire", "a_faire": "À faire", "alerte": "Alerte"}


@served("Task", "read")
def read(request: HttpRequest, caller: Caller, *, task: UUID) -> HttpResponse:
    with opening.record(caller, tasks.serving.patient_of(caller.actor, task), resource="task") as access:
        found = tasks.serving.of_record(access, uuid=task)
        if not found:
            raise access_room.AccessDenied
        return answer(orjson.dumps(as_task(_described(found[0]))))


@served("Task", "read")
def search(request: HttpRequest, caller: Caller) -> HttpResponse:
    asked = query.read(request, base_of(request), "Task", ALLOWED)
    statuses = asked.codes("status", ("http://hl7.org/fhir/task-status",))
    if statuses is not None and any(each not in STATUSES for each in statuses):
        raise parameter("E-FHIR-70", f"L’état d’une tâche est {', '.join(STATUSES[:-1])} ou {STATUSES[-1]}.", "status")
    try:
        with opening.record(caller, opening.named_in(asked), action="search", resource="task") as access:
            said = [as_task(_described(each)) for each in tasks.serving.of_record(access)]
    except access_room.AccessDenied:
        said = []
    numbers = asked.any_of("_id")
    said = [
        each
        for each in said
        if (statuses is None or each["status"] in statuses) and (numbers is None or each["id"] in numbers)
    ]
    start = int((asked.place() or [0])[0])
    links = {"self": asked.self_link()}
    if asked.count and start + asked.count < len(said):
        links["next"] = asked.next_link((start + asked.count,))
    page = said[start : start + asked.count]
    entries = [Entry(f"{asked.base}/Task/{each['id']}".encode(), orjson.dumps(each)) for each in page]
    return answer(searchset(entries, total=len(said) if asked.shows_total else None, links=links))


def _described(line: tasks.TaskLine) -> DescribedTask:
    return DescribedTask(
        uuid=str(line.uuid),
        patient_uuid=str(line.patient_uuid),
        kind=_KINDS[line.kind],
        title=line.title,
        reason=line.reason,
        priority="stat" if line.level == "rouge" else "urgent" if line.is_urgent or line.level else "routine",
        owner=line.owner,
        document_uuid=str(line.document_uuid) if line.document_uuid else None,
        created_at=line.created_at,
        opens_at=line.opens_at,
        due_at=line.due_at,
        taken_at=line.taken_at,
        put_off=line.snooze_reason,
        done_at=line.done_at,
        outcome=line.outcome,
        is_cancelled=line.outcome == "Annulé",
    )
