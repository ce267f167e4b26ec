"""The record page as Django is usually written."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format

from maillon.access.models import CareTeamMembership, JournalEntry
from maillon.patients.models import Patient
from maillon.professionals.models import Attachment
from maillon.record.models import LastVisit, Statement, TimelineEntry
from maillon.tasks.models import Task


@login_required
def chronology(request: HttpRequest, patient: UUID) -> HttpResponse:
    today = timezone.localdate()
    professional = request.user.professional
    person = get_object_or_404(Patient, uuid=patient)
    current = Q(start__lte=today) & (Q(end__isnull=True) | Q(end__gte=today))
    structures = Attachment.objects.filter(current, professional=professional).values_list("structure_id", flat=True)
    links = CareTeamMembership.objects.filter(current, patient=person).filter(
        Q(professional=professional) | Q(structure_id__in=list(structures))
    )
    link = links.select_related("structure").first()
    if link is None:
        raise Http404
    JournalEntry.objects.create(
        actor_kind="professional",
        actor_professional_id=professional.pk,
        actor_structure_id=request.user.structure_id,
        actor_label=str(professional),
        patient_id=person.pk,
        action="read",
        resource_type="record",
        purpose="soin",
        decision="allow",
        rule=link.basis,
    )
    treating = (
        CareTeamMembership.objects.filter(current, patient=person, basis="medecin_traitant")
        .select_related("professional")
        .first()
    )
    visit, _ = LastVisit.objects.get_or_create(
        professional_id=professional.pk, patient=person, defaults={"at": timezone.now()}
    )
    current_entries = TimelineEntry.objects.filter(patient=person, status="current")
    entries = list(current_entries.order_by("-at", "-id")[:50])
    for entry in entries:
        entry.month = date_format(entry.at, "F Y")
    return render(
        request,
        "chronology.html",
        {
            "patient": person,
            "treating": treating,
            "allergies": Statement.objects.filter(patient=person, kind="allergy", is_current=True),
            "alerts": Task.objects.filter(patient=person, done_at=None, abnormal_count__gt=0).count(),
            "link": link,
            "visit": visit,
            "entries": entries,
            "kinds": current_entries.values("kind").annotate(number=Count("pk")),
        },
    )
