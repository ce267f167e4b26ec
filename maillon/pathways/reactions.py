"""What the engine does when something happens below: a document is filed, a form signed, a task answered; and by
itself, hour after hour."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import defaultdict
from typing import Final

from django.db import transaction
from django.db.models import F

from maillon.documents.events import DocumentFiled
from maillon.forms.events import FormSigned
from maillon.kernel import clock, events, periodic
from maillon.pathways import moving, protocols, working
from maillon.pathways.machine import key_to
from maillon.pathways.models import Alert, Plan, PlanStep
from maillon.pathways.states import StepState
from maillon.record import api as record
from maillon.tasks import api as tasks
from maillon.tasks.events import TaskAnswered

log = logging.getLogger(__name__)

LOOKED_EVERY: Final = dt.timedelta(hours=1)
AT_ONCE: Final = 100
LONGEST_SWEEP: Final = 20.0  # seconds: the mails do not wait for the plans


@events.reacts_together_to(DocumentFiled)
def documents_filed(filed: list[DocumentFiled]) -> None:
    """Of all that arrives, only what a protocol of that very patient reads is looked at."""
    plans = Plan.objects.filter(patient_id__in={each.patient_id for each in filed}, is_running=True)
    texts: dict[int, set[str]] = defaultdict(set)
    for patient, text in plans.values_list("patient_id", "version__text"):
        texts[patient].add(text)
    arrived = {each.document_id: each.patient_id for each in filed if each.patient_id in texts}
    if not arrived:
        return
    said: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for document, kind, code in record.said_by(arrived):
        said[arrived[document]].add((kind, code))
    woken = {
        patient: set().union(*(protocols.index_of(text).woken(said[patient]) for text in texts[patient]))
        for patient in said
    }
    awake = {patient: names for patient, names in woken.items() if names}
    if awake:
        working.look_at(awake, woken=awake)


@events.reacts_to(FormSigned)
def form_signed(event: FormSigned) -> None:
    working.look_at([event.patient_id])


@events.reacts_to(TaskAnswered)
def task_answered(event: TaskAnswered) -> None:
    """A step is done by its task, or left for the reason that was given; an alert is answered."""
    rows = list(PlanStep.objects.filter(task_uuid=event.task_uuid, state=StepState.ASKED).select_related("plan"))
    alert = Alert.objects.filter(uuid=event.task_uuid, answered_at__isnull=True).select_related("plan").first()
    if not rows and alert is None:
        return
    patient = rows[0].patient_id if rows else alert.patient_id if alert else 0
    access = key_to(patient)
    line = next((each for each in tasks.of_origin(access, "alerte:" if alert else "plan:")
                 if each.uuid == event.task_uuid), None)  # fmt: skip
    at, by = (line.done_at or clock.now(), line.done_by) if line else (clock.now(), "")
    comment = line.comment if line else ""
    if alert is not None:
        Alert.objects.filter(pk=alert.pk).update(
            answered_at=at, answered_by=by[:200], outcome="fait" if event.is_done else "sans_suite"
        )
    for row in rows:
        if event.is_done:
            moving.finish(access, row, at=at, by=by, evidence=comment)
        else:
            moving.left(access, row, row.plan, comment or "Sans suite", by=by)
    if rows:
        working.look_at([patient])


@periodic.every(dt.timedelta(minutes=1), "plans de soins")
def sweep() -> int:
    """Each running plan is looked at every hour: steps whose day has come, alerts of the day. Returns how many were."""
    looked, until = 0, time.monotonic() + LONGEST_SWEEP
    while time.monotonic() < until:
        patients = _not_looked_at()
        if not patients:
            break
        with transaction.atomic():
            working.look_at(patients, day=True)
        looked += len(patients)
    return looked


def _not_looked_at() -> list[int]:
    """The longest not looked at first."""
    before = clock.now() - LOOKED_EVERY
    waiting = Plan.objects.filter(is_running=True).order_by(F("looked_at").asc(nulls_first=True), "id")
    found = waiting.values_list("patient_id", "looked_at")[:AT_ONCE]
    return sorted({patient for patient, at in found if at is None or at <= before})
