"""The care team: who belongs to it, since when, on what ground; and who opened the record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from maillon.access.keys import AccessDenied, Basis, is_current
from maillon.access.models import CareTeamMembership, JournalEntry
from maillon.kernel import clock
from maillon.kernel.key import Access, PatientId, ProfessionalId, StructureId

ACTIONS = {
    "read": "a consulté le dossier",
    "list": "a vu le nom dans une liste",
    "file": "a classé un document",
    "settle": "a rattaché un document",
    "download": "a téléchargé un document",
    "search": "a cherché dans les documents",
    "print": "a imprimé",
    "acknowledge": "a marqué comme lu",
    "withdraw": "a retiré un document",
    "update": "a modifié",
}


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
class JournalLine:
    at: dt.datetime
    actor: str
    action: str
    resource_type: str
    purpose: str
    rule: str
    is_denied: bool


def care_team(access: Access, *, with_past: bool = False) -> list[TeamMember]:
    """Whoever may see the record, médecin traitant first. Authors without another link are left out: they see no
    record."""
    members = CareTeamMembership.objects.filter(patient_id=access.patient_id).exclude(basis=Basis.AUTHOR)
    if not with_past:
        members = members.filter(is_current())
    found = members.select_related("professional", "structure").order_by("start", "id")
    return sorted((_member(each) for each in found), key=lambda member: member.basis != Basis.TREATING)


def treating_physician(access: Access) -> TeamMember | None:
    return next((member for member in care_team(access) if member.basis == Basis.TREATING), None)


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
        _end_treating(access.patient_id)
    CareTeamMembership.objects.create(
        patient_id=access.patient_id,
        professional_id=professional_id,
        structure_id=structure_id,
        basis=basis,
        start=start or clock.today(),
        evidence=evidence,
        recorded_by=access.actor.label,
    )


def end_membership(access: Access, membership_id: int, *, reason: str) -> None:
    """The link ended yesterday: the next request no longer sees the record. The row stays."""
    if access.scope != "whole":
        raise AccessDenied
    yesterday = clock.today() - dt.timedelta(days=1)
    members = CareTeamMembership.objects.filter(pk=membership_id, patient_id=access.patient_id, end__isnull=True)
    for member in members.select_for_update(of=("self",)):
        if member.start > yesterday:
            member.start = yesterday  # begun today by mistake: a link cannot end before it begins
        member.end = yesterday
        member.evidence = f"{member.evidence} — fin : {reason}"[:300]
        member.save(update_fields=["start", "end", "evidence"])


def who_opened(access: Access, *, limit: int = 50) -> list[JournalLine]:
    if access.scope != "whole":
        raise AccessDenied
    entries = JournalEntry.objects.filter(patient_id=access.patient_id, decision="allow").order_by("-at", "-id")[:limit]
    return [
        JournalLine(
            at=entry.at,
            actor=entry.actor_label,
            action=ACTIONS.get(entry.action, entry.action),
            resource_type=entry.resource_type,
            purpose=entry.purpose,
            rule=entry.rule,
            is_denied=False,
        )
        for entry in entries
    ]


def _end_treating(patient_id: PatientId) -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    treating = CareTeamMembership.objects.filter(patient_id=patient_id, basis=Basis.TREATING, end__isnull=True)
    for member in treating.select_for_update(of=("self",)):
        member.end = max(yesterday, member.start)
        member.save(update_fields=["end"])


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
