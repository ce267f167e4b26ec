"""What is asked of somebody, and the alerts that are raised. The asker chooses the number: asked twice, there once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

from django.db import transaction

from maillon.kernel import clock, events
from maillon.kernel.key import Access, ProfessionalId, StructureId
from maillon.kernel.text import storable
from maillon.noticed.api import About
from maillon.tasks import reach
from maillon.tasks.definition import alert_rules
from maillon.tasks.escalation import Escalation, write_chain
from maillon.tasks.events import RedAlertRaised
from maillon.tasks.lines import TaskLine, lines
from maillon.tasks.models import Task

Level = Literal["orange", "rouge"]


@transaction.atomic
def ask(
    access: Access,
    *,
    uuid: UUID,
    title: str,
    structure_id: StructureId,
    due_at: dt.datetime,
    professional_id: ProfessionalId | None = None,
    role_code: str = "",
    opens_at: dt.datetime | None = None,
    late_at: dt.datetime | None = None,
    origin: str = "",
    reason: str = "",
    escalations: Sequence[Escalation] = (),
) -> None:
    """Something to do for the patient, by a person or by a role of the structure. The title names nobody. Idempotent on
    `uuid`. Nothing shows before `opens_at`; it is late after `late_at` (`due_at` when absent)."""
    said = {"kind": Task.Kind.DO, "title": title, "due_at": due_at, "opens_at": opens_at, "late_at": late_at}
    said |= {"professional_id": professional_id, "structure_id": structure_id, "role_code": role_code}
    _write(access, uuid, said | {"origin": origin, "reason": reason}, escalations)


@transaction.atomic
def raise_alert(
    access: Access,
    *,
    uuid: UUID,
    title: str,
    level: Level,
    reason: str,
    structure_id: StructureId,
    due_at: dt.datetime,
    professional_id: ProfessionalId | None = None,
    role_code: str = "",
    origin: str = "",
    escalations: Sequence[Escalation] = (),
    about: About | None = None,
) -> None:
    """Somebody must answer before `due_at`. `reason` is the French sentence of the facts that raised it. Without
    `escalations`, it climbs as content/regles/alertes.yaml says of its level. Idempotent on `uuid`; one about a
    document also on (document, origin, addressee)."""
    said = {"kind": Task.Kind.ALERT, "level": level, "title": title, "reason": reason, "due_at": due_at}
    said |= {"professional_id": professional_id, "structure_id": structure_id, "role_code": role_code}
    said |= {"origin": origin, "is_urgent": level == "rouge"} | (_law_of(about) if about else {})
    if about is not None and _already_raised(said):
        return
    if _write(access, uuid, said, escalations or _usual_chain(level)) and level == "rouge":
        events.announce(RedAlertRaised(task_uuid=uuid))


def of_origin(access: Access, prefix: str) -> list[TaskLine]:
    """Those of the record that the key opens, done or not, in the order in which they were asked."""
    found = Task.objects.filter(reach.open_to(access), origin__startswith=prefix)
    return lines(found.order_by("id"), reach.of(access.actor))


def _write(access: Access, uuid: UUID, said: dict[str, Any], levels: Iterable[Escalation]) -> bool:
    said["title"], said["reason"] = storable(said["title"])[:300], storable(said["reason"])[:500]
    task, is_new = Task.objects.get_or_create(
        uuid=uuid, defaults=said | {"patient_id": access.patient_id, "created_at": clock.now()}
    )
    if is_new:
        write_chain(task, levels)
    return is_new


def _usual_chain(level: Level) -> list[Escalation]:
    steps = alert_rules().of_level(level).escalade
    return [Escalation(dt.timedelta(hours=step.apres_heures), step.vers) for step in steps]


def _law_of(about: About) -> dict[str, Any]:
    return {
        "document_id": about.document_id,
        "document_uuid": about.document_uuid,
        "type_bit": about.type_bit,
        "confidentiality": about.confidentiality,
        "author_professional_id": about.author_professional_id,
    }


def _already_raised(said: dict[str, Any]) -> bool:
    same = ("document_id", "kind", "professional_id", "structure_id", "role_code", "origin")
    return Task.objects.filter(**{name: said[name] for name in same}).exists()
