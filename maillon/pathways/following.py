"""A protocol followed: its plans whom the reader may see, its indicators, and what is proven of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from maillon.access import api as access_room
from maillon.kernel import clock
from maillon.kernel.key import Actor, PatientId, StructureId
from maillon.pathways import evidence, indicators, protocols
from maillon.pathways.definition import Protocol
from maillon.pathways.including import PLAN_TYPE
from maillon.pathways.models import Plan, PlanStep, ProtocolVersion
from maillon.pathways.states import StepState, VersionState

MOST_LISTED = 200
COORDINATOR = "330"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedPlan:
    plan_uuid: UUID
    patient_id: PatientId
    patient_uuid: UUID
    number: int  # of its version
    state: str
    included_at: dt.datetime | None
    late_steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    version: ProtocolVersion
    protocol: Protocol
    is_to_revise: bool
    plans: tuple[FollowedPlan, ...]
    is_cut: bool
    on_former_versions: int
    indicators: tuple[indicators.Measured, ...]


def of_version(actor: Actor, version_uuid: UUID) -> Followed:
    """Raises AccessDenied for a protocol that is not of the actor's structures."""
    version = ProtocolVersion.objects.filter(
        uuid=version_uuid, structure_id__in=list(actor.structure_ids),
        state__in=[VersionState.IN_FORCE, VersionState.SUSPENDED],
    ).first()  # fmt: skip
    if version is None or not _may_read(actor):
        raise access_room.AccessDenied
    plans = _plans(actor, version)
    return Followed(
        version=version,
        protocol=protocols.protocol_of(version),
        is_to_revise=version.revise_on is not None and version.revise_on <= clock.today(),
        plans=tuple(plans[:MOST_LISTED]),
        is_cut=len(plans) > MOST_LISTED,
        on_former_versions=sum(plan.number != version.number for plan in plans),
        indicators=tuple(indicators.measure(actor, version)),
    )


def may_prove(actor: Actor) -> bool:
    """The coordinator, the referent, or an administrator of the structure."""
    is_entitled = actor.profession_code == COORDINATOR or actor.is_referent or actor.is_administrator
    return is_entitled and actor.structure_id is not None


def prove(actor: Actor, year: int) -> evidence.Evidence:
    """Raises AccessDenied."""
    if not may_prove(actor) or actor.structure_id is None or not 2017 <= year <= clock.today().year:
        raise access_room.AccessDenied
    return evidence.of_year(StructureId(actor.structure_id), year)


def _may_read(actor: Actor) -> bool:
    bits = access_room.matrix.readable(actor.profession_code, on=clock.today())
    return bits[access_room.matrix.bit_of(PLAN_TYPE)] == "1"


def _plans(actor: Actor, version: ProtocolVersion) -> list[FollowedPlan]:
    """Open plans of the protocol, of patients whom the actor may open."""
    found = (
        Plan.objects.filter(
            access_room.rule.VisibleTo(actor), is_over=False, version__code=version.code,
            structure_id=version.structure_id, patient_id__in=access_room.rule.visible_patients(actor).values("id"),
        )
        .select_related("patient", "version")
        .order_by("included_at", "id")
    )  # fmt: skip
    plans = list(found[: MOST_LISTED + 1])
    late = PlanStep.objects.filter(plan__in=plans, state=StepState.ASKED, late_at__lt=clock.now())
    counts: dict[int, int] = {}
    for plan_id in late.values_list("plan_id", flat=True):
        counts[plan_id] = counts.get(plan_id, 0) + 1
    return [
        FollowedPlan(
            plan_uuid=plan.uuid, patient_id=PatientId(plan.patient_id), patient_uuid=plan.patient.uuid,
            number=plan.version.number, state=protocols.protocol_of(plan.version).state(plan.state).libelle,
            included_at=plan.included_at, late_steps=counts.get(plan.pk, 0),
        )
        for plan in plans
    ]  # fmt: skip
