"""Adverse events of delegated acts: declared, analysed; a serious one asks at once for a decision to suspend."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import QuerySet

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Access, Actor, StructureId
from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable
from maillon.pathways import including, refusals
from maillon.pathways.addressing import COORDINATOR, addressee
from maillon.pathways.cooperation import acts, notices
from maillon.pathways.cooperation.refusals import NO_ACT
from maillon.pathways.cooperation_states import EVENT, EventNature, Severity
from maillon.pathways.models import AdverseEvent, ProtocolVersion
from maillon.tasks import api as tasks

DECIDED_WITHIN = dt.timedelta(hours=1)
LONGEST = 8000
MOST_LISTED = 200


@transaction.atomic
def declare(
    access: Access, act_uuid: UUID, *, severity: Severity, nature: EventNature, happened_on: dt.date | None, text: str
) -> AdverseEvent:
    """Raises E-PRO-09, -33, -36 (no day, or one to come), -18 (nothing said)."""
    act, _ = acts.held(access, act_uuid)
    said = storable(text).strip()[:LONGEST]
    if not said:
        raise refusals.NOTHING_SAID
    if happened_on is None or happened_on > clock.today():
        raise UserMessage("E-PRO-36", "Donnez le jour de l’événement, aujourd’hui ou avant.")
    event, is_new = AdverseEvent.objects.get_or_create(  # sent twice, it happened once: the year's rate counts it
        act=act, severity=severity, nature=nature, happened_on=happened_on, text=said, declared_by=access.actor.label,
        defaults={
            "patient_id": act.patient_id, "structure_id": act.structure_id, "version_id": act.version_id,
            "declared_at": clock.now(), "type_bit": act.type_bit,
            "author_professional_id": access.actor.professional_id,
        },
    )  # fmt: skip
    if is_new and severity == Severity.SERIOUS:
        _prompt(access, event)
        notices.draft_serious_event(event, by=access.actor.label)
    return event


def _prompt(access: Access, event: AdverseEvent) -> None:
    """To the coordination: is the protocol suspended? Told to the authority without delay."""
    who = addressee(access, StructureId(event.structure_id), [COORDINATOR])
    tasks.raise_alert(
        access, uuid=uuid5(event.uuid, "suspendre"), level="rouge",
        title="Événement indésirable grave d’un acte délégué\u202f: décider d’une suspension, prévenir l’ARS",
        reason=f"{event.version.code}\u202f: {EventNature(event.nature).label.lower()}",
        structure_id=who.structure_id, professional_id=who.professional_id, role_code=who.role_code,
        due_at=clock.now() + DECIDED_WITHIN, origin=f"acte:{event.act.uuid}/eig",
    )  # fmt: skip


@transaction.atomic
def analyse(access: Access, event_uuid: UUID, *, causes: str, measures: str) -> None:
    """What the team understood and changes. Raises E-PRO-09, -18, -33."""
    if not including.may_keep(access):
        raise refusals.NOT_YOURS
    event = visible(access).select_for_update().filter(uuid=event_uuid).first()
    if event is None:
        raise NO_ACT
    if not causes.strip() or not measures.strip():
        raise UserMessage("E-PRO-18", "Écrivez les causes retrouvées et ce que l’équipe change.")
    event.state = EVENT.target("analyse", source=event.state)
    event.causes, event.measures = storable(causes).strip()[:LONGEST], storable(measures).strip()[:LONGEST]
    event.analysed_at, event.analysed_by = clock.now(), access.actor.label
    event.save()


def visible(access: Access) -> QuerySet[AdverseEvent]:
    return AdverseEvent.objects.filter(access_room.rule.VisibleWithin(access), patient_id=access.patient_id)


def of_version(actor: Actor, version: ProtocolVersion) -> list[AdverseEvent]:
    """Of patients whom the actor may open; the counts of the report are of all."""
    found = AdverseEvent.objects.filter(
        access_room.rule.VisibleTo(actor), structure_id=version.structure_id, version__code=version.code,
        patient_id__in=access_room.rule.visible_patients(actor).values("id"),
    )
    return list(found.select_related("act", "act__plan", "patient").order_by("-declared_at", "-id")[:MOST_LISTED])
