"""The care team: who belongs to it, since when, on what ground."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from maillon.access.keys import Basis
from maillon.access.models import CareTeamMembership
from maillon.access.refusal import AccessDenied
from maillon.kernel import clock, sql
from maillon.kernel.key import Access, ProfessionalId, StructureId


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    membership_id: int
    professional_id: ProfessionalId | None
    name: str
    profession: str
    structure: str
    basis: str
    basis_label: str
    start: dt.date
    end: dt.date | None
    is_structure: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatingPhysician:
    professional_id: ProfessionalId
    name: str


def care_team(access: Access, *, with_past: bool = False) -> list[TeamMember]:
    """Whoever may see the record, médecin traitant first. Authors without another link are left out: they see no
    record."""
    members = CareTeamMembership.objects.filter(patient_id=access.patient_id).exclude(basis=Basis.AUTHOR)
    if not with_past:
        members = members.filter(is_current())
    found = members.select_related("professional", "structure").order_by("start", "id")
    return sorted((_member(each) for each in found), key=lambda member: member.basis != Basis.TREATING)


def treating_physician(access: Access) -> TreatingPhysician | None:
    """For every banner: one prepared statement."""
    found = sql.row(_TREATING, {"patient": access.patient_id, "today": clock.today()})
    if found is None:
        return None
    professional_id, title, given, family = found
    return TreatingPhysician(
        professional_id=ProfessionalId(professional_id), name=f"{'Dr ' if title == 'DR' else ''}{given} {family}"
    )


@transaction.atomic
def add_member(
    access: Access,
    *,
    professional_id: ProfessionalId | None = None,
    structure_id: StructureId | None = None,
    basis: str,
    evidence: str,
    start: dt.date | None = None,
) -> None:
    """Idempotent: a current link on the same ground is kept as it is. A new médecin traitant ends the former one."""
    if access.scope != "whole":
        raise AccessDenied
    member = Q(professional_id=professional_id) if professional_id else Q(structure_id=structure_id)
    if CareTeamMembership.objects.filter(is_current(), member, patient_id=access.patient_id, basis=basis).exists():
        return
    if basis == Basis.TREATING:
        treating = CareTeamMembership.objects.filter(patient_id=access.patient_id, basis=Basis.TREATING)
        _end(treating, by=access.actor.label, reason="nouvelle déclaration de médecin traitant")
    CareTeamMembership.objects.create(
        patient_id=access.patient_id,
        professional_id=professional_id,
        structure_id=structure_id,
        basis=basis,
        start=start or clock.today(),
        evidence=evidence,
        recorded_by=access.actor.label,
    )


@transaction.atomic
def end_membership(access: Access, membership_id: int, *, reason: str) -> None:
    """The link ends now: the next request no longer sees the record. The row stays."""
    if access.scope != "whole":
        raise AccessDenied
    membership = CareTeamMembership.objects.filter(pk=membership_id, patient_id=access.patient_id)
    _end(membership, by=access.actor.label, reason=reason)


def is_current() -> Q:
    today = clock.today()
    begun_not_over = Q(start__lte=today) & (Q(end__isnull=True) | Q(end__gte=today))
    return begun_not_over & (Q(ended_at__isnull=True) | Q(ended_at__gt=clock.now()))


def _end(members: QuerySet[CareTeamMembership], *, by: str, reason: str) -> None:
    """Whatever still holds ends now. What was written at the beginning stays as it was."""
    members.filter(ended_at__isnull=True).update(ended_at=clock.now(), ended_by=by, end_reason=reason[:300])


def _member(row: CareTeamMembership) -> TeamMember:
    person, place = row.professional, row.structure
    return TeamMember(
        membership_id=row.pk,
        professional_id=ProfessionalId(row.professional_id) if row.professional_id is not None else None,
        name=str(person or place),
        profession=person.profession if person else "",
        structure=place.name if place else "",
        basis=row.basis,
        basis_label=Basis(row.basis).label,
        start=row.start,
        end=row.end,
        is_structure=place is not None,
        evidence=row.evidence,
    )


_TREATING = """
SELECT p.id, p.title, p.given_name, p.family_name
  FROM access_care_team_membership m JOIN professionals_professional p ON p.id = m.professional_id
 WHERE m.patient_id = %(patient)s AND m.basis = 'medecin_traitant'
   AND m.start <= %(today)s AND (m."end" IS NULL OR m."end" >= %(today)s) AND m.ended_at IS NULL
 LIMIT 1
"""
